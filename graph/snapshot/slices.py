"""Each actor's relations in the default order and, beside each, one after another in memory, what filters look at.

An *entry* is a relation row as one of its ends sees it; a self-relation has one. An actor's entries are sorted by
`key` (newest start first, unknown starts last), then by id. So a filter on an actor of 365,000 relations compares
stretches of memory and gathers nothing.

1. Rows are packed into *levels*, each a range of rows. What came since the last packing is *loose*, and is sorted when
   it is asked for. A new level swallows those before it that are not much larger, so there are few.
2. An entry is *settled* iff its version has not ended and its relation's claims have come to one and the same thing,
   not nothing, ever since it was written: at every revision from then on, conditions 1 and 4 of what is visible hold,
   and the evidence is the one that `settled` tells of. Of any other entry it tells 0: ask the view.
3. An entry may be unsettled at any time and is never settled again, so a reader at any revision may trust what it
   finds, without a lock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from graph.snapshot.columns import NO_ROWS, OPEN, packed
from graph.snapshot.entries import COLUMNS, NO_ZONES, Entries, Run, whole
from graph.snapshot.ids import in_order
from graph.snapshot.marks import marked
from graph.snapshot.zones import unsettle, zoned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.snapshot.columns import Mapped, Memory
    from graph.snapshot.evidence import Evidence
    from graph.snapshot.relations import Relations
    from graph.snapshot.versions import Versions
    from graph.vocabulary import Vocabulary

__all__ = ["Level", "Slices"]

PACK_AFTER: Final = 2_000
"""As many rows may be loose."""
_GROWTH: Final = 4
"""A level is swallowed unless it is so many times larger than what swallows it."""
ONE_BY_ONE: Final = 2_000
"""As many entries are unsettled one by one; for more, all are looked through at once."""


@dataclass(frozen=True)
class Level:
    """The packed rows `[begin, end)`: all their entries by actor, and the rows themselves in the default order."""

    begin: int
    end: int
    starts: np.ndarray
    order: np.ndarray
    entries: Entries

    def of(self, actor: int) -> slice:
        """Where an actor's entries are."""
        if actor >= len(self.starts) - 1:
            return slice(0, 0)
        return slice(int(self.starts[actor]), int(self.starts[actor + 1]))

    @cached_property
    def packed(self) -> bytes:
        """Where they are."""
        assert self.starts.dtype == np.int64  # noqa: S101 - as `pages.c` reads them
        return packed((self.starts, len(self.starts) - 1)) + Run(self.entries, slice(0, 0)).packed

    def unsettle(self, places: np.ndarray) -> None:
        """Note that entries are unsettled."""
        unsettle(self.entries.zones, places)
        self.entries.settled[places] = 0


@dataclass(frozen=True, slots=True)
class _State:
    """Levels and loose rows by actor, replaced together: a reader meets the old ones or the new ones.

    `late` has the actors of loose rows, ascending.
    """

    levels: tuple[Level, ...]
    loose: dict[int, list[int]]
    late: np.ndarray


class Ground(NamedTuple):
    """What slices are cut of. If they knew the tables, which know them, those would outlive their use."""

    relations: Relations
    actors: Versions
    vocabulary: Vocabulary


class Slices:
    """The entries of all relations. One thread writes, any may read."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._state = _State((), {}, NO_ROWS)

    @property
    def levels(self) -> tuple[Level, ...]:
        """What is packed."""
        return self._state.levels

    def arrays(self) -> dict[str, np.ndarray]:
        """The first level, which has every row when a load has packed."""
        level = self._state.levels[0]
        columns = {name: getattr(level.entries, name) for name in COLUMNS}
        columns |= {"newest": np.array([level.entries.newest]), "zones": level.entries.zones.ravel()}
        return {"starts": level.starts, "order": level.order, **columns}

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with a level out of files."""
        columns = {name: arrays[name].filled for name in COLUMNS}
        entries = Entries(**columns, newest=int(arrays["newest"].array[0]), zones=arrays["zones"].filled.reshape(-1, 3))
        level = Level(0, arrays["order"].length, arrays["starts"].filled, arrays["order"].filled, entries)
        self._state = _State((level,), {}, NO_ROWS)

    def runs(self, actor: int) -> list[Run]:
        """An actor's entries, in runs that each are in the default order. O(levels), and sorting the loose ones."""
        state = self._state
        found = [Run(level.entries, level.of(actor)) for level in state.levels]
        if actor in state.loose:
            found += self.loose(actor, state)
        return [run for run in found if len(run)]

    def loose(self, actor: int, state: _State | None = None) -> list[Run]:
        """An actor's loose entries as a run, if there are any."""
        if not (loose := (state or self._state).loose.get(actor)):
            return []
        rows = np.array(loose, np.int32)
        return [whole(_entries(self._ground, rows[_in_order(self._ground, rows)], actor))]

    @property
    def memory(self) -> tuple[Memory, tuple[Level, ...]]:
        """The packed levels and how many, the actors of loose rows and how many; and the levels, to be held."""
        state = self._state
        packed = np.frombuffer(b"".join(level.packed for level in state.levels), np.uint8)
        return (packed, len(state.levels), state.late, len(state.late)), state.levels

    def rows(self, actor: int, to: np.ndarray | None = None) -> np.ndarray:
        """An actor's rows; those alone whose far end is marked, if `to` marks actors by record."""
        found = [run.rows if to is None else run.rows[to[run.far]] for run in self.runs(actor)]
        return np.concatenate(found) if found else np.empty(0, np.int32)

    def count(self, actor: int) -> int:
        """How many rows an actor has. O(levels)."""
        state = self._state
        packed = sum(len(range(own.start, own.stop)) for own in (level.of(actor) for level in state.levels))
        return packed + len(state.loose.get(actor, ()))

    def counts(self, actors: np.ndarray) -> np.ndarray:
        """How many rows each of some actors has. O(levels) and O(actors)."""
        state = self._state
        counts = np.zeros(len(actors), np.int64)
        if state.loose:
            counts[:] = [len(state.loose.get(actor, ())) for actor in actors.tolist()]
        for level in state.levels:
            end = len(level.starts) - 1  # whoever came later has none there
            counts += level.starts[np.minimum(actors + 1, end)] - level.starts[np.minimum(actors, end)]
        return counts

    def orders(self) -> list[np.ndarray]:
        """All rows, in runs that each are in the default order."""
        levels = self._state.levels
        loose = np.arange(levels[-1].end if levels else 0, len(self._ground.relations), dtype=np.int32)
        return [*(level.order for level in levels), loose[_in_order(self._ground, loose)]]

    def add(self, rows: np.ndarray) -> None:
        """Note rows that came behind all others."""
        relations, loose = self._ground.relations, self._state.loose
        source, target = relations.source[rows].tolist(), relations.target[rows].tolist()
        for row, one, other in zip(rows.tolist(), source, target, strict=True):
            loose.setdefault(one, []).append(row)
            if other != one:
                loose.setdefault(other, []).append(row)
        late = np.union1d(self._state.late, np.concatenate((relations.source[rows], relations.target[rows])))
        self._state = replace(self._state, late=late.astype(np.int32))

    def pack(self, evidence: Evidence, *, whole: bool = False) -> None:
        """Pack the loose rows if there are many, or all there is. O(n log n) for what is packed, log(n) times a row."""
        levels = list(self._state.levels)
        begin, end = levels[-1].end if levels else 0, len(self._ground.relations)
        if not whole and end - begin <= PACK_AFTER:
            return
        while levels and (whole or levels[-1].end - levels[-1].begin < _GROWTH * (end - begin)):
            begin = levels.pop().begin
        self._state = _State((*levels, _level(self._ground, evidence, begin, end)), {}, NO_ROWS)

    def unsettle(self, rows: np.ndarray) -> None:
        """Note that rows ended, or that their evidence changed. O(log n) each, or O(entries) for very many."""
        for level in self._state.levels:
            own = rows[(rows >= level.begin) & (rows < level.end)]
            if len(own) > ONE_BY_ONE:
                touched = np.zeros(level.end - level.begin, np.bool_)
                touched[own - level.begin] = True
                level.unsettle(np.flatnonzero(touched[level.entries.rows - level.begin]))
                continue
            for row in own.tolist():
                self._unsettle(level, row)

    def _unsettle(self, level: Level, row: int) -> None:
        relations = self._ground.relations
        key = relations.order(np.array([row]))
        for actor in {int(relations.source[row]), int(relations.target[row])}:
            own = level.of(actor)
            keys = level.entries.key[own]
            begin, end = (own.start + int(np.searchsorted(keys, key, side)[0]) for side in ("left", "right"))
            level.unsettle(begin + np.flatnonzero(level.entries.rows[begin:end] == row))


def _in_order(ground: Ground, rows: np.ndarray) -> np.ndarray:
    """The places of rows in the default order."""
    return in_order(ground.relations.id[rows], ground.relations.order(rows))


def _entries(ground: Ground, rows: np.ndarray, actor: int) -> Entries:
    """The entries of an actor's rows; whoever asks the view will learn what they come to."""
    target = ground.relations.source[rows] != actor
    return _columns(ground, rows, target, np.zeros(len(rows), np.uint8))


def _level(ground: Ground, evidence: Evidence, begin: int, end: int) -> Level:
    rows = np.arange(begin, end, dtype=np.int32)
    order = rows[_in_order(ground, rows)]
    source, target = ground.relations.source[order], ground.relations.target[order]
    other = np.flatnonzero(source != target)
    place = np.arange(len(order), dtype=np.int64)
    # An entry is one number (actor, place in the order, whether it is the target), for nothing sorts faster.
    sources = (source.astype(np.int64) << 32) + 2 * place
    packed = np.concatenate((sources, (target[other].astype(np.int64) << 32) + 2 * other + 1))
    packed.sort()
    starts = np.searchsorted(packed >> 32, np.arange(len(ground.actors) + 1))
    at = (packed & 0xFFFFFFFF) >> 1
    state = _settled(ground, evidence, order)
    entries = _columns(ground, order[at], (packed & 1).astype(np.bool_), state[at], packed=True)
    return Level(begin, end, starts, order, entries)


def _columns(
    ground: Ground, rows: np.ndarray, target: np.ndarray, settled: np.ndarray, *, packed: bool = False
) -> Entries:
    """Entries as columns, `target` telling which are seen from the target."""
    relations, vocabulary = ground.relations, ground.vocabulary
    at = rows.astype(np.intp)  # or each look-up would convert them
    types, source, sink = relations.type[at], relations.source[at], relations.target[at]
    either = vocabulary.symmetric[types] | (source == sink)
    marks, last = marked(vocabulary, types, ~target, either), relations.last_days(at).astype(np.int32)
    columns = (rows, relations.order(at), types, np.where(target, source, sink), last, marks, settled)
    return Entries(*columns, int(relations.written[at].max(initial=0)), zoned(marks, settled) if packed else NO_ZONES)


def _settled(ground: Ground, evidence: Evidence, rows: np.ndarray) -> np.ndarray:
    """Rule 2, for rows: the status and whether it is attested; 0 if it is not settled."""
    relations = ground.relations
    at = evidence.unchanged(relations.first[rows], relations.written[rows])
    return np.where(relations.ended[rows] == OPEN, evidence.told(at), 0).astype(np.uint8)
