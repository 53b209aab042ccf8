"""A table's rows as columns: the few after a number row by row, a stretch of very many in a few values.

1. A driver makes an object of each value of each row, which would take most of a start. So the database puts each
   column of a stretch together into one text, which numpy reads: whole numbers with commas between, words on lines.
2. What most rows lack, and what may be long, is not among it (`_RARE`): these columns are read row by row besides, if
   any row of the stretch says something there. So are words that turn out to hold lines themselves.
3. No reference and no date is 0, and a word out of a closed set is its number there.
4. A row's number is read with it. They must count up by one, or rows are missing.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sqlalchemy import Integer, Text, bindparam, case, func, or_, select

from graph.errors import LedgerDamaged
from graph.snapshot.batch import ABOUT_AS, END_STATUSES, STANCES
from graph.snapshot.columns import NONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Column, ColumnElement, Connection, Select, Table

    from graph.snapshot.batch import Rows

__all__ = ["columns", "rows_after", "stretch"]

_UNREAD: Final = {"text", "hash", "ended"}
"""Columns that the snapshot does not hold: full texts stay in the ledger, ends are read by revision."""
_OFFSETS: Final = {"quote_start", "quote_end"}
"""Whole numbers of which 0 is one."""
_CLOSED: Final = {"stance": STANCES, "about_as": ABOUT_AS, "end_status": END_STATUSES}
_RARE: Final = {
    "first", "version", "about", "about_as", "attributes", "via", "quote_exact", "quote_prefix", "quote_suffix",
    "quote_start", "quote_end", "confidence", "coded_by",
}  # fmt: skip
_USUAL: Final = {"version": 1, "about": 0, "about_as": NONE}
"""What rare columns say in most rows, unless that is nothing; the `first` of most is their own number."""


def columns(connection: Connection, statement: Select[Any], **bound: int) -> Rows:
    """The rows of a statement, by column. The driver's own rows will do: the types are the engine's."""
    result = connection.execute(statement, bound)
    names = list(result.keys())
    found = list(zip(*result.cursor.fetchall(), strict=True)) or [()] * len(names)
    result.close()
    return dict(zip(names, found, strict=True))


def rows_after(connection: Connection, table: Table, known: int) -> Rows:
    """The versions after a number, without what the ledger keeps to itself. Errors: `LedgerDamaged` on a hole."""
    rows = columns(connection, _after(table), known=known)
    if rows["n"] and rows["n"][-1] != known + len(rows["n"]):
        raise _hole(table, known)
    return rows


def stretch(connection: Connection, table: Table, known: int, most: int) -> Rows:
    """The same of the next so many numbers, in a third of the time. O(rows). Errors: `LedgerDamaged` on a hole."""
    within = {"known": known, "last": known + most}
    filled, *texts = connection.execute(_packed(table, connection.dialect.name), within).one()
    if filled is None:
        return {"n": ()}
    common, rare = _sorted(table)
    rows = {column.name: _parted(column, said) for column, said in zip(common, texts, strict=True)}
    numbers = rows["n"]
    if not np.array_equal(numbers, np.arange(known + 1, known + 1 + len(numbers))):
        raise _hole(table, known)
    unread = [column for column in common if len(rows[column.name]) != len(numbers)] + (rare if filled else [])
    rows |= {column.name: [_USUAL.get(column.name)] * len(numbers) for column in rare} | {"first": numbers}
    if unread:
        rows |= columns(connection, _within(table, unread), **within)
    return rows


def _parted(column: Column[Any], said: str) -> Any:  # noqa: ANN401 - an array is no Sequence to Python
    if _whole(column):
        return np.fromstring(said, np.int64, sep=",")
    words = said.split("\n")
    return [word or None for word in words] if column.nullable else words


def _hole(table: Table, known: int) -> LedgerDamaged:
    return LedgerDamaged(f"Rows of {table.name} are missing after number {known}.")


@cache
def _after(table: Table) -> Select[Any]:
    common, rare = _sorted(table)
    read = select(*(_read(column).label(column.name) for column in (*common, *rare)))
    return read.where(table.c.n > bindparam("known")).order_by(table.c.n)


def _within(table: Table, read: Sequence[Column[Any]]) -> Select[Any]:
    """Some columns of a stretch, row by row."""
    chosen = select(*(_read(column).label(column.name) for column in read))
    return chosen.where(table.c.n > bindparam("known"), table.c.n <= bindparam("last")).order_by(table.c.n)


@cache
def _packed(table: Table, engine: str) -> Select[*tuple[Any, ...]]:
    """Whether a stretch says anything rare, and each other column as one text.

    SQLite goes along the numbers by itself, and a sorted sub-select would cost it a tenth. PostgreSQL needs one.
    """
    common, rare = _sorted(table)
    said = [table.c.version > 1, *(column.is_not(None) for column in rare if column.nullable)]
    filled = case((or_(*said), 1), else_=0)
    within = table.c.n > bindparam("known"), table.c.n <= bindparam("last")
    if engine == "sqlite":
        texts = [_joined(column, _read(column)) for column in common]
        return select(func.max(filled).label("filled"), *texts).where(*within)
    rows = select(filled.label("filled"), *(_read(column).label(column.name) for column in common))
    of = rows.where(*within).order_by(table.c.n).subquery().c
    return select(func.max(of.filled), *(_joined(column, of[column.name].cast(Text)) for column in common))


def _joined(column: Column[Any], read: ColumnElement[Any]) -> ColumnElement[str]:
    if _whole(column):
        return func.aggregate_strings(read, ",")
    return func.aggregate_strings(func.coalesce(read, ""), "\n")


@cache
def _sorted(table: Table) -> tuple[list[Column[Any]], list[Column[Any]]]:
    """The columns that are read, the common and the rare."""
    read = [column for column in table.columns if column.name not in _UNREAD]
    return [column for column in read if column.name not in _RARE], [column for column in read if column.name in _RARE]


def _whole(column: Column[Any]) -> bool:
    return isinstance(column.type, Integer) or column.name in _CLOSED


def _read(column: Column[Any]) -> ColumnElement[Any]:
    """A column as columns in memory want it: rule 3."""
    if column.name in _CLOSED:
        return case({word: number for number, word in enumerate(_CLOSED[column.name])}, value=column, else_=NONE)
    if column.nullable and isinstance(column.type, Integer) and column.name not in _OFFSETS:
        return func.coalesce(column, 0)
    return column
