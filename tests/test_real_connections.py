"""Networks and paths among the events of ICEWS14 are what NetworkX finds in the raw file."""

from __future__ import annotations

import gzip
import shutil
from collections import Counter
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import networkx as nx
import orjson
import pytest

from graph.db import connect
from graph.store import Live, Store
from tests.asking import ask, told
from tests.icews import ICEWS14, needs_real_data

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graph.snapshot import Snapshot

pytestmark = needs_real_data
NO_LEDGER: Any = None


class Events(NamedTuple):
    """The ledger, and the file as a graph of pairs with counts; ids of the one by labels of the other."""

    snapshot: Snapshot
    pairs: nx.DiGraph
    both_ways: nx.Graph
    ids: dict[str, str]

    def ask(self, name: str, **asked: Any) -> Any:  # noqa: ANN401 - JSON
        return told(ask(self.snapshot, NO_LEDGER, name, asked))


@pytest.fixture(scope="module")
def events(icews14: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Events]:
    path = tmp_path_factory.mktemp("connections") / "ledger.db"
    shutil.copy(icews14, path)
    engine = connect(f"sqlite:///{path}")
    live = Live(Store(engine))
    snapshot = live.current()
    cores = [orjson.loads(snapshot.tables.actor_cores[row]) for row in range(len(snapshot.tables.actors))]
    ids = {each["value"]: core["id"] for core in cores for each in core["identifiers"] if each["scheme"] == "icews14"}
    counts: Counter[tuple[str, str]] = Counter()
    with gzip.open(ICEWS14, "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            _, source, _, target, *_ = line.rstrip("\n").split("\t")
            counts[" ".join(source.split()), " ".join(target.split())] += 1
    pairs = nx.DiGraph()
    pairs.add_edges_from((*pair, {"count": count}) for pair, count in counts.items() if len(set(pair)) > 1)
    yield Events(snapshot, pairs, pairs.to_undirected(), ids)
    live.close()
    engine.dispose()


def test_two_steps_around_an_actor(events: Events) -> None:
    random, seen = Random(14), 0
    for name in random.sample(sorted(events.pairs), 150):
        around = nx.ego_graph(events.both_ways, name, radius=2)
        if not 10 < len(around) <= 400:
            continue
        answer = events.ask("get_network", id=events.ids[name], depth=2, max_nodes=1000, per_node=1000)
        depths = nx.single_source_shortest_path_length(events.both_ways, name, cutoff=2)
        assert {each["id"]: each["depth"] for each in answer["nodes"]} == {
            events.ids[other]: depth for other, depth in depths.items()
        }
        drawn = events.pairs.subgraph(around)
        assert {(each["source"], each["target"]): each["count"] for each in answer["edges"]} == {
            (events.ids[one], events.ids[other]): count for one, other, count in drawn.edges(data="count")
        }
        assert {each["id"]: each["degree"] for each in answer["nodes"]} == {
            events.ids[other]: degree for other, degree in drawn.degree(weight="count")
        }
        assert answer["truncated"] == []
        seen += 1
    assert seen > 10


def test_the_busiest_lead_to_those_they_have_most_events_with(events: Events) -> None:
    name = max(events.pairs, key=lambda each: events.pairs.degree(each, weight="count"))
    answer = events.ask("get_network", id=events.ids[name], per_node=10)
    weights: Counter[str] = Counter()
    for one, other, count in [*events.pairs.in_edges(name, "count"), *events.pairs.out_edges(name, "count")]:
        weights[events.ids[other if one == name else one]] += count
    foremost = sorted(weights, key=lambda each: (-weights[each], each))[:10]
    assert [each["id"] for each in answer["nodes"]] == [events.ids[name], *foremost]
    assert answer["truncated"] == [{"id": events.ids[name], "hidden": len(weights) - 10}]


@pytest.mark.parametrize("directed", [False, True])
def test_shortest_paths(events: Events, directed: bool) -> None:  # noqa: FBT001 - a parameter of the question
    graph = events.pairs if directed else events.both_ways
    random, names, found = Random(14), sorted(events.pairs), 0
    for _ in range(30):
        source, target = random.sample(names, 2)
        answer = events.ask(
            "list_paths", source=events.ids[source], target=events.ids[target], k=20, max_length=4, directed=directed
        )
        ways = [
            [each["hops"][0]["source"]["id"], *(hop["target"]["id"] for hop in each["hops"])]
            for each in answer["paths"]
        ]
        try:
            lengths = [len(each) - 1 for each in islice(nx.shortest_simple_paths(graph, source, target), 20)]
        except nx.NetworkXNoPath:
            lengths = []
        assert [each["length"] for each in answer["paths"]] == [length for length in lengths if length <= 4]
        if ways:
            shortest = sorted(
                [events.ids[each] for each in path] for path in nx.all_shortest_paths(graph, source, target)
            )
            assert [each for each in ways if len(each) == len(shortest[0])] == shortest[:20]
            found += 1
    assert found > 5
