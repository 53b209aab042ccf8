"""Whatever is done to a ledger, every answer is what a plain replay of the statements says: now, and as known before.

More histories than CI needs: `ENTENTE_TEST_HISTORIES=1000 pytest tests/test_histories.py`.
"""

from __future__ import annotations

import os
import shutil
import uuid
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from graph.db import connect
from graph.errors import Gone, NotFound
from graph.snapshot import entries, slices, zones
from graph.snapshot.find import filters, pages
from graph.store import Live, Store
from graph.store.transaction import genesis
from tests import oracle
from tests.asking import TODAY, Asked, Asker, ask, told
from tests.conftest import TEMPLATE, make_database, named
from tests.histories import ACTING, History
from tests.oracle.world import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from random import Random

    from graph.queries import Answer
    from graph.snapshot import Snapshot
    from tests.oracle import World

EXAMPLES = int(os.environ.get("ENTENTE_TEST_HISTORIES", "24"))
MANY, SOME, FEW = (
    settings(
        max_examples=max(3, EXAMPLES // part),
        deadline=None,
        phases=[Phase.explicit, Phase.generate],  # a seed tells all and cannot be made smaller
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    for part in (1, 2, 8)
)
randoms = st.randoms(use_true_random=True)
Engine = Literal["sqlite", "postgresql"]
LISTS = ("list_relations", "list_claims", "list_actors", "list_documents", "list_datasets")


class Ledgers(Protocol):
    """Opens an empty ledger, for as long as it is needed."""

    def __call__(self, engine: Engine = "sqlite") -> AbstractContextManager[Store]: ...


@pytest.fixture(autouse=True, scope="module")
def _levels_of_a_few_rows() -> Iterator[None]:
    """So that a short history packs and unsettles as a long one does, and is looked at as a hub is."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(slices, "PACK_AFTER", 2)
        patched.setattr(slices, "ONE_BY_ONE", 3)
        patched.setattr(filters, "_LONG", 1)
        patched.setattr(pages, "_STEP", 2)
        patched.setattr(zones, "ZONE", 2)
        patched.setattr(entries, "ZONE", 2)
        patched.setattr(entries, "_SCATTERED", 1)
        yield


@pytest.fixture(scope="session")
def ledgers(request: pytest.FixtureRequest, migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Ledgers:
    folder = tmp_path_factory.mktemp("histories")

    def url_of(engine: Engine, name: str) -> str:
        if engine == "sqlite":
            shutil.copy(migrated_file, folder / name)
            return f"sqlite:///{folder / name}"
        server: str = request.getfixturevalue("postgresql_server")
        make_database(server, name, TEMPLATE)
        return named(server, name)

    @contextmanager
    def opened(engine: Engine = "sqlite") -> Iterator[Store]:
        name = f"history_{uuid.uuid4().hex}"
        made = connect(url_of(engine, name))
        with made.begin() as connection:
            renamed = text("UPDATE head SET ledger = :ledger, hash = :hash")
            connection.execute(renamed, {"ledger": name, "hash": genesis(name)})
        store = Store(made)
        try:
            yield store
        finally:
            store.head_file.close()
            made.dispose()
            for leftover in folder.glob(f"{name}*"):
                leftover.unlink()

    return opened


@contextmanager
def following(store: Store) -> Iterator[Live]:
    live = Live(store)
    try:
        yield live
    finally:
        live.close()


def expected(world: World, name: str, asked: Asked) -> oracle.Listed:
    plain = {key: TODAY if value == "today" else value for key, value in asked.items()}
    match name:
        case "list_actor_relations":
            return oracle.relations(world, plain, plain.pop("id"))
        case "list_relations":
            return oracle.relations(world, plain)
        case "list_claims":
            return oracle.claims(world, plain)
        case "list_documents":
            return oracle.documents(world, plain)
        case "list_datasets":
            return oracle.datasets(world, plain)
    return oracle.actors(world, plain)


def sorted_names(item: Any) -> Any:  # noqa: ANN401 - JSON
    """No order is promised of the names that a survivor shows, nor of the identifiers."""
    if isinstance(item, dict) and "identifiers" in item:
        return item | {key: sorted(item[key], key=str) for key in ("names", "identifiers")}
    return item


def compare(snapshot: Snapshot, store: Store, world: World, name: str, asked: Asked) -> bytes:
    """Ask at the world's revision, and hold the answer against the replay. Gives the answer's bytes."""
    full = whole_list(world, asked)
    answer = ask(snapshot, store, name, full)
    page, whole = told(answer), expected(world, name, asked)
    assert [each["id"] for each in page["items"]] == [each["id"] for each in whole.items], (name, full)
    assert [sorted_names(each) for each in page["items"]] == whole.items, (name, full)
    assert (page["next"], page["total"]) == (None, len(whole.items))
    assert page.get("facets") == whole.facets, (name, full)
    assert [list(each) for each in (page.get("facets") or {}).values()] == [
        list(e) for e in (whole.facets or {}).values()
    ]
    return answer.body


def whole_list(world: World, asked: Asked) -> Asked:
    """The same request for everything at once, at the world's revision."""
    return {**asked, "known_at": str(world.k), "limit": 1000, "count": "exact"}


def requests(random: Random, world: World) -> Iterator[tuple[str, Asked]]:
    """One request of each list."""
    asker = Asker(random, world)
    if asker.actors:
        yield "list_actor_relations", asker.relations(of_actor=True) | {"id": asker.actor()}
        yield "list_relations", asker.relations(of_actor=False)
        yield "list_claims", asker.claims()
        yield "list_documents", asker.documents()
        yield "list_actors", asker.actors_list()
    yield "list_datasets", {}


def everything(world: World) -> Iterator[tuple[str, Asked]]:
    """The plain lists, and that of every actor."""
    for name in LISTS:
        yield name, {}
    for actor in world.records["actor"]:
        if world.stands("actor", actor) and world.actor_stands(actor):
            yield "list_actor_relations", {"id": actor}


def check_everything(history: History, live: Live) -> None:
    """Every list at every revision: followed, loaded anew and replayed are the same."""
    followed = live.current()
    with following(history.store) as other:
        fresh = other.current()
        for k in range(history.revision + 1):
            world = history.world(k)
            asked = list(everything(world)) if k == history.revision else [("list_relations", {}), ("list_actors", {})]
            for name, parameters in [*asked, *requests(history.random, world), *requests(history.random, world)]:
                body = compare(followed, history.store, world, name, parameters)
                assert ask(fresh, history.store, name, whole_list(world, parameters)).body == body, (name, parameters)


@MANY
@given(random=randoms)
def test_every_list_is_the_replay(ledgers: Ledgers, random: Random) -> None:
    with ledgers() as store:
        history = History(store, random)
        history.begin()
        with following(store) as live:
            for _ in range(random.randint(2, 14)):
                history.step()
                live.current()
            check_everything(history, live)
        history.repeat()


@FEW
@given(random=randoms)
def test_every_list_is_the_replay_on_postgresql(ledgers: Ledgers, random: Random) -> None:
    with ledgers("postgresql") as store:
        history = History(store, random)
        history.begin()
        with following(store) as live:
            for _ in range(random.randint(2, 10)):
                history.step()
                live.current()
            check_everything(history, live)
        history.repeat()


@SOME
@given(random=randoms)
def test_roll_up_is_the_replay(ledgers: Ledgers, random: Random) -> None:
    """Among many who act for each other."""
    with ledgers() as store:
        history = History(store, random, ACTING)
        history.begin(claims=random.randint(4, 20))
        with following(store) as live:
            for _ in range(random.randint(0, 6)):
                history.step()
            world, snapshot = history.world(), live.current()
            asker = Asker(random, world)
            for _ in range(12):
                asked = asker.rolled_up()
                name = "list_actor_relations" if "id" in asked else "list_relations"
                compare(snapshot, store, world, name, asked)


# Single records


def check_record(answer: Callable[[], Answer], world: World, kind: str, id_: str) -> Answer | None:
    """One record as the replay has it; or not there, and then for the right reason."""
    try:
        expected_record = oracle.one(world, kind, id_)
    except oracle.Hidden:
        with pytest.raises(Gone if id_ in world.records[kind] else NotFound):
            answer()
        return None
    told_record = answer()
    assert sorted_names(told(told_record)) == expected_record
    assert told_record.location == (None if id_ == expected_record["id"] else expected_record["id"])
    return told_record


@SOME
@given(random=randoms)
def test_single_records_are_the_replay(ledgers: Ledgers, random: Random) -> None:
    """Now and as known before; what has the same strong tag has the same bytes, whatever lies between."""
    with ledgers() as store, following(store) as live:
        history = History(store, random)
        history.begin()
        for _ in range(random.randint(2, 14)):
            history.step()
        snapshot, whole = live.current(), history.world()
        tagged: dict[tuple[str, str, int], bytes] = {}
        for k in range(history.revision + 1):
            world = history.world(k)
            for kind in KINDS:
                for id_ in [*whole.records[kind], "nobody"]:
                    asked = {"id": id_, "known_at": str(k)}
                    answer = check_record(partial(ask, snapshot, store, f"get_{kind}", asked), world, kind, id_)
                    if answer is not None and answer.newest is not None:
                        assert 0 < answer.newest <= k
                        assert tagged.setdefault((kind, id_, answer.newest), answer.body) == answer.body, (kind, id_, k)


@FEW
@given(random=randoms)
def test_the_history_of_a_record_tells_each_step(ledgers: Ledgers, random: Random) -> None:
    with ledgers() as store, following(store) as live:
        history = History(store, random)
        history.begin()
        for _ in range(random.randint(2, 14)):
            history.step()
        k = random.randint(1, history.revision)
        world = history.world(k)
        for kind in ("actor", "relation"):
            for id_ in world.records[kind]:
                asked = {"id": id_, "known_at": str(k), "limit": 1000}
                page = told(ask(live.current(), store, f"list_{kind}_versions", asked))
                steps = [{key: each[key] for key in ("version", "revision", "at", "op")} for each in page["items"]]
                assert steps == oracle.steps(world, kind, id_)


# What does not change


@SOME
@given(random=randoms)
def test_what_was_answered_stays_answered(ledgers: Ledgers, random: Random) -> None:
    """A snapshot that somebody holds, and an answer pinned to its revision, keep their bytes as writes go on."""
    kept: list[tuple[Snapshot, int, str, Asked, bytes]] = []
    with ledgers() as store, following(store) as live:
        history = History(store, random)
        history.begin()
        for _ in range(random.randint(2, 10)):
            history.step()
            snapshot, world = live.current(), history.world()
            assert snapshot.revision == history.revision
            for name, asked in [("list_relations", {"limit": 1000}), *requests(random, world)]:
                kept.append((snapshot, world.k, name, asked, ask(snapshot, store, name, asked).body))
        newest = live.current()
        for held, k, name, asked, body in kept:
            assert ask(held, store, name, asked).body == body, (name, asked, k)
            if told_whole(body):
                assert ask(newest, store, name, asked | {"known_at": str(k)}).body == body, (name, asked, k)


def told_whole(body: bytes) -> bool:
    """Whether a page is the only one; else it names its cursor, which is bound to `known_at`."""
    return orjson.loads(body)["next"] is None


@SOME
@given(random=randoms)
def test_a_walk_is_the_whole_list_while_writes_go_on(ledgers: Ledgers, random: Random) -> None:
    with ledgers() as store, following(store) as live:
        history = History(store, random)
        history.begin(claims=12)
        for _ in range(random.randint(1, 6)):
            history.step()
        for _ in range(8):
            world = history.world()  # what was there to ask about may be gone since the walk before
            name, asked = random.choice([*everything(world), *requests(random, world)])
            whole = expected(world, name, asked)
            assert walk(history, live, name, asked) == whole.items, (name, asked)


def walk(history: History, live: Live, name: str, asked: Asked) -> list[Any]:
    """All items of a list, page by page, with something written between some of the pages."""
    items: list[Any] = []
    first, cursor = live.current().revision, None
    while True:
        page_asked = (
            asked | {"limit": history.random.randint(1, 4), "count": "exact"} | ({"cursor": cursor} if cursor else {})
        )
        answer = ask(live.current(), history.store, name, page_asked)
        page = told(answer)
        items += [sorted_names(item) for item in page["items"]]
        cursor = page["next"]
        assert (answer.revision, answer.next, len(page["items"]) <= page_asked["limit"]) == (first, cursor, True)
        if cursor is None:
            assert page["total"] == len(items)
            return items
        if history.random.random() < 0.3:
            history.step()
