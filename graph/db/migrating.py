"""The migrations that a database lacks, run by alembic: all of them or none, and no row lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table, func, inspect, select, text

from graph.errors import LedgerDamaged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Engine

_LOCK = 0x456E74656E7465  # "Entente": one upgrade at a time, whoever starts first


def migrate(engine: Engine, scripts: str) -> None:
    """Run the migrations of a folder that are missing, all in one transaction; harmless when others do the same.

    On SQLite a migration may rebuild a table. With foreign keys enforced that would touch its children, so they are
    off meanwhile, and checked before the end, as is that no table lost a row. Errors: `LedgerDamaged`, all undone.
    """
    with engine.connect().execution_options(entente_writes=True) as connection:
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            _outside_transactions(connection, "PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                if not sqlite:
                    connection.execute(text("SET LOCAL statement_timeout = 0"))
                    connection.execute(text("SET LOCAL lock_timeout = 0"))
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                config = _config(connection, scripts)
                before = _rows_before(connection, config) if sqlite else {}
                command.upgrade(config, "head")
                if sqlite:
                    _check(connection, before)
        finally:
            if sqlite:
                _outside_transactions(connection, "PRAGMA foreign_keys=ON")


def _config(connection: Connection, scripts: str) -> Config:
    config = Config()
    config.set_main_option("script_location", scripts.replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _rows_before(connection: Connection, config: Config) -> dict[str, int]:
    """How many rows each table has; nothing if no migration is missing."""
    newest = ScriptDirectory.from_config(config).get_current_head()
    current = MigrationContext.configure(connection).get_current_revision()
    return {} if current == newest else _rows(connection)


def _rows(connection: Connection) -> dict[str, int]:
    """How many rows each table has. O(rows)."""
    tables = {name: Table(name, MetaData()) for name in inspect(connection).get_table_names()}
    counts = {name: select(func.count()).select_from(table) for name, table in tables.items()}
    return {name: connection.scalar(count) or 0 for name, count in counts.items()}


def _check(connection: Connection, before: Mapping[str, int]) -> None:
    """Errors: `LedgerDamaged`, if a row refers to nothing or a table that is still there has fewer rows than before."""
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise LedgerDamaged("The migration left rows that refer to nothing; it was rolled back.")
    after = _rows(connection) if before else {}
    for table in sorted(before.keys() & after.keys()):
        if after[table] < before[table]:
            lost = f"{before[table] - after[table]} of {before[table]} rows of {table}"
            raise LedgerDamaged(f"The migration lost {lost}; it was rolled back.")


def _outside_transactions(connection: Connection, pragma: str) -> None:
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute(pragma)
