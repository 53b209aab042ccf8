"""The log and its head: who wrote what, when and why; and the row that every writer locks first."""

from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from graph.db.columns import Digest, Json, Words, whole
from graph.models.table import PartRow, Table, part_args

COUNTED = (
    "actors",
    "actor_names",
    "actor_identifiers",
    "documents",
    "datasets",
    "relations",
    "claims",
    "merges",
    "merges_absorbed",
    "contributors",
)
"""Counters of the head and of every change: how many rows each table holds after it, which is also its last `n`."""


class ContributorRow(PartRow, table=True):
    """The holder of an API key. A change of the name ends the row and writes another with the same id."""

    __tablename__ = "contributor"
    __table_args__ = part_args("contributor", Index("uq_contributor_id_written", "id", "written", unique=True))

    id: str = Field(sa_type=Words)
    name: str = Field(sa_type=Words)


class _Counters(Table):
    """How many rows each table holds."""

    actors: int = whole()
    actor_names: int = whole()
    actor_identifiers: int = whole()
    documents: int = whole()
    datasets: int = whole()
    relations: int = whole()
    claims: int = whole()
    merges: int = whole()
    merges_absorbed: int = whole()
    contributors: int = whole()


class ChangeRow(_Counters, table=True):
    """One entry of the log, one write transaction.

    What it wrote is `previous counter < n <= counter` in each table, what it ended is `ended = revision`. `details`
    holds `{"reasons": {"<kind>/<id>": reason}}` where records were written for reasons of their own. `hash` chains the
    hash of the change before with this row and the hashes of the rows it wrote.
    """

    __tablename__ = "change"
    __table_args__ = (CheckConstraint("length(hash) = 16", name="hash"), {"sqlite_strict": True})

    revision: int = whole(key=True)
    at: int = whole()
    by: int | None = whole(refers="contributor.n", nullable=True)
    op: str = Field(sa_type=Words)
    reason: str | None = Field(sa_type=Words)
    comment: str | None = Field(sa_type=Words)
    details: str | None = Field(sa_type=Json)
    hash: bytes = Field(sa_type=Digest)


class HeadRow(_Counters, table=True):
    """The one row whose update opens every write transaction: the newest revision, each table's last number."""

    __tablename__ = "head"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("length(hash) = 16", name="hash"),
        {"sqlite_strict": True},
    )

    id: int = whole(key=True)
    ledger: str = Field(sa_type=Words)
    revision: int = whole()
    at: int = whole()
    hash: bytes = Field(sa_type=Digest)


def counters(row: Any) -> dict[str, int]:  # noqa: ANN401 - a row of either table
    """Read the counters of a row, by name."""
    return {name: getattr(row, name) for name in COUNTED}
