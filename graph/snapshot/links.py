"""Relations of many actors at once, each seen from one of them: what networks and paths are made of.

A relation between two of the actors is seen from both. One of an actor to itself links it with nobody, and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graph.snapshot.find import Wanted, matching
from graph.snapshot.lineup import IN, OUT, Lineup

if TYPE_CHECKING:
    from graph.snapshot.view import View

__all__ = ["Links", "breadth", "by_id", "foremost", "links"]


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
    tables, relations = view.tables, view.tables.relations
    own = [one for actor in actors.tolist() for one in view.own(actor)]
    found = [tables.by_end.rows(one) for one in own]
    rows = np.concatenate(found) if found else np.empty(0, np.int32)
    near = np.repeat(view.resolve(np.array(own, np.int32)), [len(part) for part in found])
    source, target = view.resolve(relations.source[rows]), view.resolve(relations.target[rows])
    far = np.where(source == near, target, source)
    keep = far != near
    if to is not None:
        keep &= to[far]
    if way is not None:
        keep &= ({OUT: source, IN: target}[way] == near) | view.vocabulary.symmetric[relations.type[rows]]
    lineup = matching(view, Lineup(rows[keep], far=far[keep]), wanted)
    ends = view.resolve(relations.source[lineup.rows]) + view.resolve(relations.target[lineup.rows])
    far = lineup.far if lineup.far is not None else ends[:0]
    return Links(ends - far, far, lineup.rows)


def breadth(view: View, actors: np.ndarray) -> np.ndarray:
    """How many relations `links` has to look at for each of the actors. O(actors)."""
    by_end = view.tables.by_end
    return np.array([sum(len(by_end.rows(own)) for own in view.own(one)) for one in actors.tolist()], np.int64)


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
