"""Merging is reversible: pointers come and go, no relation is touched, and each id keeps what was written under it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from graph.errors import Conflict, Gone, Invalid, NotFound
from graph.store import Store
from graph.store.transaction import MERGE_ABSORBED, RELATION
from tests import statements as say


@pytest.fixture(autouse=True)
def _begun(store: Store) -> None:
    say.begin(store)
    with store.write() as w:
        for id_ in ("a", "b", "c"):
            w.add_actor(say.actor(id_, "organization"))
        w.add_actor(say.actor("who", "unknown"))


def _rows(store: Store, statement: Any) -> list[Any]:  # noqa: ANN401 - any statement
    with store.engine.connect() as connection:
        return list(connection.execute(statement).all())


def _standing(store: Store) -> int:
    return len(_rows(store, select(MERGE_ABSORBED).where(MERGE_ABSORBED.c.ended.is_(None))))


def test_a_merge_is_a_pointer_and_touches_nothing_else(store: Store) -> None:
    claimed = say.claimed(store, say.relation(source="a", target="b", start="2026"))
    before = _rows(store, select(RELATION))
    merge = say.one(store, "merge", "a", say.merging("b", "c"))
    assert _standing(store) == 2
    assert _rows(store, select(RELATION)) == before
    again = say.claimed(store, say.relation(source="a", target="b", start="2026"))
    assert again == claimed._replace(new_relation=False, new_claim=False)
    assert [step.reason for step in store.history("merge", merge)] == ["the same"]


def test_a_write_keeps_the_id_that_its_writer_used(store: Store) -> None:
    say.one(store, "merge", "a", say.merging("b"))
    under_b = say.claimed(store, say.relation(source="b", target="us", start="2026"))
    under_a = say.claimed(store, say.relation(source="a", target="us", start="2026"))
    assert under_a.relation_id != under_b.relation_id


@pytest.mark.parametrize(("survivor", "absorbed"), [("a", "a"), ("b", "a"), ("c", "a")])
def test_nobody_is_merged_into_itself(store: Store, survivor: str, absorbed: str) -> None:
    say.one(store, "merge", "a", say.merging("b"))
    say.one(store, "merge", "b", say.merging("c"))
    with pytest.raises(Conflict, match="itself"):
        say.one(store, "merge", survivor, say.merging(absorbed))


def test_an_absorbed_actor_is_not_absorbed_again(store: Store) -> None:
    say.one(store, "merge", "a", say.merging("b"))
    with pytest.raises(Conflict) as caught:
        say.one(store, "merge", "c", say.merging("b"))
    assert caught.value.holder == "a"


def test_an_absorbed_actor_is_neither_amended_nor_retracted(store: Store) -> None:
    merge = say.one(store, "merge", "a", say.merging("b"))
    with pytest.raises(Conflict) as caught:
        say.one(store, "amend_actor", "b", say.actor("b", "organization", "Bee"))
    assert caught.value.holder == "a"
    with pytest.raises(Conflict):
        say.one(store, "retract", "actor", "b", "no")
    say.one(store, "undo_merge", merge, "not the same")
    assert say.one(store, "amend_actor", "b", say.actor("b", "organization", "Bee"))


@pytest.mark.parametrize("gone", ["a", "b"])
def test_a_retracted_party_is_refused(store: Store, gone: str) -> None:
    say.one(store, "retract", "actor", gone, "no")
    with pytest.raises(Conflict, match="retracted"):
        say.one(store, "merge", "a", say.merging("b"))


def test_different_kinds_are_not_the_same_unless_one_is_unknown(store: Store) -> None:
    with pytest.raises(Conflict, match="kind"):
        say.one(store, "merge", "a", say.merging("us"))
    say.one(store, "merge", "a", say.merging("who"))
    say.one(store, "merge", "paper", say.merging("us"))


def test_merges_are_undone_whole_and_in_any_order(store: Store) -> None:
    first = say.one(store, "merge", "a", say.merging("b"))
    second = say.one(store, "merge", "c", say.merging("a", "who"))
    say.one(store, "undo_merge", first, "not the same")
    assert _standing(store) == 2
    say.one(store, "undo_merge", second, "not the same")
    assert _standing(store) == 0
    with pytest.raises(Gone) as caught:
        say.one(store, "undo_merge", second, "again")
    assert caught.value.reason == "not the same"
    assert say.one(store, "merge", "b", say.merging("a")) != first


def test_who_is_not_there_cannot_be_merged(store: Store) -> None:
    with pytest.raises(NotFound):
        say.one(store, "merge", "nobody", say.merging("a"))
    with pytest.raises(NotFound):
        say.one(store, "undo_merge", "m9", "no")
    with pytest.raises(Invalid) as caught:
        say.one(store, "merge", "a", say.merging("b", "nobody"))
    assert caught.value.faults[0].name == "/absorb/1"
