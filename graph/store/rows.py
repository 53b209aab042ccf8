"""Many rows into a table at once, by the shortest way that each engine has. All constraints and triggers hold.

1. A few rows go by the driver's own bulk statement: several times as fast as the toolkit's.
2. Of more PostgreSQL takes a copy, in its binary form.
3. SQLite takes `_TOGETHER` of them in one statement: what it prepares for each statement, such as the sets that CHECKs
   look in, it prepares once for all of them. And columns that say nothing in any row are left out, for it costs more to
   bind a value than to store it. Both together take a third of what a statement a row takes.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, compress
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Dialect, Table

_FEW: Final = 20
"""Beyond, a copy takes less than a statement a row."""
_TOGETHER: Final = 100
"""More take no less time; and SQLite binds no more than 32,766 values to a statement."""


def write_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, each by the names of its columns."""
    if len(rows) > _FEW:
        copy_rows(connection, table, [tuple([row[column.name] for column in table.columns]) for row in rows])
        return
    statement, names = _one_by_one(table, connection.dialect)
    connection.exec_driver_sql(statement, [tuple(row[name] for name in names) for row in rows])


def copy_rows(connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert very many rows, each in the order of the table's columns. O(rows), with memory for a copy of them.

    A server takes in the first while the next are being made.
    """
    if connection.dialect.name == "sqlite":
        _copy_together(connection, table, list(rows))
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types([column.type.compile(connection.dialect).lower() for column in table.columns])
        for row in rows:
            copy.write_row(row)


def _copy_together(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    columns = list(zip(*rows, strict=True))
    said = tuple(column.count(None) < len(rows) for column in columns)
    told, whole = list(zip(*compress(columns, said), strict=True)), len(rows) // _TOGETHER * _TOGETHER
    for begin, end, together in ((0, whole, _TOGETHER), (whole, len(rows), 1)):
        if begin < end:
            values = [tuple(chain.from_iterable(told[i : i + together])) for i in range(begin, end, together)]
            connection.exec_driver_sql(_insertion(table, said, together), values)


@lru_cache(maxsize=100)
def _insertion(table: Table, said: tuple[bool, ...], together: int) -> str:
    names = [f'"{name}"' for name in compress(table.columns.keys(), said)]
    marks = f"({', '.join('?' * len(names))})"
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES {', '.join([marks] * together)}"  # noqa: S608 - our own tables and columns


@lru_cache(maxsize=100)
def _one_by_one(table: Table, dialect: Dialect) -> tuple[str, Sequence[str]]:
    compiled = insert(table).compile(dialect=dialect)
    return str(compiled), compiled.positiontup or ()
