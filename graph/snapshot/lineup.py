"""Which relations a request is about, seen from the actor that it names, before any other filter.

A request may name a *near* actor, from which it looks, and *far* ones, any of which may stand at the other end. The
near actor's side of a relation is

* `OUT` if it is the source, `IN` if it is the target;
* `EITHER` if it is both, or the type is symmetric: such a relation matches every direction.

With roll-up a relation counts iff there is a day that it, the time asked about, and the windows of whoever stands for
each named actor share; one whose two ends stand for the same named actor on such a day is left out. If each end stands
for the near actor, on days of its own, its side is `EITHER`, and the target is the far end.

What is in sight comes as runs, so that a filter can look before anything is gathered: those of the near actor and of
whom it has absorbed (`graph.snapshot.slices`); of all relations, if nobody is named; or whatever roll-up found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from graph.snapshot.columns import NONE
from graph.snapshot.rollup import Rollup, Side, sides
from graph.snapshot.slices import EITHER_WAY, SOURCE, order_keys
from graph.snapshot.view import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.snapshot.tables import Tables
    from graph.snapshot.view import View
    from graph.vocabulary import Vocabulary

__all__ = ["EITHER", "IN", "OUT", "Lineup", "Runs", "Seen", "Sight", "line_up"]

OUT: Final = 1
IN: Final = -1
EITHER: Final = 0

_FEW: Final = 4
"""So many values are compared one by one."""


@dataclass(frozen=True, slots=True)
class Lineup:
    """Relation rows, each once; the near actor's side and the far end (resolved) of each, if there is a near actor.

    `ordered`: the rows are in the default order already.
    """

    rows: np.ndarray
    side: np.ndarray | None = None
    far: np.ndarray | None = None
    ordered: bool = False

    @property
    def sides(self) -> np.ndarray:
        """The side of each row; `EITHER` where nobody is near."""
        return np.full(len(self.rows), EITHER, np.int8) if self.side is None else self.side

    def only(self, mask: np.ndarray | slice) -> Lineup:
        """The rows that a mask, an array of positions or a slice keeps."""
        return Lineup(
            self.rows[mask],
            None if self.side is None else self.side[mask],
            None if self.far is None else self.far[mask],
            self.ordered,
        )


@dataclass(frozen=True, slots=True)
class Sight:
    """What a request names: the near actor, the far ones, who may stand for them, and in which span of days."""

    near: int
    far: tuple[int, ...] = ()
    rollup: Rollup = "none"
    asked: tuple[int, int] | None = None
    direction: int | None = None
    """The near actor's side, or either."""


class Seen(Protocol):
    """Rows and what filters look at, a column each: entries (`graph.snapshot.slices.Run`), or gathered rows."""

    @property
    def rows(self) -> np.ndarray:
        """Relation rows."""
        ...

    @property
    def key(self) -> np.ndarray:
        """Their keys in the default order."""
        ...

    @property
    def type(self) -> np.ndarray:
        """Type numbers."""
        ...

    @property
    def far(self) -> np.ndarray:
        """Far ends."""
        ...

    @property
    def last(self) -> np.ndarray:
        """Last days."""
        ...

    @property
    def marks(self) -> np.ndarray:
        """The side."""
        ...

    @property
    def settled(self) -> np.ndarray:
        """Status and whether attested, where that never changed; else 0."""
        ...

    @property
    def newest(self) -> int:
        """The last revision that wrote a settled one."""
        ...

    def classes(self, vocabulary: Vocabulary) -> np.ndarray:
        """Quad classes."""
        ...

    def signs(self, vocabulary: Vocabulary) -> np.ndarray:
        """Signs."""
        ...

    def part(self, part: slice | np.ndarray) -> Seen:
        """Some of them."""
        ...

    def __len__(self) -> int: ...


class Gathered:
    """Rows as a run whose columns are gathered as they are looked at, and of which nothing is settled."""

    newest: Final = 0

    def __init__(
        self, tables: Tables, rows: np.ndarray, marks: np.ndarray | None = None, far: np.ndarray | None = None
    ) -> None:
        self._tables = tables
        self.rows = rows
        self.marks = np.broadcast_to(np.uint8(EITHER_WAY), rows.shape) if marks is None else marks
        self.far = np.broadcast_to(np.int32(NONE), rows.shape) if far is None else far

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, part: slice | np.ndarray) -> Gathered:
        """Some of the rows."""
        return Gathered(self._tables, self.rows[part], self.marks[part], self.far[part])

    @property
    def key(self) -> np.ndarray:
        """Their keys in the default order."""
        return order_keys(self._tables, self.rows)

    @property
    def type(self) -> np.ndarray:
        """Type numbers."""
        types: np.ndarray = self._tables.relations.type[self.rows]
        return types

    @property
    def last(self) -> np.ndarray:
        """Last days."""
        days: np.ndarray = self._tables.relations.last_day[self.rows]
        return days

    @property
    def settled(self) -> np.ndarray:
        """Nothing is."""
        return np.zeros(len(self.rows), np.uint8)

    def classes(self, vocabulary: Vocabulary) -> np.ndarray:
        """Quad classes."""
        classes: np.ndarray = vocabulary.quad_class[self.type]
        return classes

    def signs(self, vocabulary: Vocabulary) -> np.ndarray:
        """Signs."""
        signs: np.ndarray = vocabulary.sign[self.type]
        return signs


class Runs:
    """What is in sight and not filtered yet: runs that are each in the default order, or one that is in none.

    `mask` tells which rows of a run are in sight, so that looking there costs no more than another filter: `direction`,
    `meant` far ends, and of a relation between two that are one actor (`own`), which is in both their runs, one.
    """

    def __init__(self, view: View, runs: Sequence[Seen], near: int | None, *, ordered: bool = True) -> None:
        self.view = view
        self.runs = runs
        self.near = near
        self.ordered = ordered
        self.own: Sequence[int] = ()
        self.meant: Sequence[int] = ()
        self.direction: int | None = None

    def mask(self, run: Seen) -> np.ndarray | None:
        """Which rows are in sight; None if all are."""
        kept = _any_of(run.far, self.meant) if self.meant else None
        merged = _any_of(run.far, self.own) if len(self.own) > 1 else None
        if merged is not None:
            kept = _both(kept, ~merged | (run.marks & SOURCE != 0))
        if self.direction == OUT:
            kept = _both(kept, run.marks & (SOURCE | EITHER_WAY) != 0)
        elif self.direction == IN:
            into = run.marks & (SOURCE | EITHER_WAY) != SOURCE
            kept = _both(kept, into if merged is None else into | merged)
        return kept

    def of(self, parts: Sequence[Seen]) -> Lineup:
        """Rows that were found, as a line-up."""
        ordered = self.ordered and len(self.runs) <= 1
        rows = _joined([part.rows for part in parts])
        if self.near is None:
            return Lineup(rows, ordered=ordered)
        far, marks = self.view.resolve(_joined([part.far for part in parts])), _joined([part.marks for part in parts])
        side = np.where(marks & SOURCE != 0, OUT, IN).astype(np.int8)
        side[(marks & EITHER_WAY != 0) | (far == self.near)] = EITHER
        return Lineup(rows, side, far, ordered)


def line_up(view: View, sight: Sight | None) -> Runs:
    """The relations in sight; all there are if nobody is named. With roll-up O(relations of the near side)."""
    if sight is None:
        return Runs(view, [Gathered(view.tables, rows) for rows in view.tables.by_end.orders()], None)
    if sight.rollup != "none":
        return _as_run(view, sight, _rolled_up(view, sight))
    own = view.own(sight.near)
    runs = Runs(view, [run for one in own for run in view.tables.by_end.runs(one)], sight.near)
    runs.own, runs.direction = own, sight.direction
    runs.meant = [one for actor in sight.far for one in view.own(actor)]
    return runs


def _as_run(view: View, sight: Sight, lineup: Lineup) -> Runs:
    if sight.direction is not None:
        lineup = lineup.only(np.isin(lineup.sides, (sight.direction, EITHER)))
    marks = np.where(lineup.sides == OUT, SOURCE, 0) + np.where(lineup.sides == EITHER, EITHER_WAY, 0)
    return Runs(view, [Gathered(view.tables, lineup.rows, marks, lineup.far)], sight.near, ordered=False)


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty(0, np.int32)


def _any_of(values: np.ndarray, meant: Sequence[int]) -> np.ndarray:
    if len(meant) > _FEW:
        return np.isin(values, meant)
    mask: np.ndarray = values == meant[0]
    for one in meant[1:]:
        mask |= values == one
    return mask


def _both(one: np.ndarray | None, other: np.ndarray) -> np.ndarray:
    return other if one is None else one & other


def _rolled_up(view: View, sight: Sight) -> Lineup:
    relations = view.tables.relations
    standing = sides(view, (sight.near, *sight.far), sight.rollup)
    near, asked = standing[sight.near], sight.asked or ALWAYS
    found = [_entries(view, actor, windows, asked) for actor, windows in near.windows.items()]
    row, role, far, first, last = np.concatenate(found, axis=1)
    keep = ~np.logical_or.reduce([_inside(view, side, row, asked) for side in standing.values()])
    if sight.far:
        keep &= np.logical_or.reduce([_shares_day(standing[actor], far, first, last) for actor in sight.far])
    kept = np.flatnonzero(keep)
    kept = kept[np.lexsort((-role[kept], row[kept]))]
    row, role, far = row[kept], role[kept], far[kept]
    rows, at = np.unique(row, return_index=True)
    out, into = np.isin(rows, row[role == OUT]), np.isin(rows, row[role == IN])
    either = (out & into) | view.vocabulary.symmetric[relations.type[rows]]
    side = np.where(either, EITHER, np.where(out, OUT, IN)).astype(np.int8)
    return Lineup(rows.astype(np.int32), side, far[at])


def _entries(view: View, actor: int, windows: list[tuple[int, int]], asked: tuple[int, int]) -> np.ndarray:
    """Rows (row, role, far end, first and last shared day) of one who stands for the near actor, a column a window."""
    tables, relations = view.tables, view.tables.relations
    rows = np.unique(np.concatenate([tables.by_end.rows(own) for own in view.own(actor)])).astype(np.int64)
    source, target = view.resolve(relations.source[rows]), view.resolve(relations.target[rows])
    parts = []
    for role, near, far in ((OUT, source, target), (IN, target, source)):
        mine = near == actor
        for begin, end in windows:
            first = np.maximum(relations.first_day[rows], max(begin, asked[0]))
            last = np.minimum(relations.last_day[rows], min(end, asked[1]))
            shared = mine & (first <= last)
            count = int(shared.sum())
            parts.append(np.stack((rows[shared], np.full(count, role), far[shared], first[shared], last[shared])))
    return np.concatenate(parts, axis=1)


def _inside(view: View, side: Side, rows: np.ndarray, asked: tuple[int, int]) -> np.ndarray:
    """Which relations have a day, among those asked about, on which both their ends stand for the side."""
    relations = view.tables.relations
    at, begin, end = side.join(view.resolve(relations.source[rows]))
    first = np.maximum(relations.first_day[rows[at]], np.maximum(begin, asked[0]))
    last = np.minimum(relations.last_day[rows[at]], np.minimum(end, asked[1]))
    both = (first <= last) & _shares_day(side, view.resolve(relations.target[rows[at]]), first, last)
    mask = np.zeros(len(rows), np.bool_)
    mask[at[both]] = True
    return mask


def _shares_day(side: Side, actors: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Which actors stand for the side on a day from first to last."""
    where, begin, end = side.join(actors)
    hit = where[(begin <= last[where]) & (end >= first[where])]
    mask = np.zeros(len(actors), np.bool_)
    mask[hit] = True
    return mask
