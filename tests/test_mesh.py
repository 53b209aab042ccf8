"""A mesh holds what lists add up to, is the same carried forward or woven anew, and what is read off it is no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given

from graph.snapshot import Snapshot, folds, mesh
from graph.snapshot.find import Wanted
from graph.snapshot.mesh import Mesh, carried, woven
from graph.transfer import load
from tests import statements as say
from tests.asking import Asker, ask, told
from tests.histories import ACTING, TYPES, History
from tests.test_histories import SOME, Ledgers, following, ledgers, randoms
from tests.test_sample import SAMPLE

if TYPE_CHECKING:
    from random import Random

    from graph.queries import Answer
    from graph.snapshot import View
    from graph.store import Store

__all__ = ["ledgers"]

NO_LEDGER: Any = None
SCOPES = {"true": Wanted(attested=True), "any": Wanted()}


def assert_same(one: Mesh, other: Mesh) -> None:
    assert one.revision == other.revision
    for mine, theirs in ((one.pairs, other.pairs), (one.others, other.others)):
        assert (mine.starts == theirs.starts).all()
        assert (mine.far == theirs.far).all()
        assert all((a == b).all() for a, b in zip(mine.columns, theirs.columns, strict=True))


def added_up(snapshot: Snapshot, attested: str) -> dict[tuple[str, str], tuple[int, int]]:
    """Each ordered pair of the relations that are listed, with its count and tenths."""
    page = told(ask(snapshot, NO_LEDGER, "list_relations", {"attested": attested, "limit": 1000}))
    assert page["next"] is None
    pairs: dict[tuple[str, str], tuple[int, int]] = {}
    for each in page["items"]:
        ends = each["source"]["id"], each["target"]["id"]
        count, tenths = pairs.get(ends, (0, 0))
        pairs[ends] = count + 1, tenths + round((each["intensity"] or 0) * 10)
    return {ends: sums for ends, sums in pairs.items() if ends[0] != ends[1]}


def pairs_of(found: Mesh, view: View) -> dict[tuple[str, str], tuple[int, int]]:
    near = np.repeat(np.arange(len(found.pairs.starts) - 1), np.diff(found.pairs.starts))
    everything = found.tally(np.arange(len(near)))
    ends = [(view.actor_id(a), view.actor_id(b)) for a, b in zip(near.tolist(), found.pairs.far.tolist(), strict=True)]
    return dict(zip(ends, zip(everything.counts.tolist(), everything.tenths.tolist(), strict=True), strict=True))


@SOME
@given(random=randoms)
def test_a_mesh_is_what_lists_add_up_to_woven_or_carried(ledgers: Ledgers, random: Random) -> None:
    with ledgers() as store, following(store) as live:
        history = History(store, random, random.choice([TYPES, ACTING]))
        history.begin(claims=random.randint(0, 20))
        kept: dict[str, Mesh] = {}
        for _ in range(6):
            for _ in range(random.randint(1, 3)):
                history.step()
            snapshot = live.current()
            view = snapshot.view(snapshot.revision)
            for attested, wanted in SCOPES.items():
                new = woven(view, wanted)
                assert pairs_of(new, view) == added_up(snapshot, attested)
                found = carried(kept[attested], view, wanted, 1000) if attested in kept else None
                if found is not None:
                    assert_same(found, new)
                kept[attested] = found or new


@SOME
@given(random=randoms)
def test_networks_and_paths_out_of_a_mesh_are_those_out_of_the_relations(ledgers: Ledgers, random: Random) -> None:
    with ledgers() as store, following(store) as live:
        history = History(store, random, random.choice([TYPES, ACTING]))
        history.begin(claims=random.randint(4, 30))
        for _ in range(6):
            snapshot = live.current()
            plain = Snapshot(snapshot.tables, snapshot.evidence, snapshot.revision)
            asker = Asker(random, history.world())
            for _ in range(4):
                asked = {
                    "id": asker.actor(),
                    "depth": random.randint(1, 3),
                    "attested": random.choice(list(SCOPES)),
                    "max_nodes": random.choice([1, 3, 5, 100]),
                    "per_node": random.choice([1, 2, 25]),
                }
                assert network(snapshot, asked).body == network(plain, asked).body
                ends: dict[str, Any] = {"source": asked["id"], "target": asker.actor(), "k": random.choice([1, 3, 20])}
                ways = ends | {"attested": asked["attested"], "max_length": random.randint(1, 6)}
                if len({history.world().called(ends[name]) for name in ("source", "target")}) > 1:
                    assert body(snapshot, "list_paths", ways) == body(plain, "list_paths", ways)
            snapshot.folds.catch_up(snapshot)
            history.step()


def test_a_mesh_is_woven_when_it_was_missed_and_carried_while_it_can_be(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mesh, "_TOLD", 10)
    monkeypatch.setattr(mesh, "_FOREMOST", 3)
    load(store, SAMPLE.read_bytes().splitlines())
    with following(store) as live:
        monkeypatch.setattr(live, "_weaver", _Idle())
        snapshot, wanted, asked = live.current(), SCOPES["true"], {"id": "russia", "depth": 2}
        before = network(snapshot, asked)
        snapshot.folds.catch_up(snapshot)
        first = snapshot.folds.mesh(snapshot.view(snapshot.revision), wanted)
        assert first is not None
        assert [network(snapshot, asked).body for _ in range(2)] == [before.body] * 2
        with store.write() as w:
            w.claim(say.claim(say.relation("accuse", "trump", "brazil"), document="lavrov-interview-report"))
        later = live.current()
        answer = told(network(later, {"id": "brazil", "depth": 2}))
        assert "trump" in [each["id"] for each in answer["nodes"]]
        now = later.folds.mesh(later.view(later.revision), wanted)
        assert now is not None
        assert now.revision == later.revision == first.revision + 1
        assert later.folds.mesh(later.view(first.revision), wanted) is None
        monkeypatch.setattr(folds, "_WAITING", 0)
        with store.write() as w:
            w.claim(say.claim(say.relation("accuse", "brazil", "trump"), document="lavrov-interview-report"))
        busy = live.current()
        assert busy.folds.mesh(busy.view(busy.revision), wanted) is None
        busy.folds.catch_up(busy)
        assert busy.folds.mesh(busy.view(busy.revision), wanted) is not None
        say.one(store, "retract", "actor", "brazil", "gone")
        last = live.current()
        assert last.folds.mesh(last.view(last.revision), wanted) is None
        assert last.folds.missed
        last.folds.catch_up(last)
        found = last.folds.mesh(last.view(last.revision), wanted)
        assert found is not None
        assert_same(found, woven(last.view(last.revision), wanted))


class _Idle:
    """Stands for a thread that is at work for ever, so that nothing is woven but here."""

    def is_alive(self) -> bool:
        return True

    def join(self) -> None:
        """Nothing to wait for."""


def body(snapshot: Snapshot, name: str, asked: dict[str, Any]) -> bytes:
    return ask(snapshot, NO_LEDGER, name, asked).body


def network(snapshot: Snapshot, asked: dict[str, Any]) -> Answer:
    return ask(snapshot, NO_LEDGER, "get_network", asked)
