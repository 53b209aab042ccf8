"""Relations of many actors at once, each seen from one of them: what networks and paths are made of.

A relation between two of the actors is seen from both. One of an actor to itself links it with nobody, and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from graph.snapshot.columns import NONE
from graph.snapshot.find import Wanted, matching
from graph.snapshot.lineup import Runs
from graph.snapshot.slices import Run, joined

if TYPE_CHECKING:
    from graph.snapshot.view import View

__all__ = ["Links", "breadth", "by_id", "foremost", "links"]

_LARGE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Links:
    """`rows[i]` is a relation of `near[i]` with `far[i]`, merges resolved."""

    near: np.ndarray
    far: np.ndarray
    rows: np.ndarray

    def only(self, mask: np.ndarray) -> Links:
        """Those that a mask or an array of places keeps."""
        return Links(self.near[mask], self.far[mask], self.rows[mask])


def links(
    view: View, actors: np.ndarray, wanted: Wanted, way: int | None = None, to: np.ndarray | None = None
) -> Links:
    """The relations of actors that match: `OUT` of them or `IN`, symmetric ones both; `to` marks far ends by record.

    O(relations of the actors); those whose far end is not marked are filtered no further.
    """
    relations = view.tables.relations
    runs = Runs(view, _runs(view, actors, to), NONE, ordered=False)
    runs.direction = way
    lineup = matching(view, runs, wanted)
    far = np.empty(0, np.int32) if lineup.far is None else lineup.far
    near = view.resolve(relations.source[lineup.rows]) + view.resolve(relations.target[lineup.rows]) - far
    found = Links(near, far, lineup.rows)
    return found.only(near != far)


def _runs(view: View, actors: np.ndarray, to: np.ndarray | None) -> list[Run]:
    """The entries of actors: large runs where they lie, small ones copied together, so that they are looked at once."""
    found = [run for actor in actors.tolist() for one in view.own(actor) for run in view.tables.by_end.runs(one)]
    if to is not None:
        marks = to.copy()
        for absorbed, survivor in view.resolved.items():
            marks[absorbed] = to[survivor]
        found = [run.part(np.flatnonzero(marks[run.far])) for run in found]
    small = [run for run in found if len(run) < _LARGE]
    return [run for run in found if len(run) >= _LARGE] + ([joined(small)] if small else [])


def breadth(view: View, actors: np.ndarray) -> np.ndarray:
    """How many relations `links` has to look at for each of the actors. O(actors)."""
    counts = view.tables.by_end.counts(actors)
    if view.resolved:
        for at, actor in enumerate(actors.tolist()):
            counts[at] = view.tables.by_end.counts(np.array(view.own(actor))).sum()
    return counts


def by_id(view: View, actor: int) -> bytes:
    """What actors are ordered by their id with: their reference, as it begins with it."""
    return view.tables.actor_refs[actor]


def foremost(view: View, actors: np.ndarray, counts: np.ndarray, limit: int) -> list[int]:
    """The places of the actors with the greatest counts, greatest first, ties by id. O(n), and sorting those few."""
    if limit <= 0:
        return []
    least = np.partition(counts, -limit)[-limit] if len(counts) > limit else 0
    places = np.flatnonzero(counts >= least).tolist()
    places.sort(key=lambda at: (-counts[at], by_id(view, int(actors[at]))))
    return places[:limit]
