"""Communities by the Leiden algorithm (Traag, Waltman and van Eck 2019), where a graph is large many nodes at a time.

A round begins with some communities, at first each node is one, and does level by level:

1. *Move.* Each node goes to the community where modularity gains most, ties by the lowest number, and whoever has a
   neighbour that moved to another one is looked at again, until nobody is left.
2. *Refine.* Inside each community every node is alone again. One that is tied well enough to the rest of it joins, if
   it still is alone, where modularity gains most. So whatever is joined is connected.
3. *Gather.* What was joined is a node of the next level, and begins in the community that it comes from. If nothing was
   joined the round is over, and communities that are not connected are parted, by which no modularity is lost.

The second round begins with what the first one found. Nodes are taken in an order that is drawn by lot.

With more than `_FEW` ties, nodes are looked at in batches, and all of one move at once, as in parallel codes (Sahu
2024): at most `_SWEEPS` times each; of two that are alone and want each other one stays; when refining, nobody joins
whoever joins another. As sums of whole weights are exact, the same lots give the same.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.sparse import csgraph, csr_array

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["communities"]

_ROUNDS: Final = 2
"""Another would find hardly more, at the cost of the first."""
_FEW: Final = 20_000
"""Up to so many ties nodes move one by one: batches at coarse levels come out very differently from time to time."""
_SWEEPS: Final = 2
"""How often a batch may move in a level; the next level goes on where this one ends."""
_BATCHES: Final = 8
"""Into so many a level is cut: nodes of one batch move without knowing of each other."""
_GAIN: Final = 1e-10
"""What a move must gain at least, as a share of all weight."""


@dataclass(frozen=True, slots=True)
class _Level:
    """Ties between different nodes, as symmetric sparse rows; the strength of each node, own loops counted twice.

    `pull` is how much the strength of others holds a node off: its own times the resolution, over that of all.
    """

    ties: Any
    strength: np.ndarray
    pull: np.ndarray

    def __len__(self) -> int:
        return len(self.strength)

    def gathered(self, parts: np.ndarray, count: int) -> _Level:
        """Rule 3: the nodes of each part as one. O(ties)."""
        rows = self.ties[np.argsort(parts, kind="stable")]
        starts = rows.indptr[np.concatenate(([0], np.cumsum(np.bincount(parts, minlength=count))))]
        ties = csr_array((rows.data, rows.indices, starts), (count, len(parts))) @ _chosen(parts, count)
        strength, pull = (np.bincount(parts, values, count) for values in (self.strength, self.pull))
        return _Level(_apart(ties), strength, pull)


def communities(matrix: Any, resolution: float, chance: np.random.Generator) -> np.ndarray:  # noqa: ANN401 - scipy has no types
    """The number of each node's community, of a symmetric sparse matrix of weights. O(ties) a sweep and level."""
    n = matrix.shape[0]
    lots, found = chance.permutation(n), np.arange(n, dtype=np.int32)
    strength = (matrix.sum(axis=1) + matrix.diagonal())[lots]
    if strength.sum() > 0:
        level = _Level(_apart(matrix[lots][:, lots].tocsr()), strength, strength * (resolution / strength.sum()))
        for _ in range(_ROUNDS):
            found = _round(level, found)
    result = np.empty(n, np.int64)
    result[lots] = found
    return result


def _round(level: _Level, found: np.ndarray) -> np.ndarray:
    """All three rules, from the nodes up."""
    place = np.arange(len(found))
    while True:
        few = level.ties.nnz <= _FEW
        found = _numbered((_moved_singly if few else _moved)(level, found))
        inside = _kept(level.ties, np.repeat(found, np.diff(level.ties.indptr)) == found[level.ties.indices])
        free = inside.sum(axis=1) >= level.pull * (np.bincount(found, level.strength)[found] - level.strength)
        parts = _numbered((_refined_singly if few else _refined)(replace(level, ties=inside), free))
        count = int(parts.max()) + 1
        if count == len(parts):
            joined: np.ndarray = csgraph.connected_components(inside, directed=False)[1]
            return joined[place]
        begun = np.empty(count, np.int32)
        begun[parts] = found
        level, found, place = level.gathered(parts, count), begun, parts[place]


def _moved(level: _Level, found: np.ndarray) -> np.ndarray:
    """Rule 1, in batches."""
    found, due = found.copy(), np.ones(len(level), np.bool_)
    for _ in range(_SWEEPS):
        for batch in _batches(len(level)):
            nodes = batch.start + np.flatnonzero(due[batch])
            rows, own = level.ties[batch if due[batch].all() else nodes], found[nodes]
            to = _best(level, rows, nodes, found)
            sizes = np.bincount(found, minlength=len(found))
            swapped = (sizes[own] == 1) & (sizes[to] == 1) & (own < to)
            went = np.flatnonzero((to != own) & ~swapped)
            found[nodes[went]] = to[went]
            due[nodes] = False
            due[rows[went].indices] = True
    return found


def _refined(inside: _Level, free: np.ndarray) -> np.ndarray:
    """Rule 2, in batches: the number of the part that each node is in, out of the ties inside communities."""
    nodes = np.arange(len(inside), dtype=np.int32)
    parts, free = nodes.copy(), free.copy()
    for batch in _batches(len(inside)):
        own = batch.start + np.flatnonzero(free[batch])
        wish = nodes.copy()
        wish[own] = _best(inside, inside.ties[own], own, parts)
        to = wish[own]
        joins = (to != own) & ((wish[to] == to) | ((wish[to] == own) & (own > to)))
        parts[own[joins]] = to[joins]
        free[own[joins]] = free[to[joins]] = False
    return parts


def _best(level: _Level, rows: Any, nodes: np.ndarray, found: np.ndarray) -> np.ndarray:  # noqa: ANN401 - as above
    """The community in which each of some nodes adds most modularity: its own, unless it is more in another one.

    `rows` are their ties.
    """
    strength, pull, own = level.strength[nodes], level.pull[nodes], found[nodes]
    sums = np.bincount(found, level.strength, len(found))
    tied = rows @ _chosen(found, len(found))
    at, other = np.repeat(np.arange(len(nodes), dtype=np.int32), np.diff(tied.indptr)), tied.indices
    worth = tied.data - pull[at] * sums[other]
    most = pull * (strength - sums[own])
    mine = np.flatnonzero(other == own[at])
    most[at[mine]] += tied.data[mine]
    most += _GAIN * level.strength.sum()
    worth[mine] = -np.inf
    some = np.flatnonzero(np.diff(tied.indptr))
    if len(some):
        most[some] = np.maximum(most[some], np.maximum.reduceat(worth, tied.indptr[some]))
    best = np.flatnonzero(worth >= most[at])
    to = np.full(len(nodes), len(found))
    np.minimum.at(to, at[best], other[best])
    return np.where(to < len(found), to, own)


def _moved_singly(level: _Level, found: np.ndarray) -> np.ndarray:
    """Rule 1, node by node."""
    one = _Singly(level, found)
    waiting = deque(range(len(level)))
    due = [True] * len(level)
    while waiting:
        node = waiting.popleft()
        due[node] = False
        if one.joins(node):
            for other in one.others[node]:
                if not due[other] and one.found[other] != one.found[node]:
                    due[other] = True
                    waiting.append(other)
    return np.array(one.found, np.int32)


def _refined_singly(inside: _Level, free: np.ndarray) -> np.ndarray:
    """Rule 2, node by node."""
    one = _Singly(inside, np.arange(len(inside)))
    alone = free.tolist()
    for node in range(len(inside)):
        if alone[node] and one.joins(node):
            alone[node] = alone[one.found[node]] = False
    return np.array(one.found, np.int32)


class _Singly:
    """Nodes that move one by one, on lists: a few numbers at a time are too few for arrays."""

    def __init__(self, level: _Level, found: np.ndarray) -> None:
        starts, others, weights = level.ties.indptr.tolist(), level.ties.indices.tolist(), level.ties.data.tolist()
        self.others = [others[begin:end] for begin, end in pairwise(starts)]
        self._weights = [weights[begin:end] for begin, end in pairwise(starts)]
        self._strength, self._pull = level.strength.tolist(), level.pull.tolist()
        self._least = _GAIN * sum(self._strength)
        self.found: list[int] = found.tolist()
        self._sums = np.bincount(found, level.strength, len(found)).tolist()

    def joins(self, node: int) -> bool:
        """Let a node go where modularity gains most; whether it went."""
        found, sums, pull = self.found, self._sums, self._pull[node]
        tied: dict[int, float] = defaultdict(float)
        for other, weight in zip(self.others[node], self._weights[node], strict=True):
            tied[found[other]] += weight
        own, best = found[node], found[node]
        sums[own] -= self._strength[node]
        most = tied.pop(own, 0.0) - pull * sums[own] + self._least
        for to in sorted(tied):
            worth = tied[to] - pull * sums[to]
            if worth > most:
                best, most = to, worth
        found[node] = best
        sums[best] += self._strength[node]
        return best != own


def _batches(n: int) -> Iterator[slice]:
    """Stretches of n nodes."""
    for at in range(_BATCHES):
        yield slice(n * at // _BATCHES, n * (at + 1) // _BATCHES)


def _chosen(groups: np.ndarray, count: int) -> Any:  # noqa: ANN401 - as above
    """A matrix with a one where a row's group is."""
    n = len(groups)
    return csr_array((np.ones(n), groups, np.arange(n + 1, dtype=np.int32)), shape=(n, count))


def _numbered(labels: np.ndarray) -> np.ndarray:
    """The same groups, numbered without gaps."""
    present = np.bincount(labels) > 0
    result: np.ndarray = (np.cumsum(present, dtype=np.int32) - 1)[labels]
    return result


def _apart(ties: Any) -> Any:  # noqa: ANN401 - as above
    """Ties without those of nodes to themselves."""
    return _kept(ties, ties.indices != np.repeat(np.arange(ties.shape[0], dtype=np.int32), np.diff(ties.indptr)))


def _kept(ties: Any, mask: np.ndarray) -> Any:  # noqa: ANN401 - as above
    """The ties that a mask keeps."""
    kept = np.flatnonzero(mask)
    starts = np.searchsorted(kept, ties.indptr).astype(ties.indptr.dtype)
    return csr_array((ties.data[kept], ties.indices[kept], starts), shape=ties.shape)
