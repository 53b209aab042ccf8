"""A filtered, ordered page of relations: the heart of the main query.

Filters are applied from the cheapest to the dearest, each to what the ones before it left:

1. what a run has beside its rows (`graph.snapshot.slices`): far end, direction, type, class, sign, days;
2. what stands in the relation's own columns: when it was recorded, what it is about;
3. the rule of visibility (`graph.snapshot.view`); of what is settled, only that k has reached it, and its far end;
4. what follows from the claims: status and attested where they are settled, else from the evidence at k; confidence,
   publishers;
5. one and the same visible claim that meets every filter on claims;
6. attributes, which lie in the heap.

In the default order an actor's runs are sorted already, so a page reads on from its cursor in steps until it is full:
it costs the rows it passes over, at any depth. Of other orders only what may stand on the page is sorted.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import orjson

from graph.snapshot.columns import NONE
from graph.snapshot.evidence import ATTESTED, STATUS, claims_visible
from graph.vocabulary import NO_INTENSITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.snapshot.lineup import Lineup, Runs, Seen
    from graph.snapshot.view import View

__all__ = ["ORDERS", "ClaimWanted", "Order", "Slice", "Wanted", "find", "matching", "page"]

Order = Literal["-start", "start", "-recorded_at", "-confidence", "-intensity", "intensity"]
ORDERS: Final[tuple[Order, ...]] = ("-start", "start", "-recorded_at", "-confidence", "-intensity", "intensity")

_STEP: Final = 512
_LONGEST_STEP: Final = 131_072


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


def find(view: View, runs: Runs, wanted: Wanted, order: Order, after: tuple[float, str] | None, limit: int) -> Slice:
    """The first `limit` matching relations after a key of the order. O(rows passed over), or of all that match."""
    if not runs.ordered or order != "-start":
        return page(view, matching(view, runs, wanted), order, after, limit)
    parts = [_first(view, runs, run, wanted, after, limit + 1) for run in runs.runs]
    lineup = runs.of(parts)
    if len(parts) > 1:
        lineup = lineup.only(_sorted(view, lineup.rows, order)[: limit + 1])
    return _cut(view, lineup, order, limit)


def matching(view: View, runs: Runs, wanted: Wanted) -> Lineup:
    """Everything that matches, in the order of the runs."""
    return runs.of([run.part(_places(view, runs, run, wanted)) for run in runs.runs])


def page(view: View, lineup: Lineup, order: Order, after: tuple[float, str] | None, limit: int) -> Slice:
    """The first `limit` of what is known to match after a key of the order. O(rows), and sorting a page."""
    if after is not None:
        key, own = keys(view, lineup.rows, order), view.tables.relations.id[lineup.rows]
        lineup = lineup.only((key > after[0]) | ((key == after[0]) & (own > np.bytes_(after[1].encode()))))
    if not lineup.ordered or order != "-start":
        lineup = lineup.only(_least(view, lineup.rows, order, limit + 1))
    return _cut(view, lineup.only(slice(limit + 1)), order, limit)


def _first(view: View, runs: Runs, run: Seen, wanted: Wanted, after: tuple[float, str] | None, limit: int) -> Seen:
    """The first rows of a run that match."""
    begin = _place(view, run, after) if after else 0
    found, kept = [], 0
    for step in _steps(begin, len(run)):
        places = _places(view, runs, run.part(step), wanted)
        if len(places):
            found.append(places[: limit - kept] + step.start)
            kept += len(found[-1])
            if kept == limit:
                break
    return run.part(np.concatenate(found) if found else slice(0))


def _places(view: View, runs: Runs, run: Seen, wanted: Wanted) -> np.ndarray:
    """Where in a run the matching rows are: the steps of this module."""
    mask = _by_run(view, runs, run, wanted)
    places = np.arange(len(run)) if mask is None else np.flatnonzero(mask)
    for step in (_by_columns, _by_visibility, _by_evidence, _by_claims, _by_attributes):
        if not len(places):
            break
        mask = step(view, run, places, wanted)
        if mask is not None:
            places = places[mask]
    return places


def _by_run(view: View, runs: Runs, run: Seen, wanted: Wanted) -> np.ndarray | None:
    """Step 1, on all of a run; None if nothing is filtered by."""
    mask = runs.mask(run)
    conditions = [] if mask is None else [mask]
    if wanted.types is not None:
        types = run.type
        conditions.append(np.logical_or.reduce([_within(types, low, high) for low, high in wanted.types]))
    if wanted.classes:
        classes = run.classes(view.vocabulary)
        conditions.append(np.logical_or.reduce([classes == one for one in wanted.classes]))
    if wanted.sign is not None:
        conditions.append(run.signs(view.vocabulary) == wanted.sign)
    if wanted.asked is not None:  # an unknown start has the greatest key of all, and began before any day
        conditions += [run.last >= wanted.asked[0], run.key >= -wanted.asked[1]]
    return np.logical_and.reduce(conditions) if conditions else None


def _within(values: np.ndarray, low: int, high: int) -> np.ndarray:
    return values == low if high == low + 1 else (values >= low) & (values < high)


def _by_columns(view: View, run: Seen, places: np.ndarray, wanted: Wanted) -> np.ndarray | None:
    relations, conditions = view.tables.relations, []
    if wanted.since:
        conditions.append(relations.written[run.rows[places]] >= wanted.since)
    if wanted.records is not None:
        conditions.append(np.isin(relations.first[run.rows[places]], wanted.records))
    if wanted.about is not None:
        conditions.append(relations.about[run.rows[places]] == wanted.about)
    if wanted.far_kinds:
        conditions.append(np.isin(view.kinds(view.resolve(run.far[places])), wanted.far_kinds))
    return np.logical_and.reduce(conditions) if conditions else None


def _by_visibility(view: View, run: Seen, places: np.ndarray, wanted: Wanted) -> np.ndarray | None:
    """Step 3. The span has been looked at, except for what is certain."""
    doubtful = np.flatnonzero(run.settled[places] == 0)
    certain = wanted.asked if wanted.certain else None
    if len(doubtful) == len(places):
        return view.visible(run.rows[places], certain, certain=wanted.certain)
    conditions = []
    if view.k < run.newest:
        conditions.append(view.tables.relations.written[run.rows[places]] <= view.k)
    if certain is not None:
        conditions.append(view.surely(run.rows[places], certain))
    if view.hides:
        conditions.append(~view.hidden(run.far[places]))
    if len(doubtful):
        seen = np.ones(len(places), np.bool_)
        seen[doubtful] = view.visible(run.rows[places[doubtful]])
        conditions.append(seen)
    return np.logical_and.reduce(conditions) if conditions else None


def _by_evidence(view: View, run: Seen, places: np.ndarray, wanted: Wanted) -> np.ndarray | None:
    conditions = []
    if wanted.statuses or wanted.attested is not None:
        told = _told(view, run, places)
        if wanted.statuses:
            conditions.append(np.isin(told & STATUS, wanted.statuses))
        if wanted.attested is not None:
            conditions.append((told & ATTESTED != 0) == wanted.attested)
    if wanted.min_confidence is not None or wanted.min_publishers is not None:
        table, at = view.evidence.table, view.evidence.at(view.tables.relations.first[run.rows[places]], view.k)
        if wanted.min_confidence is not None:
            conditions.append(table.confidence[at] >= wanted.min_confidence)  # false for nan: nobody gave one
        if wanted.min_publishers is not None:
            conditions.append(table.publishers[at] >= wanted.min_publishers)
    return np.logical_and.reduce(conditions) if conditions else None


def _told(view: View, run: Seen, places: np.ndarray) -> np.ndarray:
    """Status and whether attested, at k, of visible rows."""
    told: np.ndarray = run.settled[places]
    doubtful = np.flatnonzero(told == 0)
    if len(doubtful):
        records = view.tables.relations.first[run.rows[places[doubtful]]]
        told = told.copy()
        told[doubtful] = view.evidence.told(view.evidence.at(records, view.k))
    return told


def _by_claims(view: View, run: Seen, places: np.ndarray, wanted: Wanted) -> np.ndarray | None:
    if wanted.claim is None:
        return None
    where, rows = view.tables.by_relation.gather(view.tables.relations.first[run.rows[places]])
    mask = np.zeros(len(places), np.bool_)
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


def _by_attributes(view: View, run: Seen, places: np.ndarray, wanted: Wanted) -> np.ndarray | None:
    if not wanted.attributes:
        return None
    heap, rows = view.tables.attributes, run.rows[places].tolist()
    return np.fromiter((_has(heap[row], wanted.attributes) for row in rows), np.bool_, len(rows))


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


def _sorted(view: View, rows: np.ndarray, order: Order) -> np.ndarray:
    """The places of rows in an order."""
    return np.lexsort((view.tables.relations.id[rows], keys(view, rows, order)))


def _least(view: View, rows: np.ndarray, order: Order, count: int) -> np.ndarray:
    """The places of the first rows in an order. O(rows): only what may be among them is sorted."""
    if len(rows) <= count:
        return _sorted(view, rows, order)
    key = keys(view, rows, order)
    most = np.partition(key, count - 1)[count - 1]
    before = np.flatnonzero(key < most)
    tied = np.flatnonzero(key == most)
    if len(tied) > count:  # of those that share the last key, as many as there is room for, by the beginning of the id
        begins = view.tables.relations.id[rows[tied]].view(">u8")[::2].astype(np.uint64)
        tied = tied[begins <= np.partition(begins, count - 1)[count - 1]]
    places = np.concatenate((before, tied))
    least: np.ndarray = places[_sorted(view, rows[places], order)[:count]]
    return least


def _cut(view: View, lineup: Lineup, order: Order, limit: int) -> Slice:
    """A page out of up to one row more than it may hold."""
    if len(lineup.rows) <= limit:
        return Slice(lineup, None)
    page = lineup.only(np.arange(limit))
    last = page.rows[-1:]
    return Slice(page, (float(keys(view, last, order)[0]), view.tables.relations.id[last[0]].decode()))


def _place(view: View, run: Seen, after: tuple[float, str]) -> int:
    """Where the default order goes on after a key, by bisection."""
    relations, wanted = view.tables.relations, (after[0], after[1].encode())

    def place(at: int) -> tuple[float, bytes]:
        row = run.rows[at : at + 1]
        return float(keys(view, row, "-start")[0]), bytes(relations.id[row[0]])

    return bisect_right(range(len(run)), wanted, key=place)


def _steps(begin: int, end: int) -> Iterator[slice]:
    """Steps that grow, so that a page close by costs little and one far off few steps."""
    step = _STEP
    while begin < end:
        yield slice(begin, min(begin + step, end))
        begin += step
        step = min(step * 8, _LONGEST_STEP)
