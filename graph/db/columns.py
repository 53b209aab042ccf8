"""Column types that mean the same on both engines, and the naming of constraints.

SQLite's tables are STRICT, which knows INTEGER, REAL, TEXT and BLOB only; PostgreSQL's REAL has seven digits.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Double, Integer, LargeBinary, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine
from sqlmodel import Field

Whole = BigInteger().with_variant(Integer(), "sqlite")
"""Row numbers, revisions, packed dates, instants in microseconds."""
Words = Text()
"""Any text; how long it may be is checked where it comes in."""
Json = Text()
"""JSON in its canonical spelling (`graph.text.canonical`): hashed as it stands, copied into answers as it stands."""
Real: TypeEngine[float] = Double().with_variant(sqlite.REAL(), "sqlite")
"""A double, on both engines."""
Digest = LargeBinary()
"""A content hash."""

CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


def whole(*, key: bool = False, refers: str | None = None, nullable: bool = False) -> Any:  # noqa: ANN401 - a field
    """Declare a whole-number column. The store hands out the keys; no engine may count them up by itself."""
    if key:
        counted = {"autoincrement": False}
        if refers is not None:
            return Field(sa_type=Whole, primary_key=True, foreign_key=refers, sa_column_kwargs=counted)
        return Field(sa_type=Whole, primary_key=True, sa_column_kwargs=counted)
    if refers is not None:
        return Field(sa_type=Whole, foreign_key=refers, nullable=nullable)
    return Field(sa_type=Whole, nullable=nullable)
