"""Relations as JSON bytes: fragments end to end, of which all but a few are shared by many items and were made before.

An item is the relation's id and attributes, and between them what very many others have as well: the type, whoever is
named, from and to when it holds as seen from a side, what its claims come to, and when it was recorded. Each of these
is kept as the bytes that it is shown as, by the numbers that it follows from. So a page costs a look-up and a part of a
join for each fragment, whether or not it was asked for before, and no item needs to be kept.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Final

import numpy as np
import orjson

from graph.snapshot.batch import ABOUT_AS
from graph.snapshot.columns import NONE
from graph.snapshot.item import compiled
from graph.snapshot.item.compiled import Shown
from graph.snapshot.item.shown import clocked, date, named
from graph.snapshot.lineup import EITHER, IN, OUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from graph.snapshot.view import View

__all__ = ["about", "joined", "relation", "relation_id", "relations"]

_FROM_NOWHERE: Final = 2
"""Instead of a side, where no actor is near."""
_DIRECTION: Final = {
    side: b',"direction":%b,"start":' % word
    for side, word in ((OUT, b'"out"'), (IN, b'"in"'), (EITHER, b'"any"'), (_FROM_NOWHERE, b"null"))
}
_END_STATUS: Final = tuple(b',"end_status":"%b","attributes":' % word for word in (b"unknown", b"ongoing", b"ended"))
"""By whether it is ongoing, and what has an end."""
_ENDED: Final = 2
_NOTHING: Final = b'{},"about":null,'


def relation(view: View, row: int, extra: bytes = b"") -> bytes:
    """One version of a relation, as its claims stand at k. `extra` is what is embedded, e.g. `,"claims":[...]`."""
    return relations(view, np.array([row], np.int32), None, [extra])[0]


def relations(
    view: View, rows: np.ndarray, sides: np.ndarray | None = None, extras: Shown | Sequence[bytes] | None = None
) -> list[bytes]:
    """Versions of relations as `relation` shows one; `sides` and `extras` have one for each, if given."""
    found = compiled.relations(view, rows, sides, extras)
    return _relations(view, rows, sides, extras) if found is None else found.items()


def joined(
    view: View, rows: np.ndarray, sides: np.ndarray | None = None, extras: Shown | Sequence[bytes] | None = None
) -> list[bytes] | memoryview:
    """The same for a page, perhaps with commas already."""
    found = compiled.relations(view, rows, sides, extras)
    return _relations(view, rows, sides, extras) if found is None else found.told


def _relations(
    view: View, rows: np.ndarray, sides: np.ndarray | None, extras: Shown | Sequence[bytes] | None
) -> list[bytes]:
    if isinstance(extras, Shown):
        extras = extras.fields()
    table, count, rows = view.tables.relations, len(rows), rows.astype(np.intp)
    end = table.end[rows]
    status = np.where(end, _ENDED, table.ongoing[rows])
    seen = repeat(_FROM_NOWHERE) if sides is None else sides.tolist()
    ends = named(view, view.naming(np.concatenate((table.source[rows], table.target[rows]))))
    fragments = (
        repeat(b'{"id":"'), table.id[rows].tolist(), repeat(b'",'), view.tables.type_refs.many(table.type[rows]),
        repeat(b',"source":'), ends[:count], repeat(b',"target":'), ends[count:],
        map(_DIRECTION.__getitem__, seen), map(date, table.start[rows].tolist()),
        repeat(b',"end":'), map(date, end.tolist()), map(_END_STATUS.__getitem__, status.tolist()), _own(view, rows),
        _outcomes(view, rows), clocked(view, table, rows), repeat(b"") if extras is None else extras, repeat(b"}"),
    )  # fmt: skip
    return list(map(b"".join, zip(*fragments)))  # noqa: B905 - some are endless


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


def _own(view: View, rows: np.ndarray) -> Iterable[bytes]:
    """Attributes, and by id what each is about: what most have nothing of."""
    relations, heap = view.tables.relations, view.tables.attributes
    about = relations.about.among(rows)
    if not len(about) and not len(heap.filled(rows)):
        return repeat(_NOTHING)
    told = [b'%b,"about":null,' % own if own else _NOTHING for own in heap.many(rows)]
    for at, row in zip(about.tolist(), rows[about].tolist(), strict=True):
        named = {"relation": relation_id(view, int(relations.about[row])), "as": ABOUT_AS[relations.about_as[row]]}
        told[at] = b'%b,"about":%b,' % (heap[row] or b"{}", orjson.dumps(named))
    return told


def _outcomes(view: View, rows: np.ndarray) -> list[bytes]:
    """What the claims come to."""
    heap, at = view.evidence.shown, view.evidence.at(view.tables.relations.first[rows], view.k)
    return view.tables.shown.outcomes.many(at, len(heap), heap.many)
