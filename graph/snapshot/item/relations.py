"""Relations as JSON bytes: made column by column, and kept by what they follow from."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from graph.snapshot.batch import ABOUT_AS, STANCES
from graph.snapshot.columns import NONE, OPEN
from graph.snapshot.evidence import STATUSES
from graph.snapshot.item.shown import date, instants, named
from graph.snapshot.lineup import EITHER, IN, OUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graph.snapshot.columns import Columns
    from graph.snapshot.view import View
    from graph.vocabulary import Vocabulary

__all__ = ["about", "relation", "relation_id", "relations"]

_FROM_NOWHERE: Final = 2
"""Instead of a side, where no actor is near."""
_DIRECTION: Final = {OUT: b'"out"', IN: b'"in"', EITHER: b'"any"', _FROM_NOWHERE: b"null"}
_ONGOING: Final = (b'"unknown"', b'"ongoing"')
_ITEM: Final = (
    b'{"id":"%b",%b,"source":%b,"target":%b,"direction":%b,"start":%b,"end":%b,"end_status":%b,"attributes":%b,'
    b'"about":%b,%b,"version":%d,"recorded_at":%b,"retracted_at":%b}'
)
_MADE_OF: Final = 6
"""How many numbers an item is made of."""


def relation(view: View, row: int, extra: bytes = b"") -> bytes:
    """One version of a relation, as its claims stand at k. `extra` is what is embedded, e.g. `,"claims":[...]`."""
    return relations(view, np.array([row], np.int32), None, [extra])[0]


def relations(
    view: View, rows: np.ndarray, sides: np.ndarray | None = None, extras: Sequence[bytes] | None = None
) -> list[bytes]:
    """Versions of relations as `relation` shows one; `sides` and `extras` have one for each, if given.

    An item follows from six numbers: the row, its evidence, the rows that name its ends, when it ended if that is known
    at k, and the side from which it is seen. Under these it is kept, for every k.
    """
    table = view.tables.relations
    ended = table.ended[rows]
    made_of = np.empty((len(rows), _MADE_OF), np.int32)
    made_of[:, 0] = rows
    made_of[:, 1] = view.evidence.at(table.first[rows], view.k)
    made_of[:, 2:4] = view.naming(np.concatenate((table.source[rows], table.target[rows]))).reshape(2, -1).T
    made_of[:, 4] = np.where(ended <= view.k, ended, OPEN)
    made_of[:, 5] = _FROM_NOWHERE if sides is None else sides
    keys = made_of.view(f"V{made_of.itemsize * _MADE_OF}").ravel().tolist()
    items = view.tables.shown.relations.many(keys, lambda missing: list(_items(view, made_of[missing])))
    if extras is None:
        return items
    return [item[:-1] + extra + b"}" for item, extra in zip(items, extras, strict=True)]


def _items(view: View, made_of: np.ndarray) -> Iterator[bytes]:
    """Items, each out of its row of numbers, column by column."""
    tables, table = view.tables, view.tables.relations
    rows, evidence, source, target, ended, sides = made_of.T
    end = table.end[rows].tolist()
    columns = (
        table.id[rows].tolist(), map(_types(view.vocabulary).__getitem__, table.type[rows].tolist()),
        named(view, source), named(view, target), map(_DIRECTION.__getitem__, sides.tolist()),
        map(date, table.start[rows].tolist()), map(date, end),
        [b'"ended"' if day else _ONGOING[still] for day, still in zip(end, table.ongoing[rows].tolist(), strict=True)],
        [told or b"{}" for told in tables.attributes.many(rows)], _abouts(view, rows), _outcomes(view, evidence),
        table.version[rows].tolist(), instants(view, table.written[rows]), instants(view, ended),
    )  # fmt: skip
    return map(_ITEM.__mod__, zip(*columns, strict=True))


def relation_id(view: View, record: int) -> str:
    """The id of a relation record."""
    return str(view.tables.relations.id[record].decode())


def about(view: View, row: int) -> bytes:
    """The relation that this one is about, if it is about one that is visible."""
    record = int(view.tables.relations.about[row])
    if record == NONE:
        return b"null"
    standing = np.array([view.tables.relations.row_at(record, view.k)])
    if standing[0] == NONE or not view.visible(standing)[0]:
        return b"null"
    return relation(view, int(standing[0]))


@lru_cache(maxsize=8)
def _types(vocabulary: Vocabulary) -> list[bytes]:
    """What is shown of each type, by number."""
    return [
        _inside({"type": of.id, "label": of.label, "class": of.quad_class, "sign": of.sign, "intensity": of.intensity})
        for of in vocabulary.types
    ]


def _inside(shown: dict[str, Any]) -> bytes:
    """Fields of an object, without its braces."""
    return orjson.dumps(shown)[1:-1]


def _abouts(view: View, rows: np.ndarray) -> list[bytes]:
    """What each is about, by id."""
    relations = view.tables.relations
    told, about = [b"null"] * len(rows), relations.about[rows]
    for at in np.flatnonzero(about != NONE).tolist():
        named = {"relation": relation_id(view, int(about[at])), "as": ABOUT_AS[relations.about_as[rows[at]]]}
        told[at] = orjson.dumps(named)
    return told


def _outcomes(view: View, evidence: np.ndarray) -> list[bytes]:
    """What the claims come to, of rows of the evidence."""
    own, table = evidence.tolist(), view.evidence.table
    return view.tables.shown.outcomes.many(own, lambda missing: [_outcome(table, own[at]) for at in missing])


def _outcome(table: Columns, row: int) -> bytes:
    confidence = float(table.confidence[row])
    return _inside(
        {
            "status": STATUSES[table.status[row]],
            "attested": bool(table.attested[row]),
            "confidence": None if math.isnan(confidence) else confidence,
            "stances": {stance: int(getattr(table, stance)[row]) for stance in STANCES},
            "publishers": int(table.publishers[row]),
        }
    )
