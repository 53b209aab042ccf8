"""Networks hold what lists show and no more: on the article, on random histories by a plain replay, on real events."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import networkx as nx
import orjson
import pytest
from hypothesis import given

from app.main import create_app
from app.settings import load as settings
from app.source import prepare
from graph.elements import Edge, Elements, Node, Value
from graph.elements.gexf import gexf
from graph.elements.graphml import graphml
from graph.errors import OverBudget
from graph.queries import Budget, every
from graph.snapshot import links
from graph.store import Live, Store
from graph.transfer import load
from graph.vocabulary import QUAD_CLASSES
from tests.asking import TODAY, Asker, ask, told
from tests.histories import ACTING, TYPES, History
from tests.oracle.network import network
from tests.statements import actor, claim, relation
from tests.test_histories import FEW, SOME, Ledgers, following, ledgers, randoms
from tests.test_sample import SAMPLE
from tests.toys import started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from random import Random

    from graph.snapshot import Snapshot

__all__ = ["ledgers"]

NO_LEDGER: Any = None


@pytest.fixture(autouse=True, scope="module")
def _some_have_many() -> Iterator[None]:
    """So that in a short history somebody is looked at apart, as hubs are."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(links, "_LARGE", 4)
        yield


@pytest.fixture
def article(store: Store) -> Iterator[Snapshot]:
    load(store, SAMPLE.read_bytes().splitlines())
    live = Live(store)
    yield live.current()
    live.close()


def drawn(snapshot: Snapshot, **asked: Any) -> Any:  # noqa: ANN401 - JSON
    return told(ask(snapshot, NO_LEDGER, "get_network", asked))


def test_the_article_around_russia(article: Snapshot) -> None:
    answer = drawn(article, id="iso3:RUS")
    assert answer["center"] == "russia"
    assert [(each["id"], each["depth"]) for each in answer["nodes"]] == [
        ("russia", 0), ("us", 1), ("brics", 1), ("dmitriev", 1), ("lavrov", 1), ("putin", 1), ("trump", 1),
    ]  # fmt: skip
    edges = {(each["source"], each["target"]): each for each in answer["edges"]}
    assert edges["us", "russia"]["classes"] == {"material-conflict": 1}
    assert (edges["lavrov", "us"]["count"], edges["lavrov", "us"]["intensity"]) == (6, -4.4)
    assert ("trump", "brics") not in edges  # Lavrov alleges it, and nobody vouches
    assert answer["truncated"] == []
    assert answer["basis"]["relations"] == sum(each["count"] for each in answer["edges"]) == 18


def test_under_roll_up_what_representatives_do_is_drawn_from_the_middle_and_only_there(article: Snapshot) -> None:
    answer = drawn(article, id="russia", rollup="representatives", depth=2)
    assert [each["id"] for each in answer["nodes"]] == ["russia", "us", "trump", "brics", "brazil", "china", "india"]
    edges = {(each["source"], each["target"]): each for each in answer["edges"]}
    assert edges["russia", "us"]["count"] == 8
    assert edges["russia", "brics"]["classes"] == {"verbal-cooperation": 1, "structural": 1}


def test_a_hub_is_cut_and_says_so(article: Snapshot) -> None:
    answer = drawn(article, id="russia", per_node=2, depth=2)
    assert [each["id"] for each in answer["nodes"]] == [
        "russia",
        "us",
        "brics",
        "lavrov",
        "brazil",
        "china",
        "dmitriev",
    ]
    assert answer["truncated"] == [
        {"id": "russia", "hidden": 2},
        {"id": "us", "hidden": 1},
        {"id": "brics", "hidden": 1},
    ]
    assert len(drawn(article, id="russia", max_nodes=3, depth=3)["nodes"]) == 3
    assert len(drawn(article, id="russia", max_nodes=1)["nodes"]) == 1


def test_a_network_that_would_cost_too_much_is_refused(article: Snapshot) -> None:
    (question,) = [each for each in every() if each.name == "get_network"]
    asked: Any = question.model_validate({"id": "russia", "depth": 3})
    with pytest.raises(OverBudget, match="more than 20 steps"):
        asked.within(article, Budget(20, 1))


@SOME
@given(random=randoms)
def test_a_network_is_the_replay_now_and_as_known_before(ledgers: Ledgers, random: Random) -> None:
    held(ledgers(), random)


@FEW
@given(random=randoms)
def test_a_network_is_the_replay_now_and_as_known_before_on_postgresql(ledgers: Ledgers, random: Random) -> None:
    held(ledgers("postgresql"), random)


def held(ledger: AbstractContextManager[Store], random: Random) -> None:
    """Whatever filters it: no more and no less than what lists show; and the same bytes from a ledger read anew."""
    with ledger as store:
        history = History(store, random, random.choice([TYPES, ACTING]))
        history.begin(claims=random.randint(4, 30))
        with following(store) as live:
            for _ in range(random.randint(0, 8)):
                history.step()
                live.current()
            followed = live.current()
            with following(store) as other:
                for _ in range(16):
                    world = history.world(random.randint(1, history.revision))
                    asker = Asker(random, world)
                    asked = (asker.filters() if random.random() < 0.5 else {}) | {
                        "id": asker.actor(),
                        "depth": random.randint(1, 3),
                        "rollup": random.choice(["none", "representatives", "members"]),
                        "max_nodes": random.choice([1, 3, 5, 100]),
                        "per_node": random.choice([1, 2, 25]),
                    }
                    answer = ask(followed, NO_LEDGER, "get_network", asked | {"known_at": str(world.k)})
                    again = ask(other.current(), NO_LEDGER, "get_network", asked | {"known_at": str(world.k)})
                    assert answer.body == again.body
                    found = told(answer)
                    basis = found.pop("basis")
                    plain = {name: TODAY if value == "today" else value for name, value in asked.items()}
                    assert found == network(world, plain), asked
                    assert basis["relations"] == sum(each["count"] for each in found["edges"])


FORMS = ("cytoscape", "node-link", "graphml", "gexf")
TRAP = "Dr \"<&>' \u202e –"


@pytest.mark.parametrize("form", FORMS)
def test_what_network_programs_read_is_the_same_network(store: Store, form: str) -> None:
    """Names with what XML writes otherwise; days, sums and counts as they are, and nothing where there is nothing."""
    load(store, SAMPLE.read_bytes().splitlines())
    with store.write() as w:
        w.add_actor(actor("trap", "person", TRAP))
        w.claim(claim(relation("accuse", "trap", "us"), claimant="trap", document="lavrov-interview-report"))
    live = Live(store)
    asked = {"id": "us", "depth": 2}
    answer = ask(live.current(), NO_LEDGER, "get_network", asked | {"format": form})
    plain = drawn(live.current(), **asked)
    live.close()
    graph = read(form, answer.body)
    assert graph.is_directed()
    assert not graph.is_multigraph()
    assert {id_: (said["name"], said["kind"], said["depth"], said["degree"]) for id_, said in graph.nodes.items()} == {
        each["id"]: (each["name"], each["kind"], each["depth"], each["degree"]) for each in plain["nodes"]
    }
    assert {ends: edge_said(said) for ends, said in graph.edges.items()} == {
        (each["source"], each["target"]): edge_said(
            {key: value for key, value in each.items() if value is not None} | each["classes"]
        )
        for each in plain["edges"]
    }


def test_what_xml_has_no_way_to_write_is_left_out() -> None:
    fields = {"name": str, "true": bool, "half": float, "none": str}
    values: list[Value] = ["a\x00\x0b\ud800\ufffe\tb\n<c>", True, 0.5, None]
    elements = Elements(
        fields,
        fields,
        lambda: [Node("a", "A\x01", values), Node("b", "B", values)],
        lambda: [Edge("a.b", "a", "b", "\x02", values, "2026-01-01", "2026-02-28")],
    )
    for form, write in (("graphml", graphml), ("gexf", gexf)):
        graph = read(form, b"".join(write(elements)))
        for said in (graph.nodes["a"], graph.edges["a", "b"]):
            assert (said["name"], said["true"], said["half"], "none" in said) == ("a\tb\n<c>", True, 0.5, False)


def edge_said(said: dict[str, Any]) -> dict[str, Any]:
    names = ("count", "intensity", "first", "last", *QUAD_CLASSES)
    return {name: said[name] for name in names if name in said}


def read(form: str, body: bytes) -> Any:  # noqa: ANN401 - networkx has no types
    match form:
        case "cytoscape":
            return nx.cytoscape_graph(orjson.loads(body))
        case "node-link":
            return nx.node_link_graph(orjson.loads(body), edges="edges")
        case "graphml":
            return nx.read_graphml(io.BytesIO(body))
    return nx.read_gexf(io.BytesIO(body))


def test_the_form_is_what_is_asked_for_or_what_accept_likes(database_url: str) -> None:
    prepare(database_url, sample=True)
    path = "/actors/russia/network"
    with started(create_app(settings({"ENTENTE_DATABASE_URL": database_url}))) as client:
        for accept, query, media in (
            ("*/*", "", "application/json"),
            ("text/html,*/*;q=0.8", "?depth=2", "application/json"),
            ("application/graphml+xml", "", "application/graphml+xml"),
            ("application/gexf+xml;q=0.9, application/json;q=0.1", "?depth=2", "application/gexf+xml"),
            ("application/json", "?format=gexf", "application/gexf+xml"),
            ("application/vnd.cytoscapejs+json", "", "application/vnd.cytoscapejs+json"),
        ):
            answer = client.get(path + query, {"accept": accept})
            assert (answer.status_code, answer.headers["content-type"]) == (200, media), (accept, query)
            again = client.get(path + query, {"accept": accept, "if-none-match": answer.headers["etag"]})
            assert again.status_code == 304
        tags = {client.get(f"{path}?format={form}").headers["etag"] for form in ("json", *FORMS)}
        assert len(tags) == 5
        refused = client.get(path, {"accept": "image/png"})
        assert refused.status_code == 406
        assert "application/graphml+xml" in refused.json()["detail"]
