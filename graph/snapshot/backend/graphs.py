"""Graphs of networkx's over compressed sparse rows: read-only, and no dictionaries but those that somebody asks for.

Nodes are the numbers 0 to n - 1. What stands in a row is found by bisection, as its columns ascend. An edge of a folded
graph has the attributes

* `count`: how many relations there are;
* `intensity`: the sum of their intensities;
* `strength`: how much that is, whichever way: its absolute value;
* `count_distance`, `strength_distance`: how far apart the two are, as one over it; infinite where it is zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from graph.snapshot.fold import Fold

__all__ = ["Rows", "RowsDiGraph", "RowsGraph", "directed", "undirected"]

_COUNT_BITS = 32


class Rows:
    """Compressed sparse rows of n nodes, columns ascending, with edge attributes in the order of the columns."""

    def __init__(self, pattern: Any, data: Mapping[str, np.ndarray]) -> None:  # noqa: ANN401 - scipy has no types
        self.starts: np.ndarray = pattern.indptr
        self.columns: np.ndarray = pattern.indices
        self.data = data

    def __len__(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def sources(self) -> np.ndarray:
        """The row of each edge."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.starts))

    def weights(self, name: str | None) -> np.ndarray:
        """An attribute of each edge as networkx reads it: 1 where there is none of that name."""
        found = None if name is None else self.data.get(name)
        return np.ones(len(self.columns)) if found is None else found.astype(np.float64)

    def matrix(self, name: str | None = None) -> Any:  # noqa: ANN401 - as above
        """The rows as a sparse matrix of an attribute."""
        return sparse.csr_array((self.weights(name), self.columns, self.starts), shape=(len(self), len(self)))

    def transposed(self) -> Rows:
        """The same edges by their targets. O(edges)."""
        order = np.arange(len(self.columns), dtype=np.int64)
        turned = sparse.csr_array((order, self.columns, self.starts), shape=(len(self), len(self))).T.tocsr()
        return Rows(turned, {name: values[turned.data] for name, values in self.data.items()})

    def edge(self, at: int) -> dict[str, Any]:
        """The attributes of one edge."""
        return {name: values[at].item() for name, values in self.data.items()}


class _Nodes(Mapping[int, dict[str, Any]]):
    """The nodes, none with attributes."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __getitem__(self, node: int) -> dict[str, Any]:
        if node not in self:
            raise KeyError(node)
        return {}

    def __contains__(self, node: object) -> bool:
        return isinstance(node, int | np.integer) and bool(0 <= node < self._count)

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._count))

    def __len__(self) -> int:
        return self._count


class _Neighbors(Mapping[int, dict[str, Any]]):
    """One row: neighbour -> the edge's attributes."""

    __slots__ = ("_begin", "_columns", "_rows")

    def __init__(self, rows: Rows, node: int) -> None:
        self._rows = rows
        self._begin = int(rows.starts[node])
        self._columns = rows.columns[self._begin : int(rows.starts[node + 1])]

    def __getitem__(self, node: int) -> dict[str, Any]:
        at = int(np.searchsorted(self._columns, node))
        if at == len(self._columns) or self._columns[at] != node:
            raise KeyError(node)
        return self._rows.edge(self._begin + at)

    def __contains__(self, node: object) -> bool:
        if not isinstance(node, int | np.integer):
            return False
        at = int(np.searchsorted(self._columns, node))
        return at < len(self._columns) and bool(self._columns[at] == node)

    def __iter__(self) -> Iterator[int]:
        return iter(self._columns.tolist())

    def __len__(self) -> int:
        return len(self._columns)


class _Adjacency(_Nodes):
    """Node -> its row."""

    def __init__(self, rows: Rows) -> None:
        super().__init__(len(rows))
        self._rows = rows

    def __getitem__(self, node: int) -> Any:  # noqa: ANN401 - a mapping, as networkx's dictionaries of dictionaries are
        if node not in self:
            raise KeyError(node)
        return _Neighbors(self._rows, int(node))


class RowsGraph(nx.Graph):  # type: ignore[misc]  # networkx has no types
    """An undirected graph: each edge stands in the rows of both its ends, a self-loop once."""

    __networkx_backend__ = "entente"

    def __new__(cls, rows: Rows | None = None) -> Any:  # noqa: ANN401 - what networkx makes of a kind is one of its own
        """A graph over rows; without any, as where networkx copies or cuts one, an empty graph of networkx's."""
        return nx.Graph() if rows is None else object.__new__(cls)

    def __init__(self, rows: Rows) -> None:
        self.rows = self.into = rows
        self.graph: dict[str, Any] = {}
        self._node = _Nodes(len(rows))
        self._adj = _Adjacency(rows)
        self.__networkx_cache__: dict[str, Any] = {}
        nx.freeze(self)


class RowsDiGraph(nx.DiGraph):  # type: ignore[misc]  # as above
    """A directed graph; `into` are the rows by target, made when they are first asked for."""

    __networkx_backend__ = "entente"

    def __new__(cls, rows: Rows | None = None) -> Any:  # noqa: ANN401 - as above
        """A graph over rows; without any an empty one of networkx's."""
        return nx.DiGraph() if rows is None else object.__new__(cls)

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.graph: dict[str, Any] = {}
        self._node = _Nodes(len(rows))
        self._adj = _Adjacency(rows)
        self.__networkx_cache__: dict[str, Any] = {}
        nx.freeze(self)

    @cached_property
    def into(self) -> Rows:
        """The edges by target."""
        return self.rows.transposed()

    @cached_property
    def _pred(self) -> _Adjacency:
        return _Adjacency(self.into)


def directed(fold: Fold) -> RowsDiGraph:
    """One edge an ordered pair."""
    return RowsDiGraph(_rows(fold.pairs))


def undirected(fold: Fold) -> RowsGraph:
    """One edge a pair, whichever way its relations point; each relation counts once."""
    return RowsGraph(_rows(fold.either_way()))


def _rows(packed: Any) -> Rows:  # noqa: ANN401 - scipy has no types
    count = packed.data & (2**_COUNT_BITS - 1)
    intensity = (packed.data >> _COUNT_BITS) / 10
    strength = np.abs(intensity)
    with np.errstate(divide="ignore"):
        return Rows(
            packed,
            {
                "count": count,
                "intensity": intensity,
                "strength": strength,
                "count_distance": 1 / count,
                "strength_distance": 1 / strength,
            },
        )
