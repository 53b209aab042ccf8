"""Keys of contributors, and the results kept for retries: outside of revisions and history, so without triggers.

Revision: 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("contributor", WHOLE, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("expires_at", WHOLE, nullable=True),
        sa.Column("revoked_at", WHOLE, nullable=True),
        sa.Column("last_used_at", WHOLE, nullable=True),
        sa.CheckConstraint("length(secret) = 32", name=op.f("ck_key_secret")),
        sa.ForeignKeyConstraint(["contributor"], ["contributor.n"], name=op.f("fk_key_contributor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "kept_result",
        sa.Column("contributor", WHOLE, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("status", WHOLE, nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("revision", WHOLE, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.CheckConstraint("length(request) = 32", name=op.f("ck_kept_result_request")),
        sa.ForeignKeyConstraint(["contributor"], ["contributor.n"], name=op.f("fk_kept_result_contributor")),
        sa.PrimaryKeyConstraint("contributor", "key", name=op.f("pk_kept_result")),
        sqlite_strict=True,
    )
    op.create_index("ix_kept_result_at", "kept_result", ["at"], unique=False)


def downgrade() -> None:
    """Take the two tables away: every key stops working, and nothing that was recorded is touched."""
    op.drop_table("kept_result")
    op.drop_table("key")
