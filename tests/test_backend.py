"""The array code behind networkx's functions gives what networkx's own code does, on any graph."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networkx.utils import backends
from scipy import sparse

from graph.snapshot.backend import BACKEND, RowsDiGraph, RowsGraph, leiden
from graph.snapshot.backend.dispatch import _ARRAYS
from graph.snapshot.backend.graphs import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Graph = Any
WEIGHTS = (None, "count", "no such attribute")

SOME = settings(max_examples=60, deadline=None)


def rows_of(graph: Graph) -> Rows:
    """A graph of networkx's, as rows."""
    matrix = sparse.lil_array((len(graph), len(graph)), dtype=np.int64)
    for node, other in graph.edges():
        matrix[node, other] = 1
        if not graph.is_directed():
            matrix[other, node] = 1
    pattern = matrix.tocsr()
    ends = list(zip(*pattern.nonzero(), strict=True))
    names = ("count", "distance")
    return Rows(pattern, {name: np.array([graph[u][v][name] for u, v in ends]) for name in names})


def twin(graph: Graph) -> Graph:
    """The same graph on rows."""
    return (RowsDiGraph if graph.is_directed() else RowsGraph)(rows_of(graph))


@st.composite
def graphs(draw: st.DrawFn, *, directed: bool | None = None, loops: bool = True) -> Graph:
    """Up to a dozen nodes; loops, components, isolated nodes, weights."""
    directed = draw(st.booleans()) if directed is None else directed
    n = draw(st.integers(0, 12))
    graph = (nx.DiGraph if directed else nx.Graph)()
    graph.add_nodes_from(range(n))
    node = st.integers(0, max(0, n - 1))
    drawn = draw(st.lists(st.tuples(node, node, st.integers(1, 5)), max_size=30)) if n else []
    ends = {(u, v) if directed else (min(u, v), max(u, v)): count for u, v, count in drawn if loops or u != v}
    for (u, v), count in sorted(ends.items()):  # rows ascend, and networkx keeps the order in which edges came
        graph.add_edge(u, v, count=count, distance=count / 2)
    return graph


def outcome(call: Callable[..., Any], *args: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever a function gives
    """What a function gives, or the name of what it raises."""
    try:
        found = call(*args, **named)
        return list(found) if hasattr(found, "__next__") else found
    except (nx.NetworkXException, ZeroDivisionError) as error:
        return type(error).__name__


def same(one: Any, other: Any) -> bool:  # noqa: ANN401 - as above
    """Whether two results are equal, but for the last digits of sums that were added in another order."""
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, float | int) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) or (math.isnan(one) and math.isnan(other))
    return bool(one == other)


def check(name: str, graph: Graph, *args: Any, **named: Any) -> None:  # noqa: ANN401 - networkx's parameters
    """A function of networkx's on a graph, and on its twin."""
    function = getattr(nx, name, None) or getattr(nx.community, name)
    expected, found = outcome(function, graph, *args, **named), outcome(function, twin(graph), *args, **named)
    assert same(expected, found), (name, list(graph.edges(data=True)), args, named, expected, found)


@SOME
@given(graphs(), st.sampled_from(WEIGHTS))
def test_centralities(graph: Graph, weight: str | None) -> None:
    check("degree_centrality", graph)
    check("pagerank", graph, weight=weight)
    if len(graph) > 1:
        given_ = {"personalization": {0: 1, 1: 2}, "dangling": {1: 1}, "nstart": {0: 1}}
        check("pagerank", graph, alpha=0.5, weight=weight, **given_)
    check("eigenvector_centrality", graph, max_iter=500, weight=weight)
    check("eigenvector_centrality", graph, max_iter=1)
    for improved in (True, False):
        check("closeness_centrality", graph, wf_improved=improved)
    check("closeness_centrality", graph, distance="distance")
    for k in {None, min(3, len(graph)), min(1, len(graph)), len(graph)}:
        check("betweenness_centrality", graph, k=k, seed=7)
    check("betweenness_centrality", graph, weight="distance")
    check("betweenness_centrality", graph, normalized=False, endpoints=True)
    if len(graph):
        check("closeness_centrality", graph, u=len(graph) - 1)


@SOME
@given(graphs(directed=False), st.sampled_from(WEIGHTS), st.randoms(use_true_random=False))
def test_groups(graph: Graph, weight: str | None, random: Any) -> None:  # noqa: ANN401 - a Random
    check("connected_components", graph)
    check("number_connected_components", graph)
    groups: dict[int, set[int]] = {}
    for node in graph:
        groups.setdefault(random.randrange(4), set()).add(node)
    check("modularity", graph, list(groups.values()), weight=weight)
    check("modularity", graph, [{0}, {0, 1}])
    pairs = [(u, v) for u in graph for v in graph if u < v]
    for name in ("jaccard_coefficient", "adamic_adar_index"):
        check(name, graph, pairs)
        check(name, graph)


@SOME
@given(graphs())
def test_ways(graph: Graph) -> None:
    for source in (*range(min(4, len(graph))), 99):
        for target in (*range(len(graph)), 99):
            check("bidirectional_shortest_path", graph, source, target)
            check("all_shortest_paths", graph, source, target)
    if len(graph) > 1:
        check("all_shortest_paths", graph, 0, 1, weight="distance")


@SOME
@given(graphs(directed=True), st.sampled_from(WEIGHTS))
def test_groups_of_a_directed_graph(graph: Graph, weight: str | None) -> None:
    check("weakly_connected_components", graph)
    check("number_weakly_connected_components", graph)
    check("modularity", graph, [{node} for node in graph], weight=weight)


@SOME
@given(graphs(directed=False, loops=False))
def test_leiden_gives_a_partition_that_is_no_worse_than_none(graph: Graph) -> None:
    if not graph.size():
        return
    folded = twin(graph)
    found = nx.community.leiden_communities(folded, weight="count", seed=1)
    assert sorted(node for group in found for node in group) == list(graph)
    assert found == nx.community.leiden_communities(folded, weight="count", seed=1)
    assert all(nx.is_connected(graph.subgraph(group)) for group in found)
    apart = nx.community.modularity(graph, [{node} for node in graph], weight="count")
    assert nx.community.modularity(graph, found, weight="count") >= apart - 1e-9


@SOME
@given(graphs(directed=False), st.sampled_from(WEIGHTS))
def test_leiden_in_batches_gives_connected_communities(graph: Graph, weight: str | None) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leiden, "_FEW", -1)
        found = nx.community.leiden_communities(twin(graph), weight=weight, seed=1)
    assert sorted(node for group in found for node in group) == list(graph)
    assert all(nx.is_connected(graph.subgraph(group)) for group in found)


@pytest.mark.parametrize("size", [20, 100])
def test_leiden_finds_the_communities_that_were_planted(size: int) -> None:
    graph = nx.planted_partition_graph(20, size, 20 / size, 0.001, seed=1)
    nx.set_edge_attributes(graph, 1, "count")
    nx.set_edge_attributes(graph, 1, "distance")
    found = nx.community.leiden_communities(twin(graph), weight="count", seed=1)
    assert sorted(map(sorted, found)) == [list(range(at, at + size)) for at in range(0, 20 * size, size)]


def test_leiden_does_not_limit_levels() -> None:
    with pytest.raises(NotImplementedError):
        nx.community.leiden_communities(twin(nx.path_graph(0)), max_level=1)


@SOME
@given(graphs())
def test_what_has_no_array_code_runs_networkx_s_own_on_the_same_object(graph: Graph) -> None:
    lacking: Mapping[str, dict[str, Any]] = {
        "density": {}, "core_number": {}, "clustering": {}, "transitivity": {}, "overall_reciprocity": {},
        "all_pairs_shortest_path_length": {}, "katz_centrality": {}, "harmonic_centrality": {},
        "louvain_communities": {"seed": 3, "weight": "count"}, "strongly_connected_components": {},
        "asyn_lpa_communities": {"seed": 3, "weight": "count"}, "minimum_spanning_tree": {"weight": "count"},
        "average_neighbor_degree": {},
    }  # fmt: skip
    for name, named in lacking.items():
        assert name not in _ARRAYS
        function = getattr(nx, name, None) or getattr(nx.community, name)
        expected, found = outcome(function, graph, **named), outcome(function, twin(graph), **named)
        if isinstance(expected, nx.Graph):
            assert nx.utils.graphs_equal(expected, found)
        else:
            assert same(expected, found), name


@SOME
@given(graphs())
def test_a_graph_on_rows_looks_like_one_of_networkx(graph: Graph) -> None:
    folded = twin(graph)
    assert nx.utils.graphs_equal(folded.copy(), graph)
    assert nx.utils.graphs_equal(nx.create_empty_copy(folded), nx.create_empty_copy(graph))
    assert nx.utils.graphs_equal(folded.subgraph([0, 1]).copy(), graph.subgraph([0, 1]).copy())
    assert nx.utils.graphs_equal(nx.Graph(folded), nx.Graph(graph))
    assert (len(folded), folded.size(), folded.size("count")) == (len(graph), graph.size(), graph.size("count"))
    assert dict(folded.degree(weight="count")) == dict(graph.degree(weight="count"))
    for u in (*graph, -1, 99, "x"):
        assert (u in folded, u in folded._node) == (u in graph, u in graph._node)
        for v in (*graph, -1, 99, "x"):
            assert folded.has_edge(u, v) == graph.has_edge(u, v)
    if graph.is_directed():
        assert nx.utils.graphs_equal(folded.reverse(), graph.reverse())
        assert {v: sorted(folded.pred[v]) for v in folded} == {v: sorted(graph.pred[v]) for v in graph}
    with pytest.raises(nx.NetworkXError):
        folded.add_edge(0, 1)


def test_networkx_knows_the_backend_and_runs_each_function_it_has() -> None:
    assert backends._load_backend("entente") is BACKEND
    assert set(_ARRAYS) <= set(backends._registered_algorithms)
    assert not hasattr(BACKEND, "no_such_function")
    assert not hasattr(BACKEND, "leiden_partitions")
