"""Actors: ids that never change, identifiers that one actor at a time has, versions, and what is told of their life."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Table, select

from graph.errors import Conflict, Gone, Invalid, NotFound
from graph.store import Store
from graph.store.transaction import ACTOR, ACTOR_IDENTIFIER, ACTOR_NAME
from tests import statements as say

USA: dict[str, Any] = {"identifiers": [{"scheme": "iso3", "value": "USA"}]}


def _standing(store: Store, table: Table) -> list[str]:
    with store.engine.connect() as connection:
        rows = connection.execute(select(table).where(table.c.ended.is_(None)).order_by(table.c.n)).all()
    return [row.name if table is ACTOR else row.value for row in rows]


def test_an_id_is_made_from_the_name(store: Store) -> None:
    made = [say.one(store, "add_actor", say.actor(None, "person", "Сергей Лавров")).id for _ in range(3)]
    assert made == ["sergey-lavrov", "sergey-lavrov-2", "sergey-lavrov-3"]


def test_a_long_name_leaves_room_for_its_number(store: Store) -> None:
    made = [say.one(store, "add_actor", say.actor(None, name="long " * 40)).id for _ in range(2)]
    assert made[0] != made[1]
    assert all(len(id_) <= 128 and not id_.endswith("-") for id_ in made)


def test_a_taken_id_names_its_holder(store: Store) -> None:
    say.one(store, "add_actor", say.actor("us"))
    with pytest.raises(Conflict) as caught:
        say.one(store, "add_actor", say.actor("us", name="Uruguay South"))
    assert caught.value.holder == "us"


def test_a_taken_identifier_names_its_holder(store: Store) -> None:
    say.one(store, "add_actor", say.actor("us", **USA))
    with pytest.raises(Conflict, match="iso3:USA") as caught:
        say.one(store, "add_actor", say.actor("america", **USA))
    assert caught.value.holder == "us"
    say.one(store, "add_actor", say.actor("america"))
    with pytest.raises(Conflict):
        say.one(store, "amend_actor", "america", say.actor("america", **USA))


def test_an_actor_is_named_by_an_identifier_too(store: Store) -> None:
    say.one(store, "add_actor", say.actor("us", **USA))
    assert say.one(store, "amend_actor", "iso3:USA", say.actor(None, name="United States", **USA))
    assert store.history("actor", "us")[0].version == 2


def test_an_amendment_replaces_names_and_identifiers_whole(store: Store) -> None:
    before = say.actor("us", names=[{"value": "America"}, {"value": "Washington"}], **USA)
    after = say.actor("us", names=[{"value": "USA", "kind": "acronym"}], identifiers=[{"scheme": "cow", "value": "2"}])
    say.one(store, "add_actor", before)
    say.one(store, "amend_actor", "us", after)
    assert _standing(store, ACTOR_NAME) == ["USA"]
    assert _standing(store, ACTOR_IDENTIFIER) == ["2"]
    say.one(store, "add_actor", say.actor("other", **USA))


def test_an_id_never_changes(store: Store) -> None:
    say.one(store, "add_actor", say.actor("us"))
    with pytest.raises(Invalid, match="never changes"):
        say.one(store, "amend_actor", "us", say.actor("usa"))


def test_amending_what_never_was_names_what_was_meant(store: Store) -> None:
    say.one(store, "add_actor", say.actor("russia"))
    with pytest.raises(NotFound) as caught:
        say.one(store, "amend_actor", "rusia", say.actor(None, name="Russia"))
    assert caught.value.near == "russia"


def test_a_retracted_actor_is_gone_until_a_reason_brings_it_back(store: Store) -> None:
    say.one(store, "add_actor", say.actor("us", **USA))
    say.one(store, "retract", "actor", "us", "a mistake")
    with pytest.raises(Gone) as gone:
        say.one(store, "retract", "actor", "us", "again")
    assert (gone.value.reason, gone.value.newest) == ("a mistake", 2)
    with pytest.raises(Conflict):
        say.one(store, "add_actor", say.actor("us"))
    with pytest.raises(Conflict, match="reason"):
        say.one(store, "amend_actor", "us", say.actor("us", **USA))
    say.one(store, "amend_actor", "us", say.actor("us", **USA), reason="no mistake")
    steps = [(step.version, step.revision, step.op, step.reason) for step in store.history("actor", "us")]
    assert steps == [(2, 3, "reinstate", "no mistake"), (1, 2, "retract", "a mistake"), (1, 1, "add", None)]


def test_a_retracted_actor_leaves_its_identifiers_to_others(store: Store) -> None:
    say.one(store, "add_actor", say.actor("us", **USA))
    say.one(store, "retract", "actor", "us", "a mistake")
    say.one(store, "add_actor", say.actor("america", **USA))
    with pytest.raises(Conflict) as caught:
        say.one(store, "amend_actor", "us", say.actor("us", **USA), reason="back")
    assert caught.value.holder == "america"


def test_history_is_as_known_at_a_revision(store: Store) -> None:
    with pytest.raises(NotFound):
        store.history("actor", "us")
    say.one(store, "add_actor", say.actor("russia"))
    say.one(store, "add_actor", say.actor("us"))
    say.one(store, "retract", "actor", "us", "a mistake")
    assert [step.op for step in store.history("actor", "us", 2)] == ["add"]
    with pytest.raises(NotFound):
        store.history("actor", "us", 1)


def test_a_batch_keeps_each_record_s_own_reason(store: Store) -> None:
    say.begin(store)
    with store.write(reason="tidying up") as w:
        w.retract("actor", "brics", "no actor")
        w.amend_actor("us", say.actor("us", name="United States"))
    assert store.history("actor", "brics")[0].reason == "no actor"
    assert store.history("actor", "us")[0].reason == "tidying up"


def test_what_a_batch_writes_and_takes_back_was_never_visible(store: Store) -> None:
    with store.write() as w:
        w.add_actor(say.actor("us"))
        w.amend_actor("us", say.actor("us", name="United States"))
        w.retract("actor", "us", "no")
    assert [(step.version, step.op) for step in store.history("actor", "us")] == [
        (2, "retract"),
        (2, "amend"),
        (1, "add"),
    ]
