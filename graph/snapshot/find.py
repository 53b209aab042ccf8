"""A filtered, ordered page of relations: the heart of the main query.

Filters are applied from the cheapest to the dearest, each to what the ones before it left:

1. what stands in the relation's own columns: type, class, sign, direction, far end, dates, when it was recorded;
2. the rule of visibility (`graph.snapshot.view`);
3. what follows from the claims: status, attested, confidence, publishers;
4. one and the same visible claim that meets every filter on claims;
5. attributes, which lie in the heap.

In the default order an actor's rows are sorted already, so a page reads on from its cursor in steps until it is full:
it costs the rows it passes over, at any depth. Other orders sort what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import orjson

from graph.snapshot.columns import NONE
from graph.snapshot.evidence import claims_visible
from graph.vocabulary import NO_INTENSITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.snapshot.lineup import Lineup
    from graph.snapshot.view import View

__all__ = ["ORDERS", "ClaimWanted", "Order", "Slice", "Wanted", "find", "matching"]

Order = Literal["-start", "start", "-recorded_at", "-confidence", "-intensity", "intensity"]
ORDERS: Final[tuple[Order, ...]] = ("-start", "start", "-recorded_at", "-confidence", "-intensity", "intensity")

_STEP: Final = 512
_LONGEST_STEP: Final = 65_536


@dataclass(frozen=True, slots=True)
class ClaimWanted:
    """What one visible claim must meet, all of it. Actors are resolved, the others records; None does not filter."""

    claimant: int | None = None
    publisher: int | None = None
    dataset: int | None = None
    document: int | None = None
    licence: int | None = None
    quoted: bool | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of a list of relations; None (or nothing) does not filter."""

    types: tuple[tuple[int, int], ...] | None = None
    classes: tuple[int, ...] = ()
    sign: int | None = None
    far_kinds: tuple[int, ...] = ()
    statuses: tuple[int, ...] = ()
    attested: bool | None = None
    min_confidence: float | None = None
    min_publishers: int | None = None
    claim: ClaimWanted | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    records: tuple[int, ...] | None = None
    about: int | None = None
    asked: tuple[int, int] | None = None
    certain: bool = False
    since: int = 0
    """The first revision that may have written the version."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A page of relations: what it holds, and whether and after what the next one goes on."""

    lineup: Lineup
    next: tuple[float, str] | None


def find(
    view: View, lineup: Lineup, wanted: Wanted, order: Order, after: tuple[float, str] | None, limit: int
) -> Slice:
    """The first `limit` matching relations after a key of the order. O(rows passed over), or sorting what matches."""
    if not lineup.ordered or order != "-start":
        return _page(view, _sorted(view, matching(view, lineup, wanted), order), order, after, limit)
    begin = _place(view, lineup.rows, after) if after else 0
    found, kept = [], 0
    for part in _steps(begin, len(lineup.rows)):
        hits = np.flatnonzero(_mask(view, lineup.only(part), wanted)) + part.start
        found.append(hits)
        kept += len(hits)
        if kept > limit:
            break
    places = np.concatenate(found)[: limit + 1] if found else np.empty(0, np.int64)
    return _cut(view, lineup.only(places), order, limit)


def matching(view: View, lineup: Lineup, wanted: Wanted) -> Lineup:
    """Everything that matches, in the order of the line-up."""
    return lineup.only(np.flatnonzero(_mask(view, lineup, wanted)))


def _mask(view: View, lineup: Lineup, wanted: Wanted) -> np.ndarray:
    """The five steps of this module."""
    places = np.arange(len(lineup.rows))
    for step in (_by_columns, _by_visibility, _by_evidence, _by_claims, _by_attributes):
        left = lineup.only(places)
        mask = step(view, left, wanted)
        if mask is not None:
            places = places[mask]
        if not len(places):
            break
    result = np.zeros(len(lineup.rows), np.bool_)
    result[places] = True
    return result


def _by_columns(view: View, lineup: Lineup, wanted: Wanted) -> np.ndarray:
    relations, vocabulary, rows = view.tables.relations, view.vocabulary, lineup.rows
    types = relations.type[rows]
    mask = relations.written[rows] >= wanted.since
    if wanted.types is not None:
        mask &= np.logical_or.reduce([(types >= low) & (types < high) for low, high in wanted.types])
    if wanted.classes:
        mask &= np.isin(vocabulary.quad_class[types], wanted.classes)
    if wanted.sign is not None:
        mask &= vocabulary.sign[types] == wanted.sign
    if wanted.records is not None:
        mask &= np.isin(relations.first[rows], wanted.records)
    if wanted.about is not None:
        mask &= relations.about[rows] == wanted.about
    if wanted.far_kinds and lineup.far is not None:
        mask &= np.isin(view.kinds(lineup.far), wanted.far_kinds)
    result: np.ndarray = mask
    return result


def _by_visibility(view: View, lineup: Lineup, wanted: Wanted) -> np.ndarray:
    return view.visible(lineup.rows, wanted.asked, certain=wanted.certain)


def _by_evidence(view: View, lineup: Lineup, wanted: Wanted) -> np.ndarray | None:
    asked = (wanted.attested, wanted.min_confidence, wanted.min_publishers)
    if not wanted.statuses and asked == (None, None, None):
        return None
    table = view.evidence.table
    at = view.evidence.at(view.tables.relations.first[lineup.rows], view.k)
    mask = np.ones(len(at), np.bool_)
    if wanted.statuses:
        mask &= np.isin(table.status[at], wanted.statuses)
    if wanted.attested is not None:
        mask &= table.attested[at] == wanted.attested
    if wanted.min_confidence is not None:
        mask &= table.confidence[at] >= wanted.min_confidence  # false for nan: nobody gave one
    if wanted.min_publishers is not None:
        mask &= table.publishers[at] >= wanted.min_publishers
    return mask


def _by_claims(view: View, lineup: Lineup, wanted: Wanted) -> np.ndarray | None:
    if wanted.claim is None:
        return None
    where, rows = view.tables.by_relation.gather(view.tables.relations.first[lineup.rows])
    mask = np.zeros(len(lineup.rows), np.bool_)
    mask[where[claims_meeting(view, rows, wanted.claim)]] = True
    return mask


def claims_meeting(view: View, rows: np.ndarray, wanted: ClaimWanted) -> np.ndarray:
    """Which claim versions are visible at k and meet every filter on claims."""
    tables, claims = view.tables, view.tables.claims
    mask = claims_visible(tables, rows, view.k)
    if wanted.claimant is not None:
        mask &= view.resolve(claims.claimant[rows]) == wanted.claimant
    if wanted.dataset is not None:
        mask &= claims.dataset[rows] == wanted.dataset
    if wanted.document is not None:
        mask &= claims.document[rows] == wanted.document
    if wanted.quoted is not None:
        mask &= claims.quoted[rows] == wanted.quoted
    if wanted.publisher is not None:
        mask &= view.resolve(_of_record(view, "documents", rows, "publisher")) == wanted.publisher
    if wanted.licence is not None:
        own = _of_record(view, "datasets", rows, "licence")
        mask &= np.where(own != NONE, own, _of_record(view, "documents", rows, "licence")) == wanted.licence
    return mask


def _of_record(view: View, kind: Literal["documents", "datasets"], rows: np.ndarray, column: str) -> np.ndarray:
    """A column of the claims' documents or datasets as at k; `NONE` where a claim has none."""
    table = getattr(view.tables, kind)
    records = getattr(view.tables.claims, kind[:-1])[rows]
    values = np.full(len(rows), NONE, np.int64)
    given = records != NONE
    values[given] = getattr(table, column)[table.rows_at(records[given], view.k)]
    return values


def _by_attributes(view: View, lineup: Lineup, wanted: Wanted) -> np.ndarray | None:
    if not wanted.attributes:
        return None
    heap = view.tables.attributes
    return np.fromiter((_has(heap[row], wanted.attributes) for row in lineup.rows.tolist()), np.bool_, len(lineup.rows))


def _has(heap: bytes, asked: tuple[tuple[str, str], ...]) -> bool:
    """Whether attributes hold every key with exactly the asked value: a string as it is, others as in JSON."""
    if not heap:
        return False
    own = orjson.loads(heap)
    return all(
        key in own and (own[key] if isinstance(own[key], str) else orjson.dumps(own[key]).decode()) == value
        for key, value in asked
    )


# Order: a key that ascends in the order asked for, unknown last, ties by id


def keys(view: View, rows: np.ndarray, order: Order) -> np.ndarray:
    """The sort key of each row, as doubles; nulls are +inf."""
    relations = view.tables.relations
    match order:
        case "-start":
            return np.where(relations.start[rows] == 0, np.inf, -relations.first_day[rows].astype(np.float64))
        case "start":
            return np.where(relations.start[rows] == 0, np.inf, relations.first_day[rows].astype(np.float64))
        case "-recorded_at":
            recorded: np.ndarray = np.negative(relations.written[rows], dtype=np.float64)
            return recorded
        case "-confidence":
            confidence = view.evidence.table.confidence[view.evidence.at(relations.first[rows], view.k)]
            return np.where(np.isnan(confidence), np.inf, -confidence)
        case "-intensity" | "intensity":
            tenths = view.vocabulary.tenths[relations.type[rows]].astype(np.float64)
            signed = -tenths if order == "-intensity" else tenths
            return np.where(tenths == NO_INTENSITY, np.inf, signed)


def _sorted(view: View, lineup: Lineup, order: Order) -> Lineup:
    return lineup.only(np.lexsort((view.tables.relations.id[lineup.rows], keys(view, lineup.rows, order))))


def _page(view: View, lineup: Lineup, order: Order, after: tuple[float, str] | None, limit: int) -> Slice:
    if after is not None:
        key, own = keys(view, lineup.rows, order), view.tables.relations.id[lineup.rows]
        passed = (key < after[0]) | ((key == after[0]) & (own <= np.bytes_(after[1].encode())))
        lineup = lineup.only(~passed)
    return _cut(view, lineup.only(slice(limit + 1)), order, limit)


def _cut(view: View, lineup: Lineup, order: Order, limit: int) -> Slice:
    """A page out of up to one row more than it may hold."""
    if len(lineup.rows) <= limit:
        return Slice(lineup, None)
    page = lineup.only(np.arange(limit))
    last = page.rows[-1:]
    return Slice(page, (float(keys(view, last, order)[0]), view.tables.relations.id[last[0]].decode()))


def _place(view: View, rows: np.ndarray, after: tuple[float, str]) -> int:
    """Where the default order goes on after a key, by bisection."""
    ids, wanted = view.tables.relations.id, (after[0], after[1].encode())
    low, high = 0, len(rows)
    while low < high:
        middle = (low + high) // 2
        row = rows[middle : middle + 1]
        if (float(keys(view, row, "-start")[0]), bytes(ids[row[0]])) <= wanted:
            low = middle + 1
        else:
            high = middle
    return low


def _steps(begin: int, end: int) -> Iterator[slice]:
    """Steps that grow, so that a page close by costs little and one far off few steps."""
    step = _STEP
    while begin < end:
        yield slice(begin, min(begin + step, end))
        begin += step
        step = min(step * 4, _LONGEST_STEP)
