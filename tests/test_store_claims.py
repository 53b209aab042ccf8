"""Claim first: what is the same relation, what is the same claim, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from graph.errors import Conflict, Invalid, NotFound
from graph.store import Claimed, Store
from graph.store.transaction import CLAIM, RELATION
from graph.time import unpack
from tests import statements as say

SANCTION: dict[str, Any] = {"type": "sanction", "source": "us", "target": "russia", "start": "2022-02"}


@pytest.fixture(autouse=True)
def _begun(store: Store) -> None:
    say.begin(store)


def _relation(store: Store, id_: str) -> Any:  # noqa: ANN401 - a row
    newest = select(RELATION).where(RELATION.c.id == id_).order_by(RELATION.c.version.desc())
    with store.engine.connect() as connection:
        return connection.execute(newest).first()


def _dates(store: Store, claimed: Claimed) -> tuple[str | None, str | None, str]:
    row = _relation(store, claimed.relation_id)
    start, end = (None if packed is None else unpack(packed) for packed in (row.start, row.end))
    return start, end, row.end_status


def test_a_claim_creates_its_relation(store: Store) -> None:
    claimed = say.claimed(store, say.relation(start="2026-02-09"), claimant="russia")
    assert claimed.new_relation
    assert claimed.new_claim
    assert claimed.claim_id.startswith(claimed.relation_id + ".")
    assert len(claimed.relation_id) == 16
    assert _relation(store, claimed.relation_id).version == 1


def test_the_same_claim_again_adds_nothing(store: Store) -> None:
    first = say.claimed(store, say.relation(start="2026"), claimant="lavrov", quote={"exact": "words"})
    before = store.head()
    again = say.claimed(store, say.relation(start="2026"), claimant="lavrov", quote={"exact": "words"}, confidence=0.5)
    assert again == first._replace(new_relation=False, new_claim=False)
    assert store.head() == before


@pytest.mark.parametrize(
    "other",
    [
        {"stance": "denies"},
        {"claimant": "us"},
        {"document": "d1", "dataset": "icews"},
        {"dataset": "icews"},
        {"record": "17"},
        {"quote": {"exact": "other words"}},
    ],
)
def test_what_makes_another_claim_on_the_same_relation(store: Store, other: dict[str, Any]) -> None:
    first = say.claimed(store, say.relation(start="2026"))
    second = say.claimed(store, say.relation(start="2026"), **other)
    assert (second.relation_id, second.new_relation, second.new_claim) == (first.relation_id, False, True)
    assert second.claim_id != first.claim_id


@pytest.mark.parametrize("other", [{"said_on": "2026"}, {"via": ["us"]}, {"confidence": 1}, {"coded_by": "me"}])
def test_what_does_not_make_another_claim(store: Store, other: dict[str, Any]) -> None:
    say.claimed(store, say.relation(start="2026"))
    assert not say.claimed(store, say.relation(start="2026"), **other).new_claim


@pytest.mark.parametrize(
    "other",
    [
        {"type": "criticize-or-denounce"},
        {"source": "lavrov"},
        {"target": "brics"},
        {"start": "2026-02"},
        {"end": "2026-12"},
        {"start": None, "end": "2026"},
    ],
)
def test_what_makes_another_event(store: Store, other: dict[str, Any]) -> None:
    first = say.claimed(store, say.relation(start="2026"))
    second = say.claimed(store, say.relation(**{"start": "2026", **other}))
    assert second.new_relation
    assert second.relation_id != first.relation_id


def test_three_accusations_of_one_day_stay_three(store: Store) -> None:
    """They are about different contents."""
    contents = [
        say.claimed(store, say.relation("reduce-relations", "us", end), claimant="lavrov")
        for end in ("russia", "brics")
    ]
    about: list[dict[str, Any]] = [{"about": {"relation": each.relation_id, "as": "content"}} for each in contents]
    made = [say.claimed(store, say.relation(start="2026-02-09", **more)) for more in [*about, {}]]
    assert len({each.relation_id for each in made}) == 3


def test_attributes_of_the_relation_are_part_of_its_identity(store: Store) -> None:
    first = say.claimed(store, say.relation(**SANCTION, attributes={"sector": "energy"}))
    second = say.claimed(store, say.relation(**SANCTION, attributes={"sector": "banking"}))
    same = say.claimed(
        store, say.relation(**SANCTION, attributes={"sector": "energy"}), attributes={"authority": "Trump"}
    )
    assert second.relation_id != first.relation_id == same.relation_id


def test_a_symmetric_relation_is_one_from_both_ends(store: Store) -> None:
    first = say.claimed(store, say.relation("at-war-with", "us", "russia", start="2026"))
    second = say.claimed(store, say.relation("at-war-with", "russia", "us", start="2026"), stance="denies")
    assert second.relation_id == first.relation_id


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ({"start": "2026-02"}, ("2026-02", "2026-02", "ended")),
        ({"start": "2026-02", "end": "2026-03"}, ("2026-02", "2026-03", "ended")),
        ({"end": "2026-03"}, (None, "2026-03", "ended")),
        ({}, (None, "2026-02-09", "ended")),
        ({"start": "2026-02", "end_status": "ended"}, ("2026-02", "2026-02", "ended")),
    ],
)
def test_an_event_always_has_an_end(store: Store, stated: dict[str, Any], kept: tuple[str, ...]) -> None:
    assert _dates(store, say.claimed(store, say.relation(**stated))) == kept


def test_an_undated_event_lies_no_later_than_its_telling(store: Store) -> None:
    said = say.claimed(store, say.relation(), said_on="2026-01")
    assert _dates(store, said) == (None, "2026-01", "ended")
    with pytest.raises(Invalid, match="needs a date"):
        say.claimed(store, say.relation(), dataset="icews")


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ({}, (None, None, "unknown")),
        ({"end_status": "unknown"}, (None, None, "unknown")),
        ({"end_status": "ongoing", "start": "2022"}, ("2022", None, "ongoing")),
        ({"end": "2024"}, (None, "2024", "ended")),
        ({"start": "2024", "end": "2024-05", "end_status": "ended"}, ("2024", "2024-05", "ended")),
        ({"start": "2024-05", "end": "2024"}, ("2024-05", "2024", "ended")),
    ],
)
def test_a_state_ends_only_if_somebody_says_so(store: Store, stated: dict[str, Any], kept: tuple[str, ...]) -> None:
    assert _dates(store, say.claimed(store, say.relation("sanction", "us", "russia", **stated))) == kept


@pytest.mark.parametrize(
    ("type_", "stated", "pointer"),
    [
        ("sanction", {"end_status": "ended"}, "/relation/end_status"),
        ("sanction", {"end": "2024", "end_status": "ongoing"}, "/relation/end_status"),
        ("sanction", {"end": "2024", "end_status": "unknown"}, "/relation/end_status"),
        ("sanction", {"start": "2024-06", "end": "2024-05"}, "/relation/end"),
        ("sanction", {"start": "2025", "end": "2024"}, "/relation/end"),
        ("accuse", {"start": "2025", "end_status": "ongoing"}, "/relation/end_status"),
        ("accuse", {"end_status": "unknown"}, "/relation/end_status"),
        ("acuse", {}, "/relation/type"),
        ("accuse", {"source": "rusia"}, "/relation/source"),
        ("accuse", {"target": "iso3:USA"}, "/relation/target"),
        ("accuse", {"about": {"relation": "none", "as": "content"}}, "/relation/about/relation"),
        ("sanction", {"attributes": {"sektor": "energy"}}, "/relation/attributes/sektor"),
        ("sanction", {"attributes": {"sector": 1}}, "/relation/attributes/sector"),
        ("holds-office", {"source": "us"}, "/relation/source"),
    ],
)
def test_a_statement_that_breaks_a_rule_names_the_place(
    store: Store, type_: str, stated: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Invalid) as caught:
        say.claimed(store, say.relation(type_, **stated))
    assert [fault.name for fault in caught.value.faults] == [pointer]


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"claimant": "nobody"}, "/claimant"),
        ({"document": "d2"}, "/document"),
        ({"dataset": "gdelt"}, "/dataset"),
        ({"via": ["us", "nobody"]}, "/via/1"),
        ({"attributes": {"sector": "energy"}}, "/attributes/sector"),
    ],
)
def test_evidence_that_is_not_there_names_the_place(store: Store, more: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        say.claimed(store, say.relation("sanction", "us", "russia"), **more)
    assert [fault.name for fault in caught.value.faults] == [pointer]


@pytest.mark.parametrize("begun", [{}, {"start": None}])
def test_a_known_state_with_another_end_is_refused_by_name(store: Store, begun: dict[str, Any]) -> None:
    """Whether it is known when it began or not."""
    state = {**SANCTION, **begun}
    first = say.claimed(store, say.relation(**state))
    for other in ({"end": "2024"}, {"end_status": "ongoing"}):
        with pytest.raises(Conflict) as caught:
            say.claimed(store, say.relation(**state, **other), stance="denies")
        assert caught.value.holder == first.relation_id
    joined = say.claimed(store, first.relation_id, stance="denies")
    assert joined.relation_id == first.relation_id


def test_a_claim_joins_the_relation_whose_current_key_it_states(store: Store) -> None:
    first = say.claimed(store, say.relation(start="2026-02"))
    say.one(store, "amend_relation", first.relation_id, say.relation(start="2026-02-09"))
    joined = say.claimed(store, say.relation(start="2026-02-09"), stance="denies")
    assert (joined.relation_id, joined.new_relation) == (first.relation_id, False)


def test_a_key_that_an_amendment_replaced_is_refused_by_name(store: Store) -> None:
    first = say.claimed(store, say.relation(start="2026-02"))
    for newer in ("2026-02-09", "2026-02-10"):
        say.one(store, "amend_relation", first.relation_id, say.relation(start=newer))
    for older in ("2026-02", "2026-02-09"):
        with pytest.raises(Conflict) as caught:
            say.claimed(store, say.relation(start=older), stance="denies")
        assert caught.value.holder == first.relation_id


def test_a_repeated_claim_is_known_after_amendments(store: Store) -> None:
    """By the relation it was on, or the key it was written with."""
    first = say.claimed(store, say.relation(start="2026-02"), quote={"exact": "words"})
    say.one(store, "amend_relation", first.relation_id, say.relation(start="2026-02-09"))
    other = say.claim(first.relation_id, quote={"exact": "better words"})
    say.one(store, "amend_claim", first.claim_id, other)
    for start in ("2026-02", "2026-02-09"):
        for exact in ("words", "better words"):
            again = say.claimed(store, say.relation(start=start), quote={"exact": exact})
            assert (again.claim_id, again.new_claim) == (first.claim_id, False)


def test_a_repeated_claim_is_known_after_its_document_is_redated(store: Store) -> None:
    first = say.claimed(store, say.relation())
    say.one(store, "amend_document", "d1", say.document(on="2026-02-08"))
    assert say.claimed(store, say.relation()) == first._replace(new_relation=False, new_claim=False)


def test_what_was_retracted_is_refused_by_name_and_known_to_a_replay(store: Store) -> None:
    stated = say.claim(say.relation(start="2026"))
    first = say.one(store, "claim", stated)
    say.one(store, "retract", "claim", first.claim_id, "wrong")
    with pytest.raises(Conflict) as caught:
        say.one(store, "claim", stated)
    assert caught.value.holder == first.claim_id
    with store.write(replay=True) as w:
        assert not w.claim(stated).new_claim
    say.one(store, "amend_claim", first.claim_id, stated, reason="right after all")
    assert not say.one(store, "claim", stated).new_claim
    assert [step.op for step in store.history("claim", first.claim_id)] == ["reinstate", "retract", "add"]


def test_a_retracted_relation_takes_no_claims(store: Store) -> None:
    first = say.claimed(store, say.relation(start="2026"))
    say.one(store, "retract", "relation", first.relation_id, "wrong")
    for relation in (say.relation(start="2026"), first.relation_id):
        for stance in ("affirms", "denies"):
            with pytest.raises(Conflict) as caught:
                say.claimed(store, relation, stance=stance)
            assert caught.value.holder == first.relation_id
    say.one(store, "amend_relation", first.relation_id, say.relation(start="2026"), reason="right after all")
    assert say.claimed(store, first.relation_id, stance="denies").new_claim


@pytest.mark.parametrize(("kind", "id_"), [("actor", "russia"), ("actor", "lavrov"), ("document", "d1")])
def test_what_refers_to_the_retracted_is_refused_but_known_if_repeated(store: Store, kind: str, id_: str) -> None:
    say.claimed(store, say.relation(start="2026"), claimant="lavrov")
    say.one(store, "retract", kind, id_, "wrong")
    assert not say.claimed(store, say.relation(start="2026"), claimant="lavrov").new_claim
    with pytest.raises(Invalid, match="retracted"):
        say.claimed(store, say.relation(start="2026"), claimant="lavrov", stance="denies")


def test_an_amendment_may_not_make_another_relation(store: Store) -> None:
    first = say.claimed(store, say.relation(start="2026"))
    for other, pointer in (
        (say.relation("criticize-or-denounce", start="2026"), "/type"),
        (say.relation(source="lavrov", start="2026"), "/source"),
        (say.relation(target="brics", start="2026"), "/target"),
        (say.relation(start="2026", about={"relation": first.relation_id, "as": "content"}), "/about"),
    ):
        with pytest.raises(Invalid) as caught:
            say.one(store, "amend_relation", first.relation_id, other)
        assert [fault.name for fault in caught.value.faults] == [pointer]


def test_an_amendment_may_not_take_another_relation_s_key(store: Store) -> None:
    first = say.claimed(store, say.relation(start="2026"))
    second = say.claimed(store, say.relation(start="2025"))
    with pytest.raises(Conflict) as caught:
        say.one(store, "amend_relation", second.relation_id, say.relation(start="2026"))
    assert caught.value.holder == first.relation_id
    say.one(store, "amend_relation", first.relation_id, say.relation(start="2024"))
    with pytest.raises(Conflict):
        say.one(store, "amend_relation", second.relation_id, say.relation(start="2026"))
    assert say.one(store, "amend_relation", first.relation_id, say.relation(start="2026"))


def test_an_undated_event_cannot_be_amended_to_nothing(store: Store) -> None:
    first = say.claimed(store, say.relation(start="2026"))
    with pytest.raises(Invalid, match="needs a date"):
        say.one(store, "amend_relation", first.relation_id, say.relation())
    with pytest.raises(NotFound):
        say.one(store, "amend_relation", "none", say.relation(start="2026"))


def test_amending_to_the_same_adds_nothing(store: Store) -> None:
    first = say.claimed(store, say.relation(**SANCTION), confidence=0.5)
    before = store.head()
    assert not say.one(store, "amend_relation", first.relation_id, say.relation(**SANCTION))
    assert not say.one(store, "amend_claim", first.claim_id, say.claim(say.relation(**SANCTION), confidence=0.5))
    assert store.head() == before
    assert say.one(store, "amend_relation", first.relation_id, say.relation(**SANCTION, end="2025"))


@pytest.mark.parametrize(
    ("other", "pointer"),
    [
        ({"stance": "denies"}, "/stance"),
        ({"claimant": "us"}, "/claimant"),
        ({"dataset": "icews"}, "/document /dataset"),
        ({"record": "1"}, "/record"),
    ],
)
def test_an_amendment_may_not_make_another_claim(store: Store, other: dict[str, Any], pointer: str) -> None:
    first = say.claimed(store, say.relation(start="2026"))
    with pytest.raises(Invalid) as caught:
        say.one(store, "amend_claim", first.claim_id, say.claim(first.relation_id, **other))
    assert {fault.name for fault in caught.value.faults} == set(pointer.split())


def test_an_amended_claim_stays_on_its_relation_and_apart_from_others(store: Store) -> None:
    first = say.claimed(store, say.relation(start="2026"), quote={"exact": "one"})
    second = say.claimed(store, say.relation(start="2026"), quote={"exact": "two"})
    elsewhere = say.claimed(store, say.relation(start="2025"))
    with pytest.raises(Invalid) as caught:
        say.one(store, "amend_claim", first.claim_id, say.claim(elsewhere.relation_id, quote={"exact": "one"}))
    assert [fault.name for fault in caught.value.faults] == ["/relation"]
    with pytest.raises(Conflict) as taken:
        say.one(store, "amend_claim", first.claim_id, say.claim(first.relation_id, quote={"exact": "two"}))
    assert taken.value.holder == second.claim_id


def test_ids_sort_by_date_and_do_not_depend_on_the_order_of_writing(store: Store) -> None:
    dates = ["2025-12-31", "2026", "2026-02", "2026-02-09", "2027-01-01"]
    ids = [say.claimed(store, say.relation(start=date)).relation_id for date in dates]
    assert [id_[:4] for id_ in ids] == sorted(id_[:4] for id_ in ids)
    assert say.claimed(store, say.relation("sanction", "us", "russia")).relation_id.startswith("0000")
    with store.engine.connect() as connection:
        assert connection.execute(select(CLAIM.c.tag).limit(1)).scalar_one().isalnum()


def test_known_ids_never_change(store: Store) -> None:
    """Links and cached answers rest on them."""
    claimed = say.claimed(store, say.relation(start="2026-02-09"), claimant="lavrov", quote={"exact": "words"})
    assert claimed.claim_id == "pja889nqw1ss3563.y6mxdz18"
