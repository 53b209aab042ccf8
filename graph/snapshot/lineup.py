"""Which relations a request is about, seen from the actor that it names, before any other filter.

A request may name a *near* actor, from which it looks, and *far* ones, any of which may stand at the other end. The
near actor's side of a relation is

* `OUT` if it is the source, `IN` if it is the target;
* `EITHER` if it is both, or the type is symmetric: such a relation matches every direction.

With roll-up a relation counts iff there is a day that it, the time asked about, and the windows of whoever stands for
each named actor share; one whose two ends stand for the same named actor on such a day is left out. If each end stands
for the near actor, on days of its own, its side is `EITHER`, and the target is the far end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from graph.snapshot.rollup import Rollup, Side, sides
from graph.snapshot.view import ALWAYS

if TYPE_CHECKING:
    from graph.snapshot.view import View

__all__ = ["EITHER", "IN", "OUT", "Lineup", "Sight", "line_up"]

OUT: Final = 1
IN: Final = -1
EITHER: Final = 0


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


def line_up(view: View, sight: Sight | None) -> Lineup:
    """The relations in sight; all there are if nobody is named. O(relations of the near side)."""
    if sight is None:
        return Lineup(view.tables.everything(), ordered=not view.tables.by_end.pending)
    lineup = _exact(view, sight) if sight.rollup == "none" else _rolled_up(view, sight)
    if sight.direction is None:
        return lineup
    return lineup.only(np.isin(lineup.sides, (sight.direction, EITHER)))


def _exact(view: View, sight: Sight) -> Lineup:
    tables, relations = view.tables, view.tables.relations
    bulk, since = tables.by_end.parts(sight.near)
    rows = np.concatenate((bulk, since)) if len(since) else bulk
    ordered = not len(since)
    own = view.own(sight.near)
    if len(own) > 1:
        rows, ordered = np.unique(np.concatenate([tables.by_end.rows(one) for one in own])), False
    source, target = view.resolve(relations.source[rows]), view.resolve(relations.target[rows])
    out = source == sight.near
    either = (out & (target == sight.near)) | view.vocabulary.symmetric[relations.type[rows]]
    side = np.where(either, EITHER, np.where(out, OUT, IN)).astype(np.int8)
    far = np.where(out, target, source)
    lineup = Lineup(rows, side, far, ordered)
    return lineup.only(np.isin(far, sight.far)) if sight.far else lineup


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
