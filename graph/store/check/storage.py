"""What the engine itself can tell: whether its pages and indexes hold together, and still refuse to change a fact."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from graph.models import METADATA
from graph.models.append_only import FUNCTIONS, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_TRIGGERS: Final = {
    "sqlite": "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'",
    "postgresql": """
        SELECT tgname, pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
         WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND relnamespace = current_schema()::regnamespace""",
}
_BODIES: Final = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
_NAME: Final = re.compile(r"CREATE TRIGGER (\S+)")


def pages(connection: Connection) -> Iterator[str]:
    """Tell what SQLite finds wrong with its file. PostgreSQL checks its pages as it reads them, if told to."""
    if connection.dialect.name != "sqlite":
        return
    for pragma in ("integrity_check", "foreign_key_check"):
        for row in connection.exec_driver_sql(f"PRAGMA {pragma}"):
            if row[0] != "ok":
                yield f"The database file is damaged ({pragma}): {' '.join(str(each) for each in row)}"


def guards(connection: Connection) -> Iterator[str]:
    """Tell which of the triggers that make the ledger append-only are missing, switched off, or others."""
    dialect = connection.dialect.name
    there = {row[0]: _plain(row[1]) for row in connection.execute(text(_TRIGGERS[dialect]))}
    for table in METADATA.sorted_tables:
        for wanted in statements(table, dialect):
            [name] = _NAME.findall(wanted)
            if there.get(name) != _plain(wanted):
                yield f"{table.name} is not protected: the trigger {name} is not there as it should be."
    if dialect == "postgresql":
        bodies = {row[0]: _plain(row[1]) for row in connection.execute(text(_BODIES))}
        for name, said in FUNCTIONS.items():
            if bodies.get(name) != _plain(said):
                yield f"Nothing is protected: the function {name} is not there as it should be."


def _plain(said: str) -> str:
    """Write a definition without its layout, and without what PostgreSQL adds to it."""
    named = re.sub(r" ON (\w+\.)?\"?(\w+)\"?", r" ON \2", " ".join(said.split()))
    return named.replace(" FOR EACH STATEMENT", "")
