"""Pages of what matches, in an order: a key that ascends, unknown last, ties by id."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from graph.snapshot.find import compiled
from graph.snapshot.find.filters import matched, shortlisted, sifted, told
from graph.snapshot.find.places import count, first, joined, numbers, since, within
from graph.snapshot.lineup import Gathered, end_to_end
from graph.snapshot.relations import UNKNOWN
from graph.time import DAY_MAX
from graph.vocabulary import NO_INTENSITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.snapshot.find.filters import Wanted
    from graph.snapshot.find.places import Places
    from graph.snapshot.lineup import Lineup, Runs, Seen
    from graph.snapshot.view import View

__all__ = ["ORDERS", "Found", "Order", "Slice", "find", "keys", "look", "matching", "newest", "page"]

Order = Literal["-start", "start", "-recorded_at", "-confidence", "-intensity", "intensity"]
ORDERS: Final[tuple[Order, ...]] = ("-start", "start", "-recorded_at", "-confidence", "-intensity", "intensity")

_STEP: Final = 512
_TIES: Final = 256
"""So many that share a key are looked for beside the first of them."""
_LONGEST_STEP: Final = 131_072


class Slice(NamedTuple):
    """A page of relations: what it holds, and whether and after what the next one goes on."""

    lineup: Lineup
    next: tuple[float, str] | None


@dataclass(frozen=True)
class Found:
    """Everything that matches: the places of each run, and columns of it, one run's after the other's."""

    view: View
    runs: Runs
    places: tuple[Places, ...]

    def __len__(self) -> int:
        return sum(count(places) for places in self.places)

    @cached_property
    def rows(self) -> np.ndarray:
        """Relation rows."""
        return end_to_end([run.rows[places] for run, places in self._each()])

    @property
    def key(self) -> np.ndarray:
        """Their keys in the default order."""
        return end_to_end([run.key[places] for run, places in self._each()])

    @property
    def type(self) -> np.ndarray:
        """Type numbers."""
        return end_to_end([run.type[places] for run, places in self._each()])

    @property
    def far(self) -> np.ndarray:
        """Far ends, merges not resolved."""
        return end_to_end([run.far[places] for run, places in self._each()])

    @property
    def told(self) -> np.ndarray:
        """Status and whether attested."""
        return end_to_end([told(self.view, run, places) for run, places in self._each()])

    def lineup(self, chosen: np.ndarray | None = None) -> Lineup:
        """All of it, or what has the chosen numbers in these columns; run by run."""
        begin, parts = 0, []
        for run, places in self._each():
            if chosen is not None:
                own = chosen[(chosen >= begin) & (chosen < begin + count(places))] - begin
                begin += count(places)
                places = numbers(places)[own]  # noqa: PLW2901 - those chosen of them
            parts.append(run.part(places))
        return self.runs.of(parts)

    def _each(self) -> Iterator[tuple[Seen, Places]]:
        return zip(self.runs.runs, self.places, strict=True)


def find(view: View, runs: Runs, wanted: Wanted, order: Order, after: tuple[float, str] | None, limit: int) -> Slice:
    """The first `limit` matching relations after a key of the order. O(rows passed over), or of all that match."""
    if not runs.ordered or order != "-start":
        return page(look(view, runs, wanted), order, after, limit)
    if (found := compiled.first(view, runs, wanted, after, limit + 1)) is not None:
        return _cut(view, found, order, limit)
    parts = [_first(view, runs, run, wanted, after, limit + 1) for run in runs.runs]
    return _cut(view, runs.of(parts), order, limit)


def look(view: View, runs: Runs, wanted: Wanted) -> Found:
    """Everything that matches. O(rows in sight), a few bytes of each."""
    return Found(view, runs, tuple(matched(view, runs, run, wanted) for run in runs.runs))


def matching(view: View, runs: Runs, wanted: Wanted) -> Lineup:
    """Everything that matches, gathered, in the order of the runs."""
    return look(view, runs, wanted).lineup()


def page(found: Found, order: Order, after: tuple[float, str] | None, limit: int) -> Slice:
    """The first `limit` of what is known to match after a key of the order. O(rows), and sorting a page."""
    view, runs = found.view, found.runs
    if not runs.ordered or order != "-start":
        chosen = _least(view, found.rows, _keys(view, found, order), after, limit + 1)
        return _cut(view, found.lineup(chosen), order, limit)
    parts = []
    for run, places in zip(runs.runs, found.places, strict=True):
        left = since(places, _place(view, run, after)) if after else places
        parts.append(run.part(first(left, limit + 1)))
    return _cut(view, runs.of(parts), order, limit)


def _first(view: View, runs: Runs, run: Seen, wanted: Wanted, after: tuple[float, str] | None, limit: int) -> Seen:
    """The first rows of a run that match."""
    begin = _place(view, run, after) if after else 0
    if wanted.asked is not None:  # what began later comes before
        begin = max(begin, run.place(-wanted.asked[1]))
        if not wanted.certain:
            wanted = wanted._replace(asked=(wanted.asked[0], DAY_MAX))
    found: list[Places] = []
    left = limit
    for places in _shortlists(view, runs, run, wanted, begin, limit):
        kept = first(sifted(view, run.part(places), wanted), left)
        found.append(within(places, kept))
        left -= count(kept)
        if not left:
            break
    return run.part(joined(found))


def _shortlists(view: View, runs: Runs, run: Seen, wanted: Wanted, begin: int, enough: int) -> Iterator[Places]:
    """What the cheap filters leave from a place on: enough for a page if the dear ones leave it, and not far more."""
    waiting: list[Places] = []
    for step in _steps(begin, len(run)):
        waiting.append(within(step, shortlisted(view, runs, run.part(step), wanted)))
        if sum(map(count, waiting)) >= enough:
            places, waiting = joined(waiting), []
            if count(places) <= _STEP:
                yield places
            else:
                yield from (within(places, part) for part in _steps(0, count(places)))
    yield joined(waiting)


# Order: a key that ascends in the order asked for, unknown last, ties by id


def keys(view: View, rows: np.ndarray, order: Order) -> np.ndarray:
    """The sort key of each row, as doubles; nulls are +inf."""
    return _keys(view, Gathered(view.tables, rows), order)


def newest(view: View, lineup: Lineup, most: int | None = None) -> Lineup:
    """The first of a line-up in the default order, or all of it. O(rows), and sorting what is wanted."""
    rows = lineup.rows
    chosen = _least(view, rows, keys(view, rows, "-start"), None, len(rows) if most is None else most)
    lineup = lineup.only(chosen)
    return lineup.only(_sorted(view, lineup.rows, "-start")[:most])


def _keys(view: View, seen: Found | Gathered, order: Order) -> np.ndarray:
    match order:
        case "-start" | "start":
            key = seen.key
            return np.where(key == UNKNOWN, np.inf, key if order == "-start" else -key)
        case "-recorded_at":
            recorded: np.ndarray = np.negative(view.tables.relations.written[seen.rows], dtype=np.float64)
            return recorded
        case "-confidence":
            outcomes = view.evidence.table.confidence
            if np.isnan(outcomes).all():  # nobody ever gave one
                return np.full(len(seen.rows), np.inf)
            at = view.evidence.at(view.tables.relations.first[seen.rows], view.k)
            confidence: np.ndarray = np.where(np.isnan(outcomes), np.inf, -outcomes)[at]
            return confidence
        case "-intensity" | "intensity":
            tenths = view.vocabulary.tenths.astype(np.float64)
            signed = np.where(tenths == NO_INTENSITY, np.inf, -tenths if order == "-intensity" else tenths)
            intensity: np.ndarray = signed[seen.type]
            return intensity


def _sorted(view: View, rows: np.ndarray, order: Order) -> np.ndarray:
    """The places of rows in an order."""
    return np.lexsort((view.tables.relations.id[rows], keys(view, rows, order)))


def _least(view: View, rows: np.ndarray, key: np.ndarray, after: tuple[float, str] | None, most: int) -> np.ndarray:
    """The numbers of the rows that may be among the first `most` after a key, in any order. O(rows)."""
    ids = view.tables.relations.id
    if after is None:
        left = np.arange(len(key))
    else:
        tied = np.flatnonzero(key == after[0])
        tied = tied[ids[rows[tied]] > np.bytes_(after[1].encode())]
        left = np.concatenate((np.flatnonzero(key > after[0]), tied))
    if len(left) <= most:
        return left
    key = key[left]
    last = np.partition(key, most - 1)[most - 1]
    before, tied = left[key < last], left[key == last]
    if len(tied) > most:  # of those that share the last key, as many as there is room for, by the beginning of the id
        begins = ids.view(">u8")[::2][rows[tied]].astype(np.uint64)
        tied = tied[begins <= np.partition(begins, most - 1)[most - 1]]
    return np.concatenate((before, tied))


def _cut(view: View, lineup: Lineup, order: Order, limit: int) -> Slice:
    """A page out of a few rows more than it may hold."""
    if not lineup.ordered or order != "-start":
        lineup = lineup.only(_sorted(view, lineup.rows, order))
    if len(lineup.rows) <= limit:
        return Slice(lineup, None)
    page = lineup.only(slice(limit))
    last = page.rows[-1]
    key = view.tables.relations.order_of(last) if order == "-start" else keys(view, page.rows[-1:], order)[0]
    return Slice(page, (math.inf if key == UNKNOWN else float(key), view.tables.relations.id[last].decode()))


def _place(view: View, run: Seen, after: tuple[float, str]) -> int:
    """Where the default order goes on after a key, by bisection."""
    key = int(max(after[0], -UNKNOWN)) if after[0] < UNKNOWN else UNKNOWN
    begin = run.place(key)
    end = begin + run.part(slice(begin, begin + _TIES)).place(key, "right")  # in memory that was just looked at
    tied = range(begin, end if end < begin + _TIES else run.place(key, "right"))
    ids = view.tables.relations.id
    return tied.start + bisect_right(tied, after[1].encode(), key=lambda at: bytes(ids[run.rows[at]]))


def _steps(begin: int, end: int) -> Iterator[slice]:
    """Steps that grow, so that a page close by costs little and one far off few steps."""
    step = _STEP
    while begin < end:
        yield slice(begin, min(begin + step, end))
        begin += step
        step = min(step * 8, _LONGEST_STEP)
