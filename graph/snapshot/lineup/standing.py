"""Relations of whoever stands for an actor, each on a day that all of it shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.snapshot.columns import distinct
from graph.snapshot.lineup.runs import EITHER, IN, OUT, Lineup
from graph.snapshot.rollup import Side, sides
from graph.snapshot.view import ALWAYS

if TYPE_CHECKING:
    from graph.snapshot.lineup import Sight
    from graph.snapshot.view import View

__all__ = ["rolled_up"]


def rolled_up(view: View, sight: Sight) -> Lineup:
    """What counts as the near actor's under roll-up. O(relations of the near side)."""
    relations = view.tables.relations
    standing = sides(view, (sight.near, *sight.far), sight.rollup)
    near, asked = standing[sight.near], sight.asked or ALWAYS
    meant = view.marking(np.concatenate([standing[far].actors for far in sight.far])) if sight.far else None
    found = [_entries(view, actor, windows, asked, meant) for actor, windows in near.windows.items()]
    row, role, far, first, last = np.concatenate(found, axis=1)
    kept = np.arange(len(row))
    if sight.far:
        timely = [_shares_day(standing[actor], far, first, last) for actor in sight.far]
        kept = np.flatnonzero(np.logical_or.reduce(timely))
    kept = kept[~np.logical_or.reduce([_inside(view, side, row[kept], asked) for side in standing.values()])]
    kept = kept[np.lexsort((-role[kept], row[kept]))]
    row, role, far = row[kept], role[kept], far[kept]
    begins = np.flatnonzero(np.diff(row, prepend=-1))
    ends = np.append(begins, len(row))[1:] - 1
    rows, out, into = row[begins], role[begins] == OUT, role[ends] == IN
    either = (out & into) | view.vocabulary.symmetric[relations.type[rows]]
    side = np.where(either, EITHER, np.where(out, OUT, IN)).astype(np.int8)
    return Lineup(rows.astype(np.int32), side, far[begins])


def _entries(
    view: View, actor: int, windows: list[tuple[int, int]], asked: tuple[int, int], meant: np.ndarray | None
) -> np.ndarray:
    """Rows (row, role, far end, first and last shared day) of one who stands for the near actor, a column a window.

    Those alone whose far end is marked as `meant`, if any is.
    """
    tables, relations = view.tables, view.tables.relations
    found = [tables.by_end.rows(own, meant) for own in view.own(actor)]
    rows = (distinct(np.concatenate(found)) if len(found) > 1 else found[0]).astype(np.int64)
    source, target = view.resolve(relations.source[rows]), view.resolve(relations.target[rows])
    parts = []
    for role, near, far in ((OUT, source, target), (IN, target, source)):
        mine = near == actor
        for begin, end in windows:
            first = np.maximum(relations.first_days(rows), max(begin, asked[0]))
            last = np.minimum(relations.last_days(rows), min(end, asked[1]))
            shared = mine & (first <= last)
            count = int(shared.sum())
            parts.append(np.stack((rows[shared], np.full(count, role), far[shared], first[shared], last[shared])))
    return np.concatenate(parts, axis=1)


def _inside(view: View, side: Side, rows: np.ndarray, asked: tuple[int, int]) -> np.ndarray:
    """Which relations have a day, among those asked about, on which both their ends stand for the side."""
    relations = view.tables.relations
    at, begin, end = side.join(view.resolve(relations.source[rows]))
    first = np.maximum(relations.first_days(rows[at]), np.maximum(begin, asked[0]))
    last = np.minimum(relations.last_days(rows[at]), np.minimum(end, asked[1]))
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
