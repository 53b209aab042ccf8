"""The k shortest simple paths between two actors, by hops, ties by the ids along them, found in the actors' slices.

For each length in turn:

1. Two balls grow, around the source and around the target, each time the one whose rim has fewer relations, until their
   radii add up to the length less one (bidirectional breadth-first search, I. Pohl 1971). A path of that length goes
   from the one over to the other by one hop more.
2. So its hops lie in layers: as far as the source's ball reaches, hop i leaves an actor at most i hops from the source;
   after that, it leads to one at most as many hops from the target as are left. Only the first hop begins at the
   source, only the last ends at the target.
3. A sweep through the layers, from the target back, finds who gets there in time, and on which days.
4. A walk through the layers, depth first and by id, lists simple paths and carries the days that their hops leave open.
   Where three hops or more are left, the sweep is made anew without the actors on the way. A walk that comes to a dead
   end all the same could only go on through itself; without that loop it is a shorter path, listed before. So there are
   no more dead ends than listed paths have beginnings (as J. Y. Yen, 1971, makes one search for each of these).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from graph.snapshot.columns import distinct
from graph.snapshot.lineup import IN, OUT, any_of
from graph.snapshot.links import breadth, by_id, links
from graph.snapshot.spans import Hops, Spans, Temporal, backward, forward, hops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graph.snapshot.find import Wanted
    from graph.snapshot.view import View

__all__ = ["Search"]

_FAR: Final = 127
"""The distance of whom no ball has reached."""
_SWEPT: Final = 3
"""With so many hops left, or more, a walk sweeps anew."""


class Search:
    """A search over the relations that match, both ways or as they run. `step` spends, and says if it could."""

    def __init__(
        self, view: View, wanted: Wanted, temporal: Temporal, step: Callable[[int], bool], *, directed: bool
    ) -> None:
        self.view, self._wanted, self._temporal, self._step = view, wanted, temporal, step
        self._ways = (OUT, IN) if directed else (None, None)
        timeless = temporal == "any" and not directed
        self._mesh = view.snapshot.folds.mesh(view, wanted) if timeless else None
        """Where hops are read off, if it does not matter when they are and which way."""
        self.complete = True
        """Whether there were steps enough."""
        self.length = 0
        """The last length that was searched to its end."""
        self.met = 0
        """How many actors were met."""

    def paths(self, source: int, target: int, k: int, longest: int) -> list[list[int]]:
        """The first k paths of at most so many hops, as actors; those that were found when the steps ran out."""
        self._target = target
        begin, end = _Ball(self, source, target, self._ways[0]), _Ball(self, target, source, self._ways[1])
        found: list[list[int]] = []
        try:
            for length in range(1, longest + 1):
                while begin.radius + end.radius < length - 1:
                    min(begin, end, key=lambda ball: ball.breadth).grow()
                layers, here = self._layers(begin, end), Spans.whole(np.array([source]))
                for path in self._walk(layers, [], [source], here) if layers else ():
                    found.append(path)
                    if len(found) == k:
                        return found
                self.length = length
        except _SpentError:
            self.complete = False
        finally:
            self.met = int(np.count_nonzero((begin.distance != _FAR) | (end.distance != _FAR)))
        return found

    def breadth(self, actors: np.ndarray) -> int:
        """How many relations must be looked at for their hops."""
        return int(breadth(self.view, actors).sum())

    def hops(self, actors: np.ndarray, cost: int, way: int | None, to: np.ndarray | None = None) -> Hops:
        """The hops of actors as seen from them, to those that are marked. `cost` is their breadth."""
        self._spend(cost)
        if self._mesh is not None:
            near, far = self._mesh.linked(actors)
            none = np.zeros(len(near), np.int64)
            found = Hops(near, far, none, none)
            return found if to is None else found.only(to[far])
        return hops(self.view, links(self.view, actors, self._wanted, way, to), self._temporal)

    def _spend(self, count: int) -> None:
        if not self._step(count):
            raise _SpentError

    def _layers(self, begin: _Ball, end: _Ball) -> list[Hops]:
        """Rule 2; no layers where nothing leads across."""
        across = _across(begin, end)
        if not len(across.near):
            return []
        outward = [begin.within(i) for i in range(begin.radius)]
        inward = [end.within(i).back() for i in reversed(range(end.radius))]
        layers = [*outward, across, *inward]
        return [
            layer.only(((layer.near == begin.actor) == (i == 0)) & ((layer.far == end.actor) == (i == len(layers) - 1)))
            for i, layer in enumerate(layers)
        ]

    def _sweep(self, layers: list[Hops], without: list[int]) -> list[Spans]:
        """Rule 3: who gets to the target with no hop left, with one, and so on."""
        there = [Spans.whole(np.array([self._target]))]
        for layer in reversed(layers):
            self._spend(len(layer.near))
            left = layer.only(~any_of(layer.near, without)) if without else layer
            there.append(backward(left, there[-1], self._temporal))
        return there

    def _walk(self, layers: list[Hops], there: list[Spans], path: list[int], here: Spans) -> Iterator[list[int]]:
        """Rule 4: the paths that go on from here; `there` as swept before."""
        done = len(path) - 1
        left = len(layers) - done
        if not left:
            yield path
            return
        if not done or left >= _SWEPT:
            there = self._sweep(layers[done + 1 :], path)
        layer = layers[done]
        come = forward(here, layer.only(layer.near == path[-1]), there[left - 1], self._temporal)
        for actor in sorted(set(come.actor.tolist()) - set(path), key=lambda one: by_id(self.view, one)):
            self._spend(1)
            yield from self._walk(layers, there, [*path, actor], come.of(actor))


class _Ball:
    """Who is at most `radius` hops from one actor, and the hops of those who are nearer than that, as seen from them.

    The actor at the other end of the search is never in it: no path leads through its own end.
    """

    def __init__(self, search: Search, actor: int, other: int, way: int | None) -> None:
        self.search, self.actor, self.way = search, actor, way
        self.radius = 0
        self.distance = np.full(len(search.view.tables.actors), _FAR, np.int8)
        self.distance[actor] = 0
        self._other = other
        self.rim = np.array([actor], np.int32)
        self.breadth = search.breadth(self.rim)
        self.hops = Hops.none()

    def grow(self) -> None:
        """Reach one hop further. O(relations of the rim)."""
        found = self.search.hops(self.rim, self.breadth, self.way)
        self.hops = self.hops.joined(found)
        reached = distinct(found.far[self.distance[found.far] == _FAR])
        self.rim = reached[reached != self._other].astype(np.int32)
        self.radius += 1
        self.distance[self.rim] = self.radius
        self.breadth = self.search.breadth(self.rim)

    def within(self, distance: int) -> Hops:
        """The hops of those who are so near, or nearer."""
        return self.hops.only(self.distance[self.hops.near] <= distance)

    def into(self, other: _Ball) -> Hops:
        """The hops of all of them that lead into another ball."""
        inside = other.distance != _FAR
        return self.hops.only(inside[self.hops.far]).joined(self.search.hops(self.rim, self.breadth, self.way, inside))


def _across(begin: _Ball, end: _Ball) -> Hops:
    """The hops from one ball into the other, looked for from the side whose rim has fewer relations."""
    return begin.into(end) if begin.breadth <= end.breadth else end.into(begin).back()


class _SpentError(Exception):
    """There are no steps left."""
