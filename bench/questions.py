"""Whole-graph questions beside networkx's own code on its own dictionaries: the same functions, the same graph.

For each number of relations a graph of a quarter as many pairs is drawn, as events fold: few actors in very many of
them. Both sides run in turns; times are of the processor, and the ratio is of the fastest rounds. `--alone` leaves
networkx's own code out, which takes minutes where a graph is large. Of Leiden networkx has none: beside ours runs
graspologic-native's, in Rust.

    .venv/bench/bin/python bench/questions.py 100000 1000000 5000000    (after `make .venv/bench/.made`)
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import networkx as nx
import numpy as np
from graspologic_native import leiden_csr
from scipy import sparse

from graph.snapshot import backend
from graph.snapshot.fold import Fold, load

if TYPE_CHECKING:
    from collections.abc import Callable

_PER_PAIR: Final = 4
_PER_ACTOR: Final = 50
_POWER: Final = 0.85
_ROUNDS: Final = 3
_SAMPLE: Final = 10
_TOUCHED: Final = 50_000
_SECOND: Final = 1_000


def fold_of(relations: int, seed: int = 1) -> Fold:
    """A fold of about a quarter as many pairs."""
    chance = np.random.default_rng(seed)
    n = max(100, relations // _PER_ACTOR)
    ends = drawn(chance, n, 2 * relations // _PER_PAIR)
    apart = ends[0] != ends[1]
    pairs = matrix(n, ends[:, apart], chance)
    ids = np.array([f"actor-{i:07}" for i in range(n)], "S")
    return Fold(1, relations, 1, 1, np.arange(n, dtype=np.int32), ids, pairs, sparse.csr_array((n, n), dtype=np.int64))


def drawn(chance: np.random.Generator, n: int, count: int) -> np.ndarray:
    """Ends of edges, the i-th actor (i + 1) ** -0.85 times as often as the first."""
    heights = np.cumsum(np.arange(1, n + 1) ** -_POWER)
    found = np.searchsorted(heights, chance.random(count) * heights[-1], side="right").reshape(2, -1)
    ends: np.ndarray = np.minimum(found, n - 1).astype(np.int32)
    return ends


def matrix(n: int, ends: np.ndarray, chance: np.random.Generator) -> Any:  # noqa: ANN401 - scipy has no types
    """Packed sums of relations between ends."""
    packed = chance.integers(-100, 101, ends.shape[1]) * 2**32 + 1
    summed = sparse.coo_array((packed, (ends[0], ends[1])), shape=(n, n)).tocsr()
    summed.sum_duplicates()
    return summed


def timed(call: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    began = time.process_time()
    call()
    return (time.process_time() - began) * _SECOND


def measure(relations: int, *, beside: bool) -> None:
    """All measures of one size, printed as rows of a table."""
    fold = fold_of(relations)
    print(f"\n{relations:,} relations, {len(fold):,} actors, {fold.pairs.nnz:,} pairs, {fold.nbytes:,} bytes")
    graph, flat = backend.directed(fold), backend.undirected(fold)
    plain = nx.DiGraph(zip(*(ends.tolist() for ends in fold.pairs.nonzero()), strict=True)) if beside else None
    pairs = ends_of(fold)
    rows: list[tuple[str, Callable[[Any], object]]] = [
        ("PageRank", lambda g: nx.pagerank(g, weight=None)),
        ("betweenness, 10 sources", lambda g: nx.betweenness_centrality(g, k=_SAMPLE, seed=1)),
        ("components", lambda g: sum(1 for _ in nx.weakly_connected_components(g))),
        ("degree", nx.degree_centrality),
        ("20 shortest paths", lambda g: [nx.bidirectional_shortest_path(g, *pair) for pair in pairs]),
        ("all shortest paths of a pair", lambda g: sum(1 for _ in nx.all_shortest_paths(g, *pairs[0]))),
    ]
    for name, call in rows:
        ours, theirs = [], []
        for _ in range(_ROUNDS):
            ours.append(timed(lambda call=call: call(graph)))  # type: ignore[misc]  # bound in this round
            if plain is not None:
                theirs.append(timed(lambda call=call: call(plain)))  # type: ignore[misc]  # a lambda that keeps its call
        told = f"{min(theirs):12,.1f} ms  {min(theirs) / min(ours):8.1f} x" if theirs else ""
        print(f"  {name:28}{min(ours):12,.1f} ms{told}")
    print(f"  {'Leiden':28}{leiden(flat)}")
    added, left = patches(fold)
    splicing = min(timed(lambda: fold.pairs + added - left) for _ in range(_ROUNDS))
    print(f"  {'splicing 50,000 pairs in':28}{splicing:12,.1f} ms")
    with tempfile.TemporaryDirectory() as folder:
        print(f"  {'handing over to a process':28}{timed(lambda: fold.save(Path(folder))):12,.1f} ms")
        print(f"  {'mapping it there':28}{timed(lambda: load(Path(folder))):12,.1f} ms")


def leiden(graph: Any) -> str:  # noqa: ANN401 - as above
    """Leiden here and in Rust, two rounds each: the fastest of three, and the modularity that each finds on average."""
    matrix = graph.rows.matrix("count")
    arrays = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data, len(graph)
    ours, theirs = [], []
    for seed in range(_ROUNDS):
        began = time.process_time()
        groups = nx.community.leiden_communities(graph, weight="count", seed=seed)
        ours.append((time.process_time() - began, nx.community.modularity(graph, groups, weight="count")))
        began = time.process_time()
        modularity, _ = leiden_csr(*arrays, iterations=2, seed=seed)
        theirs.append((time.process_time() - began, modularity))
    (own, found), (other, beside) = (np.array(each).T for each in (ours, theirs))
    told = f"{own.min() * _SECOND:12,.1f} ms{other.min() * _SECOND:12,.1f} ms  {other.min() / own.min():8.1f} x"
    return f"{told}   modularity {found.mean():.4f}, {beside.mean():.4f}"


def ends_of(fold: Fold) -> list[tuple[int, int]]:
    """Twenty pairs of ordinary actors, between whom there are ways."""
    (nodes,) = sparse.csgraph.connected_components(fold.pairs, connection="strong")[1:]
    inside = np.flatnonzero(nodes == np.bincount(nodes).argmax())
    drawn_ends = np.random.default_rng(3).choice(inside, (20, 2), replace=False).tolist()
    return [(source, target) for source, target in drawn_ends]


def patches(fold: Fold) -> list[Any]:
    """What touched relations come to: 25,000 pairs to put in, and as many to take out."""
    chance = np.random.default_rng(2)
    count = min(_TOUCHED, fold.pairs.nnz) // 2
    return [matrix(len(fold), drawn(chance, len(fold), 2 * count), chance) for _ in range(2)]


def main() -> None:
    """Measure the sizes that are asked for."""
    asked = argparse.ArgumentParser(description="Measure whole-graph questions beside networkx's own code.")
    asked.add_argument("relations", type=int, nargs="+", help="how many relations, for each series")
    asked.add_argument("--alone", action="store_true", help="leave networkx's own code out")
    said = asked.parse_args()
    for relations in said.relations:
        measure(relations, beside=not said.alone)


if __name__ == "__main__":
    main()
