"""Full text over quotes and documents: the same words, and the same answers, on SQLite and PostgreSQL.

1. Text and question are folded alike, and words are cut to 64 letters.
2. A row matches iff it has every word asked for; the last one may be only begun.
3. Of a text the different words are kept, up to half a million letters of them: more than a long book has.
4. The newest rows come first, and no more than the limit; the answer says if there are others.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sqlalchemy import text

from graph.text import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from sqlalchemy import Connection, TextClause

WORD_LETTERS = 64
_TEXT_LETTERS = 500_000


class Found(NamedTuple):
    """Row numbers, ascending. If they are not all, they are the newest ones."""

    numbers: NDArray[np.int64]
    complete: bool


def index(connection: Connection, table: str, n: int, said: str) -> None:
    """Make a row's words findable; a row without words is not entered."""
    kept = _kept(said)
    if not kept:
        return
    connection.execute(_entry(table, connection.dialect.name), {"n": n, "words": kept})


def index_version(connection: Connection, table: str, n: int, said: Mapping[str, Any]) -> None:
    """Make the words of a version findable, if it is of a document, or of a claim with a quote."""
    if table == "document":
        index(connection, "document_words", n, f"{said['title'] or ''} {said['text'] or ''}")
    elif table == "claim" and said["quote_exact"] is not None:
        index(connection, "quote_words", n, said["quote_exact"])


@cache
def _entry(table: str, dialect: str) -> TextClause:
    if dialect == "sqlite":
        return text(f"INSERT INTO {table} (rowid, words) VALUES (:n, :words)")  # noqa: S608 - one of two names
    return text(f"INSERT INTO {table} (n, words) VALUES (:n, array_to_tsvector(string_to_array(:words, ' ')))")  # noqa: S608 - the table is ours, the values are bound


def findable(said: str) -> bool:
    """Whether a text has words at all, and so is entered."""
    return bool(words(said))


def find(connection: Connection, table: str, asked: str, limit: int) -> Found:
    """Find the rows that have all the words asked for."""
    wanted = [word[:WORD_LETTERS] for word in words(asked)]
    if not wanted:
        return Found(np.empty(0, np.int64), complete=True)
    if connection.dialect.name == "sqlite":
        match = " AND ".join(f'"{word}"' for word in wanted) + " *"
        statement = f"SELECT rowid FROM {table} WHERE {table} MATCH :match ORDER BY rowid DESC LIMIT :limit"  # noqa: S608 - the table is ours, the values are bound
    else:
        match = " & ".join(f"'{word}'" for word in wanted) + ":*"
        statement = f"SELECT n FROM {table} WHERE words @@ CAST(:match AS tsquery) ORDER BY n DESC LIMIT :limit"  # noqa: S608 - the table is ours, the values are bound
    rows = connection.execute(text(statement), {"match": match, "limit": limit + 1}).scalars().all()
    return Found(np.array(sorted(rows[:limit]), np.int64), complete=len(rows) <= limit)


def _kept(said: str) -> str:
    kept: dict[str, None] = {}
    room = _TEXT_LETTERS
    for word in words(said):
        cut = word[:WORD_LETTERS]
        if cut not in kept:
            room -= len(cut) + 1
            if room < 0:
                break
            kept[cut] = None
    return " ".join(kept)
