"""How Alembic meets the ledger: on the connection it is given, or on ENTENTE_DATABASE_URL."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from alembic import context

from graph.db import connect
from graph.models import METADATA

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.sql.schema import SchemaItem


def _ours(_object: SchemaItem, name: str | None, kind: str, *_: object) -> bool:
    """Leave out the full-text tables, which no metadata describes: the tests compare them with the models instead."""
    return kind != "table" or name in METADATA.tables


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        include_object=_ours,
        render_as_batch=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with connect(os.environ["ENTENTE_DATABASE_URL"]).connect() as own:
        _run(own)
