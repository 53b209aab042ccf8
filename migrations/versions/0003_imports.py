"""Imports that were asked for over HTTP, and their rejects: of the service, so without triggers.

Revision: 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "import_job",
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("contributor", WHOLE, nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("on_error", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("size", WHOLE, nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("tries", WHOLE, nullable=False),
        sa.Column("first_revision", WHOLE, nullable=True),
        sa.Column("last_revision", WHOLE, nullable=True),
        sa.Column("undone_revision", WHOLE, nullable=True),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("touched_at", WHOLE, nullable=False),
        sa.Column("finished_at", WHOLE, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'interrupted', 'undone')",
            name=op.f("ck_import_job_state"),
        ),
        sa.CheckConstraint("on_error IN ('reject', 'abort')", name=op.f("ck_import_job_on_error")),
        sa.ForeignKeyConstraint(["contributor"], ["contributor.n"], name=op.f("fk_import_job_contributor")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_import_job")),
        sqlite_strict=True,
    )
    op.create_index("ix_import_job_state", "import_job", ["state"], unique=False)
    op.create_table(
        "import_reject",
        sa.Column("job", WHOLE, autoincrement=False, nullable=False),
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("line", WHOLE, nullable=False),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["import_job.n"], name=op.f("fk_import_reject_job")),
        sa.PrimaryKeyConstraint("job", "n", name=op.f("pk_import_reject")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take the two tables away; what was imported stays."""
    op.drop_table("import_reject")
    op.drop_table("import_job")
