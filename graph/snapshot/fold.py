"""The fold: the relations that a question counts, as one edge an ordered pair of actors, in compressed sparse rows.

1. A pair holds how many relations there are and the sum of their intensities in whole tenths (an unknown one adds
   none), packed into one integer: tenths * 2^32 + count. So sums are exact, and folds can be added and subtracted.
2. Ends are resolved by the merges known at k. A relation of an actor to itself makes no edge.
3. A relation of a symmetric type stands in both directions; `shared` holds it once, so that whoever asks for pairs
   whichever way they point (`either_way`) counts it once.
4. Nodes are the actors that have an edge, numbered in the order of their ids. An actor without any has no place in a
   measure of relations. The numbering, and with it every answer, follows from the visible graph alone.

Memory: 12 bytes a pair. First and last days and classes of a pair are not held: no measure asks for them, and whoever
shows a pair adds up its rows (`graph.snapshot.tally`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import sparse

from graph.snapshot.columns import NONE, distinct
from graph.snapshot.find import Wanted, matching
from graph.snapshot.lineup import line_up
from graph.snapshot.tally import began
from graph.snapshot.touched import counting, touched
from graph.vocabulary import NO_INTENSITY

if TYPE_CHECKING:
    from pathlib import Path

    from graph.snapshot.view import View

__all__ = ["COUNT", "Fold", "carried", "folded", "load"]

Matrix = Any
"""A `csr_array` of packed sums, columns ascending; scipy has no types."""
COUNT: Final = 2**32 - 1
"""The bits of a packed sum that hold the count; the tenths stand above them."""
_ONE: Final = 2**32
_MOST_TOUCHED: Final = 8
"""A fold is carried forward while less than one in so many relations was touched; else folding anew is cheaper."""


@dataclass(frozen=True, slots=True)
class Fold:
    """The folded graph at `revision`: n nodes, their actor records and ids, and the packed sums of their pairs.

    `shared` holds those of symmetric types, each pair once, in its upper triangle. `relations` is how many relations
    were counted, those of an actor to itself included; `first` and `last` are the earliest and latest first day of a
    start among them, `DAY_MAX` and `DAY_MIN` where none is known.
    """

    revision: int
    relations: int
    first: int
    last: int
    actors: np.ndarray
    ids: np.ndarray
    pairs: Matrix
    shared: Matrix

    def __len__(self) -> int:
        return len(self.actors)

    def either_way(self) -> Matrix:
        """The packed sums of pairs whichever way they point: symmetric, each relation counted once. O(pairs)."""
        once = self.shared + self.shared.T
        return (self.pairs + self.pairs.T - once).tocsr()

    def node(self, actor: int) -> int:
        """The node of an actor record, or `NONE` if it has no edge. O(n)."""
        found = np.flatnonzero(self.actors == actor)
        return int(found[0]) if len(found) else NONE

    @property
    def nbytes(self) -> int:
        """Bytes in arrays."""
        parts = (self.pairs.indptr, self.pairs.indices, self.pairs.data, self.actors, self.ids)
        return sum(part.nbytes for part in parts)

    def save(self, folder: Path) -> None:
        """Write the arrays to files, which `load` maps."""
        for name, array in self._arrays().items():
            np.save(folder / f"{name}.npy", array)

    def _arrays(self) -> dict[str, np.ndarray]:
        matrices = {"pairs": self.pairs, "shared": self.shared}
        parts = {
            f"{name}-{part}": getattr(matrix, part)
            for name, matrix in matrices.items()
            for part in ("data", "indices", "indptr")
        }
        facts = np.array([self.revision, self.relations, self.first, self.last])
        return {"actors": self.actors, "ids": self.ids, "facts": facts, **parts}


def load(folder: Path) -> Fold:
    """Map a fold that was saved."""
    found = {path.stem: np.load(path, mmap_mode="r") for path in folder.glob("*.npy")}
    n = len(found["actors"])
    pairs, shared = (
        sparse.csr_array(tuple(found[f"{name}-{part}"] for part in ("data", "indices", "indptr")), shape=(n, n))
        for name in ("pairs", "shared")
    )
    revision, relations, first, last = found["facts"].tolist()
    return Fold(revision, relations, first, last, found["actors"], found["ids"], pairs, shared)


def folded(view: View, wanted: Wanted) -> Fold:
    """Fold the relations that match, as known at the view's revision. O(relations)."""
    rows = matching(view, line_up(view, None), wanted).rows
    edges = _edges(view, rows)
    actors = distinct(np.concatenate((edges.source, edges.target)))
    ids = _ids(view, actors)
    order = np.argsort(ids)
    actors, ids = actors[order].astype(np.int32), ids[order]
    pairs, shared = _matrices(edges, actors, len(view.tables.actors))
    first, last = began(view, rows)
    return Fold(view.k, len(rows), first, last, actors, ids, pairs, shared)


def carried(fold: Fold, view: View, wanted: Wanted) -> Fold:
    """The same fold at a later revision: what touched relations no longer come to is taken out, what they do put in.

    O(pairs + touched relations). Folds anew if an actor was merged or retracted, if much of the graph was touched, or
    if what is taken out may have been the first or the last.
    """
    before = view.snapshot.view(fold.revision)
    records = touched(before, view)
    if records is None or len(records) * _MOST_TOUCHED > len(view.tables.relations):
        return folded(view, wanted)
    gone, come = (counting(at, records, wanted) for at in (before, view))
    days = np.array([began(before, gone), began(view, come), (fold.first, fold.last)])
    if fold.first == days[0, 0] or fold.last == days[0, 1]:
        return folded(view, wanted)
    left, added = _edges(before, gone), _edges(view, come)
    fresh = np.setdiff1d(np.concatenate((added.source, added.target)), fold.actors)
    ids = np.concatenate((fold.ids, _ids(view, fresh))) if len(fresh) else fold.ids
    order = np.argsort(ids, kind="stable") if len(fresh) else np.arange(len(ids))
    actors = np.concatenate((fold.actors, fresh.astype(np.int32)))[order]
    wide = [_widened(matrix, order, len(fold)) for matrix in (fold.pairs, fold.shared)]
    plus, minus = (_matrices(edges, actors, len(view.tables.actors)) for edges in (added, left))
    pairs, shared = ((old + new - out).tocsr() for old, new, out in zip(wide, plus, minus, strict=True))
    counted = (fold.relations + len(come) - len(gone), int(days[1:, 0].min()), int(days[1:, 1].max()))
    return _without_hermits(Fold(view.k, *counted, actors, ids[order], pairs, shared))


@dataclass(frozen=True, slots=True)
class _Edges:
    """Relations between two different actors: resolved ends, what each adds to its pair, and if it has a direction."""

    source: np.ndarray
    target: np.ndarray
    packed: np.ndarray
    symmetric: np.ndarray


def _edges(view: View, rows: np.ndarray) -> _Edges:
    relations, vocabulary = view.tables.relations, view.vocabulary
    source, target = view.resolve(relations.source[rows]), view.resolve(relations.target[rows])
    apart = source != target
    types = relations.type[rows[apart]]
    tenths = vocabulary.tenths[types].astype(np.int64)
    tenths[tenths == NO_INTENSITY] = 0
    return _Edges(source[apart], target[apart], tenths * _ONE + 1, vocabulary.symmetric[types])


def _matrices(edges: _Edges, actors: np.ndarray, count: int) -> tuple[Matrix, Matrix]:
    """Rules 1 and 3: the pairs, and the symmetric ones among them once."""
    number = np.zeros(count, np.int32)
    number[actors] = np.arange(len(actors), dtype=np.int32)
    source, target, both = number[edges.source], number[edges.target], edges.symmetric
    low, high, packed = np.minimum(source[both], target[both]), np.maximum(source[both], target[both]), edges.packed
    rows = np.concatenate((source, target[both]))
    columns = np.concatenate((target, source[both]))
    n = len(actors)
    return _summed(rows, columns, np.concatenate((packed, packed[both])), n), _summed(low, high, packed[both], n)


def _summed(rows: np.ndarray, columns: np.ndarray, packed: np.ndarray, n: int) -> Matrix:
    matrix = sparse.coo_array((packed, (rows, columns)), shape=(n, n)).tocsr()
    matrix.sum_duplicates()
    return matrix


def _ids(view: View, actors: np.ndarray) -> np.ndarray:
    """The ids of actor records, as bytes, which sort as text does."""
    return np.array([view.actor_id(actor) for actor in actors.tolist()], "S")


def _widened(matrix: Matrix, order: np.ndarray, n: int) -> Matrix:
    """A matrix of n nodes among more: `order` has the old numbers below n, and new ones, in their new places."""
    if len(order) == n:
        return matrix
    old = order < n
    place = np.flatnonzero(old).astype(np.int32)
    lengths = np.zeros(len(order) + 1, np.int64)
    lengths[1 + place] = np.diff(matrix.indptr)[order[old]]
    starts = np.cumsum(lengths).astype(matrix.indptr.dtype)
    return sparse.csr_array((matrix.data, place[matrix.indices], starts), shape=(len(order), len(order)))


def _without_hermits(fold: Fold) -> Fold:
    """Rule 4, where nodes may have lost their last edge."""
    degrees = np.diff(fold.pairs.indptr) + np.bincount(fold.pairs.indices, minlength=len(fold))
    if degrees.all():
        return fold
    kept = np.flatnonzero(degrees)
    pairs, shared = (matrix[kept][:, kept].tocsr() for matrix in (fold.pairs, fold.shared))
    return replace(fold, actors=fold.actors[kept], ids=fold.ids[kept], pairs=pairs, shared=shared)
