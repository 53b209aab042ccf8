"""Merges can be listed and looked up, as they were known at any time, and say who, why and whether they were undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from graph.errors import Invalid, NotFound
from graph.queries.merges import GetMerge, Merges
from graph.store import Live
from tests.statements import actor, begin, claimed, merging, one, relation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.queries import Answer
    from graph.store import Store

Json = dict[str, Any]


@pytest.fixture
def live(store: Store) -> Iterator[Live]:
    begin(store)
    with store.write() as w:
        for id_ in ("ru", "rus", "usa"):
            w.add_actor(actor(id_))
        w.add_contributor("ann", "Ann")
    live = Live(store)
    yield live
    live.close()


def listed(live: Live, **asked: Any) -> Json:  # noqa: ANN401 - whatever may be asked
    told: Json = orjson.loads(Merges.model_validate(asked).read(live.current(), live.ledger).body)
    return told


def single(live: Live, id_: str, **asked: Any) -> Answer:  # noqa: ANN401 - as above
    return GetMerge.model_validate({"id": id_, **asked}).read(live.current(), live.ledger)


def test_a_merge_names_those_it_merged_as_they_were_called(store: Store, live: Live) -> None:
    with store.write(by="ann") as w:
        w.merge("russia", merging("ru", "rus", reason="One country."))
    one(store, "merge", "us", merging("russia"))
    shown = orjson.loads(single(live, "m1").body)
    at = shown.pop("at")
    assert at.endswith("Z")
    assert shown == {
        "id": "m1",
        "survivor": {"id": "russia", "name": "Russia", "kind": "state"},
        "absorbed": [{"id": "ru", "name": "Ru", "kind": "state"}, {"id": "rus", "name": "Rus", "kind": "state"}],
        "revision": 3,
        "by": "ann",
        "reason": "One country.",
        "undone_at": None,
    }


def test_an_undone_merge_says_when_and_what_was_known_before_stays(store: Store, live: Live) -> None:
    one(store, "merge", "russia", merging("ru"))
    before = single(live, "m1")
    one(store, "undo_merge", "m1", "two after all")
    after = single(live, "m1")
    assert orjson.loads(before.body)["undone_at"] is None
    assert orjson.loads(after.body)["undone_at"] > orjson.loads(after.body)["at"]
    assert single(live, "m1", known_at="3").body == before.body
    assert (before.newest, after.newest) == (3, 4)
    assert orjson.loads(after.body)["reason"] == "the same"
    for unknown in ({"id_": "m1", "known_at": "2"}, {"id_": "m2"}):
        with pytest.raises(NotFound):
            single(live, **unknown)


def test_only_what_it_shows_changes_a_merges_tag(store: Store, live: Live) -> None:
    one(store, "merge", "russia", merging("ru"))
    one(store, "merge", "us", merging("usa"))
    claimed(store, relation("accuse", "russia", "us", start="2026"))
    assert single(live, "m1").newest == 3
    one(store, "amend_actor", "russia", actor("russia", name="Russian Federation"))
    assert single(live, "m1").newest == 6
    assert orjson.loads(single(live, "m1").body)["survivor"]["name"] == "Russian Federation"


def test_merges_are_listed_newest_first_and_by_who_took_part(store: Store, live: Live) -> None:
    one(store, "merge", "russia", merging("ru"))
    one(store, "undo_merge", "m1", "no")
    one(store, "merge", "russia", merging("ru", "rus"))
    one(store, "merge", "us", merging("usa"))
    assert [each["id"] for each in listed(live)["items"]] == ["m3", "m2", "m1"]
    assert [each["id"] for each in listed(live, actor="ru")["items"]] == ["m2", "m1"]
    assert [each["id"] for each in listed(live, actor="us", count="exact")["items"]] == ["m3"]
    assert [each["id"] for each in listed(live, known_at="3")["items"]] == ["m1"]
    first = listed(live, limit=2)
    one(store, "undo_merge", "m3", "a slip")
    rest = listed(live, limit=2, cursor=first["next"])
    assert [each["id"] for each in first["items"] + rest["items"]] == ["m3", "m2", "m1"]
    assert rest["next"] is None
    with pytest.raises(Invalid, match="no actor"):
        listed(live, actor="nobody")
