"""What runs among many named actors: each relation with from whom of them to whom.

Without roll-up a relation runs between the actors at its ends. With roll-up it runs from i to j iff there is a day,
among those asked about, that it shares with a window of its source as one who stands for i and of its target for j; one
whose two ends stand for the same named actor on such a day is left out (`graph.snapshot.lineup`, for two). A symmetric
relation runs both ways. An actor's relations with itself run nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graph.snapshot.columns import distinct
from graph.snapshot.rollup import Rollup, placed, sides
from graph.snapshot.view import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.snapshot.view import View

__all__ = ["Crossing", "crossing"]


class Crossing(NamedTuple):
    """Relation rows, each as often as it runs; from and to are places among the named."""

    rows: np.ndarray
    source: np.ndarray
    target: np.ndarray


def crossing(view: View, named: Sequence[int], rollup: Rollup, asked: tuple[int, int] | None) -> Crossing:
    """Everything that runs among the named actors, before any filter. O(relations of whoever stands for them)."""
    standing = [sides(view, named, rollup)[actor] for actor in named]
    index = np.repeat(np.arange(len(named)), [len(side.actors) for side in standing])
    actors, first, last = (
        np.concatenate([getattr(side, column) for side in standing]) for column in ("actors", "first", "last")
    )
    order = np.argsort(actors, kind="stable")
    actors, first, last, index = actors[order], first[order], last[order], index[order]
    own = [one for actor in distinct(actors).tolist() for one in view.own(actor)]
    marks = view.marking(actors)
    rows = distinct(np.concatenate([view.tables.by_end.rows(one, marks) for one in own]))
    relations = view.tables.relations
    at, i = placed(actors, view.resolve(relations.source[rows]))
    where, j = placed(actors, view.resolve(relations.target[rows[at]]))
    at, i = at[where], i[where]
    begin, end = asked or ALWAYS
    begun = np.maximum.reduce([relations.first_days(rows[at]), first[i], first[j], np.full(len(at), begin)])
    ended = np.minimum.reduce([relations.last_days(rows[at]), last[i], last[j], np.full(len(at), end)])
    shared = begun <= ended
    return _apart(view, Crossing(rows[at[shared]], index[i[shared]], index[j[shared]]))


def _apart(view: View, found: Crossing) -> Crossing:
    """Leave out what both stands inside a side, and let what is symmetric run both ways; each once."""
    inside = np.isin(found.rows, found.rows[found.source == found.target])
    rows, source, target = (column[~inside] for column in found)
    both = view.vocabulary.symmetric[view.tables.relations.type[rows]]
    runs = np.concatenate(
        (np.stack((rows, source, target)), np.stack((rows[both], target[both], source[both]))), axis=1
    )
    return Crossing(*np.unique(runs, axis=1))
