"""What every table shares: the ledger's metadata, the clock columns of a record, its checks.

A record's life, in columns. A record is the set of rows with one `first`; each row is one version of it.

1. `n` is the row's number: dense within its table, in the order of recording.
2. `first` is the `n` of the record's version 1: what other rows refer to.
3. `written` is the revision that wrote the row; `ended` the one that closed it, null while it stands.
4. An amended version is ended by the revision that wrote its successor; a retracted one has no such successor.
   A batch is one revision, so what it writes and replaces has `ended = written`: it never was visible.
5. `hash` covers every column but `ended`.

Rows are made by the store alone, out of validated statements: a table class does not validate in its constructor, so
whatever a column must never hold is also refused by a CHECK.
"""

from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, MetaData, text
from sqlmodel import Field, SQLModel

from graph.db.columns import CONVENTION, Digest, whole

METADATA = MetaData(naming_convention=CONVENTION)


class Table(SQLModel):
    """The root of the ledger's tables."""

    metadata: ClassVar[MetaData] = METADATA


class RecordRow(Table):
    """One version of a record."""

    n: int = whole(key=True)
    first: int = whole()
    version: int = whole()
    written: int = whole()
    ended: int | None = whole(nullable=True)
    hash: bytes = Field(sa_type=Digest)


class PartRow(Table):
    """One row that belongs to a version of a record, lives as long as it, and is covered by its hash."""

    n: int = whole(key=True)
    written: int = whole()
    ended: int | None = whole(nullable=True)


def record_args(table: str, *more: Any) -> tuple[Any, ...]:  # noqa: ANN401 - whatever SQLAlchemy takes here
    """Table arguments of a record: its checks, the index that finds what ended after a revision, and STRICT."""
    return (
        CheckConstraint("version >= 1 AND (version = 1) = (first = n) AND first <= n", name="version"),
        CheckConstraint("length(hash) = 16", name="hash"),
        *part_args(table, *more),
    )


def part_args(table: str, *more: Any) -> tuple[Any, ...]:  # noqa: ANN401 - as above
    """Do the same for a row that is part of a version."""
    ended = text("ended IS NOT NULL")
    return (
        CheckConstraint("n >= 1 AND written >= 1 AND (ended IS NULL OR ended >= written)", name="life"),
        Index(f"ix_{table}_ended", "ended", sqlite_where=ended, postgresql_where=ended),
        *more,
        {"sqlite_strict": True},
    )


def one_of(column: str, values: tuple[str, ...], name: str) -> CheckConstraint:
    """Check a column that holds one of a closed set, or nothing."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name)


def packed_date(column: str, name: str) -> CheckConstraint:
    """Check a packed date, or nothing: a day of the calendar (0001-01-01 to 9999-12-31) and its precision."""
    return CheckConstraint(f'"{column}" BETWEEN 5 AND 14608239 AND ("{column}" & 3) <> 0', name=name)
