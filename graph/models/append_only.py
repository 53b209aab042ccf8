"""Nothing is updated in place or deleted: the engines themselves refuse it.

1. On a record's or part's row an UPDATE may only set `ended`, once, and change nothing else.
2. A change is never updated.
3. The head is updated by every write.
4. Nothing is ever deleted, truncated included.
5. Keys, kept results and imports under way are no facts and tell no history: they stand outside of all this.
"""

from sqlalchemy import Connection, Table, event, text

from graph.models.table import METADATA

REFUSAL = "append-only"
_UPDATED = {"head"}
_FROZEN = {"change"}
OUTSIDE = {"key", "kept_result", "import_job", "import_reject"}
"""The tables that belong to the service, not to the ledger."""

FUNCTIONS = {
    "entente_close_only": """
        DECLARE still record;
        BEGIN
            still := NEW;
            still.ended := NULL;
            IF OLD.ended IS NOT NULL OR NEW.ended IS NULL OR still IS DISTINCT FROM OLD THEN
                RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME;
            END IF;
            RETURN NEW;
        END""",
    "entente_never": """
        BEGIN
            RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME;
        END""",
}
"""What PostgreSQL's triggers call."""


def statements(table: Table, dialect: str) -> list[str]:
    """List the statements that make one table append-only; none for what stands outside."""
    name = table.name
    if name in OUTSIDE:
        return []
    if dialect == "sqlite":
        return [_sqlite(table, "UPDATE", _changed(table))] * (name not in _UPDATED) + [_sqlite(table, "DELETE", "")]
    made = [
        f"CREATE TRIGGER {name}_delete BEFORE DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION entente_never()",
        f"CREATE TRIGGER {name}_truncate BEFORE TRUNCATE ON {name} EXECUTE FUNCTION entente_never()",
    ]
    if name not in _UPDATED:
        function = "entente_never" if name in _FROZEN else "entente_close_only"
        made.append(f"CREATE TRIGGER {name}_update BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION {function}()")
    return made


def functions() -> list[str]:
    """List the statements that make PostgreSQL's functions."""
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$" for name, body in FUNCTIONS.items()
    ]


def _changed(table: Table) -> str:
    if table.name in _FROZEN:
        return ""
    kept = " AND ".join(
        f'NEW."{column.name}" IS OLD."{column.name}"' for column in table.columns if column.name != "ended"
    )
    return f" WHEN NOT (OLD.ended IS NULL AND NEW.ended IS NOT NULL AND {kept})"


def _sqlite(table: Table, verb: str, when: str) -> str:
    name = table.name
    return (
        f"CREATE TRIGGER {name}_{verb.lower()} BEFORE {verb} ON {name}{when} "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}: {name}'); END"
    )


@event.listens_for(METADATA, "after_create")
def _after_create(_metadata: object, connection: Connection, **_: object) -> None:
    dialect = connection.dialect.name
    if dialect == "postgresql":
        for statement in functions():
            connection.execute(text(statement))
    for table in METADATA.sorted_tables:
        for statement in statements(table, dialect):
            connection.execute(text(statement))
