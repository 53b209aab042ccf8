"""Paths explain themselves hop by hop, and are all the shortest there are: by a search that tries every one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from graph.errors import Invalid, OverBudget
from graph.queries import Budget, every
from graph.snapshot import links
from graph.store import Live, Store
from graph.transfer import load
from tests.asking import TODAY, Asker, ask, told
from tests.histories import ACTING, TYPES, History
from tests.oracle.paths import paths
from tests.statements import actor, claim, document, relation
from tests.test_histories import FEW, SOME, Ledgers, following, ledgers, randoms
from tests.test_sample import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from random import Random

    from graph.snapshot import Snapshot

__all__ = ["ledgers"]

NO_LEDGER: Any = None
(PATHS,) = [question for question in every() if question.name == "list_paths"]


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


def connected(snapshot: Snapshot, source: str, target: str, **asked: Any) -> Any:  # noqa: ANN401 - JSON
    return told(ask(snapshot, NO_LEDGER, "list_paths", {"source": source, "target": target, **asked}))


def ways(answer: Any) -> list[str]:  # noqa: ANN401 - JSON
    """Each path as the ids along it."""
    return [
        "-".join([path["hops"][0]["source"]["id"], *(hop["target"]["id"] for hop in path["hops"])])
        for path in answer["paths"]
    ]


def test_the_article_from_dmitriev_to_brazil(article: Snapshot) -> None:
    answer = connected(article, "dmitriev", "brazil")
    assert ways(answer) == [
        "dmitriev-russia-brics-brazil",
        "dmitriev-russia-lavrov-brics-brazil",
        "dmitriev-us-lavrov-brics-brazil",
    ]
    envoy, member, other = (hop["relations"] for hop in answer["paths"][0]["hops"])
    assert [each["type"] for each in (*envoy, *member, *other)] == ["represents", "member-of", "member-of"]
    for (each,) in (envoy, member, other):
        (own,) = each["claims"]
        assert own["document"]["publisher"]["id"] == "unnamed-newspaper"
    (word,) = answer["paths"][1]["hops"][2]["relations"]
    assert word["claims"][0]["quote"]["exact"].startswith(
        "We are simply obliged to look for additional, protected ways"
    )
    assert not answer["truncated"]


def test_no_path_is_an_empty_list_with_what_was_searched(article: Snapshot) -> None:
    answer = connected(article, "dmitriev", "brazil", directed=True)
    assert (answer["paths"], answer["searched"]["length"], answer["truncated"]) == ([], 4, False)
    assert answer["basis"]["relations"] == 0
    assert ways(connected(article, "dmitriev", "brics", directed=True, k=1)) == ["dmitriev-russia-brics"]


def test_what_is_only_alleged_is_no_hop(article: Snapshot) -> None:
    assert connected(article, "trump", "brics", k=1)["paths"][0]["length"] == 2
    assert connected(article, "trump", "brics", k=1, attested="any")["paths"][0]["length"] == 1


def test_the_ends_must_be_two(article: Snapshot) -> None:
    with pytest.raises(Invalid, match="same actor"):
        connected(article, "russia", "iso3:RUS")


@pytest.fixture
def web(store: Store) -> Iterator[Snapshot]:
    """Twelve actors, each of whom consults each, on one day or another."""
    names = [f"a{number:02}" for number in range(12)]
    tell(store, names, [(one, other, "2026-01-01") for one in names for other in names if one < other])
    live = Live(store)
    yield live.current()
    live.close()


def tell(store: Store, names: Iterable[str], consulted: Iterable[tuple[str, str, str]]) -> None:
    with store.write() as w:
        for name in names:
            w.add_actor(actor(name, "person"))
        w.add_document(document(publisher=next(iter(names))))
        for source, target, day in consulted:
            w.claim(claim(relation("consult", source, target, start=day, end=day)))


def test_a_dense_graph_is_no_trap(web: Snapshot) -> None:
    """There are 986,410 simple paths between two of eleven; the first are found at once, and a budget ends the rest."""
    answer = connected(web, "a00", "a11", k=20, max_length=6)
    assert ways(answer)[:3] == ["a00-a11", "a00-a01-a11", "a00-a02-a11"]
    assert len(answer["paths"]) == 20
    asked: Any = PATHS.model_validate({"source": "a00", "target": "a11", "k": 20, "temporal": "ordered"})
    cut = told(asked.within(web, Budget(300, 1)))
    assert cut["truncated"]
    assert cut["paths"] == answer["paths"][: len(cut["paths"])]
    with pytest.raises(OverBudget):
        asked.within(web, Budget(10**9, 1, -1, lambda: 0.0))


def test_a_way_back_through_the_path_is_no_way(store: Store) -> None:
    """A leaf on each side of a hub: one path, and a thousand dead ends that are not walked into."""
    names = ["s", "t", "hub", *(f"leaf{number:04}" for number in range(300))]
    tell(store, names, [(name, "hub", "2026-01-01") for name in names if name != "hub"])
    live = Live(store)
    asked: Any = PATHS.model_validate({"source": "s", "target": "t", "k": 20, "max_length": 6})
    answer = told(asked.within(live.current(), Budget(20_000, 1)))
    live.close()
    assert (ways(answer), answer["searched"], answer["truncated"]) == (["s-hub-t"], {"length": 6, "actors": 303}, False)


@SOME
@given(random=randoms)
def test_paths_are_the_replay_now_and_as_known_before(ledgers: Ledgers, random: Random) -> None:
    held(ledgers(), random)


@FEW
@given(random=randoms)
def test_paths_are_the_replay_now_and_as_known_before_on_postgresql(ledgers: Ledgers, random: Random) -> None:
    held(ledgers("postgresql"), random)


def held(ledger: AbstractContextManager[Store], random: Random) -> None:
    """Whatever filters them: the first of all simple paths that can be tried, and the same from a ledger read anew."""
    with ledger as store:
        history = History(store, random, random.choice([TYPES, ACTING]))
        history.begin(claims=random.randint(4, 40))
        with following(store) as live:
            for _ in range(random.randint(0, 8)):
                history.step()
                live.current()
            followed = live.current()
            with following(store) as other:
                for _ in range(16):
                    world = history.world(random.randint(1, history.revision))
                    asker = Asker(random, world)
                    asked = (asker.filters() if random.random() < 0.4 else {}) | {
                        "source": asker.actor(),
                        "target": asker.actor(),
                        "k": random.choice([1, 3, 20]),
                        "max_length": random.randint(1, 6),
                        "temporal": random.choice(["any", "overlap", "ordered"]),
                        "directed": random.choice([True, False]),
                    }
                    pinned = asked | {"known_at": str(world.k)}
                    if world.called(asked["source"]) == world.called(asked["target"]):
                        continue
                    answer = ask(followed, NO_LEDGER, "list_paths", pinned)
                    assert answer.body == ask(other.current(), NO_LEDGER, "list_paths", pinned).body
                    found = told(answer)
                    plain = {name: TODAY if value == "today" else value for name, value in asked.items()}
                    assert found["paths"] == paths(world, plain), asked
                    assert not found["truncated"]
