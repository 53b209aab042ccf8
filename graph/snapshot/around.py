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
from graph.snapshot.links import Links, breadth, foremost, links

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
        self._own = own.rows
        self._found = [Links(np.full(len(far), center, np.int32), far, own.rows)]
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
        if len(self._found) < len(self.rings):
            self._found.append(self._links(self.rings[-1]))
        found, taken = self._found[-1], int(self.place.max()) + 1
        near, far, counts = self._pairs(found.only(self.place[found.far] == NONE))
        led = np.array([at for part in _parts(near) for at in self._led(far, counts, part, per_node)], np.int64)
        reached, at = np.unique(far[led], return_inverse=True)
        chosen = foremost(self._view, reached, np.bincount(at, counts[led], len(reached)), most - taken)
        self.place[reached[chosen]] = np.arange(taken, taken + len(chosen))
        self.rings.append(reached[chosen].astype(np.int32))

    def hidden(self) -> list[tuple[int, int]]:
        """Who was followed and has links with actors that are in no ring, and with how many. O(links)."""
        near, far, _ = self._pairs(_joined(self._found))
        actors, counts = np.unique(near[self.place[far] == NONE], return_counts=True)
        order = np.argsort(self.place[actors])
        return list(zip(actors[order].tolist(), counts[order].tolist(), strict=True))

    def edges(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rule 4: rows, and where those stand that they are drawn from and to. O(relations of the last ring)."""
        found = [each.only(self.place[each.far] != NONE) for each in self._found]
        if len(self._found) < len(self.rings):
            found.append(self._within(self.rings[-1]))
        links = _joined(found)
        links = links.only(np.unique(links.rows, return_index=True)[1])
        out = self._view.resolve(self._view.tables.relations.target[links.rows]) == links.far
        near, far = self.place[links.near], self.place[links.far]
        return links.rows, np.where(out, near, far), np.where(out, far, near)

    def _within(self, ring: np.ndarray) -> Links:
        """Links within a ring; each is seen from both ends, so whoever has most relations need not be looked at."""
        marks = np.zeros(len(self.place), np.bool_)
        marks[ring] = True
        return self._links(np.delete(ring, np.argmax(breadth(self._view, ring))) if len(ring) else ring, marks)

    def _links(self, actors: np.ndarray, to: np.ndarray | None = None) -> Links:
        """Rule 1: what is the one's in the middle is nobody else's."""
        self._spend(int(breadth(self._view, actors).sum()))
        found = links(self._view, actors, self._wanted, to=to)
        return found.only((found.far != self._center) & ~np.isin(found.rows, self._own))

    def _pairs(self, found: Links) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Who is linked with whom and how often, by near and far end."""
        keys, counts = np.unique(found.near.astype(np.int64) * len(self.place) + found.far, return_counts=True)
        return keys // len(self.place), keys % len(self.place), counts

    def _led(self, far: np.ndarray, counts: np.ndarray, part: slice, limit: int) -> list[int]:
        """Rule 2 for one actor: the places of those that it leads to, of its `part` of the pairs."""
        if part.stop - part.start <= limit:
            return list(range(part.start, part.stop))
        return [part.start + at for at in foremost(self._view, far[part], counts[part], limit)]


def _parts(near: np.ndarray) -> list[slice]:
    """The stretches of equal values."""
    bounds = [*np.flatnonzero(np.diff(near, prepend=NONE)).tolist(), len(near)]
    return [slice(begin, end) for begin, end in pairwise(bounds)]


def _joined(parts: list[Links]) -> Links:
    columns = ([each.near for each in parts], [each.far for each in parts], [each.rows for each in parts])
    return Links(*(np.concatenate(column) for column in columns))
