"""Relations as JSON bytes: made column by column, and kept by what they follow from."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import orjson

from graph.snapshot.batch import ABOUT_AS, STANCES
from graph.snapshot.columns import NONE
from graph.snapshot.evidence import STATUSES
from graph.snapshot.item.shown import date, instant
from graph.snapshot.lineup import EITHER, IN, OUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.snapshot.view import View

__all__ = ["about", "relation", "relation_id", "relations"]

_DIRECTIONS: Final = {OUT: b'"out"', IN: b'"in"', EITHER: b'"any"', None: b"null"}
_END_STATUS: Final = (b'"unknown"', b'"ongoing"', b'"ended"')
_KEY: Final = 5 * 4
"""Bytes of the five numbers that an item is made of."""


def relation(view: View, row: int, side: int | None = None, extra: bytes = b"") -> bytes:
    """One version of a relation, as its claims stand at k. `extra` is what is embedded, e.g. `,"claims":[...]`."""
    return relations(view, np.array([row], np.int32), [side], [extra])[0]


def relations(
    view: View, rows: np.ndarray, sides: Sequence[int | None] | None = None, extras: Sequence[bytes] | None = None
) -> list[bytes]:
    """Versions of relations as `relation` shows one; `sides` and `extras` have one for each, if given.

    What comes before and after the direction follows from five numbers: the row, its evidence, the rows that name its
    ends, and when it ended if that is known at k. Under these it is kept, for either end and for every k.
    """
    table = view.tables.relations
    evidence = view.evidence.at(table.first[rows], view.k)
    ends = view.naming(np.concatenate((table.source[rows], table.target[rows])))
    ended = table.ended[rows]
    made_of = np.empty((len(rows), 5), np.int32)
    made_of[:, 0], made_of[:, 1], made_of[:, 2], made_of[:, 3] = rows, evidence, ends[: len(rows)], ends[len(rows) :]
    made_of[:, 4] = np.where(ended <= view.k, ended, NONE)
    packed, kept = made_of.tobytes(), view.tables.kept
    keys = [packed[at : at + _KEY] for at in range(0, len(packed), _KEY)]
    found = [kept.get(key) for key in keys]
    missing = [at for at, halves in enumerate(found) if halves is None]
    if missing:
        for at, halves in zip(missing, _halves(view, made_of[missing]), strict=True):
            found[at] = halves
            kept.keep(keys[at], halves)
    directions = [_DIRECTIONS[side] for side in sides] if sides is not None else [b"null"] * len(keys)
    if extras is None:
        return [halves[0] + side + halves[1] + b"}" for halves, side in zip(found, directions, strict=True) if halves]
    shown = zip(found, directions, extras, strict=True)
    return [halves[0] + side + halves[1] + extra + b"}" for halves, side, extra in shown if halves]


def _halves(view: View, made_of: np.ndarray) -> list[tuple[bytes, bytes]]:
    """Items up to their direction, and after it, but for the last brace."""
    tables, table = view.tables, view.tables.relations
    rows, named = made_of[:, 0], np.unique(made_of[:, 2:4])
    refs = dict(zip(named.tolist(), tables.actor_refs.many(named), strict=True))
    instants = tables.instants.at[table.written[rows] - 1]
    own = (table.id, table.type, table.start, table.end, table.ongoing, table.version)
    columns = [*(column[rows].tolist() for column in own), instants.tolist(), tables.attributes.many(rows)]
    types = view.vocabulary.types
    halves = []
    for (_, _, source, target, ended), about, told, (id_, kind, start, end, ongoing, version, at, attributes) in zip(
        made_of.tolist(), _abouts(view, rows), _told(view, made_of[:, 1]), zip(*columns, strict=True), strict=True
    ):
        of = types[kind]
        before = b'{"id":"%b",%b,"source":%b,"target":%b,"direction":' % (
            id_, _type_json(of.id, of.label, of.quad_class, of.sign, of.intensity), refs[source], refs[target],
        )  # fmt: skip
        after = (
            b',"start":%b,"end":%b,"end_status":%b,"attributes":%b,"about":%b,%b,"version":%d,"recorded_at":%b,"retracted_at":%b'
            % (
                date(start), date(end), _END_STATUS[2 if end else ongoing], attributes or b"{}", about, told, version,
                instant(at), b"null" if ended == NONE else instant(view.snapshot.instant(ended)),
            )
        )  # fmt: skip
        halves.append((before, after))
    return halves


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


@lru_cache(maxsize=1024)
def _type_json(id_: str, label: str, quad_class: str, sign: int, intensity: float | None) -> bytes:
    shown = {"type": id_, "label": label, "class": quad_class, "sign": sign, "intensity": intensity}
    return orjson.dumps(shown)[1:-1]


def _abouts(view: View, rows: np.ndarray) -> list[bytes]:
    """What each is about, by id."""
    relations = view.tables.relations
    told, about = [b"null"] * len(rows), relations.about[rows]
    for at in np.flatnonzero(about != NONE).tolist():
        named = {"relation": relation_id(view, int(about[at])), "as": ABOUT_AS[relations.about_as[rows[at]]]}
        told[at] = orjson.dumps(named)
    return told


def _told(view: View, evidence: np.ndarray) -> list[bytes]:
    """What the claims come to, of rows of the evidence."""
    table = view.evidence.table
    columns = (table.status, table.attested, table.publishers, *(getattr(table, stance) for stance in STANCES))
    confidence = [None if each != each else each for each in table.confidence[evidence].tolist()]  # noqa: PLR0124 - NaN
    own = zip(confidence, *(column[evidence].tolist() for column in columns), strict=True)
    return [_evidence_json(*each) for each in own]


@lru_cache(maxsize=4096)
def _evidence_json(confidence: float | None, status: int, attested: int, publishers: int, *stances: int) -> bytes:
    shown = {
        "status": STATUSES[status],
        "attested": bool(attested),
        "confidence": confidence,
        "stances": dict(zip(STANCES, stances, strict=True)),
        "publishers": publishers,
    }
    return orjson.dumps(shown)[1:-1]
