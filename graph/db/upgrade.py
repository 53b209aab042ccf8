"""Bring a database to the newest schema, from wherever the program was started or installed."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from graph.errors import LedgerDamaged

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_LOCK = 0x456E74656E7465  # "Entente": one upgrade at a time, whoever starts first


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing, all in one transaction; harmless when none is, or when others do the same.

    On SQLite a migration may rebuild a table. With foreign keys enforced that would touch its children, so they are
    off meanwhile, and checked before the end.
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
                command.upgrade(_config(connection), "head")
                if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise LedgerDamaged("The migration left rows that refer to nothing; it was rolled back.")
        finally:
            if sqlite:
                _outside_transactions(connection, "PRAGMA foreign_keys=ON")


def revision_of(engine: Engine) -> str | None:
    """Tell the schema's revision; None in an empty database."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _outside_transactions(connection: Connection, pragma: str) -> None:
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute(pragma)
