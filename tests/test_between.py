"""Signals, series and matrices of random histories are what plain loops over the lists make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.snapshot.tally import _distinct
from tests.asking import TODAY, Asker, ask, told
from tests.histories import History
from tests.oracle.dyads import all_signals, matrix, series
from tests.test_dyads import FEW_ACTORS, INTERVALS, TALKING
from tests.test_histories import FEW, Ledgers, following, ledgers, randoms

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from random import Random

    from graph.queries import Answer
    from graph.snapshot import Snapshot
    from graph.store import Store
    from tests.asking import Asked
    from tests.oracle import World

__all__ = ["ledgers"]

NO_LEDGER: Any = None
MEASURES = ("count", "intensity", "publishers")
ROLLUPS = ("none", "representatives", "members")


def filters(asker: Asker) -> Asked:
    """None but on what is attested, or any."""
    return asker.filters() if asker.random.random() < 0.3 else {"attested": asker.random.choice(["true", "any"])}


def plain(asked: Asked) -> Asked:
    return {key: TODAY if value == "today" else value for key, value in asked.items()}


def check_signals(asker: Asker, snapshot: Snapshot, world: World, live: Snapshot) -> int:
    random = asker.random
    asked = filters(asker) | {"kind": random.choice(["mixed", "bark"])}
    way = random.choice(["between", "actor", "neither"])
    if way == "between":
        asked["between"] = [asker.actor(), asker.actor()]
        if len({world.called(name) for name in asked["between"]}) == 1:
            return 0
    if way == "actor":
        asked["actor"] = asker.actor()
    if way != "neither":
        asked["rollup"] = random.choice(ROLLUPS)
    if random.random() < 0.5:
        asked |= {"window": random.choice([0, 31, 400]), "min_severity": random.choice([0, 7.5, 9.2])}
    expected = all_signals(world, plain(asked))
    pages, items = [snapshot, live], []
    more: Asked = {"known_at": str(world.k), "limit": random.choice([1, 2, 1000]), "count": "exact"}
    while True:
        answer = ask(random.choice(pages), NO_LEDGER, "list_signals", asked | more)
        page = told(answer)
        items += page["items"]
        assert page["total"] == len(expected)
        if page["next"] is None:
            break
        more["cursor"] = page["next"]
    assert items == expected, asked
    return len(items)


def check_series(asker: Asker, snapshot: Snapshot, world: World) -> int:
    random = asker.random
    asked = filters(asker) | {
        "actor": asker.actor(),
        "group_by": random.choice(["class", "type", "direction", "with"]),
        "interval": random.choice(INTERVALS),
        "measure": random.choice(MEASURES),
        "rollup": random.choice(ROLLUPS),
    }
    if random.random() < 0.3:
        asked["with"] = list(dict.fromkeys(asker.actor() for _ in range(2)))
    answer = told(same_bytes(snapshot, "get_series", asked | {"known_at": str(world.k)}))
    expected = series(world, plain(asked))
    assert {name: answer[name] for name in expected} == expected, asked
    if asked["measure"] == "count":
        assert sum(row["value"] for row in answer["rows"]) + answer["undated"] == answer["basis"]["relations"]
    return len(answer["rows"])


def check_matrix(asker: Asker, snapshot: Snapshot, world: World) -> int:
    named = {world.called(name): name for name in (asker.actor() for _ in range(5))}
    if len(named) < 2:
        return 0
    asked = filters(asker) | {
        "actor": list(named.values()),
        "measure": asker.random.choice(MEASURES),
        "rollup": asker.random.choice(ROLLUPS),
    }
    answer = told(same_bytes(snapshot, "get_matrix", asked | {"known_at": str(world.k)}))
    expected = matrix(world, plain(asked))
    assert answer["basis"]["relations"] == expected.pop("counted")
    assert {name: answer[name] for name in expected} == expected, asked
    return sum(value != 0 for row in answer["values"] for value in row)


def same_bytes(snapshot: Snapshot, name: str, asked: Asked) -> Answer:
    answer = ask(snapshot, NO_LEDGER, name, asked)
    assert ask(snapshot, NO_LEDGER, name, asked).body == answer.body
    return answer


@FEW
@given(random=randoms)
def test_what_is_between_actors_is_the_replay(ledgers: Ledgers, random: Random) -> None:
    held(ledgers(), random)


@FEW
@given(random=randoms)
def test_what_is_between_actors_is_the_replay_on_postgresql(ledgers: Ledgers, random: Random) -> None:
    held(ledgers("postgresql"), random)


def held(ledger: AbstractContextManager[Store], random: Random) -> None:
    """Now and as known at any revision, followed or read anew."""
    with ledger as store, following(store) as live:
        history = History(store, random, TALKING, FEW_ACTORS)
        history.begin(claims=random.randint(20, 60))
        for _ in range(random.randint(1, 6)):
            history.step()
        followed = live.current()
        with following(store) as other:
            loaded = other.current()
            for _ in range(6):
                world = history.world(random.randint(1, history.revision))
                asker = Asker(random, world)
                if asker.actors:
                    check_signals(asker, followed, world, loaded)
                    check_series(asker, loaded, world)
                    check_matrix(asker, followed, world)


@given(keys=st.lists(st.integers(-20, 20) | st.integers(-(10**12), 10**12), max_size=30))
def test_keys_are_told_apart_as_by_sorting_them(keys: list[int]) -> None:
    """Periods before 1970 have numbers below zero."""
    given_keys = np.array(keys, np.int64)
    for ours, theirs in zip(_distinct(given_keys), np.unique(given_keys, return_inverse=True), strict=True):
        assert np.array_equal(ours, theirs)
