"""How far a signed network falls into two camps (Harary 1953; Cartwright and Harary 1956).

A *split* puts each node into one of two camps. A tie is *frustrated* by it if it is positive and across, or negative
and within. The *frustration index* is the fewest ties that a split frustrates; a network is balanced iff that is none.

1. Camps are found piece by piece: the index is the sum over biconnected components, as each can be flipped by itself.
2. A first bound comes from improving splits by moving one node at a time (`_climbed`).
3. A cycle with an odd number of negative ties has at least one frustrated tie. A linear programme over such cycles,
   those that the last solution broke added each round (they are shortest paths in the graph doubled by sign; Barahona,
   Groetschel and Mahjoub 1985), bounds the index from below. Where both bounds meet, the split is the best.
4. Where they come close, the integer programme of Aref, Mason and Wilson (2020), with those cycles as cuts, decides: by
   HiGHS, within so many nodes of its search tree.

Else, and beyond `MOST_TIES` in one piece, the best split found is a bound and no more. How far each step goes is
counted in rounds and nodes, never in seconds, so that the same network always has the same answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import networkx as nx
import numpy as np
from scipy import optimize, sparse
from scipy.sparse import csgraph

if TYPE_CHECKING:
    from graph.snapshot.fold import Fold

__all__ = ["MOST_TIES", "Split", "best_split", "signs_of", "triads"]

MOST_TIES: Final = 3_000
_TREE: Final = 200
_ROUNDS: Final = 40
_TAIL: Final = 0.02
"""The share of what lies between both bounds that a round must gain for another one."""
_CLOSE: Final = 3
"""How far the bounds may be apart for the integer programme to be worth it."""
_STARTS: Final = 20
_ALMOST: Final = 1e-6
_FAR: Final = 1e-4
_OPTIMAL: Final = 0
_INFEASIBLE: Final = 2
_AT_A_TIME: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Split:
    """A camp (1 or -1) for each node, how many ties it frustrates, and whether fewer are impossible."""

    camps: np.ndarray
    frustration: int
    exact: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the network: `n` nodes, ties between `low` and `high`, and their signs."""

    n: int
    low: np.ndarray
    high: np.ndarray
    sign: np.ndarray

    def frustrated(self, camps: np.ndarray) -> np.ndarray:
        """Which ties a split frustrates."""
        result: np.ndarray = camps[self.low] * camps[self.high] != self.sign
        return result

    def signed(self) -> Any:  # noqa: ANN401 - scipy has no types
        """The signs as a symmetric sparse matrix."""
        ends = (np.concatenate((self.low, self.high)), np.concatenate((self.high, self.low)))
        return sparse.coo_array((np.concatenate((self.sign, self.sign)), ends), shape=(self.n, self.n)).tocsr()


def signs_of(fold: Fold, nodes: list[int] | None) -> Any:  # noqa: ANN401 - scipy has no types
    """The sign of what is between each two nodes, of all or of some, whichever way; those of sum zero have no tie."""
    ties = fold.either_way()
    if nodes is not None:
        ties = ties[nodes][:, nodes].tocsr()
    signs = sparse.csr_array((np.sign(ties.data >> 32), ties.indices, ties.indptr), shape=ties.shape)
    signs.eliminate_zeros()
    return signs


def triads(signs: Any) -> tuple[int, int, int, int]:  # noqa: ANN401 - scipy has no types
    """Triangles with no, one, two and three negative ties, of a symmetric matrix of signs. O(ties ^ 1.5)."""
    degrees = np.diff(signs.indptr)
    rank = np.empty(len(degrees), np.int64)
    rank[np.lexsort((np.arange(len(degrees)), degrees))] = np.arange(len(degrees))
    ties = signs.tocoo()
    up = rank[ties.row] < rank[ties.col]  # towards the busier end, so that no row is long (Chiba and Nishizeki 1985)
    row, column, sign = ties.row[up], ties.col[up], ties.data[up]
    parts = {s: sparse.csr_array(((sign == s) * 1, (row, column)), shape=signs.shape) for s in (1, -1)}
    for part in parts.values():
        part.eliminate_zeros()
    found = [0, 0, 0, 0]
    out = np.bincount(row, minlength=signs.shape[0])
    for rows in _blocks(np.bincount(row, out[column], minlength=signs.shape[0])):
        for first, one in parts.items():
            for second, other in parts.items():
                closed = one[rows] @ other
                for third, close in parts.items():
                    found[(first, second, third).count(-1)] += int(closed.multiply(close[rows]).sum())
    return found[0], found[1], found[2], found[3]


def _blocks(work: np.ndarray) -> list[slice]:
    """Stretches of rows, each of about as much work as fits into memory at a time."""
    part = np.cumsum(work) // _AT_A_TIME
    bounds = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), len(work)]
    return [slice(begin, end) for begin, end in pairwise(bounds) if begin < end]


def best_split(signs: Any) -> Split:  # noqa: ANN401 - scipy has no types
    """The two camps of a symmetric matrix of signs (1 and -1, none of a node with itself).

    Whatever is not connected is put together such that the first node of each part is in the first camp.
    """
    upper = sparse.triu(signs, format="coo")
    whole = _Piece(signs.shape[0], upper.row, upper.col, upper.data.astype(np.int64))
    pieces, exact = _pieces(whole), True
    relative: list[tuple[np.ndarray, np.ndarray]] = []
    for nodes, piece in pieces:
        split = _of_piece(piece)
        exact &= split.exact
        relative.append((nodes, split.camps))
    camps = _joined(whole.n, relative)
    return Split(camps, int(whole.frustrated(camps).sum()), exact)


def _pieces(whole: _Piece) -> list[tuple[np.ndarray, _Piece]]:
    """The biconnected components, each with its nodes."""
    graph = nx.Graph()
    graph.add_edges_from(zip(whole.low.tolist(), whole.high.tolist(), strict=True))
    sign = dict(zip(zip(whole.low.tolist(), whole.high.tolist(), strict=True), whole.sign.tolist(), strict=True))
    found = []
    for block in nx.biconnected_component_edges(graph):
        ties = np.array(sorted((min(pair), max(pair)) for pair in block), np.int64)
        nodes, place = np.unique(ties, return_inverse=True)
        low, high = place.reshape(-1, 2).T
        signs = np.array([sign[int(a), int(b)] for a, b in ties], np.int64)
        found.append((nodes, _Piece(len(nodes), low, high, signs)))
    return sorted(found, key=lambda each: each[0].tolist())


def _joined(n: int, splits: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """One split of n nodes in which each piece is as its own split says, up to a flip of all of it.

    Pieces share single nodes and close no ring, so a walk along "on the same side as the piece's first node, or not"
    meets no contradiction.
    """
    ties = [np.stack((np.full(len(nodes) - 1, nodes[0]), nodes[1:], camps[0] * camps[1:])) for nodes, camps in splits]
    low, high, same = np.concatenate(ties, axis=1) if ties else np.empty((3, 0), np.int64)
    return _walked(_Piece(n, low, high, same))


def _walked(piece: _Piece, begin: int = 0) -> np.ndarray:
    """The split that a walk finds which decides each node by the tie that it is reached along. O(ties)."""
    signed = piece.signed()
    starts, others, signs = signed.indptr.tolist(), signed.indices.tolist(), signed.data.tolist()
    camps = [0] * piece.n
    for first in (begin, *range(piece.n)) if piece.n else ():
        if camps[first]:
            continue
        camps[first] = 1
        reached = [first]
        for node in reached:  # it grows as the walk goes on
            for at in range(starts[node], starts[node + 1]):
                if not camps[others[at]]:
                    camps[others[at]] = camps[node] * signs[at]
                    reached.append(others[at])
    return np.array(camps, np.int64)


def _of_piece(piece: _Piece) -> Split:
    """Steps 2 to 4 for one biconnected component."""
    small = len(piece.low) <= MOST_TIES
    begins = np.unique(np.linspace(0, piece.n - 1, _STARTS if small else 1, dtype=np.int64))
    best = min((_climbed(piece, _walked(piece, int(begin))) for begin in begins), key=lambda split: split.frustration)
    if best.frustration <= 1:  # a walk in a balanced piece meets no contradiction, so none at all would have been seen
        return replace(best, exact=True)
    if not small:
        return best
    cycles, weights, least = _bounded(piece, best.frustration)
    nearest = _climbed(piece, _along(piece, weights))
    best = min(best, nearest, key=lambda split: split.frustration)
    if least >= best.frustration:
        return replace(best, exact=True)
    return _decided(piece, cycles, least, best) if best.frustration - least <= _CLOSE else best


def _climbed(piece: _Piece, camps: np.ndarray) -> Split:
    """The split improved by moving the most frustrated node over, until no node gains by moving."""
    signed = piece.signed()
    camps = camps.copy()
    content = camps * (signed @ camps)
    while (node := int(content.argmin())) >= 0 and content[node] < 0:
        camps[node] = -camps[node]
        content[node] = -content[node]
        row = slice(signed.indptr[node], signed.indptr[node + 1])
        others = signed.indices[row]
        content[others] += 2 * camps[node] * camps[others] * signed.data[row]
    return Split(camps, int(piece.frustrated(camps).sum()), exact=False)


def _bounded(piece: _Piece, enough: int) -> tuple[Any, np.ndarray, int]:
    """Step 3: cycles as rows of a matrix over ties, the programme's last solution, and the bound that it proves."""
    ties = len(piece.low)
    weights, bound = np.zeros(ties), 0.0
    tight: list[tuple[int, ...]] = []
    for _ in range(_ROUNDS):
        fresh = [cycle for cycle in _broken(piece, weights) if cycle not in set(tight)]
        if not fresh:
            break
        known = tight + fresh
        cycles, before = _over_ties(known, ties), bound
        solved = optimize.linprog(
            np.ones(ties), A_ub=-cycles, b_ub=-np.ones(len(known)), bounds=(0, 1), method="highs-ipm"
        )
        weights, bound = solved.x, solved.fun
        tight = [cycle for cycle, sum_ in zip(known, (cycles @ weights).tolist(), strict=True) if sum_ < 1 + _FAR]
        if bound > enough - 1 + _ALMOST or bound - before < _TAIL * (enough - bound):
            break
    return _over_ties(tight, ties), weights, math.ceil(bound - _ALMOST)


def _broken(piece: _Piece, weights: np.ndarray) -> list[tuple[int, ...]]:
    """Cycles with an odd number of negative ties whose weights add up to less than one: the lightest of each node."""
    n, low, high = piece.n, piece.low, piece.high
    across = np.where(piece.sign < 0, n, 0)
    ends = (np.concatenate((low, low + n)), np.concatenate((high + across, high + n - across)))
    length = np.concatenate((weights, weights)) + _ALMOST  # to a sparse matrix zero is no tie
    doubled = sparse.coo_array((length, ends), shape=(2 * n, 2 * n)).tocsr()
    lengths, before = csgraph.dijkstra(doubled, directed=False, indices=np.arange(n), return_predecessors=True)
    number = {pair: tie for tie, pair in enumerate(zip(low.tolist(), high.tolist(), strict=True))}
    found: dict[tuple[int, ...], None] = {}
    for node in np.flatnonzero(lengths[np.arange(n), np.arange(n) + n] < 1 - _FAR).tolist():
        at, cycle = node + n, set()
        while at != node:
            step = int(before[node, at])
            cycle.add(number[min(at % n, step % n), max(at % n, step % n)])
            at = step
        found[tuple(sorted(cycle))] = None
    return list(found)


def _over_ties(cycles: list[tuple[int, ...]], ties: int) -> Any:  # noqa: ANN401 - scipy has no types
    rows = np.repeat(np.arange(len(cycles)), [len(cycle) for cycle in cycles])
    columns = np.fromiter((tie for cycle in cycles for tie in cycle), np.int64)
    return sparse.csr_array((np.ones(len(columns)), (rows, columns)), shape=(len(cycles), ties))


def _along(piece: _Piece, weights: np.ndarray) -> np.ndarray:
    """The split that the ties of least weight agree on: those of a lightest spanning tree."""
    tree = csgraph.minimum_spanning_tree(
        sparse.coo_array((weights + 1, (piece.low, piece.high)), shape=(piece.n, piece.n))
    )
    kept = set(zip(*tree.nonzero(), strict=True))
    inside = [pair in kept for pair in zip(piece.low.tolist(), piece.high.tolist(), strict=True)]
    return _walked(_Piece(piece.n, piece.low[inside], piece.high[inside], piece.sign[inside]))


def _decided(piece: _Piece, cycles: Any, least: int, best: Split) -> Split:  # noqa: ANN401 - as above
    """Step 4: whether a split is better than the best so far. Variables: camps (0 or 1), then frustrations."""
    n, m = piece.n, len(piece.low)
    tie, same = np.arange(m), piece.sign > 0
    camps = sparse.coo_array((np.ones(m), (tie, piece.low)), shape=(m, n)) - sparse.coo_array(
        (np.where(same, 1.0, -1.0), (tie, piece.high)), shape=(m, n)
    )
    apart = np.where(same, 0.0, 1.0)  # frustration >= |a - b| of a positive tie, >= |a + b - 1| of a negative one
    own = sparse.eye_array(m)
    total = sparse.hstack((sparse.coo_array((1, n)), sparse.coo_array(np.ones((1, m)))))
    constraints = [
        optimize.LinearConstraint(sparse.hstack((-camps, own)), -apart, np.inf),
        optimize.LinearConstraint(sparse.hstack((camps, own)), apart, np.inf),
        optimize.LinearConstraint(sparse.hstack((sparse.coo_array((cycles.shape[0], n)), cycles)), 1, np.inf),
        optimize.LinearConstraint(total, least, best.frustration - 1),
    ]
    upper = np.ones(n + m)
    upper[int(np.bincount(np.concatenate((piece.low, piece.high))).argmax())] = 0  # a split and its flip are the same
    found = optimize.milp(
        np.concatenate((np.zeros(n), np.ones(m))),
        integrality=np.concatenate((np.ones(n), np.zeros(m))),
        bounds=optimize.Bounds(0, upper),
        constraints=constraints,
        options={"node_limit": _TREE, "mip_rel_gap": 0},
    )
    if found.x is not None:
        camps_found = np.where(np.round(found.x[:n]) > 0, -1, 1)
        best = Split(camps_found, int(piece.frustrated(camps_found).sum()), exact=False)
    return replace(best, exact=found.status in {_OPTIMAL, _INFEASIBLE})
