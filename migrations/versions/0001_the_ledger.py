"""The ledger: records with two clocks, the log, the head, the words to find them by; append-only by trigger.

Revision: 0001, after nothing.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REAL: TypeEngine[float] = sa.Double().with_variant(sqlite.REAL(), "sqlite")

CLOSE_ONLY = """
        DECLARE still record;
        BEGIN
            still := NEW;
            still.ended := NULL;
            IF OLD.ended IS NOT NULL OR NEW.ended IS NULL OR still IS DISTINCT FROM OLD THEN
                RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME;
            END IF;
            RETURN NEW;
        END"""
NEVER = """
        BEGIN
            RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME;
        END"""


def upgrade() -> None:
    """Bring the schema up, and put the one row into the head."""
    tables = [
        _actor(),
        _contributor(),
        _head(),
        _actor_identifier(),
        _actor_name(),
        _change(),
        _dataset(),
        _document(),
        _merge(),
        _relation(),
        _claim(),
        _merge_absorbed(),
    ]
    if op.get_context().dialect.name == "postgresql":
        _run(f"CREATE FUNCTION entente_close_only() RETURNS trigger LANGUAGE plpgsql AS $${CLOSE_ONLY}$$")
        _run(f"CREATE FUNCTION entente_never() RETURNS trigger LANGUAGE plpgsql AS $${NEVER}$$")
    for table in tables:
        _append_only(table)
    for name in ("quote_words", "document_words"):
        _full_text(name)
    _first_head(next(table for table in tables if table.name == "head"))


def downgrade() -> None:
    """Refuse: before this schema there is nothing to go back to, and a ledger is not thrown away by a command."""
    raise RuntimeError("There is no schema before the first; restore a backup instead.")


def _first_head(head: sa.Table) -> None:
    ledger = str(uuid.uuid4())
    row: dict[str, object] = dict.fromkeys(head.columns.keys(), 0)
    row |= {"id": 1, "ledger": ledger, "hash": hashlib.blake2b(ledger.encode(), digest_size=16).digest()}
    op.bulk_insert(head, [row])


def _append_only(table: sa.Table) -> None:
    name = table.name
    frozen = name == "change"
    if op.get_context().dialect.name == "sqlite":
        kept = " AND ".join(
            f'NEW."{column.name}" IS OLD."{column.name}"' for column in table.columns if column.name != "ended"
        )
        when = "" if frozen else f" WHEN NOT (OLD.ended IS NULL AND NEW.ended IS NOT NULL AND {kept})"
        if name != "head":
            _run(_sqlite_trigger(name, "UPDATE", when))
        _run(_sqlite_trigger(name, "DELETE", ""))
        return
    _run(f"CREATE TRIGGER {name}_delete BEFORE DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION entente_never()")
    _run(f"CREATE TRIGGER {name}_truncate BEFORE TRUNCATE ON {name} EXECUTE FUNCTION entente_never()")
    if name != "head":
        function = "entente_never" if frozen else "entente_close_only"
        _run(f"CREATE TRIGGER {name}_update BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION {function}()")


def _sqlite_trigger(name: str, verb: str, when: str) -> str:
    return (
        f"CREATE TRIGGER {name}_{verb.lower()} BEFORE {verb} ON {name}{when} "
        f"BEGIN SELECT RAISE(ABORT, 'append-only: {name}'); END"
    )


def _full_text(name: str) -> None:
    if op.get_context().dialect.name == "sqlite":
        _run(f"CREATE VIRTUAL TABLE {name} USING fts5(words, content='', detail='none', tokenize='ascii')")
        return
    _run(f"CREATE TABLE {name} (n BIGINT NOT NULL, words TSVECTOR NOT NULL, CONSTRAINT pk_{name} PRIMARY KEY (n))")
    _run(f"CREATE INDEX ix_{name}_words ON {name} USING gin (words)")


def _run(statement: str) -> None:
    op.execute(sa.text(statement))


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _actor() -> sa.Table:
    table = op.create_table(
        "actor",
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("first", WHOLE, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("written", WHOLE, nullable=False),
        sa.Column("ended", WHOLE, nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('state', 'bloc', 'organization', 'person', 'group', 'place', 'unknown')",
            name=op.f("ck_actor_kind"),
        ),
        sa.CheckConstraint("length(hash) = 16", name=op.f("ck_actor_hash")),
        sa.CheckConstraint(
            "n >= 1 AND written >= 1 AND (ended IS NULL OR ended >= written)", name=op.f("ck_actor_life")
        ),
        sa.CheckConstraint(
            "version >= 1 AND (version = 1) = (first = n) AND first <= n", name=op.f("ck_actor_version")
        ),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_actor")),
        sqlite_strict=True,
    )
    op.create_index("ix_actor_ended", "actor", ["ended"], unique=False, **_where("ended IS NOT NULL"))
    op.create_index("uq_actor_id_version", "actor", ["id", "version"], unique=True)
    return table


def _contributor() -> sa.Table:
    table = op.create_table(
        "contributor",
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("written", WHOLE, nullable=False),
        sa.Column("ended", WHOLE, nullable=True),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "n >= 1 AND written >= 1 AND (ended IS NULL OR ended >= written)", name=op.f("ck_contributor_life")
        ),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_contributor")),
        sqlite_strict=True,
    )
    op.create_index("ix_contributor_ended", "contributor", ["ended"], unique=False, **_where("ended IS NOT NULL"))
    op.create_index("uq_contributor_id_written", "contributor", ["id", "written"], unique=True)
    return table


def _head() -> sa.Table:
    return op.create_table(
        "head",
        sa.Column("actors", WHOLE, nullable=False),
        sa.Column("actor_names", WHOLE, nullable=False),
        sa.Column("actor_identifiers", WHOLE, nullable=False),
        sa.Column("documents", WHOLE, nullable=False),
        sa.Column("datasets", WHOLE, nullable=False),
        sa.Column("relations", WHOLE, nullable=False),
        sa.Column("claims", WHOLE, nullable=False),
        sa.Column("merges", WHOLE, nullable=False),
        sa.Column("merges_absorbed", WHOLE, nullable=False),
        sa.Column("contributors", WHOLE, nullable=False),
        sa.Column("id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("ledger", sa.Text(), nullable=False),
        sa.Column("revision", WHOLE, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_head_one_row")),
        sa.CheckConstraint("length(hash) = 16", name=op.f("ck_head_hash")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_head")),
        sqlite_strict=True,
    )


def _actor_identifier() -> sa.Table:
    table = op.create_table(
        "actor_identifier",
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("written", WHOLE, nullable=False),
        sa.Column("ended", WHOLE, nullable=True),
        sa.Column("actor", WHOLE, nullable=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "n >= 1 AND written >= 1 AND (ended IS NULL OR ended >= written)", name=op.f("ck_actor_identifier_life")
        ),
        sa.ForeignKeyConstraint(["actor"], ["actor.n"], name=op.f("fk_actor_identifier_actor")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_actor_identifier")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_actor_identifier_ended", "actor_identifier", ["ended"], unique=False, **_where("ended IS NOT NULL")
    )
    op.create_index("uq_actor_identifier_actor_position", "actor_identifier", ["actor", "position"], unique=True)
    op.create_index(
        "uq_actor_identifier_scheme_value",
        "actor_identifier",
        ["scheme", "value"],
        unique=True,
        **_where("ended IS NULL"),
    )
    return table


def _actor_name() -> sa.Table:
    table = op.create_table(
        "actor_name",
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("written", WHOLE, nullable=False),
        sa.Column("ended", WHOLE, nullable=True),
        sa.Column("actor", WHOLE, nullable=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('alias', 'former', 'acronym')", name=op.f("ck_actor_name_kind")),
        sa.CheckConstraint(
            "n >= 1 AND written >= 1 AND (ended IS NULL OR ended >= written)", name=op.f("ck_actor_name_life")
        ),
        sa.ForeignKeyConstraint(["actor"], ["actor.n"], name=op.f("fk_actor_name_actor")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_actor_name")),
        sqlite_strict=True,
    )
    op.create_index("ix_actor_name_ended", "actor_name", ["ended"], unique=False, **_where("ended IS NOT NULL"))
    op.create_index("uq_actor_name_actor_position", "actor_name", ["actor", "position"], unique=True)
    return table


def _change() -> sa.Table:
    return op.create_table(
        "change",
        sa.Column("actors", WHOLE, nullable=False),
        sa.Column("actor_names", WHOLE, nullable=False),
        sa.Column("actor_identifiers", WHOLE, nullable=False),
        sa.Column("documents", WHOLE, nullable=False),
        sa.Column("datasets", WHOLE, nullable=False),
        sa.Column("relations", WHOLE, nullable=False),
        sa.Column("claims", WHOLE, nullable=False),
        sa.Column("merges", WHOLE, nullable=False),
        sa.Column("merges_absorbed", WHOLE, nullable=False),
        sa.Column("contributors", WHOLE, nullable=False),
        sa.Column("revision", WHOLE, autoincrement=False, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.Column("by", WHOLE, nullable=True),
        sa.Column("op", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(hash) = 16", name=op.f("ck_change_hash")),
        sa.ForeignKeyConstraint(["by"], ["contributor.n"], name=op.f("fk_change_by")),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_change")),
        sqlite_strict=True,
    )


def _dataset() -> sa.Table:
    table = op.create_table(
        "dataset",
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("first", WHOLE, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("written", WHOLE, nullable=False),
        sa.Column("ended", WHOLE, nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("publisher", WHOLE, nullable=True),
        sa.Column("edition", sa.Text(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("coder", sa.Text(), nullable=True),
        sa.CheckConstraint("length(hash) = 16", name=op.f("ck_dataset_hash")),
        sa.CheckConstraint(
            "n >= 1 AND written >= 1 AND (ended IS NULL OR ended >= written)", name=op.f("ck_dataset_life")
        ),
        sa.CheckConstraint(
            "version >= 1 AND (version = 1) = (first = n) AND first <= n", name=op.f("ck_dataset_version")
        ),
        sa.ForeignKeyConstraint(["publisher"], ["actor.n"], name=op.f("fk_dataset_publisher")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_dataset")),
        sqlite_strict=True,
    )
    op.create_index("ix_dataset_ended", "dataset", ["ended"], unique=False, **_where("ended IS NOT NULL"))
    op.create_index("uq_dataset_id_version", "dataset", ["id", "version"], unique=True)
    return table


def _document() -> sa.Table:
    table = op.create_table(
        "document",
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("first", WHOLE, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("written", WHOLE, nullable=False),
        sa.Column("ended", WHOLE, nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("publisher", WHOLE, nullable=False),
        sa.Column("published_on", WHOLE, nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("sources", sa.Text(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.CheckConstraint(
            '"published_on" BETWEEN 5 AND 14608239 AND ("published_on" & 3) <> 0', name=op.f("ck_document_published_on")
        ),
        sa.CheckConstraint("(text IS NULL) = (sha256 IS NULL) AND length(sha256) = 32", name=op.f("ck_document_text")),
        sa.CheckConstraint("length(hash) = 16", name=op.f("ck_document_hash")),
        sa.CheckConstraint(
            "n >= 1 AND written >= 1 AND (ended IS NULL OR ended >= written)", name=op.f("ck_document_life")
        ),
        sa.CheckConstraint(
            "version >= 1 AND (version = 1) = (first = n) AND first <= n", name=op.f("ck_document_version")
        ),
        sa.ForeignKeyConstraint(["publisher"], ["actor.n"], name=op.f("fk_document_publisher")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_document")),
        sqlite_strict=True,
    )
    op.create_index("ix_document_ended", "document", ["ended"], unique=False, **_where("ended IS NOT NULL"))
    op.create_index(
        "ix_document_publisher_published_on",
        "document",
        ["publisher", "published_on"],
        unique=False,
        **_where("title IS NOT NULL"),
    )
    op.create_index(
        "ix_document_publisher_sha256",
        "document",
        ["publisher", "sha256"],
        unique=False,
        **_where("sha256 IS NOT NULL"),
    )
    op.create_index(
        "ix_document_publisher_url", "document", ["publisher", "url"], unique=False, **_where("url IS NOT NULL")
    )
    op.create_index("uq_document_id_version", "document", ["id", "version"], unique=True)
    return table


def _merge() -> sa.Table:
    table = op.create_table(
        "merge",
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("first", WHOLE, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("written", WHOLE, nullable=False),
        sa.Column("ended", WHOLE, nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("survivor", WHOLE, nullable=False),
        sa.CheckConstraint("length(hash) = 16", name=op.f("ck_merge_hash")),
        sa.CheckConstraint(
            "n >= 1 AND written >= 1 AND (ended IS NULL OR ended >= written)", name=op.f("ck_merge_life")
        ),
        sa.CheckConstraint("version = 1", name=op.f("ck_merge_one_version")),
        sa.CheckConstraint(
            "version >= 1 AND (version = 1) = (first = n) AND first <= n", name=op.f("ck_merge_version")
        ),
        sa.ForeignKeyConstraint(["survivor"], ["actor.n"], name=op.f("fk_merge_survivor")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_merge")),
        sqlite_strict=True,
    )
    op.create_index("ix_merge_ended", "merge", ["ended"], unique=False, **_where("ended IS NOT NULL"))
    op.create_index("uq_merge_id_version", "merge", ["id", "version"], unique=True)
    return table


def _relation() -> sa.Table:
    table = op.create_table(
        "relation",
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("first", WHOLE, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("written", WHOLE, nullable=False),
        sa.Column("ended", WHOLE, nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("source", WHOLE, nullable=False),
        sa.Column("target", WHOLE, nullable=False),
        sa.Column("start", WHOLE, nullable=True),
        sa.Column("end", WHOLE, nullable=True),
        sa.Column("end_status", sa.Text(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=True),
        sa.Column("about", WHOLE, nullable=True),
        sa.Column("about_as", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "about_as IN ('content', 'evidence', 'response', 'retaliation', 'condition')",
            name=op.f("ck_relation_about_as"),
        ),
        sa.CheckConstraint("end_status IN ('ended', 'ongoing', 'unknown')", name=op.f("ck_relation_end_status")),
        sa.CheckConstraint('"end" BETWEEN 5 AND 14608239 AND ("end" & 3) <> 0', name=op.f("ck_relation_end")),
        sa.CheckConstraint('"start" BETWEEN 5 AND 14608239 AND ("start" & 3) <> 0', name=op.f("ck_relation_start")),
        sa.CheckConstraint("(about IS NULL) = (about_as IS NULL) AND about < first", name=op.f("ck_relation_about")),
        sa.CheckConstraint("(end_status = 'ended') = (\"end\" IS NOT NULL)", name=op.f("ck_relation_ended")),
        sa.CheckConstraint("length(hash) = 16", name=op.f("ck_relation_hash")),
        sa.CheckConstraint(
            "n >= 1 AND written >= 1 AND (ended IS NULL OR ended >= written)", name=op.f("ck_relation_life")
        ),
        sa.CheckConstraint(
            "version >= 1 AND (version = 1) = (first = n) AND first <= n", name=op.f("ck_relation_version")
        ),
        sa.ForeignKeyConstraint(["about"], ["relation.n"], name=op.f("fk_relation_about")),
        sa.ForeignKeyConstraint(["source"], ["actor.n"], name=op.f("fk_relation_source")),
        sa.ForeignKeyConstraint(["target"], ["actor.n"], name=op.f("fk_relation_target")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_relation")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_relation_amended", "relation", ["source", "target", "type"], unique=False, **_where("version > 1")
    )
    op.create_index("ix_relation_ended", "relation", ["ended"], unique=False, **_where("ended IS NOT NULL"))
    op.create_index("uq_relation_id_version", "relation", ["id", "version"], unique=True)
    return table


def _claim() -> sa.Table:
    table = op.create_table(
        "claim",
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("first", WHOLE, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("written", WHOLE, nullable=False),
        sa.Column("ended", WHOLE, nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("relation", WHOLE, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("stance", sa.Text(), nullable=False),
        sa.Column("claimant", WHOLE, nullable=True),
        sa.Column("said_on", WHOLE, nullable=True),
        sa.Column("via", sa.Text(), nullable=True),
        sa.Column("document", WHOLE, nullable=True),
        sa.Column("dataset", WHOLE, nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("quote_exact", sa.Text(), nullable=True),
        sa.Column("quote_prefix", sa.Text(), nullable=True),
        sa.Column("quote_suffix", sa.Text(), nullable=True),
        sa.Column("quote_start", WHOLE, nullable=True),
        sa.Column("quote_end", WHOLE, nullable=True),
        sa.Column("attributes", sa.Text(), nullable=True),
        sa.Column("confidence", REAL, nullable=True),
        sa.Column("coded_by", sa.Text(), nullable=True),
        sa.CheckConstraint("stance IN ('affirms', 'denies', 'doubts')", name=op.f("ck_claim_stance")),
        sa.CheckConstraint('"said_on" BETWEEN 5 AND 14608239 AND ("said_on" & 3) <> 0', name=op.f("ck_claim_said_on")),
        sa.CheckConstraint(
            "(quote_start IS NULL) = (quote_end IS NULL) AND quote_start >= 0 AND quote_end > quote_start",
            name=op.f("ck_claim_quote_place"),
        ),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name=op.f("ck_claim_confidence")),
        sa.CheckConstraint("document IS NOT NULL OR dataset IS NOT NULL", name=op.f("ck_claim_evidence")),
        sa.CheckConstraint("length(hash) = 16", name=op.f("ck_claim_hash")),
        sa.CheckConstraint(
            "n >= 1 AND written >= 1 AND (ended IS NULL OR ended >= written)", name=op.f("ck_claim_life")
        ),
        sa.CheckConstraint(
            "quote_exact IS NOT NULL OR (quote_prefix IS NULL AND quote_suffix IS NULL AND quote_start IS NULL)",
            name=op.f("ck_claim_quote"),
        ),
        sa.CheckConstraint(
            "version >= 1 AND (version = 1) = (first = n) AND first <= n", name=op.f("ck_claim_version")
        ),
        sa.ForeignKeyConstraint(["claimant"], ["actor.n"], name=op.f("fk_claim_claimant")),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.n"], name=op.f("fk_claim_dataset")),
        sa.ForeignKeyConstraint(["document"], ["document.n"], name=op.f("fk_claim_document")),
        sa.ForeignKeyConstraint(["relation"], ["relation.n"], name=op.f("fk_claim_relation")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_claim")),
        sqlite_strict=True,
    )
    op.create_index("ix_claim_amended", "claim", ["relation"], unique=False, **_where("version > 1"))
    op.create_index("ix_claim_ended", "claim", ["ended"], unique=False, **_where("ended IS NOT NULL"))
    op.create_index("uq_claim_relation_tag_version", "claim", ["relation", "tag", "version"], unique=True)
    return table


def _merge_absorbed() -> sa.Table:
    table = op.create_table(
        "merge_absorbed",
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("written", WHOLE, nullable=False),
        sa.Column("ended", WHOLE, nullable=True),
        sa.Column("merge", WHOLE, nullable=False),
        sa.Column("actor", WHOLE, nullable=False),
        sa.CheckConstraint(
            "n >= 1 AND written >= 1 AND (ended IS NULL OR ended >= written)", name=op.f("ck_merge_absorbed_life")
        ),
        sa.ForeignKeyConstraint(["actor"], ["actor.n"], name=op.f("fk_merge_absorbed_actor")),
        sa.ForeignKeyConstraint(["merge"], ["merge.n"], name=op.f("fk_merge_absorbed_merge")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_merge_absorbed")),
        sqlite_strict=True,
    )
    op.create_index("ix_merge_absorbed_ended", "merge_absorbed", ["ended"], unique=False, **_where("ended IS NOT NULL"))
    op.create_index("uq_merge_absorbed_actor", "merge_absorbed", ["actor"], unique=True, **_where("ended IS NULL"))
    op.create_index("uq_merge_absorbed_merge_actor", "merge_absorbed", ["merge", "actor"], unique=True)
    return table
