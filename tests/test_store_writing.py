"""The write transaction: dense revisions, a clock that never goes back, all or nothing, and a chain that tells."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from graph.db import connect, writing
from graph.errors import Busy, Conflict, Full, NotFound
from graph.models import COUNTED
from graph.store import Store
from graph.store.transaction import CHANGE, CONTRIBUTOR, HEAD, TABLES, chain_hash, genesis, row_hash
from tests import statements as say

if TYPE_CHECKING:
    pass


def _rows(store: Store, statement: Any) -> list[Any]:  # noqa: ANN401 - any statement
    with store.engine.connect() as connection:
        return list(connection.execute(statement).all())


def _twice(store: Store) -> None:
    with store.write() as w:
        say.writes(w, "us")
        say.writes(w, "us")


def test_the_first_write_is_revision_one(store: Store) -> None:
    assert store.head().revision == 0
    with store.write() as w:
        say.writes(w, "us")
    assert (w.revision, store.head().revision) == (1, 1)


def test_a_write_that_adds_nothing_takes_no_revision(store: Store) -> None:
    say.one(store, "add_actor", say.actor("us"))
    before = store.head()
    with store.write() as w:
        w.amend_actor("us", say.actor("us"))
    assert store.head() == before
    assert w.revision == before.revision


def test_a_write_that_raises_leaves_nothing(store: Store) -> None:
    before = store.head()
    with pytest.raises(Conflict):
        _twice(store)
    assert store.head() == before
    assert _rows(store, select(TABLES["actors"])) == []


def test_what_follows_is_told_after_it_is_durable(store: Store) -> None:
    told: list[tuple[int, int]] = []
    store.after_commit.append(lambda revision: told.append((revision, store.head().revision)))
    say.one(store, "add_actor", say.actor("us"))
    with store.write():
        pass
    assert told == [(1, 1)]


def test_four_threads_lose_nothing(store: Store) -> None:
    """Lost updates: each thread reads and writes; every write counts, every revision is there once."""
    failures: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            for i in range(10):
                with store.write() as w:
                    say.writes(w, f"a-{thread}-{i}")
        except BaseException as error:  # noqa: BLE001 - shown by the test itself
            failures.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    actors = _rows(store, select(TABLES["actors"].c.n, TABLES["actors"].c.written).order_by(TABLES["actors"].c.n))
    assert [tuple(row) for row in actors] == [(i, i) for i in range(1, 41)]
    instants = [row.at for row in _rows(store, select(CHANGE.c.at).order_by(CHANGE.c.revision))]
    assert len(set(instants)) == 40
    assert instants == sorted(instants)


def test_instants_rise_even_if_the_clock_jumps_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for now in (1_000_000, 500_000, 500_000, 2_000_000):
        monkeypatch.setattr("graph.store.transaction.now_us", lambda now=now: now)
        say.one(store, "add_actor", say.actor(None, name=f"At {now}"))
    instants = [row.at for row in _rows(store, select(CHANGE.c.at).order_by(CHANGE.c.revision))]
    assert instants == [1_000_000, 1_000_001, 1_000_002, 2_000_000]
    assert store.head().at == 2_000_000


def test_rows_are_numbered_without_gaps_and_counted(store: Store) -> None:
    say.begin(store)
    say.claimed(store, say.relation(start="2026"))
    say.one(store, "amend_actor", "us", say.actor("us", names=[{"value": "America"}]))
    head = store.head()
    assert head.counts.keys() == set(COUNTED)
    for counter, table in TABLES.items():
        numbers = [row.n for row in _rows(store, select(table.c.n).order_by(table.c.n))]
        assert numbers == list(range(1, head.counts[counter] + 1)), counter
    last = _rows(store, select(CHANGE).order_by(CHANGE.c.revision))[-1]
    assert {name: getattr(last, name) for name in COUNTED} == head.counts


def test_the_chain_can_be_read_back(store: Store) -> None:
    """Every row's hash, and every change's, follows from what the ledger holds."""
    [head] = _rows(store, select(HEAD))
    assert head.hash == genesis(head.ledger)
    say.begin(store)
    say.one(store, "add_contributor", "ann", "Ann")
    with store.write(by="ann", op="test", reason="why", comment="so") as w:
        claimed = w.claim(say.claim(say.relation(start="2026"), confidence=0.1, attributes={"place": "Genève"}))
    say.one(store, "amend_relation", claimed.relation_id, say.relation(start="2026-02"), reason="closer")
    say.one(store, "retract", "claim", claimed.claim_id, "wrong")
    chain = head.hash
    for change in _rows(store, select(CHANGE).order_by(CHANGE.c.revision)):
        hashes, ended = [], []
        for table in TABLES.values():
            written = _rows(store, select(table).where(table.c.written == change.revision).order_by(table.c.n))
            if table is CONTRIBUTOR:  # the chain alone covers it
                hashes += [row_hash(table, row._mapping, []) for row in written]
            else:
                hashes += [row.hash for row in written if "hash" in table.columns]
            gone = _rows(store, select(table.c.n).where(table.c.ended == change.revision))
            ended += [(table.name, row.n) for row in gone]
        said = {name: value for name, value in change._mapping.items() if name != "hash"}
        chain = chain_hash(chain, said, sorted(ended), hashes)
        assert chain == change.hash
    assert store.head().hash == chain
    for name in ("relations", "claims", "documents", "datasets"):
        for row in _rows(store, select(TABLES[name])):
            assert row_hash(TABLES[name], row._mapping, []) == row.hash


def test_a_change_says_who_and_why(store: Store) -> None:
    say.one(store, "add_contributor", "ann", "Ann")
    with store.write(by="ann", op="add", reason="because", comment="a remark") as w:
        say.writes(w, "us")
    [*_, change] = _rows(store, select(CHANGE).order_by(CHANGE.c.revision))
    assert (change.by, change.op, change.reason, change.comment) == (1, "add", "because", "a remark")


def test_an_unknown_contributor_writes_nothing(store: Store) -> None:
    with pytest.raises(NotFound), store.write(by="nobody"):
        pass
    say.one(store, "add_contributor", "ann", "Ann")
    with pytest.raises(Conflict):
        say.one(store, "add_contributor", "ann", "Ann")


def test_who_waits_in_vain_is_told_so(database_url: str) -> None:
    hasty = connect(database_url, wait_s=0.05)
    with say.held(database_url), pytest.raises(Busy):
        say.one(Store(hasty), "add_actor", say.actor("us"))
    hasty.dispose()


def test_threads_of_one_process_wait_in_a_line(tmp_path: Path, migrated_file: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'a.db'}", wait_s=0.05)
    (tmp_path / "a.db").write_bytes(migrated_file.read_bytes())
    with writing(engine), pytest.raises(Busy):
        say.one(Store(engine), "add_actor", say.actor("us"))
    engine.dispose()


def test_one_place_makes_things_durable() -> None:
    root = Path(__file__).parents[1]
    found = [
        path.relative_to(root).as_posix()
        for folder in ("app", "graph", "migrations")
        for path in (root / folder).rglob("*.py")
        for _ in re.findall(r"\.commit\(", path.read_text())
    ]
    assert found == ["graph/store/ledger.py"]


def test_a_full_disk_stops_writing_and_not_reading(tmp_path: Path, migrated_file: Path) -> None:
    (tmp_path / "a.db").write_bytes(migrated_file.read_bytes())
    engine = connect(f"sqlite:///{tmp_path / 'a.db'}")
    store = Store(engine)
    say.begin(store)
    head = store.head()
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(Full):
        say.one(store, "add_document", say.document(None, text="words " * 100_000))
    assert store.head() == head
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert say.one(store, "add_document", say.document(None, text="words " * 100_000)).new
    engine.dispose()
