"""How central nodes are, in array code that gives what networkx's functions of the same names do.

Each takes networkx's parameters. Those that array code has no answer to go to networkx's own code (`own`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import networkx as nx
import numpy as np
from networkx.utils import backends, create_py_random_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from graph.snapshot.backend.graphs import Rows, RowsDiGraph, RowsGraph

    Folded = RowsDiGraph | RowsGraph

__all__ = ["IMPLEMENTED", "own"]

_WORD: Final = 64
_BLOCK: Final = 4_000_000
"""Numbers in a dense block of betweenness: 32 MB, of which a handful are held at a time."""


def own(name: str) -> Callable[..., Any]:
    """Networkx's own code of a function, which runs on any graph."""
    code: Callable[..., Any] = backends._registered_algorithms[name].orig_func  # noqa: SLF001 - as in `dispatch`
    return code


def degree_centrality(G: Folded) -> dict[int, float]:  # noqa: N803 - networkx's name
    """Edges of each node over those it could have. O(edges)."""
    if len(G) <= 1:
        return dict.fromkeys(G, 1)
    degrees = np.diff(G.rows.starts)
    if G.is_directed():
        degrees = degrees + np.diff(G.into.starts)
    else:
        loops = G.rows.columns == G.rows.sources
        degrees = degrees + np.bincount(G.rows.columns[loops], minlength=len(G))
    return _by_node(degrees * (1.0 / (len(G) - 1.0)))


def pagerank(  # noqa: PLR0913, PLR0917 - networkx's signature
    G: Folded,  # noqa: N803 - networkx's own name
    alpha: float = 0.85,
    personalization: dict[int, float] | None = None,
    max_iter: int = 100,
    tol: float = 1.0e-6,
    nstart: dict[int, float] | None = None,
    weight: str | None = "weight",
    dangling: dict[int, float] | None = None,
) -> dict[int, float]:
    """Power iteration on the row-stochastic matrix (Page, Brin, Motwani and Winograd 1999). O(edges) an iteration."""
    n = len(G)
    if n == 0:
        return {}
    spread = G.rows.matrix(weight)
    sums = spread.sum(axis=1)
    share = np.divide(1.0, sums, out=np.zeros(n), where=sums != 0)
    pull = spread.T  # columns, not rows: what turning them would take is more than what it would save
    own_rank = _distribution(n, personalization)
    lost = own_rank if dangling is None else _distribution(n, dangling)
    stuck = np.flatnonzero(sums == 0)
    x = _distribution(n, nstart)
    for _ in range(max_iter):
        last, x = x, alpha * (pull @ (x * share) + x[stuck].sum() * lost) + (1 - alpha) * own_rank
        if np.abs(x - last).sum() < n * tol:
            return _by_node(x)
    raise nx.PowerIterationFailedConvergence(max_iter)


def eigenvector_centrality(
    G: Folded,  # noqa: N803 - networkx's own name
    max_iter: int = 100,
    tol: float = 1.0e-6,
    nstart: dict[int, float] | None = None,
    weight: str | None = None,
) -> dict[int, float]:
    """Power iteration with the matrix plus one, as networkx does (Bonacich 1972). O(edges) an iteration."""
    n = len(G)
    if n == 0:
        raise nx.NetworkXPointlessConcept("cannot compute centrality for the null graph")
    x = np.ones(n) if nstart is None else np.array([nstart[node] for node in range(n)], np.float64)
    if not x.any():
        raise nx.NetworkXError("initial vector cannot have all zero values")
    x /= x.sum()
    pull = G.rows.matrix(weight).T.tocsr()
    for _ in range(max_iter):
        last, x = x, x + pull @ x
        x /= float(np.linalg.norm(x)) or 1.0
        if np.abs(x - last).sum() < n * tol:
            return _by_node(x)
    raise nx.PowerIterationFailedConvergence(max_iter)


def closeness_centrality(
    G: Folded,  # noqa: N803 - networkx's own name
    u: int | None = None,
    distance: str | None = None,
    wf_improved: bool = True,  # noqa: FBT001, FBT002 - networkx's signature
) -> dict[int, float] | float:
    """Searches from 64 nodes at a time, a bit each (Then et al. 2014). O(edges x diameter) for 64 nodes."""
    if distance is not None:
        found: dict[int, float] | float = own("closeness_centrality")(G, u, distance, wf_improved)
        return found
    nodes = np.arange(len(G)) if u is None else np.array([u])
    reached, far = (np.zeros(len(nodes), np.int64) for _ in range(2))
    for begin in range(0, len(nodes), _WORD):
        block = nodes[begin : begin + _WORD]
        for depth, count in enumerate(_rings(G.into, block)):
            reached[begin : begin + len(block)] += count
            far[begin : begin + len(block)] += depth * count
    with np.errstate(divide="ignore", invalid="ignore"):
        closeness = np.where(far > 0, (reached - 1.0) / far, 0.0)
    if wf_improved and len(G) > 1:
        closeness *= (reached - 1.0) / (len(G) - 1)
    return _by_node(closeness) if u is None else float(closeness[0])


def betweenness_centrality(
    G: Folded,  # noqa: N803 - networkx's own name
    k: int | None = None,
    normalized: bool = True,  # noqa: FBT001, FBT002 - networkx's own signature
    weight: str | None = None,
    endpoints: bool = False,  # noqa: FBT001, FBT002 - networkx's own signature
    seed: Any = None,  # noqa: ANN401 - whatever networkx takes
) -> dict[int, float]:
    """Brandes' accumulation (2001; sampled: Brandes and Pich 2007), many sources at a time as columns of a matrix.

    O(edges x diameter) a source.
    """
    if weight is not None or endpoints or not normalized:
        found: dict[int, float] = own("betweenness_centrality")(G, k, normalized, weight, endpoints, seed)
        return found
    n = len(G)
    sources = np.arange(n)
    if k is not None and k != n:
        sources = np.array(create_py_random_state(seed).sample(range(n), k))
    out, into = G.rows.matrix(), G.into.matrix()
    passing = np.zeros(n)
    width = max(1, _BLOCK // max(1, n))
    for begin in range(0, len(sources), width):
        passing += _dependencies(out, into, sources[begin : begin + width])
    return _by_node(passing * _scale(n, sources))


IMPLEMENTED = (
    degree_centrality,
    pagerank,
    eigenvector_centrality,
    closeness_centrality,
    betweenness_centrality,
)


def _by_node(values: np.ndarray) -> dict[int, float]:
    return dict(enumerate(values.tolist()))


def _distribution(n: int, given: dict[int, float] | None) -> np.ndarray:
    """Numbers that add up to one. Errors: `ZeroDivisionError` if they are all zero."""
    if given is None:
        return np.full(n, 1.0 / n)
    values = np.array([given.get(node, 0) for node in range(n)], np.float64)
    if values.sum() == 0:
        raise ZeroDivisionError
    shares: np.ndarray = values / values.sum()
    return shares


def _rings(rows: Rows, sources: np.ndarray) -> Iterator[np.ndarray]:
    """How many nodes each of up to 64 sources reaches in 0, 1, 2, ... steps, until none reaches any more."""
    inward = rows.transposed()
    full = np.flatnonzero(np.diff(inward.starts))
    begins = inward.starts[full]
    bits = np.uint64(1) << np.arange(len(sources), dtype=np.uint64)
    ring = np.zeros(len(rows), np.uint64)
    np.bitwise_or.at(ring, sources, bits)
    seen = ring.copy()
    while ring.any():
        yield _bits(ring, len(sources))
        reached = np.zeros(len(rows), np.uint64)
        if len(full):
            reached[full] = np.bitwise_or.reduceat(ring[inward.columns], begins)
        ring = reached & ~seen
        seen |= ring


def _bits(words: np.ndarray, count: int) -> np.ndarray:
    """How many of the words have each of the lowest bits set."""
    spread = np.unpackbits(words[words != 0].astype("<u8").view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
    result: np.ndarray = spread[:, :count].sum(axis=0, dtype=np.int64)
    return result


def _dependencies(out: Any, into: Any, sources: np.ndarray) -> np.ndarray:  # noqa: ANN401 - scipy has no types
    """How much of the shortest paths from the sources passes through each node, ends left out, added up.

    A ring is the nodes that some source reaches in so many steps, and how many shortest paths from each source do.
    """
    paths = np.zeros((out.shape[0], len(sources)))
    paths[sources, np.arange(len(sources))] = 1
    nodes, left = np.unique(sources), np.arange(len(paths))
    rings = [(nodes, paths[nodes])]
    while len(nodes):
        left = left[(paths[left] == 0).any(axis=1)]
        ring = _carried(into, out, left, *rings[-1])
        ring[paths[left] > 0] = 0
        hit = np.flatnonzero(ring.any(axis=1))
        nodes, ring = left[hit], ring[hit]
        paths[nodes] += ring
        rings.append((nodes, ring))
    rings.pop()
    passing = np.zeros_like(paths)
    for (near, nearer), (nodes, ring) in zip(rings[-2:0:-1], rings[:1:-1], strict=True):
        share = np.divide(1 + passing[nodes], ring, out=np.zeros_like(ring), where=ring > 0)
        passing[near] += _carried(out, into, near, nodes, share) * nearer
    result: np.ndarray = passing.sum(axis=1)
    return result


def _carried(pull: Any, push: Any, onto: np.ndarray, nodes: np.ndarray, values: np.ndarray) -> np.ndarray:  # noqa: ANN401 - as above
    """What values of nodes come to at others, along edges: rows of `pull @ values`; `push` is `pull` turned.

    Most rings are small, and so is what they border on: the side that has fewer edges is gone through (Beamer 2012).
    """
    if _edges(push, nodes) < _edges(pull, onto):
        found: np.ndarray = (push[nodes].T @ values)[onto]
    else:
        spread = np.zeros((pull.shape[0], values.shape[1]))
        spread[nodes] = values
        found = (pull if len(onto) == len(spread) else pull[onto]) @ spread
    return found


def _edges(rows: Any, chosen: np.ndarray) -> int:  # noqa: ANN401 - as above
    return int(np.diff(rows.indptr)[chosen].sum())


def _scale(n: int, sources: Sequence[int] | np.ndarray) -> np.ndarray | float:
    """One over the pairs of others that could be connected through a node; with a sample, of those from the sample."""
    others, k = n - 1, len(sources)
    if others < 2:  # noqa: PLR2004 - nobody can stand between
        return 1.0
    if k == n:
        return 1 / (others * (others - 1))
    scale = np.full(n, 1 / (k * (others - 1)))
    scale[sources] = 1 / ((k - 1) * (others - 1)) if k > 1 else math.nan
    return scale
