"""Two answers compared, on either clock: what is different makes the one of the other, and says why."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from graph.errors import BadCursor, Invalid
from graph.queries.compare import Compare
from graph.store import Live
from tests.asking import Asker, ask, told
from tests.histories import DAYS, History
from tests.statements import actor, begin, claim, claimed, document, merging, one, relation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.snapshot import Snapshot
    from graph.store import Store
    from tests.oracle import World

Json = dict[str, Any]
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NO_LEDGER: Any = None
TAKEN = {field.alias or name for name, field in Compare.model_fields.items()}


@pytest.fixture
def live(store: Store) -> Iterator[Live]:
    live = Live(store)
    yield live
    live.close()


def compared(snapshot: Snapshot, **asked: Any) -> Json:  # noqa: ANN401 - whatever may be asked
    found: Json = told(ask(snapshot, NO_LEDGER, "compare", asked))
    return found


def brief(live: Live, begin: int, end: int, **asked: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - as above
    items = compared(live.current(), **{"from": str(begin), "to": str(end), **asked})["items"]
    return [(each["change"], each["cause"]) for each in items]


def test_each_cause_on_the_known_clock(store: Store, live: Live) -> None:
    begin(store)
    stated: Json = {"type": "sanction", "source": "us", "target": "russia", "start": "2025"}
    made = claimed(store, relation(**stated))
    assert brief(live, 1, 2) == [("added", "learned")]
    one(store, "amend_relation", made.relation_id, relation(**stated, end="2026-01"))
    assert brief(live, 2, 3) == [("amended", "world")]
    one(store, "amend_relation", made.relation_id, relation(**stated | {"start": "2025-02"}, end="2026-01"))
    assert brief(live, 3, 4) == [("amended", "corrected")]
    denial = claimed(store, made.relation_id, stance="denies", claimant="russia")
    assert brief(live, 4, 5) == [("amended", "learned")]
    (item,) = compared(live.current(), **{"from": "4", "to": "5"})["items"]
    assert (item["before"]["status"], item["relation"]["status"]) == ("reported", "disputed")
    one(store, "amend_claim", made.claim_id, claim(made.relation_id, confidence=0.5))
    assert brief(live, 5, 6) == [("amended", "corrected")]
    one(store, "retract", "claim", denial.claim_id, "never said")
    assert brief(live, 6, 7) == [("amended", "withdrawn")]
    one(store, "retract", "relation", made.relation_id, "wrong")
    assert brief(live, 7, 8) == [("retracted", "withdrawn")]
    assert brief(live, 1, 8) == []
    one(store, "amend_relation", made.relation_id, relation(**stated), reason="right after all")
    assert brief(live, 8, 9) == [("added", "learned")]
    assert brief(live, 2, 9) == [("amended", "corrected")]
    one(store, "retract", "document", "d1", "a hoax")
    (item,) = compared(live.current(), **{"from": "9"})["items"]
    assert (item["change"], item["cause"], item["relation"]) == ("retracted", "withdrawn", item["before"])


def test_what_no_longer_meets_the_filters_ended_and_shows_what_it_is_now(store: Store, live: Live) -> None:
    begin(store)
    stated: Json = {"type": "sanction", "source": "us", "target": "russia", "start": "2025"}
    made = claimed(store, relation(**stated))
    one(store, "amend_relation", made.relation_id, relation(**stated, end="2026-01"))
    (item,) = compared(live.current(), **{"from": "2", "to": "3", "valid_at": "2026-02"})["items"]
    assert (item["change"], item["cause"]) == ("ended", "world")
    assert (item["before"]["end"], item["relation"]["end"]) == (None, "2026-01")
    claimed(store, made.relation_id, stance="denies", claimant="russia")
    assert brief(live, 3, 4, status=["reported"]) == [("ended", "learned")]
    assert brief(live, 3, 4, status=["disputed"]) == [("added", "learned")]


def test_names_and_merges_are_part_of_what_is_shown(store: Store, live: Live) -> None:
    begin(store)
    one(store, "add_actor", actor("ru"))
    claimed(store, relation("sanction", "us", "ru", start="2025"))
    one(store, "amend_actor", "us", actor("us", name="United States"))
    assert brief(live, 3, 4) == [("amended", "corrected")]
    merge = one(store, "merge", "russia", merging("ru"))
    assert brief(live, 4, 5) == [("amended", "corrected")]
    assert brief(live, 4, 5, actor="russia") == [("added", "corrected")]
    one(store, "undo_merge", merge, "two")
    assert brief(live, 5, 6, actor="russia") == [("ended", "corrected")]
    assert brief(live, 4, 6) == []


def test_the_valid_clock_tells_what_began_and_ended_in_the_world(store: Store, live: Live) -> None:
    begin(store)
    claimed(store, relation("sanction", "us", "russia", start="2025", end="2025-06"))
    claimed(store, relation("allied-with", "russia", "brics", start="2026-01"))
    claimed(store, relation("represents", "lavrov", "russia", start="2004"))
    asked = {"clock": "valid", "from": "2025-03", "to": "2026-02-09"}
    items = compared(live.current(), **asked)["items"]
    assert [(each["change"], each["cause"], each["relation"]["type"]) for each in items] == [
        ("added", "world", "allied-with"), ("ended", "world", "sanction"),
    ]  # fmt: skip
    assert [each["before"] and each["before"]["type"] for each in items] == [None, "sanction"]
    assert compared(live.current(), **asked, known_at="2")["items"] == items[1:]
    day = {"today": 739_656}
    question = Compare.model_validate(asked | {"to": "today"}, context=day, by_alias=True)
    assert (question.to, question.relative) == ("2026-02-09", True)
    assert orjson.loads(question.run(live.current()).body)["items"] == items


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"from": "3", "to": "2"}, "from"),
        ({"from": "99"}, "from"),
        ({"from": "1", "to": "99"}, "to"),
        ({"from": "2026-02"}, "from"),
        ({"from": "1", "to": "later"}, "to"),
        ({"from": "1", "to": "2", "known_at": "2"}, "known_at"),
        ({"from": "3", "known_at": "2"}, "from"),
        ({"from": "1", "actor": "nobody"}, "actor"),
        ({"from": "1", "type": ["nothing"]}, "type"),
        ({"from": "2026", "to": "2025", "clock": "valid"}, "from"),
        ({"from": "2026", "clock": "valid"}, "to"),
        ({"from": "x", "to": "2026", "clock": "valid"}, "from"),
        ({"from": "2025", "to": "2026", "clock": "valid", "valid_at": "2025"}, "clock"),
    ],
)
@on_sqlite
def test_moments_that_make_no_sense_are_refused(store: Store, live: Live, asked: Json, parameter: str) -> None:
    begin(store)
    for number in range(3):
        one(store, "add_document", document(f"x{number}"))
    with pytest.raises(Invalid) as refused:
        compared(live.current(), **asked)
    assert [fault.name for fault in refused.value.faults] == [parameter]


def test_a_walk_stays_at_its_moments_and_a_pinned_answer_never_changes(store: Store, live: Live) -> None:
    begin(store)
    for year in range(2000, 2010):
        claimed(store, relation("sanction", "us", "russia", start=str(year)))
    first = compared(live.current(), **{"from": "1", "limit": 4, "count": "exact"})
    claimed(store, relation("sanction", "us", "russia", start="2020"))
    items, page = first["items"], first
    while page["next"]:
        page = compared(live.current(), **{"from": "1", "limit": 4, "cursor": page["next"]})
        items += page["items"]
    assert first["total"] == len(items) == 10
    for end in ("to", "known_at"):
        assert items == compared(live.current(), **{"from": "1", end: "11"})["items"]
    with pytest.raises(BadCursor):
        compared(live.current(), **{"from": "2", "limit": 4, "cursor": first["next"]})
    for to, pinned in ((None, False), ("11", True)):
        moment = Compare.model_validate({"from": "1", "to": to}, by_alias=True).moment(live.current())
        assert (moment.revision, moment.pinned) == (11 if to else 12, pinned)


@pytest.mark.parametrize("seed", range(12))
@on_sqlite
def test_differences_applied_to_one_answer_give_the_other(store: Store, live: Live, seed: int) -> None:
    random = Random(seed)
    history = History(store, random)
    history.begin()
    for _ in range(20):
        history.step()
    snapshot = live.current()
    asker = Asker(random, history.world())
    for _ in range(60):
        asked = {name: value for name, value in asker.relations(of_actor=False).items() if name in TAKEN}
        asked = {name: value for name, value in asked.items() if random.random() < 0.6}
        if not {"valid_at", "valid_from", "valid_to"} & asked.keys():
            asked.pop("certain", None)
        if random.random() < 0.6:
            begin, end = sorted((random.randint(0, history.revision), random.randint(0, history.revision)))
            found = applied(snapshot, store, asked, ("known_at", str(begin)), ("known_at", str(end)))
            check_causes(history.world(begin), history.world(end), found)
        else:
            for name in ("valid_at", "valid_from", "valid_to"):
                asked.pop(name, None)
            dates = sorted((random.choice(DAYS), random.choice(DAYS)))
            known = {"known_at": str(random.randint(1, history.revision))}
            found = applied(snapshot, store, asked | known, ("valid_at", dates[0]), ("valid_at", dates[1]))
            assert {(each["change"], each["cause"]) for each in found} <= {("added", "world"), ("ended", "world")}


def applied(
    snapshot: Snapshot, store: Store, asked: Json, begin: tuple[str, str], end: tuple[str, str]
) -> list[Json]:  # fmt: skip
    """The differences, which make the answer at the end of that at the beginning, each of them for a reason."""
    clock = begin[0].removesuffix("_at")
    moments = {"clock": clock, "from": begin[1], "to": end[1], "limit": 1000}
    was, now = shown(snapshot, store, asked, begin), shown(snapshot, store, asked, end)
    if was is None and now is None:
        with pytest.raises(Invalid):
            compared(snapshot, **asked, **moments)
        return []
    items: list[Json] = compared(snapshot, **asked, **moments)["items"]
    answer = dict(was or {})
    for each in items:
        id_ = each["relation"]["id"]
        assert each["before"] == (was or {}).get(id_)
        assert (each["before"] is None) == (each["change"] == "added")
        if each["change"] in {"added", "amended"}:
            assert each["before"] != each["relation"]
            answer[id_] = each["relation"]
        else:
            del answer[id_]
    assert answer == (now or {})
    assert len({each["relation"]["id"] for each in items}) == len(items)
    return items


def shown(snapshot: Snapshot, store: Store, asked: Json, moment: tuple[str, str]) -> dict[str, Json] | None:
    """The answer at a moment; None if it names somebody who means nobody then."""
    try:
        page = told(ask(snapshot, store, "list_relations", {**asked, moment[0]: moment[1], "limit": 1000}))
    except Invalid:
        return None
    return {each["id"]: each for each in page["items"]}


def check_causes(was: World, now: World, found: list[Json]) -> None:
    """The rule of the question, said of the plain replay."""
    for each in found:
        id_ = each["relation"]["id"]
        before, after = was.records["relation"].get(id_), now.records["relation"][id_]
        visible = now.relation_visible(after)
        assert (each["change"] == "retracted") == (not visible)
        claims = [{claim.id for claim in world.bearing(id_)} for world in (was, now)]
        if not visible:
            cause = "withdrawn"
        elif before is None or not was.relation_visible(before):
            cause = "learned"
        elif before.version != after.version:
            ends = {"end", "end_status"}
            altered = {key for key in after.said if after.said[key] != before.said[key]}
            cause = "world" if altered and altered <= ends else "corrected"
        else:
            cause = "learned" if claims[1] - claims[0] else "withdrawn" if claims[0] - claims[1] else "corrected"
        assert each["cause"] == cause, each
