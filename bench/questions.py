"""Whole-graph questions beside networkx's own code on its own dictionaries: the same functions, the same graph.

For each number of relations a graph of a quarter as many pairs is drawn, as events fold: few actors in very many of
them. Both sides run in turns; times are of the processor, and the ratio is of the fastest rounds. `--alone` leaves
networkx's own code out, which takes minutes where a graph is large. Of Leiden networkx has none: beside ours runs
graspologic-native's, in Rust, if it is installed.

    .venv/bench/bin/python bench/questions.py 100000 1000000 5000000    (after `make .venv/bench/.made`)
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import networkx as nx
import numpy as np
from scipy import sparse

from bench import figures
from bench.figures import Figure
from graph.snapshot import backend
from graph.snapshot.fold import Fold, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PER_PAIR: Final = 4
_PER_ACTOR: Final = 50
_POWER: Final = 0.85
_ROUNDS: Final = 3
_SAMPLE: Final = 10
_TOUCHED: Final = 50_000
_SECOND: Final = 1_000
_PATHS: Final = 20
_HELD: Final = {
    "PageRank": ("pagerank", "pagerank, ratio"),
    "betweenness, 10 sources": (None, "betweenness"),
    "all shortest paths of a pair": ("paths", None),
}
"""Which times, and which ratios, are held to which goals."""


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


def measure(relations: int, *, beside: bool) -> Iterator[Figure]:
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
        (f"{_PATHS} shortest paths", lambda g: [nx.bidirectional_shortest_path(g, *pair) for pair in pairs]),
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
        yield from _told(name, ours, theirs, relations)
    yield Figure("a folded pair", fold.nbytes / fold.pairs.nnz, "bytes", relations, "pairs")
    found, told = leiden(flat)
    print(f"  {'Leiden':28}{told}")
    yield Figure("Leiden, two rounds", found, "ms", relations, "leiden")
    added, left = patches(fold)
    splicing = min(timed(lambda: fold.pairs + added - left) for _ in range(_ROUNDS))
    print(f"  {'splicing 50,000 pairs in':28}{splicing:12,.1f} ms")
    yield Figure("splicing 50,000 pairs in", splicing, "ms", relations)
    with tempfile.TemporaryDirectory() as folder:
        print(f"  {'handing over to a process':28}{timed(lambda: fold.save(Path(folder))):12,.1f} ms")
        print(f"  {'mapping it there':28}{timed(lambda: load(Path(folder))):12,.1f} ms")


def _told(name: str, ours: list[float], theirs: list[float], relations: int) -> Iterator[Figure]:
    fastest, (goal, ratio) = min(ours), _HELD.get(name, (None, None))
    yield Figure(name, fastest, "ms", relations, goal)
    if name.startswith(str(_PATHS)):
        yield Figure("as nodes", fastest / _PATHS, "ms", relations, "path")
    if theirs:
        yield Figure(f"networkx by ours: {name}", min(theirs) / fastest, "x", relations, ratio)


def leiden(graph: Any) -> tuple[float, str]:  # noqa: ANN401 - as above
    """Leiden here and in Rust, two rounds each: the fastest of three, and the modularity that each finds on average.

    Milliseconds of ours, and both in words.
    """
    ours = [_leiden(graph, seed) for seed in range(_ROUNDS)]
    fastest, found = min(took for took, _ in ours), np.mean([modularity for _, modularity in ours])
    if importlib.util.find_spec("graspologic_native") is None:
        return fastest, f"{fastest:12,.1f} ms   modularity {found:.4f}"
    theirs = [_leiden_in_rust(graph, seed) for seed in range(_ROUNDS)]
    other, beside = min(took for took, _ in theirs), np.mean([modularity for _, modularity in theirs])
    told = f"{fastest:12,.1f} ms{other:12,.1f} ms  {other / fastest:8.1f} x"
    return fastest, f"{told}   modularity {found:.4f}, {beside:.4f}"


def _leiden(graph: Any, seed: int) -> tuple[float, float]:  # noqa: ANN401 - as above
    began = time.process_time()
    groups = nx.community.leiden_communities(graph, weight="count", seed=seed)
    took = time.process_time() - began
    return took * _SECOND, nx.community.modularity(graph, groups, weight="count")


def _leiden_in_rust(graph: Any, seed: int) -> tuple[float, float]:  # noqa: ANN401 - as above
    matrix = graph.rows.matrix("count")
    arrays = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data, len(graph)
    leiden_csr = importlib.import_module("graspologic_native").leiden_csr
    began = time.process_time()
    modularity, _ = leiden_csr(*arrays, iterations=2, seed=seed)
    return (time.process_time() - began) * _SECOND, modularity


def ends_of(fold: Fold) -> list[tuple[int, int]]:
    """Twenty pairs of ordinary actors, between whom there are ways."""
    (nodes,) = sparse.csgraph.connected_components(fold.pairs, connection="strong")[1:]
    inside = np.flatnonzero(nodes == np.bincount(nodes).argmax())
    drawn_ends = np.random.default_rng(3).choice(inside, (_PATHS, 2), replace=False).tolist()
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
    figures.option(asked)
    said = asked.parse_args()
    measured = [each for relations in said.relations for each in measure(relations, beside=not said.alone)]
    figures.keep(measured, said.figures)


if __name__ == "__main__":
    main()
