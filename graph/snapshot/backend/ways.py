"""Shortest paths, in array code that gives what networkx's functions of the same names do, down to which of several.

A search goes ring by ring. A ring is an array of nodes in the order in which networkx's queue would meet them, so that
whoever is reached first by several is reached by the same one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from graph.snapshot.backend.measures import own

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.snapshot.backend.graphs import Rows, RowsDiGraph, RowsGraph

__all__ = ["IMPLEMENTED"]

_NEVER = -1


class _Search:
    """A search from one node along rows: its rings, and by whom each node was reached."""

    def __init__(self, rows: Rows, node: int) -> None:
        self.rows = rows
        self.rings = [np.array([node], np.int32)]
        self.by = np.full(len(rows), _NEVER, np.int32)
        self.by[node] = node

    @property
    def ring(self) -> np.ndarray:
        """The last one."""
        return self.rings[-1]

    def grow(self) -> tuple[np.ndarray, np.ndarray]:
        """Reach one step further; the edges that were followed, in order. O(edges of the ring)."""
        near, far = _followed(self.rows, self.ring)
        fresh = np.flatnonzero(self.by[far] == _NEVER)
        fresh = fresh[_firsts(far[fresh], len(self.by))]
        self.rings.append(far[fresh])
        self.by[self.ring] = near[fresh]
        return near, far

    def back(self, node: int) -> list[int]:
        """The way back from a node that was reached."""
        way = [node]
        while (before := int(self.by[way[-1]])) != way[-1]:
            way.append(before)
        return way


def bidirectional_shortest_path(G: RowsDiGraph | RowsGraph, source: int, target: int) -> list[int]:  # noqa: N803 - networkx's name
    """Breadth first from both ends, the smaller ring first (I. Pohl 1971). O(edges of the rings).

    Errors: `NodeNotFound`, `NetworkXNoPath`.
    """
    for node, name in ((source, "Source"), (target, "Target")):
        if node not in G:
            raise nx.NodeNotFound(f"{name} {node} is not in G")
    if source == target:
        return [source]
    ahead, behind = _Search(G.rows, source), _Search(G.into, target)
    while len(ahead.ring) and len(behind.ring):
        one, other = (ahead, behind) if len(ahead.ring) <= len(behind.ring) else (behind, ahead)
        _, far = one.grow()
        met = other.by[far] != _NEVER
        if met.any():
            node = int(far[met.argmax()])
            return [*reversed(ahead.back(node)), *behind.back(node)[1:]]
    raise nx.NetworkXNoPath(f"No path between {source} and {target}.")


def all_shortest_paths(
    G: RowsDiGraph | RowsGraph,  # noqa: N803 - networkx's own name
    source: int,
    target: int,
    weight: str | None = None,
    method: str = "dijkstra",
) -> Iterator[list[int]]:
    """Breadth first from both ends until they meet; then the paths, of which a list is made as it is asked for.

    O(edges of the rings), and the paths. Errors: `NodeNotFound`, `NetworkXNoPath`.
    """
    if weight is not None:
        yield from own("all_shortest_paths")(G, source, target, weight, method)
        return
    if source not in G:
        raise nx.NodeNotFound(f"Source {source} not in G")
    if target not in G:
        raise nx.NetworkXNoPath(f"Target {target} cannot be reached from given sources")
    ahead, behind = _Search(G.rows, source), _Search(G.into, target)
    while not len(met := ahead.ring[behind.by[ahead.ring] != _NEVER]):
        shorter = min(ahead, behind, key=lambda search: len(search.ring))
        if not len(shorter.ring):
            raise nx.NetworkXNoPath(f"Target {target} cannot be reached from given sources")
        shorter.grow()
    depth, length = np.full(len(G), _NEVER, np.int32), len(ahead.rings) + len(behind.rings) - 2
    depth[met] = len(ahead.rings) - 1
    for step, nodes in _nearer(G.into, ahead, met):
        depth[nodes] = step
    for step, nodes in _nearer(G.rows, behind, met):
        depth[nodes] = length - step
    yield from _listed(G.into, depth, _ordered(G.rows, depth, source), target)


def _nearer(back: Rows, search: _Search, nodes: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Who lies on shortest ways from where a search began to nodes of its last ring: by the step, the last first."""
    for step, ring in reversed(list(enumerate(search.rings[:-1]))):
        inside = np.zeros(len(back), np.bool_)
        inside[ring] = True
        _, before = _followed(back, nodes)
        nodes = np.unique(before[inside[before]])
        yield step, nodes


def _ordered(rows: Rows, depth: np.ndarray, source: int) -> list[np.ndarray]:
    """The nodes of each depth in the order in which a search from the source alone would meet them.

    Whoever leads to one of them by a shortest way is one of them, so nobody else has a say in that.
    """
    rings = [np.array([source], np.int32)]
    for step in range(1, int(depth.max()) + 1):
        _, far = _followed(rows, rings[-1])
        far = far[depth[far] == step]
        rings.append(far[_firsts(far, len(depth))])
    return rings


def _listed(into: Rows, depth: np.ndarray, rings: list[np.ndarray], target: int) -> Iterator[list[int]]:
    """The paths that a walk back from the target finds, at each node in the order in which those before it were met."""
    place = np.zeros(len(depth), np.int64)
    before: dict[int, list[int]] = {}
    for ring in rings:
        place[ring] = np.arange(len(ring))

    def nearer(node: int) -> list[int]:
        if node not in before:
            others = into.columns[into.starts[node] : into.starts[node + 1]]
            others = others[depth[others] == depth[node] - 1] if depth[node] else others[:0]
            before[node] = others[np.argsort(place[others], kind="stable")].tolist()
        return before[node]

    path, left = [target], [iter(nearer(target))]
    while path:
        if depth[path[-1]] == 0:
            yield path[::-1]
        step = next(left[-1], None)
        if step is None:
            path.pop()
            left.pop()
        else:
            path.append(step)
            left.append(iter(nearer(step)))


IMPLEMENTED = (bidirectional_shortest_path, all_shortest_paths)


def _followed(rows: Rows, ring: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The edges of some nodes, one node's after the other's."""
    if len(ring) == 1:
        far = rows.columns[rows.starts[ring[0]] : rows.starts[ring[0] + 1]]
        return np.broadcast_to(ring, far.shape), far
    lengths = rows.starts[ring + 1] - rows.starts[ring]
    places = np.arange(lengths.sum()) + np.repeat(rows.starts[ring + 1] - np.cumsum(lengths), lengths)
    return np.repeat(ring, lengths), rows.columns[places]


def _firsts(values: np.ndarray, size: int) -> np.ndarray:
    """Where each value below `size` comes first. O(values)."""
    first = np.empty(size, np.int64)
    first[values[::-1]] = np.arange(len(values))[::-1]
    return np.flatnonzero(first[values] == np.arange(len(values)))
