"""What is visible: the rule by its smallest examples, as followed and as loaded anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from graph.errors import Gone, Invalid
from graph.snapshot import entries, slices, zones
from graph.snapshot.find import filters
from graph.store import Live
from tests.asking import ask, told
from tests.statements import actor, begin, claim, claimed, document, merging, one, relation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graph.store import Store

    Ask = Callable[..., Any]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def asked(store: Store) -> Iterator[Ask]:
    """What a question answers; it must be the same from a snapshot that followed and from one that was just loaded."""
    begin(store)
    followed = Live(store)

    def answer(name: str, **parameters: Any) -> Any:  # noqa: ANN401 - JSON
        fresh = Live(store)
        fresh.close()
        bodies = [ask(live.current(), store, name, parameters) for live in (followed, fresh)]
        assert bodies[0] == bodies[1]
        return told(bodies[0])

    yield answer
    followed.close()


def ids(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["items"]]


@pytest.mark.parametrize(
    ("kind", "more"),
    [("claim", {}), ("document", {}), ("dataset", {"dataset": "icews"}), ("actor", {"claimant": "lavrov"})],
)
def test_a_relation_is_hidden_with_all_that_bears_on_it(
    store: Store, asked: Ask, kind: str, more: dict[str, str]
) -> None:
    said = claimed(store, relation(start="2026-02-09"), **more)
    hung_on = {"claim": said.claim_id, "document": "d1", "dataset": "icews", "actor": "lavrov"}[kind]
    assert ids(asked("list_relations")) == [said.relation_id]
    one(store, "retract", kind, hung_on, "a mistake")
    assert ids(asked("list_relations")) == []
    for name, id_ in (("get_relation", said.relation_id), ("get_claim", said.claim_id)):
        with pytest.raises(Gone):
            asked(name, id=id_)
    assert asked("get_relation", id=said.relation_id, known_at="2")["status"] in {"reported", "claimed"}


@pytest.mark.parametrize(("kind", "retracted"), [("document", "d1"), ("dataset", "icews"), ("claimant", "lavrov")])
def test_a_filter_by_what_was_retracted_says_so(store: Store, asked: Ask, kind: str, retracted: str) -> None:
    record = "actor" if kind == "claimant" else kind
    one(store, "retract", record, retracted, "a mistake")
    for name in ("list_relations", "list_claims"):
        with pytest.raises(
            Invalid, match=f'the {record} "{retracted}" was retracted; see /{record}s/{retracted}/versions'
        ):
            asked(name, **{kind: retracted})
        assert asked(name, known_at="1", **{kind: retracted})["items"] == []


def test_a_relation_stays_as_long_as_one_claim_bears_on_it(store: Store, asked: Ask) -> None:
    said = claimed(store, relation(), confidence=0.9)
    claimed(store, said.relation_id, stance="doubts", record="another")
    one(store, "retract", "claim", said.claim_id, "a mistake")
    (left,) = asked("list_relations")["items"]
    assert (left["status"], left["confidence"], left["publishers"]) == ("doubted", None, 0)


def test_a_claim_stands_and_falls_with_the_survivor_of_its_claimant(store: Store, asked: Ask) -> None:
    one(store, "add_actor", actor("sergei", "person"))
    said = claimed(store, relation(), claimant="lavrov")
    one(store, "merge", "sergei", merging("lavrov"))
    assert asked("get_claim", id=said.claim_id)["claimant"]["id"] == "sergei"
    one(store, "retract", "actor", "sergei", "nobody")
    assert ids(asked("list_relations")) == ids(asked("list_claims")) == []
    with pytest.raises(Invalid):
        asked("list_claims", claimant="lavrov")
    one(store, "undo_merge", "m1", "somebody after all")
    assert ids(asked("list_claims", claimant="lavrov")) == [said.claim_id]


def test_publishers_that_turn_out_to_be_one_count_once_though_an_amendment_named_them(store: Store, asked: Ask) -> None:
    for name in ("herald", "the-herald"):
        one(store, "add_actor", actor(name, "unknown"))
    one(store, "add_document", document("d2", "herald", on="2026-02-10"))
    said = claimed(store, relation())
    claimed(store, said.relation_id, document="d2")
    one(store, "amend_document", "d1", document("d1", "the-herald"))
    assert asked("get_relation", id=said.relation_id)["publishers"] == 2
    one(store, "merge", "herald", merging("the-herald"))
    assert asked("get_relation", id=said.relation_id)["publishers"] == 1


def test_a_list_of_actors_resolves_the_absorbed_and_refuses_the_unknown(store: Store, asked: Ask) -> None:
    one(store, "add_actor", actor("sergei", "person", identifiers=[{"scheme": "wikidata", "value": "Q58217"}]))
    one(store, "merge", "lavrov", merging("sergei"))
    assert ids(asked("list_actors", id=["sergei"])) == ids(asked("list_actors", id=["wikidata:Q58217"])) == ["lavrov"]
    with pytest.raises(Invalid, match="lavrow"):
        asked("list_actors", id=["lavrow"])


@pytest.mark.parametrize(
    ("dates", "asked_about", "surely"),
    [
        ({"start": "2024", "end": "2026"}, {"valid_at": "2025-06-01"}, True),
        ({"start": "2024", "end": "2026"}, {"valid_at": "2024-12-30"}, False),
        ({"start": "2024", "end": "2026"}, {"valid_at": "2024-12-31"}, True),
        ({"start": "2024", "end": "2026"}, {"valid_at": "2026-01-01"}, True),
        ({"start": "2024", "end": "2026"}, {"valid_at": "2026-01-02"}, False),
        ({"start": "2024", "end_status": "ongoing"}, {"valid_at": "2030"}, True),
        ({"start": "2024"}, {"valid_at": "2030"}, False),
        ({"end_status": "ongoing"}, {"valid_at": "2030"}, False),
        ({"end_status": "ongoing"}, {"valid_from": "2030"}, False),
        ({"start": "2024-02", "end": "2024-02"}, {"valid_at": "2024-02"}, True),
        ({"start": "2024-02", "end": "2024-02"}, {"valid_at": "2024-02-10"}, False),
    ],
)
def test_a_state_is_certain_between_the_latest_beginning_and_the_earliest_end(
    store: Store, asked: Ask, dates: dict[str, str], asked_about: dict[str, str], *, surely: bool
) -> None:
    claimed(store, relation("sanction", **dates))
    assert len(asked("list_relations", **asked_about)["items"]) == 1
    assert bool(asked("list_relations", **asked_about, certain=True)["items"]) is surely


def test_an_event_is_certain_where_its_whole_span_is_asked_about(store: Store, asked: Ask) -> None:
    with store.write() as w:
        w.claim(claim(relation(start="2024-02", end="2024-03")))
    for asked_about, surely in (({"valid_at": "2024"}, True), ({"valid_at": "2024-03"}, False)):
        assert bool(asked("list_relations", **asked_about, certain=True)["items"]) is surely


def test_what_has_changed_is_found_on_a_hub(store: Store, asked: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, value in ((slices, "PACK_AFTER", 2), (filters, "_LONG", 1), (zones, "ZONE", 2)):
        monkeypatch.setattr(module, name, value)
    for name, value in (("ZONE", 2), ("_SCATTERED", 1)):
        monkeypatch.setattr(entries, name, value)
    said = [claimed(store, relation(start=f"2026-02-{day:02}")) for day in range(1, 13)]
    asked("list_actor_relations", id="russia")
    claimed(store, said[7].relation_id, stance="denies", record="another")
    assert ids(asked("list_actor_relations", id="russia", status=["disputed"])) == [said[7].relation_id]
    assert len(ids(asked("list_actor_relations", id="russia", status=["reported", "claimed"]))) == len(said) - 1
    assert ids(asked("list_actor_relations", id="russia", status=["denied"])) == []
