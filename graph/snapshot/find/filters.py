"""Which rows of a run match: filters from the cheapest to the dearest, each on what the ones before it left."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import orjson

from graph.snapshot.columns import NONE
from graph.snapshot.evidence import ATTESTED, STATUS, claims_visible
from graph.snapshot.find.places import count, narrowed, within
from graph.snapshot.lineup import OUT, any_of
from graph.snapshot.marks import inward, of_kind, outward
from graph.snapshot.zones import ANYTHING, MARKS, OUTCOMES, Promise, promise
from graph.time import DAY_MAX, DAY_MIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from graph.snapshot.find.places import Places
    from graph.snapshot.lineup import Runs, Seen
    from graph.snapshot.view import View

__all__ = ["ClaimWanted", "Wanted", "claims_meeting", "matched", "shortlisted", "sifted", "told"]

_LONG: Final = 4_096
_SELECTIVE: Final = 8
"""A mask over so many rows is worth being narrowed down to what it leaves, if that is less than one in so many."""


@dataclass(frozen=True, slots=True)
class ClaimWanted:
    """What one visible claim must meet, all of it. Actors are resolved, the others records; None does not filter."""

    claimant: int | None = None
    publisher: int | None = None
    dataset: int | None = None
    document: int | None = None
    licence: int | None = None
    quoted: bool | None = None


class Wanted(NamedTuple):
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


def matched(view: View, runs: Runs, run: Seen, wanted: Wanted) -> Places:
    """Where in a run the matching rows are: the steps of this module."""
    places = shortlisted(view, runs, run, wanted)
    return within(places, sifted(view, run.part(places), wanted))


def sifted(view: View, run: Seen, wanted: Wanted) -> Places:
    """Where the rows are that all steps but the first leave."""
    places: Places = slice(0, len(run))
    for step in (_by_columns, _by_visibility, _by_evidence, _by_claims, _by_attributes):
        if not count(places):
            break
        mask = step(view, run, places, wanted)
        if mask is not None:
            places = narrowed(places, mask)
    return places


def shortlisted(view: View, runs: Runs, run: Seen, wanted: Wanted) -> Places:
    """Step 1, on a stretch of memory at a time, until few are left: of those alone the rest is gathered."""
    places = _promising(runs, run, wanted)
    if not count(places):
        return places
    seen, mask = run if isinstance(places, slice) else run.part(places), None
    for holds in _conditions(view, runs, run.newest, wanted):
        mask = holds(seen) if mask is None else mask & holds(seen)
        if len(mask) > _LONG and np.count_nonzero(mask) * _SELECTIVE < len(mask):
            places, mask = narrowed(places, mask), None
            seen = run.part(places)
    return places if mask is None else narrowed(places, mask)


def _conditions(view: View, runs: Runs, newest: int, wanted: Wanted) -> Iterator[Callable[[Seen], np.ndarray]]:  # noqa: C901 - a filter after the other
    """What is filtered by, those first that look at the fewest bytes and leave the fewest rows."""
    if wanted.types is not None:
        ranges = wanted.types
        yield lambda seen: _within_any(seen.type, ranges)
    if runs.narrow:
        yield runs.mask
    if wanted.classes or wanted.sign is not None:
        yield lambda seen: seen.of_kind(view.vocabulary, wanted.classes, wanted.sign)
    if wanted.statuses:
        yield lambda seen: _of_status(seen.settled, wanted.statuses)
    if (attested := wanted.attested) is not None:
        yield lambda seen: _attested(seen.settled, attested=attested)
    if view.k < newest:
        yield lambda seen: seen.rows < view.reach
    if wanted.since:
        yield lambda seen: seen.rows >= view.tables.relations.reach(wanted.since - 1)
    if wanted.asked is not None:  # an unknown start has the greatest key of all, and began before any day
        first, last = wanted.asked
        if first > DAY_MIN:
            yield lambda seen: seen.last >= first
        if last < DAY_MAX:
            yield lambda seen: seen.key >= -last


def _of_status(settled: np.ndarray, statuses: Sequence[int]) -> np.ndarray:
    """Which may have one of some statuses: what is not settled has none, and is looked at again."""
    return any_of(settled & STATUS, (0, *statuses))


def _attested(settled: np.ndarray, *, attested: bool) -> np.ndarray:
    """Which may be attested, or not, likewise."""
    mask: np.ndarray = ((settled & ATTESTED != 0) == attested) | (settled == 0)
    return mask


def _promising(runs: Runs, run: Seen, wanted: Wanted) -> Places:
    """Where in a run rows may match."""
    if len(run) > _LONG:
        way = runs.direction if len(runs.own) <= 1 else None
        alleged = wanted.attested is False  # most are attested, in every zone
        meant = _meant(way, wanted.classes, wanted.sign, wanted.statuses, alleged=alleged)
        if meant is not ANYTHING:
            return run.promising(meant)
    return slice(0, len(run))


@lru_cache(maxsize=1_024)
def _meant(
    way: int | None, classes: tuple[int, ...], sign: int | None, statuses: tuple[int, ...], *, alleged: bool
) -> Promise:
    """What a zone must promise for any of its rows to match."""
    meant = promised(way, classes, sign, statuses, attested=False if alleged else None)
    return ANYTHING if meant == ANYTHING else meant


def promised(
    way: int | None, classes: tuple[int, ...], sign: int | None, statuses: tuple[int, ...], *, attested: bool | None
) -> Promise:
    """The marks and the settled outcomes that may match; any outcome may, of what is not settled."""
    marks, outcomes = [], []
    if way is not None:
        marks.append((outward if way == OUT else inward)(MARKS))
    if classes or sign is not None:
        marks.append(of_kind(MARKS, classes, sign))
    if statuses:
        outcomes.append(_of_status(OUTCOMES, statuses))
    if attested is not None:
        outcomes.append(_attested(OUTCOMES, attested=attested))
    return promise(_all_of(marks), _all_of(outcomes))


def _within_any(values: np.ndarray, ranges: Sequence[tuple[int, int]]) -> np.ndarray:
    """Which values lie in any of some ranges."""
    found = _within(values, *ranges[0])
    for low, high in ranges[1:]:
        found |= _within(values, low, high)
    return found


def _all_of(conditions: list[np.ndarray]) -> np.ndarray | None:
    """Where all of some masks hold, written into the first of them; None if there is none."""
    for other in conditions[1:]:
        conditions[0] &= other
    return conditions[0] if conditions else None


def _within(values: np.ndarray, low: int, high: int) -> np.ndarray:
    return values == low if high == low + 1 else (values >= low) & (values < high)


def _by_columns(view: View, run: Seen, places: Places, wanted: Wanted) -> np.ndarray | None:
    relations, conditions = view.tables.relations, []
    if wanted.records is not None:
        conditions.append(np.isin(relations.first[run.rows[places]], wanted.records))
    if wanted.about is not None:
        conditions.append(relations.about[run.rows[places]] == wanted.about)
    if wanted.far_kinds:
        conditions.append(np.isin(view.kinds(view.resolve(run.far[places])), wanted.far_kinds))
    return _all_of(conditions)


def _by_visibility(view: View, run: Seen, places: Places, wanted: Wanted) -> np.ndarray | None:
    """Step 3. The span has been looked at, except for what is certain."""
    settled = run.settled[places]
    doubtful = (settled == 0).nonzero()[0]
    certain = wanted.asked if wanted.certain else None
    if len(doubtful) == len(settled):
        return view.visible(run.rows[places], certain, certain=wanted.certain)
    conditions = []
    if certain is not None:
        conditions.append(view.surely(run.rows[places], certain))
    if view.hides:
        conditions.append(~view.hidden(run.far[places]))
    if len(doubtful) and len(hidden := doubtful[~view.visible(run.rows[places][doubtful])]):
        seen = np.ones(len(settled), np.bool_)
        seen[hidden] = False
        conditions.append(seen)
    return _all_of(conditions)


def _by_evidence(view: View, run: Seen, places: Places, wanted: Wanted) -> np.ndarray | None:
    conditions = []
    if wanted.statuses or wanted.attested is not None:
        known = told(view, run, places)
        if wanted.statuses:
            conditions.append(any_of(known & STATUS, wanted.statuses))
        if wanted.attested is not None:
            conditions.append((known & ATTESTED != 0) == wanted.attested)
    if wanted.min_confidence is not None or wanted.min_publishers is not None:
        table, at = view.evidence.table, view.evidence.at(view.tables.relations.first[run.rows[places]], view.k)
        if wanted.min_confidence is not None:
            conditions.append(table.confidence[at] >= wanted.min_confidence)  # false for nan: nobody gave one
        if wanted.min_publishers is not None:
            conditions.append(table.publishers[at] >= wanted.min_publishers)
    return _all_of(conditions)


def told(view: View, run: Seen, places: Places) -> np.ndarray:
    """Status and whether attested, at k, of visible rows."""
    told: np.ndarray = run.settled[places]
    doubtful = (told == 0).nonzero()[0]
    if len(doubtful):
        records = view.tables.relations.first[run.rows[places][doubtful]]
        told = told.copy()
        told[doubtful] = view.evidence.told(view.evidence.at(records, view.k))
    return told


def _by_claims(view: View, run: Seen, places: Places, wanted: Wanted) -> np.ndarray | None:
    if wanted.claim is None:
        return None
    where, rows = view.tables.by_relation.gather(view.tables.relations.first[run.rows[places]])
    mask = np.zeros(count(places), np.bool_)
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


def _by_attributes(view: View, run: Seen, places: Places, wanted: Wanted) -> np.ndarray | None:
    if not wanted.attributes:
        return None
    heap, rows = view.tables.attributes, run.rows[places]
    mask, filled = np.zeros(len(rows), np.bool_), heap.filled(rows)
    mask[filled] = [_has(one, wanted.attributes) for one in heap.many(rows[filled])]
    return mask


def _has(told: bytes, asked: tuple[tuple[str, str], ...]) -> bool:
    """Whether attributes hold every key with exactly the asked value: a string as it is, others as in JSON."""
    own = orjson.loads(told)
    return all(
        key in own and (own[key] if isinstance(own[key], str) else orjson.dumps(own[key]).decode()) == value
        for key, value in asked
    )
