"""The two engines, SQLite and PostgreSQL, made to behave alike: column types, transactions, triggers, the schema."""

from __future__ import annotations

from graph.db.columns import CONVENTION, Digest, Json, Real, Whole, Words, whole
from graph.db.engine import WAIT_S, connect, reading, refused, writing
from graph.db.upgrade import revision_of, upgrade

__all__ = [
    "CONVENTION",
    "WAIT_S",
    "Digest",
    "Json",
    "Real",
    "Whole",
    "Words",
    "connect",
    "reading",
    "refused",
    "revision_of",
    "upgrade",
    "whole",
    "writing",
]
