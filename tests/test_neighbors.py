"""Neighbours are what the main query lists, added up: nothing more, nothing less, at any moment of either clock."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from graph.store import Live
from tests.asking import Asker, ask, told
from tests.histories import History

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.snapshot import Snapshot
    from graph.store import Store

NO_LEDGER: Any = None


@pytest.fixture
def live(store: Store) -> Iterator[Live]:
    live = Live(store)
    yield live
    live.close()


def survivor(snapshot: Snapshot, named: str) -> str:
    view = snapshot.view(snapshot.revision)
    return view.actor_id(view.shown(named))


@pytest.mark.parametrize("seed", [3, 14])
def test_neighbors_are_the_other_ends_of_what_the_main_query_lists(store: Store, live: Live, seed: int) -> None:
    random = Random(seed)
    history = History(store, random)
    history.begin()
    for _ in range(40):
        history.step()
    snapshot, asker, seen = live.current(), Asker(random, history.world()), 0
    for _ in range(20):
        asked = asker.rolled_up()
        asked = {name: asked[name] for name in ("rollup", "valid_at", "valid_to") if name in asked}
        asked |= {"id": asker.actor(), "attested": random.choice(["true", "any"])}
        answer = told(ask(snapshot, NO_LEDGER, "list_neighbors", asked))
        me = survivor(snapshot, asked["id"])
        for way, count in (("any", "count"), ("out", "out"), ("in", "in")):
            listed = ask(snapshot, NO_LEDGER, "list_actor_relations", asked | {"direction": way, "facets": ["with"]})
            ends = told(listed)["facets"]["with"]
            ends.pop(me, None)
            assert {each["actor"]["id"]: each[count] for each in answer["items"] if each[count]} == ends
        counts = [(-each["count"], each["actor"]["id"]) for each in answer["items"]]
        assert counts == sorted(counts)
        assert all(sum(each["classes"].values()) == each["count"] for each in answer["items"])
        assert answer["basis"]["relations"] == -sum(count for count, _ in counts)
        seen += len(counts)
    assert seen
