"""Dyads: on the article by hand, on random histories by a plain replay, on real events by a plain count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from graph.errors import Invalid
from graph.store import Live, Store
from graph.transfer import load
from tests.asking import TODAY, Asker, ask, told
from tests.histories import History
from tests.oracle.dyads import dyad
from tests.test_histories import FEW, Ledgers, following, ledgers, randoms
from tests.test_sample import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from random import Random

    from graph.snapshot import Snapshot
    from tests.asking import Asked
    from tests.oracle import World

__all__ = ["ledgers"]

NO_LEDGER: Any = None
TALKING = (
    "accuse", "make-optimistic-comment", "make-optimistic-comment", "express-intent-to-cooperate", "consult",
    "provide-aid", "provide-aid", "reduce-relations-unspecified", "reduce-relations-unspecified",
    "impose-embargo-boycott-or-sanctions", "sanction", "sanction", "represents", "holds-office", "part-of", "member-of",
    "allied-with", "at-war-with",
)  # fmt: skip
"""Words and deeds, who acts for whom, and what runs both ways."""
FEW_ACTORS = {"us": "state", "russia": "state", "lavrov": "person", "trump": "person", "brics": "bloc"}
INTERVALS = ("day", "week", "month", "quarter", "year")


@pytest.fixture
def article(store: Store) -> Iterator[Snapshot]:
    load(store, SAMPLE.read_bytes().splitlines())
    live = Live(store)
    yield live.current()
    live.close()


def of_the_article(snapshot: Snapshot, **asked: Any) -> Any:  # noqa: ANN401 - JSON
    named = {"a": "us", "b": "russia", "rollup": "representatives"}
    return told(ask(snapshot, NO_LEDGER, "get_dyad", named | asked))


def test_the_article_between_the_us_and_russia(article: Snapshot) -> None:
    answer = of_the_article(article)
    assert {(row["direction"], row["class"]): (row["count"], row["intensity"]) for row in answer["totals"]} == {
        ("a->b", "verbal-cooperation"): (2, 8.0),
        ("a->b", "material-conflict"): (1, -8.0),
        ("b->a", "verbal-cooperation"): (4, 4.4),
        ("b->a", "verbal-conflict"): (5, -10.0),
    }
    (signal,) = answer["signals"]
    assert (signal["word"]["source"]["id"], signal["word"]["target"]["id"]) == ("trump", "russia")
    assert (signal["word"]["type"], signal["deed"]["type"]) == ("express-intent-to-cooperate-economically", "sanction")
    assert (signal["direction"], signal["lag"], signal["lag_certain"], signal["severity"]) == ("a->b", 0, False, 13.2)
    for relation in (signal["word"], signal["deed"]):
        (claim,) = relation["claims"]
        assert claim["document"]["publisher"]["id"] == "unnamed-newspaper"
    assert signal["word"]["claims"][0]["claimant"]["id"] == "trump"
    assert [each["type"] for each in answer["standing"]] == ["sanction"]
    assert answer["basis"]["relations"] == 12 == len(answer["latest"])


def test_what_is_only_alleged_is_a_deed_if_it_is_asked_for(article: Snapshot) -> None:
    answer = of_the_article(article, attested="any")
    assert [(each["deed"]["type"], each["severity"]) for each in answer["signals"]] == [
        ("sanction", 13.2),
        ("reduce-relations-unspecified", 9.2),
    ]


def test_without_roll_up_it_is_two_states(article: Snapshot) -> None:
    answer = of_the_article(article, rollup="none")
    assert answer["basis"]["relations"] == 2
    assert answer["signals"] == []


def test_a_dyad_has_two_actors(article: Snapshot) -> None:
    for other in ("us", "iso3:USA"):
        with pytest.raises(Invalid) as refused:
            of_the_article(article, b=other)
        assert refused.value.faults[0].name == "b"


# On random histories


def asked_of(random: Random, world: World) -> Asked | None:
    """Two actors, mostly such as have to do with each other, and any filters."""
    asker = Asker(random, world)
    a, b = asker.actor(), asker.actor()
    if world.visible_relations and random.random() < 0.8:
        a, b = world.ends(random.choice(world.visible_relations))
        a, b = (b, a) if random.random() < 0.5 else (a, b)
    if world.called(a) == world.called(b):
        return None
    asked = asker.filters() if random.random() < 0.4 else {"attested": random.choice(["true", "any", "any"])}
    if random.random() < 0.5:
        asked["interval"] = random.choice(INTERVALS)
    if random.random() < 0.6:
        asked |= {"window": random.choice([0, 1, 31, 400])}
    return asked | {"a": a, "b": b, "rollup": random.choice(["none", "representatives", "members"])}


def held_against_the_replay(snapshot: Snapshot, world: World, asked: Asked) -> Any:  # noqa: ANN401 - JSON
    answer = ask(snapshot, NO_LEDGER, "get_dyad", asked | {"known_at": str(world.k)})
    shown = told(answer)
    basis = shown.pop("basis")
    plain = {key: TODAY if value == "today" else value for key, value in asked.items()}
    assert shown == dyad(world, plain), asked
    assert basis["relations"] == sum(row["count"] for row in shown["totals"])
    assert basis["relations"] == sum(row["count"] for row in shown["timeline"]) + shown["undated"]
    assert basis["revision"] == world.k
    return shown


@FEW
@given(random=randoms)
def test_a_dyad_is_the_replay_at_every_revision(ledgers: Ledgers, random: Random) -> None:
    held(ledgers(), random)


@FEW
@given(random=randoms)
def test_a_dyad_is_the_replay_at_every_revision_on_postgresql(ledgers: Ledgers, random: Random) -> None:
    held(ledgers("postgresql"), random)


def held(ledger: AbstractContextManager[Store], random: Random) -> None:
    """Now and as known at any revision, followed or read anew."""
    with ledger as store, following(store) as live:
        history = History(store, random, TALKING, FEW_ACTORS)
        history.begin(claims=random.randint(20, 80))
        for _ in range(random.randint(1, 6)):
            history.step()
        followed = live.current()
        with following(store) as other:
            loaded = other.current()
            for _ in range(16):
                world = history.world(random.randint(1, history.revision))
                asked = asked_of(random, world)
                if asked is not None:
                    held_against_the_replay(followed, world, asked)
                    known = asked | {"known_at": str(world.k)}
                    bodies = {ask(each, NO_LEDGER, "get_dyad", known).body for each in (followed, followed, loaded)}
                    assert len(bodies) == 1, known
