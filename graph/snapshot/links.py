"""Relations of many actors at once, each seen from one of them: what networks and paths are made of.

A relation between two of the actors is seen from both. One of an actor to itself links it with nobody, and is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from graph.snapshot.columns import NONE
from graph.snapshot.entries import Run, joined
from graph.snapshot.find import Wanted, matching
from graph.snapshot.lineup import Runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graph.snapshot.view import View

__all__ = ["Links", "Pairs", "breadth", "by_id", "counted", "foremost", "ids", "links", "parted"]

_LARGE: Final = 5_000
"""An actor with so many relations is looked at by itself; the others are copied together, and looked at at once."""


class Links(NamedTuple):
    """`rows[i]` is a relation of `near[i]` with `far[i]`, merges resolved."""

    near: np.ndarray
    far: np.ndarray
    rows: np.ndarray

    def only(self, mask: np.ndarray) -> Links:
        """Those that a mask or an array of places keeps."""
        return Links(self.near[mask], self.far[mask], self.rows[mask])


class Pairs(NamedTuple):
    """`counts[i]` relations link `near[i]` with `far[i]`; those of one near end lie together."""

    near: np.ndarray
    far: np.ndarray
    counts: np.ndarray

    def only(self, mask: np.ndarray) -> Pairs:
        """Those that a mask keeps."""
        return Pairs(self.near[mask], self.far[mask], self.counts[mask])


def links(
    view: View, actors: np.ndarray, wanted: Wanted, way: int | None = None, to: np.ndarray | None = None
) -> Links:
    """The relations of actors that match: `OUT` of them or `IN`, symmetric ones both; `to` marks far ends by record.

    O(relations of the actors); those whose far end is not marked are filtered no further.
    """
    return _joined(list(parted(view, actors, wanted, way, to)))


def parted(
    view: View, actors: np.ndarray, wanted: Wanted, way: int | None = None, to: np.ndarray | None = None
) -> Iterator[Links]:
    """The same in parts, of which each has all that an actor has: whoever has many relations is a part of its own."""
    small: list[Run] = []
    marks = to if to is None or not view.resolved else view.marking(np.flatnonzero(to))
    for actor in actors.tolist():
        own = [run for one in view.own(actor) for run in view.tables.by_end.runs(one)]
        if marks is not None:
            own = [run.part(np.flatnonzero(marks[run.far])) for run in own]
        if sum(map(len, own)) >= _LARGE:
            yield _matching(view, own, wanted, way, actor)
        else:
            small += own
    if small:
        yield _matching(view, [joined(small)], wanted, way, None)


def _matching(view: View, runs: Sequence[Run], wanted: Wanted, way: int | None, near: int | None) -> Links:
    """What of runs matches, all of them of one actor, if it is named."""
    sight = Runs(view, runs, NONE, ordered=False)
    sight.direction = way
    lineup = matching(view, sight, wanted)
    rows, far = lineup.rows, np.empty(0, np.int32) if lineup.far is None else lineup.far
    if near is not None:
        return _apart(Links(np.full(len(far), near, np.int32), far, rows))
    relations = view.tables.relations
    return _apart(Links(view.resolve(relations.source[rows]) + view.resolve(relations.target[rows]) - far, far, rows))


def counted(view: View, found: Links) -> Pairs:
    """Who is linked with whom and how often. O(links), and O(actors) for a part of one actor's own."""
    near, far, size = found.near, found.far, len(view.tables.actors)
    if len(near) >= _LARGE and (near == near[0]).all():
        counts = np.bincount(far, minlength=size)
        others = np.flatnonzero(counts)
        return Pairs(np.full(len(others), near[0]), others, counts[others])
    keys, counts = np.unique(near.astype(np.int64) * size + far, return_counts=True)
    return Pairs(keys // size, keys % size, counts)


def _apart(found: Links) -> Links:
    apart = found.near != found.far
    return found if apart.all() else found.only(apart)


def _joined(parts: Sequence[Links]) -> Links:
    if len(parts) == 1:
        return parts[0]
    none = Links(*(np.empty(0, np.int32) for _ in Links._fields))
    return Links(*(np.concatenate(column) for column in zip(none, *parts, strict=True)))


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


def ids(view: View, actors: np.ndarray) -> list[bytes]:
    """The same of many."""
    return view.tables.actor_refs.many(actors)


def foremost(view: View, actors: np.ndarray, counts: np.ndarray, limit: int) -> list[int]:
    """The places of the actors with the greatest counts, greatest first, ties by id. O(n), and sorting those few."""
    if limit <= 0:
        return []
    least = np.partition(counts, -limit)[-limit] if len(counts) > limit else 0
    places = np.flatnonzero(counts >= least)
    order = sorted(zip((-counts[places]).tolist(), ids(view, actors[places]), places.tolist(), strict=True))
    return [at for _, _, at in order[:limit]]
