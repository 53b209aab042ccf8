"""The actors around one, ring by ring, and the relations among them.

1. In the middle stands one actor, with the relations that count for it: under roll-up, others' too. Whatever their true
   ends are, nobody else has them.
2. Each actor of a ring leads on to at most `per_node` actors that no ring so far holds: those that it has most
   relations with, ties by id.
3. If these are more than there is room for, those stay that have most relations with whoever led to them, ties by id.
4. Every relation between two of the actors is among them, once.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from graph.snapshot.columns import NONE
from graph.snapshot.links import Links, Pairs, breadth, counted, foremost, links, parted

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.snapshot.find import Wanted
    from graph.snapshot.lineup import Lineup
    from graph.snapshot.view import View

__all__ = ["Around"]


class Around:
    """Grows by a ring at a time. `own` are the relations of the actor in the middle, none of them to itself.

    `spend` is told how many relations will be looked at, and may raise.
    """

    def __init__(self, view: View, center: int, own: Lineup, wanted: Wanted, spend: Callable[[int], object]) -> None:
        self._view, self._center, self._wanted, self._spend = view, center, wanted, spend
        far = np.empty(0, np.int32) if own.far is None else own.far
        self._own = Links(np.full(len(far), center, np.int32), far, own.rows)
        relations = view.tables.relations
        ends = view.resolve(relations.source[own.rows]), view.resolve(relations.target[own.rows])
        self._lent = own.rows[(ends[0] != center) & (ends[1] != center)]
        """What counts for the one in the middle, and has other ends."""
        self._followed: list[Pairs] = []
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
        """Rules 2 and 3: one ring more, and at most so many actors in all. O(relations of the last ring)."""
        found, taken = self._pairs(self.rings[-1]), int(self.place.max()) + 1
        self._followed.append(found)
        near, far, counts = found.only(self.place[found.far] == NONE)
        led = np.array([at for part in _parts(near) for at in self._led(far, counts, part, per_node)], np.int64)
        reached, at = np.unique(far[led], return_inverse=True)
        chosen = foremost(self._view, reached, np.bincount(at, counts[led], len(reached)), most - taken)
        self.place[reached[chosen]] = np.arange(taken, taken + len(chosen))
        self.rings.append(reached[chosen].astype(np.int32))

    def hidden(self) -> list[tuple[int, int]]:
        """Who was followed and has links with actors that are in no ring, and with how many. O(pairs)."""
        near = np.concatenate([found.near[self.place[found.far] == NONE] for found in self._followed])
        actors, counts = np.unique(near, return_counts=True)
        order = np.argsort(self.place[actors])
        return list(zip(actors[order].tolist(), counts[order].tolist(), strict=True))

    def edges(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rule 4: rows, and where those stand that they are drawn from and to. O(relations of the actors)."""
        own, among = self._own.only(self.place[self._own.far] != NONE), self._among(self.actors[1:])
        near, far, rows = (np.concatenate(column) for column in zip(own, among, strict=True))
        out = self._view.resolve(self._view.tables.relations.target[rows]) == far
        near, far = self.place[near], self.place[far]
        return rows, np.where(out, near, far), np.where(out, far, near)

    def _among(self, actors: np.ndarray) -> Links:
        """Links among actors, each once. Whoever has most relations need not be looked at: the others are."""
        order = np.argsort(breadth(self._view, actors), kind="stable")
        rank = np.zeros(len(self.place), np.int32)
        rank[actors[order]] = np.arange(1, len(actors) + 1)
        looked = actors[order[:-1]]
        self._spend(int(breadth(self._view, looked).sum()))
        found = links(self._view, looked, self._wanted, to=rank > 0)
        return self._others(found.only(rank[found.far] > rank[found.near]))

    def _pairs(self, ring: np.ndarray) -> Pairs:
        """Rule 1: with whom, and how often. What is the one's in the middle is nobody else's."""
        if len(self.rings) == 1:
            return counted(self._view, self._own)
        self._spend(int(breadth(self._view, ring).sum()))
        parts = [counted(self._view, self._others(part)) for part in parted(self._view, ring, self._wanted)]
        none = Pairs(*(np.empty(0, np.int64) for _ in Pairs._fields))
        return Pairs(*(np.concatenate(column) for column in zip(none, *parts, strict=True)))

    def _others(self, found: Links) -> Links:
        """Those that are not of the one in the middle."""
        mask = found.far != self._center
        return found.only(mask & ~np.isin(found.rows, self._lent) if len(self._lent) else mask)

    def _led(self, far: np.ndarray, counts: np.ndarray, part: slice, limit: int) -> list[int]:
        """Rule 2 for one actor: the places of those that it leads to, of its `part` of the pairs."""
        if part.stop - part.start <= limit:
            return list(range(part.start, part.stop))
        return [part.start + at for at in foremost(self._view, far[part], counts[part], limit)]


def _parts(near: np.ndarray) -> list[slice]:
    """The stretches of equal values."""
    bounds = [*np.flatnonzero(np.diff(near, prepend=NONE)).tolist(), len(near)]
    return [slice(begin, end) for begin, end in pairwise(bounds)]
