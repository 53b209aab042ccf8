"""Writes that become durable together come out as if each had been alone, whatever becomes of the others."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

from graph.db import connect
from graph.errors import Busy, Conflict, Lost, NotFound
from graph.store import Asked, Idempotency, Store, Writer
from graph.store.check import check
from graph.store.transaction import CHANGE, HEAD, TABLES
from tests import statements as say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

NAMES = ("us", "russia", "lavrov", "china")


class Wish(NamedTuple):
    """A write that somebody might ask for: who, what, about whom, under which key, in earnest or not."""

    verb: str
    name: str = "us"
    key: str | None = None
    dry_run: bool = False
    by: str = "ann"

    def do(self, writer: Writer) -> tuple[int, dict[str, Any]]:
        """Do it."""
        if self.verb == "add":
            return 201, {"id": writer.add_actor(say.actor(self.name)).id}
        if self.verb == "add, then fail":
            writer.add_actor(say.actor(f"{self.name}-2"))
            raise Conflict("It was not meant.", self.name)
        if self.verb == "amend":
            writer.amend_actor(self.name, say.actor(self.name, name=self.name.upper()))
        elif self.verb == "retract":
            writer.retract("actor", self.name, "a reason")
        elif self.verb == "claim":
            return 201, {
                "id": writer.claim(say.claim(say.relation(target=self.name, start="2026-02"), dataset="icews")).claim_id
            }
        elif self.verb == "break":
            writer.add_actor(say.actor(f"{self.name}-3"))
            writer.rows(text("SELECT nothing FROM nowhere"))
        return 200, {"id": self.name}

    @property
    def asked(self) -> Asked:
        """As it is asked for."""
        same = None if self.key is None else Idempotency.of(self.key, self.verb.encode(), self.name.encode())
        return Asked(self.do, self.dry_run, same, {"by": self.by, "op": self.verb})


REFUSED_AT_COMMIT = {
    "sqlite": (
        "PRAGMA defer_foreign_keys = ON",
        (
            "INSERT INTO kept_result (contributor, key, request, status, result, revision, at) "
            "VALUES (99, 'k', zeroblob(32), 200, '{}', 1, 1)"
        ),
    ),
    "postgresql": (
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'",
        (
            "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON actor DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION no()"
        ),
    ),
}

VERBS = ("add", "add", "amend", "retract", "claim", "add, then fail", "break", "nothing")
WISHES = st.builds(
    Wish,
    st.sampled_from(VERBS),
    st.sampled_from(NAMES),
    st.sampled_from([None, None, "k1", "k2"]),
    st.sampled_from([False, False, False, True]),
    st.sampled_from(["ann", "ann", "ann", "bob", "nobody"]),
)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group may take its time, as on a machine that has nothing else to do."""
    monkeypatch.setattr("graph.store.ledger._STRETCH_S", 60)


def begun(store: Store) -> Store:
    """A ledger that has been begun."""
    with store.write() as w:
        for by in ("ann", "bob"):
            w.add_contributor(by, by.title())
        w.add_actor(say.actor("russia"))
        w.add_dataset(say.dataset())
    return store


@pytest.fixture
def store(store: Store) -> Store:
    return begun(store)


def told(outcome: Writer | Exception) -> tuple[Any, ...]:
    """What came of one."""
    if isinstance(outcome, DBAPIError):
        return (DBAPIError,)
    if isinstance(outcome, Exception):
        return (type(outcome), str(outcome))
    kept = outcome.replayed
    return (outcome.revision, outcome.result if kept is None else kept)


def together(store: Store, wishes: Sequence[Wish]) -> list[tuple[Any, ...]]:
    outcomes: list[Writer | Exception] = []
    while len(outcomes) < len(wishes):
        outcomes += store.carry_out([wish.asked for wish in wishes[len(outcomes) :]])
    return [told(outcome) for outcome in outcomes]


def alone(store: Store, wishes: Sequence[Wish]) -> list[tuple[Any, ...]]:
    return [told(outcome) for wish in wishes for outcome in store.carry_out([wish.asked])]


def rows(store: Store) -> dict[str, list[Any]]:
    with store.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in (*TABLES.values(), CHANGE, HEAD)
        }


@pytest.fixture
def commits(store: Store) -> list[int]:
    """How often anything was made durable, as the length of a list."""
    made: list[int] = []
    event.listen(store.engine, "commit", lambda _: made.append(1))
    return made


@pytest.fixture(scope="module")
def pair(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], tuple[Store, Store]]:
    """What makes two ledgers that are the same."""
    folder = tmp_path_factory.mktemp("pairs")
    begin = folder / "begin.db"
    shutil.copy(migrated_file, begin)
    begun(Store(connect(f"sqlite:///{begin}")))

    def made() -> tuple[Store, Store]:
        for name in ("one", "other"):
            for file in folder.glob(f"{name}.db*"):
                file.unlink()
            shutil.copy(begin, folder / f"{name}.db")
        one, other = (Store(connect(f"sqlite:///{folder / name}.db")) for name in ("one", "other"))
        return one, other

    return made


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(st.lists(WISHES, min_size=1, max_size=8))
def test_a_group_leaves_what_its_writes_would_leave_alone(
    pair: Callable[[], tuple[Store, Store]], wishes: list[Wish]
) -> None:
    one, other = pair()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("graph.store.transaction.now_us", lambda: 1)  # the clock stands still: instants rise all the same
        assert together(one, wishes) == alone(other, wishes)
    assert rows(one) == rows(other), "every row, number, instant and hash"
    assert check(one.engine) == []
    for store in (one, other):
        store.engine.dispose()


EVERYTHING = (
    *(Wish("add", "us", "k1"), Wish("add", "us", "k1"), Wish("add", "us"), Wish("add", "china", "k1")),
    *(Wish("break", "china"), Wish("claim", "us"), Wish("claim", "us"), Wish("add", "lavrov", dry_run=True)),
    *(Wish("add, then fail", "china"), Wish("retract", "china"), Wish("add", "china", by="nobody")),
    *(Wish("amend", "us"), Wish("amend", "us"), Wish("nothing", key="k2"), Wish("nothing", key="k2")),
    Wish("retract", "us"),
)


def test_of_many_each_is_told_its_own(store: Store) -> None:
    before = store.head()
    followed: list[int] = []
    store.after_commit.append(followed.append)
    outcomes = together(store, EVERYTHING)
    newest = before.revision
    assert [outcome[0] for outcome in outcomes[:4]] == [newest + 1, newest + 1, Conflict, outcomes[3][0]]
    assert outcomes[1][1][:2] == (201, {"id": "us"})
    assert outcomes[4] == (DBAPIError,)
    assert [outcome[0] for outcome in outcomes[5:8]] == [newest + 2, newest + 2, newest + 2]
    assert [outcome[0] for outcome in outcomes[8:11]] == [Conflict, NotFound, NotFound]
    assert [outcome[0] for outcome in outcomes[11:]] == [newest + 3, newest + 3, newest + 3, newest + 3, newest + 4]
    assert store.head().revision == newest + 4
    assert followed == [newest + 1, newest + 2, newest + 3, newest + 4]
    assert store.head_file.read() == newest + 4
    assert check(store.engine) == []


def test_a_group_is_made_durable_once(store: Store, commits: list[int]) -> None:
    newest = store.head().revision
    commits.clear()
    outcomes = together(store, [Wish("add", name) for name in ("us", "lavrov", "china")])
    assert [outcome[0] for outcome in outcomes] == [newest + 1, newest + 2, newest + 3]
    assert len(commits) == 1
    instants = [change.at for change in store.changes(newest, newest + 3)]
    assert instants == sorted(set(instants))


def test_what_takes_long_is_made_durable_before_others_go_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.store.ledger._STRETCH_S", 0.05)

    def slow(writer: Writer) -> tuple[int, dict[str, Any]]:
        time.sleep(0.06)
        say.writes(writer, "us")
        return 201, {}

    [first] = store.carry_out([Asked(slow), Wish("add", "china").asked])
    assert isinstance(first, Writer)
    assert store.head().revision == first.revision


def test_if_it_can_not_be_made_durable_nobody_is_told_that_it_was(store: Store) -> None:
    """On each engine something that is refused at the very end alone."""
    at_the_end = REFUSED_AT_COMMIT[store.engine.dialect.name]

    def refused(writer: Writer) -> tuple[int, dict[str, Any]]:
        for statement in at_the_end:
            writer.connection.exec_driver_sql(statement)
        say.writes(writer, "lavrov")
        return 201, {}

    before = store.head()
    outcomes = store.carry_out([Wish("add", "us").asked, Asked(refused), Wish("add", "us").asked])
    assert len(outcomes) == 3
    assert all(isinstance(outcome, DBAPIError) for outcome in outcomes)
    assert store.head() == before
    assert store.head_file.read() == before.revision
    assert together(store, [Wish("add", "us")]) == [(before.revision + 1, (201, {"id": "us"}))]


def test_who_waits_in_vain_is_told_so_with_all_others(database_url: str, store: Store) -> None:
    newest = store.head().revision
    hasty = Store(connect(database_url, wait_s=0.05))
    wishes = [Wish("add", name).asked for name in ("us", "china")]
    with say.held(database_url):
        assert [type(outcome) for outcome in hasty.carry_out(wishes)] == [Busy, Busy]
    assert [outcome[0] for outcome in together(hasty, [Wish("add", "us")])] == [newest + 1]
    hasty.engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has no connection that could break off
def test_a_connection_that_breaks_off_takes_no_other_write_with_it(database_url: str, store: Store) -> None:
    def broken(writer: Writer) -> tuple[int, dict[str, Any]]:
        say.writes(writer, "lavrov")
        pid = writer.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with psycopg.connect(database_url) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        writer.rows(text("SELECT 1"))
        return 201, {}

    newest = store.head().revision
    first, second, third = store.carry_out([Wish("add", "us").asked, Asked(broken), Wish("add", "china").asked])
    assert isinstance(second, Lost)
    assert [told(each)[0] for each in (first, third)] == [newest + 1, newest + 2]
    assert store.head().revision == newest + 2
    assert check(store.engine) == []
