"""Measures of the whole graph: those of networkx on what lists show, classics with known answers, real events."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from pydantic import ValidationError

from graph.db import connect
from graph.errors import Gone, Invalid, NotFound, OverBudget
from graph.models import ActorStatement, ClaimStatement, DatasetStatement
from graph.queries import centrality, every
from graph.queries.relations import Relations
from graph.queries.scope.whole import WholeGraph
from graph.store import Live, Store
from tests.asking import QUESTIONS, ask, told
from tests.histories import History
from tests.oracle.world import VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graph.snapshot import Snapshot

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the fold is what columns are made of

NO_LEDGER: Any = None
Told = Any
WHOLE: list[tuple[str, list[Told]]] = [
    ("get_centrality", [{"measure": m, "weight": w} for m in ("degree", "pagerank", "betweenness", "closeness")
                        for w in ("none", "count", "intensity")]),
    ("get_communities", [{"method": m} for m in ("leiden", "louvain", "label-propagation")]),
    ("get_balance", [{}, {"member_of": "brics"}, {"actor": ["us", "russia", "lavrov"]}]),
    ("list_components", [{}, {"limit": 1}]),
    ("list_similar", [{"id": "russia", "measure": m} for m in ("jaccard", "adamic-adar", "cosine")]),
]  # fmt: skip


@pytest.fixture
def live(store: Store) -> Iterator[Live]:
    live = Live(store)
    yield live
    live.close()


def asked_of(snapshot: Snapshot, name: str, **asked: Any) -> Told:  # noqa: ANN401 - a question's parameters
    return told(ask(snapshot, NO_LEDGER, name, asked))


def graph_of(snapshot: Snapshot, **asked: Any) -> nx.DiGraph:  # noqa: ANN401 - as above
    """The folded graph by networkx itself, of what `/relations` lists."""
    graph = nx.DiGraph()
    items = asked_of(snapshot, Relations.name, attested="true", limit=1000, **asked)["items"]
    sums: dict[Any, list[float]] = defaultdict(lambda: [0, 0])
    for each in items:
        a, b = each["source"]["id"], each["target"]["id"]
        if a != b:
            for pair in [(a, b), (b, a)] if VOCABULARY.get(each["type"]).symmetric else [(a, b)]:
                sums[pair][0] += 1
                sums[pair][1] += round((each["intensity"] or 0) * 10)
    graph.add_nodes_from(sorted({end for pair in sums for end in pair}))
    for (a, b), (count, tenths) in sorted(sums.items()):
        graph.add_edge(a, b, count=count, intensity=abs(tenths) / 10)
    return graph


def written(live: Live, seed: int) -> Snapshot:
    """A random history."""
    random = Random(seed)
    history = History(live.ledger, random)
    history.begin(25)
    for _ in range(12):
        history.step()
    return live.current()


@on_sqlite
@pytest.mark.parametrize("seed", [1, 2])
def test_centralities_are_networkx_s_on_what_lists_show(live: Live, seed: int) -> None:
    snapshot = written(live, seed)
    graph = graph_of(snapshot)
    nx.set_edge_attributes(graph, {(a, b): 1 / count for a, b, count in graph.edges(data="count")}, "far-count")
    expected = {
        ("degree", "none"): nx.degree_centrality(graph),
        ("degree", "count"): dict(graph.degree(weight="count")),
        ("pagerank", "none"): nx.pagerank(graph, weight=None),
        ("pagerank", "intensity"): nx.pagerank(graph, weight="intensity"),
        ("betweenness", "none"): nx.betweenness_centrality(graph),
        ("betweenness", "count"): nx.betweenness_centrality(graph, weight="far-count"),
        ("closeness", "none"): nx.closeness_centrality(graph),
        ("closeness", "count"): nx.closeness_centrality(graph, distance="far-count"),
        ("eigenvector", "none"): nx.eigenvector_centrality(graph.to_undirected(), max_iter=10_000),
    }
    for (measure, weight), scores in expected.items():
        answer = asked_of(snapshot, "get_centrality", measure=measure, weight=weight, top=1000)
        found = {each["actor"]["id"]: each["score"] for each in answer["items"]}
        assert found == pytest.approx(scores, rel=1e-6, abs=1e-12), (measure, weight)
        assert [each["score"] for each in answer["items"]] == sorted(found.values(), reverse=True)
        basis = answer["basis"]
        assert (basis["actors"], basis["pairs"], answer["sampled"]) == (len(graph), graph.size(), None)


@on_sqlite
@pytest.mark.parametrize("seed", [3])
def test_groups_components_and_likeness_are_networkx_s(live: Live, seed: int) -> None:
    snapshot = written(live, seed)
    graph = graph_of(snapshot)
    components = [each["actors"] for each in asked_of(snapshot, "list_components")["items"]]
    parts = [sorted(part) for part in nx.weakly_connected_components(graph)]
    assert components == sorted(parts, key=lambda part: (-len(part), part))
    flat = graph.to_undirected()
    near = max(flat, key=flat.degree)
    answer = asked_of(snapshot, "list_similar", id=near, top=1000)
    for each in answer["items"]:
        other = each["actor"]["id"]
        assert each["shared"] == sorted(set(flat[near]) & set(flat[other])) != []
        ((_, _, score),) = nx.jaccard_coefficient(flat, [(near, other)])
        assert each["score"] == pytest.approx(score)
    assert len(answer["items"]) == sum(bool(set(flat[near]) & set(flat[o])) for o in flat if o != near)


@on_sqlite
def test_an_empty_graph_has_empty_measures(live: Live) -> None:
    snapshot = live.current()
    for name, requests in WHOLE[:2]:
        for asked in requests:
            answer = asked_of(snapshot, name, **asked)
            assert (answer.get("items", answer.get("groups")), answer["basis"]["relations"]) == ([], 0)
    empty = asked_of(snapshot, "get_balance")
    assert (empty["frustration"], empty["exact"], empty["camps"], empty["balanced_share"]) == (0, True, [[], []], None)
    assert asked_of(snapshot, "list_components")["items"] == []


def asked_all(snapshot: Snapshot, **more: str) -> dict[str, Told]:
    """Every measure; what a name means that is not there yet is its refusal."""
    found = {}
    for name, requests in WHOLE:
        for asked in requests:
            try:
                answers = [ask(snapshot, NO_LEDGER, name, asked | more).body for _ in range(2)]
            except (Invalid, NotFound, Gone) as error:
                answers = [str(error).encode()] * 2
            assert answers[0] == answers[1]
            found[f"{name} {asked}"] = answers[0]
    return found


@on_sqlite
def test_a_measure_of_the_past_is_what_it_was_also_on_a_ledger_that_was_written_anew(
    store: Store, live: Live, migrated_file: Path, tmp_path: Path
) -> None:
    random = Random(8)
    history = History(store, random)
    history.begin(20)
    then = {}
    for _ in range(6):
        history.step()
        snapshot = live.current()
        then[snapshot.revision] = asked_all(snapshot, known_at=str(snapshot.revision))
    shutil.copy(migrated_file, tmp_path / "anew.db")
    engine = connect(f"sqlite:///{tmp_path / 'anew.db'}")
    again = History(Store(engine), Random(8))
    again.begin(20)
    for _ in range(9):  # and on
        again.step()
    anew = Live(again.store)
    for revision, answers in then.items():
        for snapshot in (live.current(), anew.current()):
            assert {k: undated(v) for k, v in asked_all(snapshot, known_at=str(revision)).items()} == {
                k: undated(v) for k, v in answers.items()
            }
    anew.close()
    engine.dispose()


def undated(body: bytes) -> bytes:
    """An answer without what is another ledger's own: the instant of its revision, and its cursors."""
    return re.sub(rb'"(known_at|next)":"[^"]*"', b"", body)


@on_sqlite
@pytest.mark.parametrize(
    ("year", "frustration", "camps"),
    [
        (1905, 1, None),
        (1907, 0, [["austria-hungary", "germany", "italy"], ["britain", "france", "russia"]]),
    ],
)
def test_the_alliances_of_europe_fell_into_two_camps(
    store: Store, live: Live, year: int, frustration: int, camps: list[list[str]] | None
) -> None:
    """France and Russia 1894, Britain and France 1904, Britain and Russia 1907; the Triple Alliance since 1882.

    Before 1907 Britain and Russia were rivals in Asia; rivalry is stated by a standing type that is hostile.
    """
    states = ("austria-hungary", "britain", "france", "germany", "italy", "russia")
    since = {("austria-hungary", "germany"): 1879, ("austria-hungary", "italy"): 1882, ("germany", "italy"): 1882,
             ("france", "russia"): 1894, ("britain", "france"): 1904, ("britain", "russia"): 1907}  # fmt: skip
    with store.write() as w:
        for state in states:
            w.add_actor(ActorStatement(id=state, kind="state", name=state.title()))
        w.add_dataset(DatasetStatement(id="alliances", title="Alliances"))
        for a, b in combinations(states, 2):
            friends = (a, b) in since
            if friends:
                w.claim(claim("allied-with", a, b, start=str(since[a, b])))
            if not friends or (a, b) == ("britain", "russia"):
                ended = {"end": str(since[a, b] - 1)} if friends else {"end_status": "ongoing"}
                w.claim(claim("sanction", a, b, start="1872", **ended))
    answer = asked_of(live.current(), "get_balance", actor=list(states), valid_at=str(year))
    assert (answer["frustration"], answer["exact"]) == (frustration, True)
    if camps is not None:
        assert answer["camps"] == camps
        assert answer["ties"] == {"positive": 6, "negative": 9}
        assert answer["triads"] == {"+++": 2, "++-": 0, "+--": 18, "---": 0}
        assert answer["balanced_share"] == 1.0


def claim(type_: str, a: str, b: str, **dates: str) -> ClaimStatement:
    relation = {"type": type_, "source": a, "target": b, **dates}
    return ClaimStatement.model_validate({"relation": relation, "stance": "affirms", "dataset": "alliances"})


@on_sqlite
def test_zachary_s_karate_club(store: Store, live: Live) -> None:
    club = nx.karate_club_graph()
    names = {node: f"member-{node:02}" for node in club}
    with store.write() as w:
        w.add_dataset(DatasetStatement(id="alliances", title="The club"))
        for name in names.values():
            w.add_actor(ActorStatement(id=name, kind="person", name=name))
        for a, b in club.edges():
            w.claim(claim("associate-of", names[a], names[b], end_status="ongoing"))
    snapshot = live.current()
    ways = club.to_directed()
    expected = {
        "degree": nx.degree_centrality(ways),
        "pagerank": nx.pagerank(club, weight=None),
        "betweenness": nx.betweenness_centrality(club),
        "closeness": nx.closeness_centrality(club),
        "eigenvector": nx.eigenvector_centrality(club, max_iter=10_000),
    }
    for measure, scores in expected.items():
        items = asked_of(snapshot, "get_centrality", measure=measure, top=34)["items"]
        found = {each["actor"]["id"]: each["score"] for each in items}
        assert found == pytest.approx({names[node]: score for node, score in scores.items()}, rel=1e-5)
    for node in club:
        club.nodes[node].clear()
    plain = nx.Graph(club.edges())
    for method in ("leiden", "louvain", "label-propagation"):
        answer = asked_of(snapshot, "get_communities", method=method)
        groups = [[int(each["id"][-2:]) for each in group["actors"]] for group in answer["groups"]]
        assert answer["modularity"] == pytest.approx(nx.community.modularity(plain, groups, weight=None))
        assert [group["size"] for group in answer["groups"]] == sorted(map(len, groups), reverse=True)
    assert 0.415 < asked_of(snapshot, "get_communities")["modularity"] < 0.4198  # which is the optimum


def test_real_events_measured_independently(icews14: Path) -> None:
    engine = connect(f"sqlite:///{icews14}")
    live = Live(Store(engine))
    snapshot = live.current()
    view = snapshot.view(snapshot.revision)
    tenths = {kind.number: round((kind.intensity or 0) * 10) for kind in view.vocabulary.types}
    relations = snapshot.tables.relations
    pairs: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    rows = zip(relations.source.tolist(), relations.target.tolist(), relations.type.tolist(), strict=True)
    degrees: dict[int, int] = defaultdict(int)
    for a, b, type_ in rows:
        degrees[a] += 1
        degrees[b] += a != b
        if a != b:
            pairs[a, b][0] += 1
            pairs[a, b][1] += tenths[type_]
    name = {actor: view.actor_id(actor) for pair in pairs for actor in pair}
    graph = nx.DiGraph()
    graph.add_nodes_from(sorted(name.values()))
    graph.add_edges_from((name[a], name[b], {"count": count}) for (a, b), (count, _) in pairs.items())
    for weight in (None, "count"):
        ranks = nx.pagerank(graph, weight=weight)
        answer = asked_of(snapshot, "get_centrality", weight=weight or "none", top=1000)
        found = {each["actor"]["id"]: each["score"] for each in answer["items"]}
        assert found == pytest.approx({id_: ranks[id_] for id_ in found}, rel=1e-9)
        assert min(found.values()) >= sorted(ranks.values())[-1000] - 1e-15
    components = asked_of(snapshot, "list_components", limit=1000)["items"]
    assert (len(components), components[0]["size"]) == (125, 6854)
    parts = [sorted(part) for part in nx.weakly_connected_components(graph)]
    assert [each["actors"] for each in components] == sorted(parts, key=lambda part: (-len(part), part))
    busiest = sorted(degrees, key=lambda actor: (-degrees[actor], name.get(actor, "")))
    states = [actor for actor in busiest if int(view.kinds(np.array([actor]))[0]) == 0][:20] or busiest[:20]
    check_balance(snapshot, [name[actor] for actor in states], pairs, name)
    live.close()
    engine.dispose()


def check_balance(snapshot: Snapshot, ids: list[str], pairs: Told, name: dict[int, str]) -> None:
    """Ties, triads and frustration of twenty, by adding up and by trying every split of all but the surely placed."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for (a, b), (_, tenths) in pairs.items():
        sums[min(name[a], name[b]), max(name[a], name[b])] += tenths
    ids = sorted(ids)
    signs = np.array([[np.sign(sums.get((min(a, b), max(a, b)), 0)) for b in ids] for a in ids])
    answer = asked_of(snapshot, "get_balance", actor=ids)
    assert answer["ties"] == {"positive": int((signs > 0).sum()) // 2, "negative": int((signs < 0).sum()) // 2}
    spins = 1 - 2 * ((np.arange(2 ** (len(ids) - 1))[:, None] >> np.arange(len(ids))) & 1)
    agreed = np.einsum("si,ij,sj->s", spins, signs, spins, optimize=True) // 2
    fewest = (int(np.abs(signs).sum()) // 2 - int(agreed.max())) // 2
    assert (answer["frustration"], answer["exact"]) == (fewest, True)
    triangles = [signs[a, b] * signs[b, c] * signs[a, c] for a, b, c in combinations(range(len(ids)), 3)]
    assert sum(answer["triads"].values()) == sum(map(bool, triangles))
    assert answer["balanced_share"] == pytest.approx(triangles.count(1) / sum(map(bool, triangles)))


@pytest.mark.parametrize("question", [each for each in every() if issubclass(each, WholeGraph)], ids=lambda q: q.name)
def test_a_measure_takes_no_roll_up(question: type[WholeGraph]) -> None:
    given = {"id": "russia"} if "id" in question.model_fields else {}
    with pytest.raises(ValidationError, match="rollup"):
        question.model_validate({**given, "rollup": "members"})


def test_balance_is_of_actors_or_of_members() -> None:
    with pytest.raises(Invalid, match="not both"):
        QUESTIONS["get_balance"].model_validate({"actor": ["us"], "member_of": "brics"})


@on_sqlite
def test_scores_that_do_not_settle_are_told(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = written(live, 1)
    monkeypatch.setattr(centrality, "_ITERATIONS", 1)
    with pytest.raises(OverBudget, match="do not settle"):
        asked_of(snapshot, "get_centrality", measure="eigenvector")


@on_sqlite
def test_betweenness_of_many_is_of_a_sample(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = written(live, 1)
    monkeypatch.setattr(centrality, "_EXACT", 2)
    monkeypatch.setattr(centrality, "_FEWEST_SAMPLED", 2)
    monkeypatch.setattr(centrality, "_PAIRS_PASSED", 0)
    answer = asked_of(snapshot, "get_centrality", measure="betweenness")
    assert answer["sampled"] == 2
    assert (
        ask(snapshot, NO_LEDGER, "get_centrality", {"measure": "betweenness"}).body
        == ask(snapshot, NO_LEDGER, "get_centrality", {"measure": "betweenness"}).body
    )
