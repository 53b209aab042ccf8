"""The actors around one, ring by ring, and the relations among them.

1. In the middle stands one actor, with the relations that count for it: under roll-up, others' too. Whatever their true
   ends are, nobody else has them.
2. Each actor of a ring leads on to at most `per_node` actors that no ring so far holds: those that it has most
   relations with, ties by id.
3. If these are more than there is room for, those stay that have most relations with whoever led to them, ties by id.
4. Every relation between two of the actors is among them, once.

`InRelations` passes over the relations of the actors and can do all of this; `InMesh` looks pairs up in a mesh
(`graph.snapshot.mesh`), finds the same, and spends the same.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import orjson

from graph import time
from graph.snapshot.columns import NONE
from graph.snapshot.links import Links, Pairs, breadth, counted, foremost, links, parted
from graph.snapshot.mesh import Mesh, keys_of
from graph.snapshot.tally import Tally, tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.snapshot.find import Wanted
    from graph.snapshot.lineup import Lineup
    from graph.snapshot.view import View

__all__ = ["Around", "Edges", "InMesh", "InRelations"]


class Edges(NamedTuple):
    """What lies between the actors, by ordered pair: where they stand, how many relations, and JSON of each.

    `first` and `last` are the earliest and latest first day of a start, `DAY_MAX` and `DAY_MIN` where none is known.
    """

    source: np.ndarray
    target: np.ndarray
    counts: np.ndarray
    told: list[bytes]
    first: int
    last: int


class Around(ABC):
    """Grows by a ring at a time. `spend` is told how many relations are looked at, and may raise."""

    def __init__(self, view: View, center: int, spend: Callable[[int], object]) -> None:
        self._view, self._spend = view, spend
        self.rings = [np.array([center], np.int32)]
        """The actors of each ring, in the order of rule 3."""
        self.place = np.full(len(view.tables.actors), NONE, np.int32)
        """Where an actor stands among all of them, by record."""
        self.place[center] = 0

    @property
    def actors(self) -> np.ndarray:
        """All of them, ring by ring."""
        return np.concatenate(self.rings)

    def widen(self, per_node: int, most: int) -> None:
        """Rules 2 and 3: one ring more, and at most so many actors in all."""
        ring = self.rings[-1]
        if len(self.rings) > 1:
            self._spend(int(breadth(self._view, ring).sum()))
        far, counts = self._led(ring, per_node)
        taken = int(self.place.max()) + 1
        reached, at = np.unique(far, return_inverse=True)
        chosen = foremost(self._view, reached, np.bincount(at, counts, len(reached)), most - taken)
        self.place[reached[chosen]] = np.arange(taken, taken + len(chosen))
        self.rings.append(reached[chosen].astype(np.int32))

    @abstractmethod
    def _led(self, ring: np.ndarray, per_node: int) -> tuple[np.ndarray, np.ndarray]:
        """Rule 2: whom the actors of a ring lead to, and by how many relations."""

    @abstractmethod
    def hidden(self) -> list[tuple[int, int]]:
        """Who was followed and has links with actors that are in no ring, and with how many."""

    def edges(self) -> Edges:
        """Rule 4."""
        actors = self.actors[1:]
        spent = breadth(self._view, actors)
        self._spend(int(spent.sum() - spent.max(initial=0)))  # who has most need not be looked at: the others are
        return self._edges()

    @abstractmethod
    def _edges(self) -> Edges:
        """Rule 4, when that has been spent."""

    def _told(self, source: np.ndarray, target: np.ndarray, told: Tally) -> list[bytes]:
        """JSON of edges between actors, by where these stand."""
        ids = [orjson.dumps(self._view.actor_id(actor)) for actor in self.actors.tolist()]
        ends = ([ids[at] for at in places.tolist()] for places in (source, target))
        edges = zip(*ends, told.counts.tolist(), told.told(), strict=True)
        return [b'{"source":%b,"target":%b,"count":%d,%b}' % edge for edge in edges]


class InRelations(Around):
    """Out of the actors' relations. `own` are those of the actor in the middle, none of them to itself."""

    def __init__(self, view: View, center: int, spend: Callable[[int], object], own: Lineup, wanted: Wanted) -> None:
        super().__init__(view, center, spend)
        self._center, self._wanted = center, wanted
        far = np.empty(0, np.int32) if own.far is None else own.far
        self._own = Links(np.full(len(far), center, np.int32), far, own.rows)
        relations = view.tables.relations
        ends = view.resolve(relations.source[own.rows]), view.resolve(relations.target[own.rows])
        self._lent = own.rows[(ends[0] != center) & (ends[1] != center)]
        """What counts for the one in the middle, and has other ends."""
        self._followed: list[Pairs] = []

    def hidden(self) -> list[tuple[int, int]]:
        """As said above. O(pairs)."""
        near = np.concatenate([found.near[self.place[found.far] == NONE] for found in self._followed])
        actors, counts = np.unique(near, return_counts=True)
        order = np.argsort(self.place[actors])
        return list(zip(actors[order].tolist(), counts[order].tolist(), strict=True))

    def _led(self, ring: np.ndarray, per_node: int) -> tuple[np.ndarray, np.ndarray]:
        """O(relations of the ring)."""
        found = self._pairs(ring)
        self._followed.append(found)
        near, far, counts = found.only(self.place[found.far] == NONE)
        led = np.array([at for part in _parts(near) for at in self._foremost(far, counts, part, per_node)], np.int64)
        return far[led], counts[led]

    def _edges(self) -> Edges:
        """O(relations of the actors)."""
        own, among = self._own.only(self.place[self._own.far] != NONE), self._among(self.actors[1:])
        near, far, rows = (np.concatenate(column) for column in zip(own, among, strict=True))
        out = self._view.resolve(self._view.tables.relations.target[rows]) == far
        near, far, size = self.place[near].astype(np.int64), self.place[far].astype(np.int64), len(self.actors)
        told = tally(self._view, rows, np.where(out, near, far) * size + np.where(out, far, near))
        source, target = divmod(told.keys, size)
        return _summed(source, target, told, self._told(source, target, told))

    def _among(self, actors: np.ndarray) -> Links:
        """Links among actors, each once: whoever has most relations is not looked at, the others are."""
        order = np.argsort(breadth(self._view, actors), kind="stable")
        rank = np.zeros(len(self.place), np.int32)
        rank[actors[order]] = np.arange(1, len(actors) + 1)
        found = links(self._view, actors[order[:-1]], self._wanted, to=rank > 0)
        return self._others(found.only(rank[found.far] > rank[found.near]))

    def _pairs(self, ring: np.ndarray) -> Pairs:
        """Rule 1: with whom, and how often. What is the one's in the middle is nobody else's."""
        if len(self.rings) == 1:
            return counted(self._view, self._own)
        parts = [counted(self._view, self._others(part)) for part in parted(self._view, ring, self._wanted)]
        none = Pairs(*(np.empty(0, np.int64) for _ in Pairs._fields))
        return Pairs(*(np.concatenate(column) for column in zip(none, *parts, strict=True)))

    def _others(self, found: Links) -> Links:
        """Those that are not of the one in the middle."""
        mask = found.far != self._center
        return found.only(mask & ~np.isin(found.rows, self._lent) if len(self._lent) else mask)

    def _foremost(self, far: np.ndarray, counts: np.ndarray, part: slice, limit: int) -> list[int]:
        """Rule 2 for one actor: the places of those that it leads to, of its `part` of the pairs."""
        if part.stop - part.start <= limit:
            return list(range(part.start, part.stop))
        return [part.start + at for at in foremost(self._view, far[part], counts[part], limit)]


class InMesh(Around):
    """Out of a mesh of what counts, where nothing is rolled up: an actor's relations are its own."""

    def __init__(self, view: View, center: int, spend: Callable[[int], object], mesh: Mesh) -> None:
        super().__init__(view, center, spend)
        self._mesh = mesh

    def hidden(self) -> list[tuple[int, int]]:
        """As said above. O(actors^2 log n)."""
        actors, followed = self.actors, np.concatenate(self.rings[:-1])
        counts = [
            self._mesh.breadth(actor) - int(np.count_nonzero(self._mesh.others.places(actor, actors) != NONE))
            for actor in followed.tolist()
        ]
        return [(actor, count) for actor, count in zip(followed.tolist(), counts, strict=True) if count]

    def _led(self, ring: np.ndarray, per_node: int) -> tuple[np.ndarray, np.ndarray]:
        """O(others of the ring), or O(per_node) of each who was looked at lately."""
        limit = per_node + int(self.place.max()) + 1
        far, counts = [np.empty(0, np.int32)], [np.empty(0, np.int64)]
        for actor in ring.tolist():
            led = self._mesh.foremost(self._view, actor, limit)
            fresh = np.flatnonzero(self.place[led.far] == NONE)[:per_node]
            far.append(led.far[fresh])
            counts.append(led.counts[fresh])
        return np.concatenate(far), np.concatenate(counts)

    def _edges(self) -> Edges:
        """O(actors^2 log n)."""
        actors, mesh = self.actors, self._mesh
        found = [mesh.pairs.places(actor, actors) for actor in actors.tolist()]
        source, target = np.nonzero(np.array(found) != NONE)
        places = np.concatenate(found)[source * len(actors) + target]
        told, keys = mesh.tally(places), keys_of(actors[source], actors[target])
        shown = mesh.told(keys, lambda new: self._told(source[new], target[new], mesh.tally(places[new])))
        return _summed(source, target, told, shown)


def _summed(source: np.ndarray, target: np.ndarray, told: Tally, shown: list[bytes]) -> Edges:
    first, last = int(told.first.min(initial=time.DAY_MAX)), int(told.last.max(initial=time.DAY_MIN))
    return Edges(source, target, told.counts, shown, first, last)


def _parts(near: np.ndarray) -> list[slice]:
    """The stretches of equal values."""
    bounds = [*np.flatnonzero(np.diff(near, prepend=NONE)).tolist(), len(near)]
    return [slice(begin, end) for begin, end in pairwise(bounds)]
