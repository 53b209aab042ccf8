"""Whatever is changed behind the ledger's back is found, on both engines; and what is sound is called sound."""

# ruff: noqa: S608 - the names of tables and columns are the models' own
from __future__ import annotations

import random
import re
import shutil
import sqlite3
import threading
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from graph.db import connect
from graph.errors import LedgerDamaged
from graph.models import METADATA, OUTSIDE
from graph.models.append_only import statements
from graph.store import Live, Store
from graph.store.check import check
from graph.store.check.findings import MOST, Findings
from graph.store.head_file import path_of
from graph.store.transaction import TABLES
from tests import statements as say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

TEXT = "“They sign papers and break them,” he said. " + "Nothing else was said that day. " * 40
FACTS = [table for table in METADATA.sorted_tables if table.name not in {*OUTSIDE, "head"}]


def tell(store: Store) -> None:
    """Do everything that a writer can do."""
    say.begin(store)
    say.one(store, "add_contributor", "ann", "Ann")
    named: dict[str, Any] = {
        "names": [{"value": "Россия"}, {"value": "RF", "kind": "acronym"}],
        "description": "a state",
    }
    say.one(
        store, "amend_actor", "russia", say.actor("russia", identifiers=[{"scheme": "iso3", "value": "RUS"}], **named)
    )
    with store.write(by="ann", reason="because", comment="a remark") as w:
        w.add_document(say.document("d2", text=TEXT, title="A day", sources=["us", "brics"]))
        w.add_actor(say.actor("kremlin", names=[{"value": "The Kremlin"}], identifiers=[{"scheme": "x", "value": "1"}]))
        quote = {"exact": "They sign papers and break them"}
        said = say.relation(start="2026-02", attributes={})
        accused = w.claim(say.claim(said, document="d2", quote=quote, via=["paper"], confidence=0.1, claimant="lavrov"))
        about = {"relation": accused.relation_id, "as": "content"}
        w.claim(say.claim(say.relation("sanction", "us", "russia", start="2022", attributes={"sector": "energy"})))
        w.claim(say.claim(say.relation("praise-or-endorse", "brics", "russia", start="2026-02-08", about=about)))
        w.claim(say.claim(say.relation("allied-with", "us", "brics", start="2020"), dataset="icews", record="7"))
    say.one(store, "merge", "russia", say.merging("kremlin"))
    say.one(store, "amend_relation", accused.relation_id, say.relation(start="2026-02-09"), reason="closer")
    say.one(store, "retract", "claim", accused.claim_id, "wrong")
    say.one(store, "retract", "document", "d2", "withdrawn")
    say.one(store, "amend_document", "d2", say.document("d2", text=TEXT, title="A better day"), reason="it is back")
    say.one(store, "undo_merge", "m1", "they are two")
    with store.write() as w:
        w.merge("russia", say.merging("kremlin"))
        w.retract("actor", "us", "by mistake")
        w.amend_actor("russia", say.actor("russia", names=[{"value": "Russland"}]))
        w.amend_actor("us", say.actor("us", name="United States"), reason="by mistake")


@pytest.fixture
def told(store: Store) -> Store:
    tell(store)
    return store


@pytest.fixture
def unguarded(told: Store) -> Iterator[Engine]:
    """An engine to which the triggers and foreign keys do not apply, nor the checks of SQLite."""
    with told.engine.begin() as connection:
        for table in METADATA.sorted_tables:
            for name in _triggers(table.name, connection.dialect.name):
                on = "" if connection.dialect.name == "sqlite" else f" ON {table.name}"
                connection.execute(text(f"DROP TRIGGER {name}{on}"))
        if connection.dialect.name == "postgresql":
            for kind in ("f", "c"):
                rows = connection.execute(
                    text(
                        "SELECT conrelid::regclass::text, conname FROM pg_constraint "
                        "WHERE contype = :kind AND connamespace = 'public'::regnamespace"
                    ),
                    {"kind": kind},
                )
                for table_name, name in rows.all():
                    connection.execute(text(f'ALTER TABLE {table_name} DROP CONSTRAINT "{name}"'))
    engine = told.engine
    yield engine
    engine.dispose()


def _triggers(table: str, dialect: str) -> list[str]:
    return [made.split()[2] for made in statements(METADATA.tables[table], dialect)]


def _meddle(engine: Engine, statement: str, **values: object) -> int:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
            connection.exec_driver_sql("BEGIN")
        changed = connection.execute(text(statement), values).rowcount
        connection.connection.driver_connection.commit()  # type: ignore[union-attr]  # past the toolkit
    return changed


def _guarded(engine: Engine) -> list[str]:
    """What is found, but for the triggers that the test itself has taken away."""
    return [each for each in check(engine) if "is not protected" not in each]


def test_a_sound_ledger_is_called_sound(told: Store) -> None:
    assert check(told.engine) == []


def test_an_empty_ledger_is_sound(store: Store) -> None:
    assert check(store.engine) == []


def test_how_far_it_is_can_be_followed(told: Store) -> None:
    seen: list[tuple[int, int]] = []
    check(told.engine, lambda *at: seen.append(at))
    assert seen[-1] == (sum(told.head().counts.values()),) * 2


def test_it_may_be_read_while_others_write(store: Store) -> None:
    say.begin(store)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            say.claimed(store, say.relation(start=f"20{random.randrange(10, 26)}"), claimant="lavrov")
            say.one(store, "add_actor", say.actor(None, name="One more"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert [check(store.engine) for _ in range(5)] == [[]] * 5
    finally:
        stop.set()
        writer.join()


def _other(value: Any) -> Any:  # noqa: ANN401 - a value of a column
    match value:
        case None:
            return 1
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:]
        case float():
            return value / 2
        case int():
            return value + 1
    return value[:-1] + chr(ord(value[-1]) ^ 1)


def _cells(engine: Engine) -> Iterator[tuple[str, str, int, Any]]:
    """Every cell of every fact: table, column, key, value."""
    with engine.connect() as connection:
        for table in FACTS:
            key = next(iter(table.primary_key)).name
            for row in connection.execute(table.select()).all():
                for column, value in row._mapping.items():
                    yield table.name, column, row._mapping[key], value


def test_every_changed_cell_is_found(unguarded: Engine) -> None:
    """One value after another is changed, looked for, and put back."""
    cells = list(_cells(unguarded))
    chosen = random.sample(cells, 60) + [cell for cell in cells if cell[0] in {"contributor", "merge_absorbed"}]
    for table, column, key, value in chosen:
        name = "revision" if table == "change" else "n"
        other = _other(value) if value is not None or column not in _TEXTS else "x"
        try:
            assert _meddle(unguarded, f'UPDATE {table} SET "{column}" = :v WHERE {name} = :k', v=other, k=key) == 1
        except DBAPIError:
            continue  # a unique index, or a type, does not let it be
        assert _guarded(unguarded), (table, column, key, value, other)
        at = other if column == name else key
        _meddle(unguarded, f'UPDATE {table} SET "{column}" = :v WHERE {name} = :k', v=value, k=at)
    assert _guarded(unguarded) == []


_TEXTS = {column.name for table in FACTS for column in table.columns if "TEXT" in str(column.type).upper()}


@pytest.mark.parametrize("counter", TABLES)
def test_a_row_that_is_gone_is_found(unguarded: Engine, counter: str) -> None:
    table = TABLES[counter].name
    assert _meddle(unguarded, f"DELETE FROM {table} WHERE n = (SELECT max(n) FROM {table})") == 1
    assert any("missing" in each for each in _guarded(unguarded))


@pytest.mark.parametrize("table", ["actor", "claim", "relation", "contributor", "merge_absorbed"])
def test_a_row_that_nobody_wrote_is_found(unguarded: Engine, table: str) -> None:
    columns = ", ".join(f'"{column.name}"' for column in METADATA.tables[table].columns)
    fresh = {"n": "n + 100", "id": "'other'", "tag": "'other'", "first": "n + 100", "merge": "merge + 100"}
    values = ", ".join(fresh.get(c.name, f'"{c.name}"') for c in METADATA.tables[table].columns)
    _meddle(unguarded, f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE n = 1")
    assert any("by no revision" in each or "missing" in each for each in _guarded(unguarded))


@pytest.mark.parametrize(
    ("meddling", "told_of"),
    [
        ("DELETE FROM change WHERE revision = 3", "Revision 3 is missing"),
        ("UPDATE change SET at = at + 100000000000 WHERE revision = 3", "Revision 4 is no later"),
        ('UPDATE change SET "by" = 77 WHERE revision = 4', "by nobody known"),
        ("UPDATE change SET actors = 1 WHERE revision = 4", "Revision 4 counts fewer actors"),
        ("UPDATE head SET revision = revision - 1", "The head, at revision"),
        ("UPDATE head SET claims = claims + 1", "The head counts"),
        ("DELETE FROM head", "can't be read on|has no head"),
        ("UPDATE relation SET source = 999 WHERE n = 1", "its source refers to no record"),
        ("UPDATE relation SET start = 5 * 4 + 2 WHERE n = 1", "its start is no date"),
        ("UPDATE relation SET target = source WHERE n = 1", "its id does not follow"),
        ("UPDATE relation SET type = 'unheard-of' WHERE n = 1", "not in the vocabulary"),
        ("UPDATE claim SET record = 'another' WHERE n = 1", "its id does not follow"),
        ("UPDATE claim SET via = '[999]' WHERE via IS NOT NULL", "its via name an actor"),
        ("UPDATE document SET sources = '[1, 999]' WHERE sources IS NOT NULL", "its sources name an actor"),
        ("UPDATE relation SET ended = NULL WHERE version = 1", "was not ended by then"),
        ("UPDATE actor SET ended = 999 WHERE n = 1", "can't have been ended by revision 999"),
        ("UPDATE actor SET ended = 9 WHERE n = 5", "is not what was written"),
        ("UPDATE actor SET id = 'other' WHERE version = 2 AND id = 'russia'", "the version before it is missing"),
        ("UPDATE actor_name SET ended = NULL WHERE ended IS NOT NULL", "is not what was written|did not end with"),
        ("UPDATE actor_name SET position = 7 WHERE n = 1", "is out of place"),
        ("UPDATE actor_name SET actor = 1 WHERE n = 3", "belongs to nothing"),
        ("UPDATE actor_identifier SET value = 'RUX' WHERE n = 1", "actor russia version 2 .row .* does not say"),
        ("UPDATE contributor SET name = 'Anne'", "is not what was written"),
        ("UPDATE change SET reason = 'else' WHERE revision = 4", "Revision 4 is not what was written"),
    ],
)
def test_it_says_what_is_wrong(unguarded: Engine, meddling: str, told_of: str) -> None:
    assert _meddle(unguarded, meddling) >= 1
    found = "\n".join(_guarded(unguarded))
    assert re.search(told_of, found), found


@pytest.mark.parametrize("kind", ["actors", "documents", "datasets", "relations", "claims", "merges"])
def test_a_start_notices_that_a_last_row_is_missing(unguarded: Engine, kind: str) -> None:
    _meddle(unguarded, f"UPDATE head SET {kind} = {kind} + 1")
    with pytest.raises(LedgerDamaged, match=f"(?s)head counts.*{kind}|{kind}.*head counts"):
        Live(Store(unguarded))


@pytest.mark.parametrize("kind", ["actor", "document", "relation", "claim"])
def test_a_start_notices_that_a_row_is_missing(unguarded: Engine, kind: str) -> None:
    _meddle(unguarded, f"DELETE FROM {kind} WHERE n = 2")
    with pytest.raises(LedgerDamaged, match=f"Rows of {kind} are missing after number 0"):
        Live(Store(unguarded))


def test_a_trigger_that_is_gone_is_found(told: Store) -> None:
    on = "" if told.engine.dialect.name == "sqlite" else " ON claim"
    with told.engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER claim_delete{on}"))
    [found] = check(told.engine)
    assert "claim is not protected" in found


_SWITCHED_OFF = {
    "sqlite": [
        "DROP TRIGGER claim_update",
        "CREATE TRIGGER claim_update BEFORE UPDATE ON claim WHEN 0 BEGIN SELECT 1; END",
    ],
    "postgresql": ["ALTER TABLE claim DISABLE TRIGGER claim_update"],
}


def test_a_trigger_that_is_switched_off_is_found(told: Store) -> None:
    with told.engine.begin() as connection:
        for statement in _SWITCHED_OFF[connection.dialect.name]:
            connection.execute(text(statement))
        if connection.dialect.name == "postgresql":
            does_nothing = "RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
            connection.execute(text(f"CREATE OR REPLACE FUNCTION entente_never() {does_nothing}"))
    found = check(told.engine)
    assert "claim is not protected" in found[0]
    assert len(found) == 1 or "Nothing is protected" in found[1]


def test_words_that_were_dropped_are_found(told: Store) -> None:
    key = "n"
    if told.engine.dialect.name == "sqlite":
        statement = "INSERT INTO quote_words (quote_words) VALUES ('delete-all')"
    else:
        statement = f"DELETE FROM quote_words WHERE {key} > 0"
    with told.engine.begin() as connection:
        connection.execute(text(statement))
    [found] = check(told.engine)
    assert "by its words" in found


def test_a_ledger_that_was_cut_short_is_found(told: Store) -> None:
    """It is sound in itself: only what stands outside of it can tell."""
    head = told.head()
    told.head_file.raise_to(head.revision + 1, bytes(16))
    [found] = check(told.engine)
    assert f"ends at revision {head.revision}, but revision {head.revision + 1} was acknowledged" in found
    path_of(told.engine.url, head.ledger).unlink()
    assert check(told.engine) == []


def test_an_older_copy_put_back_is_found(tmp_path: Path, migrated_file: Path) -> None:
    path = tmp_path / "ledger.db"
    shutil.copy(migrated_file, path)
    for _ in range(2):
        engine = connect(f"sqlite:///{path}")
        store = Store(engine)
        say.one(store, "add_actor", say.actor(None, name="One more"))
        _whole(path)
        engine.dispose()
        if not (tmp_path / "older").exists():
            shutil.copy(path, tmp_path / "older")
    shutil.copy(tmp_path / "older", path)
    for leftover in ("-wal", "-shm"):
        Path(f"{path}{leftover}").unlink(missing_ok=True)
    engine = connect(f"sqlite:///{path}")
    [found] = check(engine)
    assert "ends at revision 1, but revision 2 was acknowledged" in found
    engine.dispose()


def test_another_past_is_found(told: Store) -> None:
    """As many revisions, sound in themselves, and not those that were acknowledged."""
    head = told.head()
    file = path_of(told.engine.url, head.ledger)
    told.head_file.close()
    file.unlink()
    other = Store(told.engine)
    other.head_file.raise_to(head.revision, bytes(16))
    [found] = check(told.engine)
    assert f"Revision {head.revision} is not the one that was acknowledged" in found
    other.head_file.close()
    file.unlink()


def _whole(path: Path) -> None:
    """Bring all into the file itself."""
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _content(path: Path) -> list[object] | None:
    """All that the ledger says: every fact, the schema, the words; None if that can't be read."""
    names = [table.name for table in METADATA.sorted_tables if table.name not in OUTSIDE]
    try:
        with closing(sqlite3.connect(path)) as file:
            said = [file.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in names]
            said.append(
                file.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY 1").fetchall()
            )
    except sqlite3.Error:
        return None
    return [*said]


def test_a_flipped_bit_is_found_or_harmless(tmp_path: Path, migrated_file: Path) -> None:
    """Bits anywhere in the file: what is not found has changed nothing that the ledger says."""
    path, flipped = tmp_path / "ledger.db", tmp_path / "flipped.db"
    shutil.copy(migrated_file, path)
    engine = connect(f"sqlite:///{path}")
    tell(Store(engine))
    engine.dispose()
    _whole(path)
    sound, whole = _content(path), path.read_bytes()
    used = [i for i in range(len(whole)) if whole[i]]
    found = 0
    for _ in range(80):
        at, bit = random.choice(used), random.randrange(8)
        flipped.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
        for leftover in ("-wal", "-shm", "-head"):
            Path(f"{flipped}{leftover}").unlink(missing_ok=True)
        damaged = connect(f"sqlite:///{flipped}")
        told = check(damaged)
        damaged.dispose()
        found += bool(told)
        assert told or _content(flipped) == sound, f"bit {bit} of byte {at}"
    assert found > 20


def test_memory_does_not_grow_with_the_ledger(store: Store) -> None:
    def peak() -> int:
        tracemalloc.start()
        assert check(store.engine) == []
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    say.begin(store)
    check(store.engine)
    texts = [f"{i} " + "words and words " * 20_000 for i in range(120)]
    with store.write() as w:
        for said in texts:
            w.add_document(say.document(None, text=said))
    assert peak() < 20 * 3 * len(texts[0]) + 20_000_000 < sum(map(len, texts)) * 2


def test_no_more_is_told_than_is_read() -> None:
    findings = Findings()
    for i in range(MOST + 5):
        findings.tell(str(i))
    assert findings.all()[MOST:] == ["There is more: 5 findings are not listed."]
