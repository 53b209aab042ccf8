"""Bring a database to the newest schema, from wherever the program was started or installed."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

if TYPE_CHECKING:
    from sqlalchemy import Engine

_VERSION: Final = "alembic_version"
"""The table that tells which migrations were run."""


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing, all in one transaction; harmless when none is, or when others do the same.

    Errors: `LedgerDamaged`, all undone.
    """
    scripts = files("migrations")
    newest = max(file.name for file in (scripts / "versions").iterdir() if file.name[0].isdigit()).partition("_")[0]
    if revision_of(engine) != newest:
        from graph.db.migrating import migrate  # noqa: PLC0415 - alembic knows all engines: 13 MB for hardly any start

        migrate(engine, str(scripts))


def revision_of(engine: Engine) -> str | None:
    """Tell the schema's revision; None in an empty database."""
    with engine.connect() as connection:
        known = inspect(connection).has_table(_VERSION)
        return connection.scalar(text(f"SELECT version_num FROM {_VERSION}")) if known else None  # noqa: S608 - ours
