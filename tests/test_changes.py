"""The log of changes: whole, in one order that never changes, and resumed without a gap or an echo."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from graph.errors import BadCursor, Invalid
from graph.queries.changes import Changes, changes_after
from graph.snapshot import log
from graph.snapshot.log import Position
from graph.store import Live
from tests.histories import History
from tests.oracle.world import below
from tests.statements import actor, begin, claim, claimed, document, merging, one, relation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.snapshot import Snapshot
    from graph.store import Store
    from tests.oracle import World

Json = dict[str, Any]
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SEEDS = pytest.mark.parametrize("seed", range(5))


@pytest.fixture
def live(store: Store) -> Iterator[Live]:
    live = Live(store)
    yield live
    live.close()


def page(snapshot: Snapshot, store: Store, **asked: Any) -> Json:  # noqa: ANN401 - whatever may be asked
    answer = Changes.model_validate(asked).read(snapshot, store)
    told: Json = orjson.loads(answer.body)
    assert answer.next == told["next"]
    return told


def whole(snapshot: Snapshot, store: Store, **asked: Any) -> list[Json]:  # noqa: ANN401 - as above
    told = page(snapshot, store, limit=1000, count="exact", **asked)
    assert told["next"] is None
    assert told["total"] == len(told["items"])
    assert told["after"] == str(snapshot.revision)
    return list(told["items"])


def place(change: Json) -> tuple[int, int]:
    revision, _, index = change["position"].partition(".")
    assert int(revision) == change["revision"]
    return int(revision), int(index)


def brief(changes: list[Json]) -> list[tuple[str, str, str]]:
    return [(each["op"], each["record"], each["id"]) for each in changes]


def test_each_thing_done_is_told_with_who_why_before_and_after(store: Store, live: Live) -> None:
    begin(store)
    one(store, "add_contributor", "ann", "Ann")
    made = claimed(store, relation("sanction", "us", "russia", start="2025"))
    with store.write(by="ann", reason="They ended.", comment="See the paper.") as w:
        w.amend_relation(made.relation_id, relation("sanction", "us", "russia", start="2025", end="2026"))
        w.retract("claim", made.claim_id, "A misprint.")
        w.add_actor(actor("ru"))
        w.merge("russia", merging("ru"))
    with store.write(by="ann") as w:
        w.amend_claim(made.claim_id, claim(made.relation_id), reason="It was right.")
        w.undo_merge("m1", "They are two.")
    changes = whole(live.current(), store, after="3")
    assert brief(changes) == [
        ("add", "actor", "ru"),
        ("amend", "relation", made.relation_id),
        ("retract", "claim", made.claim_id),
        ("merge", "merge", "m1"),
        ("reinstate", "claim", made.claim_id),
        ("undo", "merge", "m1"),
    ]
    added, amended, retracted, merged, reinstated, undone = changes
    assert {each["by"] for each in changes} == {"ann"}
    assert [each["position"] for each in changes] == ["4.0", "4.1", "4.2", "4.3", "5.0", "5.1"]
    assert [each["reason"] for each in changes] == [
        "They ended.", "They ended.", "A misprint.", "the same", "It was right.", "They are two.",
    ]  # fmt: skip
    assert {each["comment"] for each in changes[:4]} == {"See the paper."}
    assert (added["before"], added["after"]["id"], added["version"]) == (None, "ru", 1)
    assert (amended["before"]["end"], amended["after"]["end"]) == (None, "2026")
    assert (amended["before"]["version"], amended["after"]["version"], amended["version"]) == (1, 2, 2)
    assert amended["before"]["retracted_at"] is None
    assert (retracted["before"]["id"], retracted["after"]) == (made.claim_id, None)
    assert reinstated["before"] is None
    assert merged["before"] is None
    assert merged["after"]["absorbed"] == [{"id": "ru", "name": "Ru", "kind": "state"}]
    assert undone["before"] == merged["after"]
    assert undone["after"] == undone["before"] | {"undone_at": undone["at"]}


def test_a_page_ends_anywhere_and_the_next_goes_on_there(store: Store, live: Live) -> None:
    with store.write() as w:
        for number in range(40):
            w.add_actor(actor(f"a{number}"))
        w.add_document(document(publisher="a0"))
        w.amend_actor("a7", actor("a7", name="Seven"))
        w.retract("actor", "a9", "a slip")
    snapshot = live.current()
    everything = whole(snapshot, store)
    assert [(place(each)) for each in everything] == [(1, index) for index in range(43)]
    seventh = [each for each in everything if each["id"] == "a7"]
    assert brief(seventh) == [("add", "actor", "a7"), ("amend", "actor", "a7")]
    assert seventh[1]["before"]["name"] == "A7"
    ninth = [each for each in everything if each["id"] == "a9"]
    assert [place(each)[1] for each in ninth] == [9, 10]
    assert [each["after"] and each["after"]["version"] for each in ninth] == [1, None]
    for limit in (1, 7, 42, 43):
        told: list[Json] = []
        cursor, after = None, "0"
        while cursor is not None or not told:
            part = page(snapshot, store, limit=limit, **({"cursor": cursor} if cursor else {}))
            assert part == page(snapshot, store, limit=limit, after=after) | {"next": part["next"]}
            told += part["items"]
            cursor, after = part["next"], part["after"]
        assert told == everything
        assert after == "1"


def test_a_cursor_stays_good_and_goes_on_with_what_came_since(store: Store, live: Live) -> None:
    begin(store)
    first = page(live.current(), store, limit=3)
    one(store, "add_actor", actor("ru"))
    rest = page(live.current(), store, limit=1000, cursor=first["next"])
    assert first["items"] + rest["items"] == whole(live.current(), store)
    assert rest["items"][-1]["id"] == "ru"
    assert page(live.current(), store, after=rest["after"])["items"] == []
    pinned = page(live.current(), store, known_at="1")
    assert [each["revision"] for each in pinned["items"]] == [1] * len(pinned["items"])
    with pytest.raises(BadCursor):
        page(live.current(), store, cursor=first["next"], dataset="icews")


def test_filters_find_what_names_an_actor_a_type_or_a_dataset(store: Store, live: Live) -> None:
    begin(store)
    spoken = claimed(store, relation("accuse", "lavrov", "us", start="2026"), claimant="lavrov", via=["brics"])
    printed = claimed(store, relation("sanction", "us", "russia", start="2025"), dataset="icews")
    again = claimed(store, relation("sanction", "us", "russia", start="2025"), stance="denies")
    one(store, "retract", "dataset", "icews", "withdrawn")
    snapshot = live.current()
    since = {"after": "1"}
    assert brief(whole(snapshot, store, actor="brics", **since)) == [("add", "claim", spoken.claim_id)]
    assert [op for op, _, _ in brief(whole(snapshot, store, actor="us", **since))] == ["add"] * 5
    assert brief(whole(snapshot, store, actor="paper", **since)) == [
        ("add", "claim", spoken.claim_id), ("add", "claim", again.claim_id),
    ]  # fmt: skip
    assert {each["id"] for each in whole(snapshot, store, type=["cameo:16"])} == {
        printed.relation_id, printed.claim_id, again.claim_id,
    }  # fmt: skip
    assert brief(whole(snapshot, store, dataset="icews")) == [
        ("add", "dataset", "icews"),
        ("add", "relation", printed.relation_id),
        ("add", "claim", printed.claim_id),
        ("retract", "dataset", "icews"),
    ]
    for wrong in ({"actor": "rusia"}, {"dataset": "none"}, {"type": ["none"]}, {"after": "99"}):
        with pytest.raises(Invalid):
            page(snapshot, store, **wrong)
    with pytest.raises(ValueError, match="is no position"):
        Changes.model_validate({"after": "now"})


def test_an_actors_feed_tells_of_its_end_and_of_those_merged_into_it_at_the_time(store: Store, live: Live) -> None:
    begin(store)
    one(store, "add_actor", actor("ru"))
    one(store, "amend_actor", "ru", actor("ru", name="R. U."))
    merge = one(store, "merge", "russia", merging("ru"))
    claimed(store, relation("accuse", "us", "ru", start="2026"))
    one(store, "undo_merge", merge, "two after all")
    one(store, "amend_actor", "ru", actor("ru", name="Ru"))
    one(store, "retract", "actor", "russia", "never was")
    told = brief(whole(live.current(), store, actor="russia", after="1"))
    assert [op for op, _, _ in told] == ["merge", "add", "add", "undo", "retract"]
    assert [op for op, _, _ in brief(whole(live.current(), store, actor="ru"))] == [
        "add", "amend", "merge", "add", "add", "undo", "amend",
    ]  # fmt: skip


@on_sqlite
def test_a_page_that_passes_over_too_much_ends_short_and_goes_on(
    store: Store, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.queries.changes._MOST_PASSED", 10)
    monkeypatch.setattr(log, "_STEP", 4)
    begin(store)
    for number in range(30):
        one(store, "add_actor", actor(f"a{number}"))
    snapshot = live.current()
    part = page(snapshot, store, actor="a29")
    assert part["items"] == []
    told = []
    while part["next"]:
        part = page(snapshot, store, actor="a29", cursor=part["next"])
        told += part["items"]
    assert brief(told) == [("add", "actor", "a29")]
    assert part["after"] == str(snapshot.revision)


def followed(snapshot: Snapshot, store: Store, after: Position, **asked: Any) -> tuple[list[Json], Position]:  # noqa: ANN401 - parameters
    """What a consumer of the stream gets after a position, and where it is then."""
    changes = []
    for told in changes_after(Changes.model_validate(asked), snapshot, store, after):
        after = told.position
        if told.body is not None:
            changes.append(orjson.loads(told.body))
            assert changes[-1]["position"] == str(told.position)
    return changes, after


@SEEDS
def test_whoever_resumes_gets_everything_once_in_order(store: Store, live: Live, seed: int) -> None:
    random = Random(seed)
    history = History(store, random)
    history.begin()
    got: list[Json] = []
    streamed: list[Json] = []
    after, position = "0", Position(0)
    for _ in range(20):
        history.step()
        snapshot = live.current()
        part = page(snapshot, store, after=after, limit=random.choice([1, 2, 3, 50]))
        got += part["items"]
        after = part["after"]
        if random.random() < 0.5:
            more, position = followed(snapshot, store, position)
            streamed += more
            if more and random.random() < 0.5:  # the connection broke after an event, and the id of that is kept
                cut = random.randrange(len(more))
                streamed = streamed[: len(streamed) - cut]
                position = Position.parse(streamed[-1]["position"]) or position
    snapshot = live.current()
    while after != str(snapshot.revision):
        part = page(snapshot, store, after=after, limit=5)
        got, after = got + part["items"], part["after"]
    streamed += followed(snapshot, store, position)[0]
    everything = whole(snapshot, store)
    assert got == everything
    assert streamed == everything
    assert [place(each) for each in everything] == sorted({place(each) for each in everything})
    other = Live(store)
    assert whole(other.current(), store) == everything
    other.close()
    replayed(everything, history.world())
    for change in everything:
        if change["record"] != "merge":
            steps = store.history(change["record"], change["id"], history.revision)
            told = (change["version"], change["revision"], change["op"], change["by"], change["reason"])
            assert told in [(step.version, step.revision, step.op, step.by, step.reason) for step in steps]


def replayed(changes: list[Json], world: World) -> None:
    """Applied one after the other, the changes give what stands."""
    standing: dict[tuple[str, str], Json] = {}
    for change in changes:
        key = (change["record"], change["id"])
        before, after = standing.get(key), change["after"]
        assert (change["before"] is None) == (before is None)
        if before is not None and key[0] != "merge":
            version = "record_version" if key[0] == "dataset" else "version"
            assert change["before"][version] == before[version]
        if after is None:
            del standing[key]
        else:
            standing[key] = after
    for kind in ("actor", "document", "dataset", "relation", "claim"):
        assert {key[1] for key in standing if key[0] == kind} == {each.id for each in world.standing(kind)}


@on_sqlite
@SEEDS
def test_filters_leave_exactly_what_concerns(store: Store, live: Live, seed: int) -> None:
    history = History(store, Random(seed))
    history.begin()
    for _ in range(25):
        history.step()
    snapshot = live.current()
    everything = whole(snapshot, store)
    worlds = {k: history.world(k) for k in range(1, history.revision + 1)}
    now = worlds[history.revision]
    for named in now.records["actor"]:
        expected = [each for each in everything if names(worlds[each["revision"]], each, named)]
        assert whole(snapshot, store, actor=named) == expected, named
    for kind in ("sanction", "accuse", "member-of"):
        expected = [each for each in everything if of_type(now, each, kind)]
        assert whole(snapshot, store, type=[kind]) == expected
    for named in now.records["dataset"]:
        expected = [each for each in everything if in_dataset(worlds[each["revision"]], each, named)]
        assert whole(snapshot, store, dataset=named) == expected


def stated(world: World, change: Json) -> Json:
    """What was stated of the version that a change is about."""
    events = [e for e in world.events if (e.kind, e.id) == (change["record"], change["id"])]
    said: Json = [e.said for e in events if e.verb in {"state", "merge"}][change["version"] - 1]
    return said


def names(world: World, change: Json, named: str) -> bool:
    said = stated(world, change)
    match change["record"]:
        case "actor":
            own = {change["id"]}
        case "merge":
            own = {said["survivor"], *said["absorb"]}
        case "document":
            own = {said["publisher"], *said["sources"]}
        case "dataset":
            own = {said["publisher"]}
        case "relation":
            own = {said["source"], said["target"]}
        case _:
            on = world.records["relation"][said["relation"]].said
            own = {said["claimant"], *said["via"], on["source"], on["target"]}
            if said["document"]:
                own |= {world.records["document"][said["document"]].said["publisher"]}
    return any(world.resolve(each) == world.resolve(named) for each in own - {None})


def of_type(world: World, change: Json, kind: str) -> bool:
    relation_id = change["id"].partition(".")[0]
    return change["record"] in {"relation", "claim"} and below(
        world.records["relation"][relation_id].said["type"], kind
    )


def in_dataset(world: World, change: Json, named: str) -> bool:
    claims = world.records["claim"]
    match change["record"]:
        case "dataset":
            return bool(change["id"] == named)
        case "claim":
            return bool(claims[change["id"]].said["dataset"] == named)
        case "relation":
            return any(
                each.said["dataset"] == named for each in claims.values() if each.said["relation"] == change["id"]
            )
    return False
