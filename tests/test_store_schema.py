"""The schema that the migrations build is the one that the models declare, and neither engine lets a fact change."""

# ruff: noqa: S608 - the names of tables and columns are the models' own
from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

import migrations
from graph.db import connect, revision_of, upgrade
from graph.errors import Invalid, LedgerDamaged
from graph.models import METADATA, OUTSIDE, REFUSAL, RelationRow
from graph.store import Store
from tests import statements as say
from tests.conftest import make_database, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_POSTGRESQL = """
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger
     WHERE NOT tgisinternal
    UNION ALL SELECT 'function', '', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'column', table_name, column_name, data_type || is_nullable || coalesce(column_default, '')
      FROM information_schema.columns WHERE table_schema = 'public'
"""
_SQLITE = "SELECT type, tbl_name, name, sql FROM sqlite_schema"


def _schema(engine: Engine) -> dict[tuple[str, ...], str]:
    with engine.connect() as connection:
        rows = connection.execute(text(_SQLITE if engine.dialect.name == "sqlite" else _POSTGRESQL)).all()
    return {tuple(row[:3]): _sorted(row[3] or "") for row in rows if "alembic" not in row[1]}


def _sorted(definition: str) -> str:
    """A CREATE TABLE lists its constraints in no particular order."""
    return "\n".join(sorted(line.strip().rstrip(",") for line in definition.splitlines()))


@pytest.fixture
def declared(engine: Engine, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database that the models built by themselves."""
    if engine.dialect.name == "sqlite":
        url = f"sqlite:///{tmp_path / 'declared.db'}"
    else:
        server = request.getfixturevalue("postgresql_server")
        name = f"declared_{tmp_path.name.replace('-', '_').lower()[-40:]}"
        make_database(server, name)
        url = named(server, name)
    made = connect(url)
    with made.begin() as connection:
        METADATA.create_all(connection)
    yield made
    made.dispose()


def test_migrations_build_what_the_models_declare(engine: Engine, declared: Engine) -> None:
    built, wanted = _schema(engine), _schema(declared)
    assert built.keys() == wanted.keys()
    assert {key: (built[key], wanted[key]) for key in built if built[key] != wanted[key]} == {}
    assert {key[0] for key in built} >= {"index", "trigger"}


def test_every_column_stands_in_both_engines(engine: Engine) -> None:
    seen = inspect(engine)
    for table in METADATA.sorted_tables:
        columns = {column["name"]: column["nullable"] for column in seen.get_columns(table.name)}
        assert columns == {column.name: column.nullable for column in table.columns}


def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    before = _schema(engine)
    upgrade(engine)
    assert _schema(engine) == before
    assert revision_of(engine) == "0003"


def test_upgrade_works_from_any_folder(tmp_path: Path) -> None:
    program = "import sys; from graph.db import connect, upgrade; upgrade(connect(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", program, f"sqlite:///{tmp_path / 'a.db'}"], cwd=tmp_path, check=True)
    engine = connect(f"sqlite:///{tmp_path / 'a.db'}")
    assert revision_of(engine) == "0003"
    engine.dispose()


MIGRATION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "9999", "{newest}", None, None
def upgrade():
    {does}
"""
REBUILD = (
    'with op.batch_alter_table("actor", recreate="always") as batch: batch.add_column(sa.Column("extra", sa.Integer))'
)
LOSE = 'op.execute("DROP TRIGGER actor_name_delete"); op.execute("DELETE FROM actor_name")'


@pytest.fixture
def another_migration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Engine, str], None]:
    """Migrate a ledger on, by a migration that does as it is told."""

    def migrate(engine: Engine, does: str) -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(Path(migrations.__file__).parent, folder, dirs_exist_ok=True)
        text = MIGRATION.format(newest=revision_of(engine), does=does)
        (folder / "versions" / "9999_another.py").write_text(text, encoding="utf-8")
        monkeypatch.setattr(sys.modules["graph.db.upgrade"], "files", lambda _: folder)
        upgrade(engine)

    return migrate


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_table_is_rebuilt_without_touching_its_children(
    told: Store, another_migration: Callable[[Engine, str], None]
) -> None:
    """With foreign keys on and rows that cascade, the same migration says all is well, and all children are gone."""
    with told.engine.connect() as connection:
        before = [connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).all() for table in TABLES]
    another_migration(told.engine, REBUILD)
    with told.engine.connect() as connection:
        after = [connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).all() for table in TABLES]
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    assert revision_of(told.engine) == "9999"
    for rows, was in zip(after, before, strict=True):
        assert [tuple(row[: len(kept)]) for row, kept in zip(rows, was, strict=True)] == [tuple(kept) for kept in was]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_migration_that_loses_rows_is_undone(told: Store, another_migration: Callable[[Engine, str], None]) -> None:
    before = _schema(told.engine)
    with pytest.raises(LedgerDamaged, match=r"lost 1 of 1 rows of actor_name"):
        another_migration(told.engine, LOSE)
    assert revision_of(told.engine) != "9999"
    assert _schema(told.engine) == before


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://h/x", "nonsense", ""])
def test_a_database_that_would_not_last_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="sqlite:///path"):
        connect(url)


@pytest.fixture
def told(store: Store) -> Store:
    """A ledger with a row in every table."""
    say.begin(store)
    with store.write() as w:
        w.add_contributor("ann", "Ann")
        w.add_actor(say.actor("kremlin", names=[{"value": "The Kremlin"}], identifiers=[{"scheme": "x", "value": "1"}]))
        w.claim(say.claim(say.relation(start="2026"), confidence=0.5, quote={"exact": "they said"}))
        w.merge("russia", say.merging("kremlin"))
    return store


TABLES = [table.name for table in METADATA.sorted_tables if table.name not in OUTSIDE]


def _refused(engine: Engine, statement: str, **values: object) -> str:
    with pytest.raises(DBAPIError) as caught, engine.begin() as connection:
        connection.execute(text(statement), values)
    return str(caught.value.orig)


@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_ever_deleted(told: Store, table: str) -> None:
    assert f"{REFUSAL}: {table}" in _refused(told.engine, f"DELETE FROM {table}")
    if told.engine.dialect.name == "postgresql":
        assert f"{REFUSAL}" in _refused(told.engine, f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("table", sorted(set(TABLES) - {"head"}))
def test_an_update_may_only_close_a_row(told: Store, table: str) -> None:
    """Every column but `ended` is fixed, and `ended` is set once."""
    columns = [column for column in METADATA.tables[table].columns if column.name != "ended"]
    for column in columns:
        other = f'"{column.name}" = ' + (f"{column.name} + 1000" if column.primary_key else "NULL")
        assert f"{REFUSAL}: {table}" in _refused(told.engine, f"UPDATE {table} SET {other}"), column
        if "ended" in METADATA.tables[table].columns:
            both = f'UPDATE {table} SET ended = 9, {other} WHERE "{column.name}" IS NOT NULL'
            with told.engine.connect() as connection:
                there = connection.execute(text(f'SELECT count("{column.name}") FROM {table}')).scalar()
            assert not there or f"{REFUSAL}: {table}" in _refused(told.engine, both), column
    if table == "change":
        return
    with told.engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET ended = 9"))
    assert f"{REFUSAL}: {table}" in _refused(told.engine, f"UPDATE {table} SET ended = 10")
    assert f"{REFUSAL}: {table}" in _refused(told.engine, f"UPDATE {table} SET ended = NULL")


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("actor", "kind", "king"),
        ("actor", "version", 0),
        ("actor_name", "kind", "nickname"),
        ("relation", "start", 4),
        ("relation", "end_status", "ended"),
        ("relation", "end_status", "over"),
        ("relation", "source", 999),
        ("relation", "about_as", "content"),
        ("claim", "stance", "likes"),
        ("claim", "confidence", 1.5),
        ("claim", "document", None),
        ("claim", "quote_exact", None),
        ("claim", "relation", 999),
        ("document", "sha256", b"short"),
        ("merge", "version", 2),
        ("head", "id", 2),
    ],
)
def test_what_a_column_must_never_hold_is_refused(told: Store, table: str, column: str, value: object) -> None:
    """A table class does not validate, so the engine must."""
    with told.engine.connect() as connection:
        row = dict(connection.execute(text(f"SELECT * FROM {table} ORDER BY 1 DESC LIMIT 1")).mappings().one())
    fresh = {"n": 1000, "first": 1000, "version": 1, "id": "fresh", "tag": "fresh", "merge": 1, "ended": 99}
    row |= {name: fresh[name] for name in row if name in fresh and not (table == "head" and name == "id")}
    if table == "relation":
        row |= {"end": None, "end_status": "unknown"}
    if table == "claim":
        row |= {"quote_prefix": "beside"}
    row[column] = value
    names = ", ".join(f'"{name}"' for name in row)
    told_why = _refused(told.engine, f"INSERT INTO {table} ({names}) VALUES ({', '.join(':' + n for n in row)})", **row)
    assert "constraint" in told_why.lower() or "check" in told_why.lower()


def test_a_text_is_no_number(told: Store) -> None:
    """SQLite's tables are strict."""
    assert _refused(told.engine, "UPDATE head SET revision = 'many'")


def test_a_table_class_takes_anything_and_so_never_makes_rows() -> None:
    said: dict[str, Any] = {"n": -5, "end_status": "whatever"}
    assert RelationRow(**said).n == -5


def test_a_rolled_back_transaction_leaves_no_table_behind(engine: Engine) -> None:
    with engine.connect() as connection:
        transaction = connection.begin()
        connection.execute(text("CREATE TABLE gone (n INTEGER)"))
        connection.execute(text("INSERT INTO gone VALUES (1)"))
        transaction.rollback()
    assert "gone" not in inspect(engine).get_table_names()


def test_sqlite_is_opened_for_keeps(tmp_path: Path, migrated_file: Path) -> None:
    engine = connect(f"sqlite:///{migrated_file}")
    with engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
        }
    engine.dispose()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0}
