"""Whatever clients do over HTTP, every read at every (v, k) is the plain replay, and what was pinned stays as it was.

More histories than CI needs: `ENTENTE_TEST_HISTORIES=1000 pytest tests/test_http_machine.py`.
"""

from __future__ import annotations

import shutil
import uuid
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from app.conditional import IMMUTABLE
from graph.db import connect
from graph.store.transaction import genesis
from tests import oracle
from tests.asking import QUESTIONS
from tests.conftest import TEMPLATE, make_database, named
from tests.oracle.world import KINDS
from tests.remote import RemoteHistory, url
from tests.test_histories import EXAMPLES, everything, expected, requests, sorted_names
from tests.writing import make_key, pen

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    import httpx

    from tests.oracle import World
    from tests.writing import Pen

RANDOMS = st.randoms(use_true_random=True)
PHASES = [Phase.explicit, Phase.generate]  # a seed tells all and cannot be made smaller
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
SOME = settings(max_examples=max(3, EXAMPLES // 6), deadline=None, phases=PHASES, suppress_health_check=CHECKS)
MACHINES = settings(SOME, stateful_step_count=12)
FEW = settings(MACHINES, max_examples=max(1, EXAMPLES // 24))
PROMISED = ("etag", "cache-control", "entente-revision", "content-type", "link", "vary")
"""The headers that an answer pinned to a revision keeps."""
TELLING = ("/merges", "/versions", "/stats", "/changes")
"""What tells of a merge that was undone, and of the revisions that it took."""


class Url(Protocol):
    """Makes an empty ledger, and gives its URL."""

    def __call__(self) -> str: ...


class Read(NamedTuple):
    """An answer that was given, with what of it is promised."""

    status: int
    headers: dict[str, str | None]
    body: bytes


def read(client: Pen, path: str) -> Read:
    answer = client.get(path)
    return Read(answer.status_code, {name: answer.headers.get(name) for name in PROMISED}, answer.content)


@pytest.fixture
def sqlite_ledger(migrated_file: Path, tmp_path: Path) -> Url:
    def make() -> str:
        path = tmp_path / f"{uuid.uuid4().hex}.db"
        shutil.copy(migrated_file, path)
        return own(f"sqlite:///{path}")

    return make


@pytest.fixture
def postgresql_ledger(postgresql_server: str) -> Url:
    def make() -> str:
        name = f"machine_{uuid.uuid4().hex}"
        make_database(postgresql_server, name, TEMPLATE)
        return own(named(postgresql_server, name))

    return make


def own(ledger: str) -> str:
    """A copy is a ledger of its own, and must not be taken for the one it was made of."""
    made, name = connect(ledger), str(uuid.uuid4())
    with made.begin() as connection:
        connection.execute(text("UPDATE head SET ledger = :l, hash = :h"), {"l": name, "h": genesis(name)})
    made.dispose()
    return ledger


def clients(stack: ExitStack, ledger: str) -> list[Pen]:
    """Two who may do everything."""
    first = stack.enter_context(pen(ledger, "write", "curate", sample=False))
    return [first, replace(first, key=make_key(ledger, "write", "curate", name="Another"))]


def check_list(client: Pen, world: World, name: str, asked: dict[str, Any]) -> None:
    """A whole list at the world's revision is what the replay says."""
    full = {key: value for key, value in asked.items() if key != "id" or name != "list_actor_relations"}
    full = {key: "2026-02-09" if value == "today" else value for key, value in full.items()}
    path = QUESTIONS[name].path.replace("{id}", asked.get("id", "") if name == "list_actor_relations" else "")
    at = url(path, full | {"known_at": world.k, "limit": 1000, "count": "exact"})
    answer, whole = client.get(at), expected(world, name, asked)
    assert answer.status_code == 200, (at, answer.text)
    page = answer.json()
    assert [sorted_names(each) for each in page["items"]] == whole.items, at
    assert (page["next"], page["total"], page.get("facets")) == (None, len(whole.items), whole.facets), at
    assert answer.headers["entente-revision"] == str(world.k)


def check_records(client: Pen, world: World, whole: World) -> None:
    """Each record at the world's revision, and its history until then."""
    for kind in KINDS:
        for id_ in whole.records[kind]:
            check_record(client.get(f"/{kind}s/{id_}?known_at={world.k}"), world, kind, id_)
            if id_ in world.records[kind] and not (kind == "actor" and id_ in world.pointers):
                page = client.get(f"/{kind}s/{id_}/versions?known_at={world.k}&limit=1000").json()
                told = [{key: each[key] for key in ("version", "revision", "at", "op")} for each in page["items"]]
                assert told == oracle.steps(world, kind, id_), (kind, id_, world.k)


def check_record(answer: httpx.Response, world: World, kind: str, id_: str) -> None:
    try:
        record = oracle.one(world, kind, id_)
    except oracle.Hidden:
        assert answer.status_code == (410 if id_ in world.records[kind] else 404), (kind, id_, answer.text)
        return
    if kind == "actor" and id_ != record["id"]:
        assert (answer.status_code // 100, record["id"] in answer.headers["location"]) == (3, True)
        return
    assert (answer.status_code, sorted_names(answer.json())) == (200, record), (kind, id_, world.k)


def check_changes(client: Pen, world: World, start: int) -> None:
    """The log tells all that was done, and nothing else, in its order."""
    entries = client.get(f"/changes?after={start}&known_at={world.k}&limit=1000").json()["items"]
    told = [(each["revision"], each["record"], each["id"]) for each in entries]
    assert [revision for revision, _, _ in told] == sorted(revision for revision, _, _ in told)
    assert set(told) == {(each.revision, each.kind, each.id) for each in world.events}


def check_all(client: Pen, history: RemoteHistory) -> None:
    """Every list and record at every revision."""
    whole = history.world()
    for k in range(history.start, history.revision + 1):
        world = history.world(k)
        for name, asked in [*everything(world), *requests(history.random, world)]:
            check_list(client, world, name, asked)
        check_records(client, world, whole)
    check_changes(client, whole, history.start)


class Ledger(RuleBasedStateMachine):
    """What clients do, and what they were told of the past on the way."""

    def __init__(self, make: Url) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.clients = clients(self.stack, make())
        self.pinned: dict[str, Read] = {}

    @initialize(random=RANDOMS)
    def begin(self, random: Random) -> None:
        self.history = RemoteHistory(self.clients, random)
        self.history.begin()

    @rule()
    def request(self) -> None:
        self.history.request()

    @rule()
    def batch(self) -> None:
        self.history.batch()

    @rule()
    def pin(self) -> None:
        """Read something as known now or before, to be read again at the end."""
        world = self.history.world(self.history.random.randint(self.history.start, self.history.revision))
        for path in pinned_paths(world, self.history.random):
            self.pinned.setdefault(path, read(self.clients[0], path))

    @invariant()
    def replayed(self) -> None:
        """What any client reads now is what was written."""
        if hasattr(self, "history"):
            world = self.history.world()
            for name, asked in requests(self.history.random, world):
                check_list(self.history.random.choice(self.clients), world, name, asked)

    def teardown(self) -> None:
        with self.stack:
            if hasattr(self, "history"):
                check_all(self.clients[0], self.history)
                for path, before in self.pinned.items():
                    assert read(self.clients[1], path) == before, path
                    if before.status == 200:
                        assert before.headers["cache-control"] == IMMUTABLE.decode(), path


def read_paths(world: World, random: Random) -> list[str]:
    """Lists, histories and records."""
    actors, day = world.records["actor"], random.choice(["2024", "2025-02-01", "2026-02-09"])
    own = [f"/{kind}s/{id_}" for kind in KINDS for id_ in world.records[kind]]
    return [
        *(f"/{kind}s" for kind in KINDS),
        *("/merges", "/stats", "/changes", "/search?q=alpha", "/suggest?q=al"),
        f"/relations?valid_at={day}&facets=type&include=claims",
        *(path + more for path in own for more in ("", "/versions")),
        *(f"/actors/{id_}/{more}" for id_ in actors for more in ("relations", "relations?rollup=members", "merges")),
    ]


def pinned_paths(world: World, random: Random) -> list[str]:
    """The same as known at the world's revision."""
    return [f"{path}{'&' if '?' in path else '?'}known_at={world.k}" for path in read_paths(world, random)]


def test_every_read_is_the_replay(sqlite_ledger: Url) -> None:
    run_state_machine_as_test(lambda: Ledger(sqlite_ledger), settings=MACHINES)  # type: ignore[arg-type]  # any factory will do


def test_every_read_is_the_replay_on_postgresql(postgresql_ledger: Url) -> None:
    run_state_machine_as_test(lambda: Ledger(postgresql_ledger), settings=FEW)  # type: ignore[arg-type]  # as above


def shown_now(client: Pen, paths: list[str]) -> dict[str, tuple[int, bytes]]:
    """Answers about the present."""
    answers = {path: client.get(path) for path in paths}
    return {path: (answer.status_code, answer.content) for path, answer in answers.items()}


@SOME
@given(random=RANDOMS)
def test_a_merge_and_its_undoing_leave_no_trace(sqlite_ledger: Url, random: Random) -> None:
    merge_and_undo(sqlite_ledger(), random)


@FEW
@given(random=RANDOMS)
def test_a_merge_and_its_undoing_leave_no_trace_on_postgresql(postgresql_ledger: Url, random: Random) -> None:
    merge_and_undo(postgresql_ledger(), random)


def merge_and_undo(ledger: str, random: Random) -> None:
    """Whatever came before: all is as it was, at every endpoint, now and as known at every revision."""
    with ExitStack() as stack:
        both = clients(stack, ledger)
        client, history = both[0], RemoteHistory(both, random)
        history.begin()
        for _ in range(random.randint(0, 6)):
            random.choice([history.request, history.batch])()
        world = history.world()
        past = {
            path: read(client, path)
            for k in range(history.start, history.revision + 1)
            for path in pinned_paths(history.world(k), random)
        }
        paths = [path for path in read_paths(world, random) if not any(each in path for each in TELLING)]
        present = shown_now(client, paths)
        if merge_any(client, world, random):
            assert shown_now(client, paths) == present
        for path, answer in past.items():
            assert read(client, path) == answer, path


def merge_any(client: Pen, world: World, random: Random) -> bool:
    """Merge two actors that may be, and undo it; whether there were two."""
    standing = [each.id for each in world.standing("actor") if each.id not in world.pointers]
    random.shuffle(standing)
    pairs = [
        (one, other) for one in standing for other in standing
        if one != other and len({world.kind_of(one), world.kind_of(other)} - {"unknown"}) < 2
    ]  # fmt: skip
    for survivor, absorbed in pairs[:1]:
        merged = client.post(f"/actors/{survivor}/merges", {"absorb": [absorbed], "reason": "the same"})
        assert merged.status_code == 201, merged.text
        path = f"/merges/{merged.json()['id']}"
        undone = client.write("DELETE", f"{path}?reason=not+the+same", if_match=client.tag(path))
        assert undone.status_code == 200, undone.text
    return bool(pairs)
