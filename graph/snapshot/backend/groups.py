"""Which nodes belong together, in array code that gives what networkx's functions of the same names do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from networkx.algorithms.community.quality import NotAPartition
from scipy.sparse import csgraph, csr_array

from graph.snapshot.backend.leiden import communities
from graph.snapshot.backend.measures import own

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from graph.snapshot.backend.graphs import RowsDiGraph, RowsGraph

__all__ = ["IMPLEMENTED"]

_SEEDS = 2**32


def connected_components(G: RowsGraph) -> Iterator[set[int]]:  # noqa: N803 - networkx's name
    """The components, each when its first node comes. O(edges)."""
    yield from _components(G)


def weakly_connected_components(G: RowsDiGraph) -> Iterator[set[int]]:  # noqa: N803 - networkx's own name
    """The components if directions are left aside, each when its first node comes. O(edges)."""
    yield from _components(G)


def number_connected_components(G: RowsGraph) -> int:  # noqa: N803 - networkx's own name
    """How many components there are. O(edges)."""
    return sum(1 for _ in _components(G))


def number_weakly_connected_components(G: RowsDiGraph) -> int:  # noqa: N803 - networkx's own name
    """How many components there are if directions are left aside. O(edges)."""
    return sum(1 for _ in _components(G))


def leiden_communities(
    G: RowsGraph,  # noqa: N803 - networkx's own name
    weight: str | None = "weight",
    resolution: float = 1,
    max_level: int | None = None,
    seed: Random | None = None,
) -> list[set[int]]:
    """Communities by the Leiden algorithm (Traag, Waltman and van Eck 2019), of which networkx has no code itself.

    How is told in `graph.snapshot.backend.leiden`. Errors: `NotImplementedError` for fewer levels than there are.
    """
    if max_level is not None:
        raise NotImplementedError("levels can't be limited")
    chance = np.random.default_rng(None if seed is None else seed.randrange(_SEEDS))
    return _grouped(communities(G.rows.matrix(weight), resolution, chance))


def modularity(
    G: RowsDiGraph | RowsGraph,  # noqa: N803 - networkx's own name
    communities: Iterable[set[int]],
    weight: str | None = "weight",
    resolution: float = 1,
) -> float:
    """How much more weight lies inside the communities than chance would have it (Newman 2006). O(edges)."""
    groups = list(communities)
    members = np.fromiter((node for group in groups for node in group), np.int64)
    if len(members) != len(G) or len(np.unique(members)) != len(G):
        raise NotAPartition(G, groups)
    group_of = np.zeros(len(G), np.int64)
    group_of[members] = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    if not len(G.rows.columns):
        found: float = own("modularity")(G, groups, weight, resolution)
        return found
    rows, weights = G.rows, G.rows.weights(weight)
    if not G.is_directed():  # a self-loop is one edge with two ends
        weights = np.where(rows.columns == rows.sources, 2, 1) * weights
    total = weights.sum()
    inside = weights[group_of[rows.sources] == group_of[rows.columns]].sum()
    out = np.bincount(group_of[rows.sources], weights, len(groups))
    into = np.bincount(group_of[rows.columns], weights, len(groups))
    return float(inside / total - resolution * (out * into).sum() / total**2)


def jaccard_coefficient(
    G: RowsGraph,  # noqa: N803 - networkx's own name
    ebunch: Iterable[tuple[int, int]] | None = None,
) -> Iterator[tuple[int, int, float]]:
    """Common neighbours of each pair over those of either (Jaccard 1901). O(neighbours of the pairs' first nodes)."""
    if ebunch is None or not _plain(G):
        yield from own("jaccard_coefficient")(G, ebunch)
        return
    pairs = list(ebunch)
    degrees = np.diff(G.rows.starts)
    for (u, v), common in zip(pairs, _common(G, pairs, np.ones(len(G))), strict=True):
        either = int(degrees[u]) + int(degrees[v]) - common
        yield u, v, common / either if either else 0


def adamic_adar_index(
    G: RowsGraph,  # noqa: N803 - networkx's own name
    ebunch: Iterable[tuple[int, int]] | None = None,
) -> Iterator[tuple[int, int, float]]:
    """Common neighbours of each pair, the rarer the more (Adamic and Adar 2003). O(neighbours of the first nodes)."""
    if ebunch is None or not _plain(G):
        yield from own("adamic_adar_index")(G, ebunch)
        return
    pairs = list(ebunch)
    degrees = np.diff(G.rows.starts)
    rarity = np.divide(1.0, np.log(degrees, where=degrees > 1, out=np.ones(len(G))))
    for (u, v), weight in zip(pairs, _common(G, pairs, rarity), strict=True):
        yield u, v, weight


IMPLEMENTED = (
    connected_components,
    weakly_connected_components,
    number_connected_components,
    number_weakly_connected_components,
    leiden_communities,
    modularity,
    jaccard_coefficient,
    adamic_adar_index,
)


def _components(graph: RowsDiGraph | RowsGraph) -> list[set[int]]:
    return _grouped(csgraph.connected_components(graph.rows.matrix(), connection="weak")[1])


def _grouped(labels: np.ndarray) -> list[set[int]]:
    """The nodes of each label, in the order of their first ones."""
    order = np.argsort(labels, kind="stable")
    bounds = np.cumsum(np.bincount(labels))[:-1]
    groups = [group.tolist() for group in np.split(order, bounds)] if len(labels) else []
    return [set(group) for group in sorted(groups, key=lambda group: group[0])]


def _plain(graph: RowsGraph) -> bool:
    """Whether there is no self-loop, about which networkx's functions differ."""
    return not (graph.rows.columns == graph.rows.sources).any()


def _common(graph: RowsGraph, pairs: list[tuple[int, int]], weight: np.ndarray) -> list[float]:
    """The added weight of the common neighbours of each pair."""
    matrix: Any = graph.rows.matrix()
    found = []
    shared: dict[int, np.ndarray] = {}
    for u, v in pairs:
        if u not in shared:
            row = graph.rows.columns[graph.rows.starts[u] : graph.rows.starts[u + 1]]
            own_row = csr_array((weight[row], (np.zeros(len(row), np.int64), row)), shape=(1, len(graph)))
            shared[u] = (own_row @ matrix).toarray()[0]
        found.append(shared[u][v].item())
    return found
