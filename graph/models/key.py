"""Keys, and the results kept for retries: tables of the service, outside of revisions, hashes and history."""

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from graph.db.columns import Digest, Json, Words, whole
from graph.models.table import Table

SCOPES = ("write", "curate", "admin")
"""What a key may be good for: stating and amending; merging and retracting; running the service."""


class KeyRow(Table, table=True):
    """One API key. Of its secret only the SHA-256 is kept. Instants are microseconds."""

    __tablename__ = "key"
    __table_args__ = (CheckConstraint("length(secret) = 32", name="secret"), {"sqlite_strict": True})

    id: str = Field(sa_type=Words, primary_key=True)
    contributor: int = whole(refers="contributor.n")
    secret: bytes = Field(sa_type=Digest)
    scopes: str = Field(sa_type=Json)
    created_at: int = whole()
    expires_at: int | None = whole(nullable=True)
    revoked_at: int | None = whole(nullable=True)
    last_used_at: int | None = whole(nullable=True)


class KeptResultRow(Table, table=True):
    """What one write came to, under the idempotency key that its contributor gave it."""

    __tablename__ = "kept_result"
    __table_args__ = (
        CheckConstraint("length(request) = 32", name="request"),
        Index("ix_kept_result_at", "at"),
        {"sqlite_strict": True},
    )

    contributor: int = whole(key=True, refers="contributor.n")
    key: str = Field(sa_type=Words, primary_key=True)
    request: bytes = Field(sa_type=Digest)
    status: int = whole()
    result: str = Field(sa_type=Json)
    revision: int = whole()
    at: int = whole()
