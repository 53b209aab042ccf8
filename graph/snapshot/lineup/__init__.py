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

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graph.snapshot.lineup.runs import EITHER, IN, OUT, Gathered, Lineup, Runs, Seen, any_of, end_to_end
from graph.snapshot.lineup.standing import rolled_up
from graph.snapshot.marks import EITHER_WAY, SOURCE

if TYPE_CHECKING:
    from graph.snapshot.rollup import Rollup
    from graph.snapshot.view import View

__all__ = [
    "EITHER", "IN", "OUT", "Gathered", "Lineup", "Runs", "Seen", "Sight", "any_of", "end_to_end", "in_sight", "line_up",
    "line_up_rows",
]  # fmt: skip


class Sight(NamedTuple):
    """What a request names: the near actor, the far ones, who may stand for them, and in which span of days."""

    near: int
    far: tuple[int, ...] = ()
    rollup: Rollup = "none"
    asked: tuple[int, int] | None = None
    direction: int | None = None
    """The near actor's side, or either."""


def in_sight(view: View, sight: Sight | None) -> int:
    """About how many relations `line_up` lines up; with roll-up, as many as there are. O(actors absorbed)."""
    if sight is None or sight.rollup != "none":
        return len(view.tables.relations)
    return sum(map(view.tables.by_end.count, view.own(sight.near)))


def line_up(view: View, sight: Sight | None) -> Runs:
    """The relations in sight; all there are if nobody is named. With roll-up O(relations of the near side)."""
    if sight is None:
        return Runs(view, [Gathered(view.tables, rows) for rows in view.tables.by_end.orders()], None)
    if sight.rollup != "none":
        return _as_run(view, sight, rolled_up(view, sight))
    own = view.own(sight.near)
    runs = Runs(view, [run for one in own for run in view.tables.by_end.runs(one)], sight.near)
    runs.own, runs.direction = own, sight.direction
    runs.meant = [one for actor in sight.far for one in view.own(actor)]
    return runs


def line_up_rows(view: View, rows: np.ndarray) -> Runs:
    """Some rows, in any order, seen from nobody."""
    return Runs(view, [Gathered(view.tables, rows)], None, ordered=False)


def _as_run(view: View, sight: Sight, lineup: Lineup) -> Runs:
    if sight.direction is not None:
        lineup = lineup.only(np.isin(lineup.sides, (sight.direction, EITHER)))
    marks = np.where(lineup.sides == OUT, SOURCE, 0) + np.where(lineup.sides == EITHER, EITHER_WAY, 0)
    return Runs(view, [Gathered(view.tables, lineup.rows, marks, lineup.far)], sight.near, ordered=False)
