"""The whole log, read back from the ledger as entries (`graph.models.entry`), from its first revision to any later one.

What is recorded never changes but for its end, and ends are told by their revision. So the log may be read piece by
piece, each in a transaction of its own, by whoever takes his time: nothing is held up, memory stays flat, and what
comes is still of one revision.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, tuple_

from graph.db import reading
from graph.models.entry import Begin, Ended, Noted, Wrote
from graph.store.check.streams import PARTS
from graph.store.transaction import (
    ACTOR,
    ACTOR_IDENTIFIER,
    ACTOR_NAME,
    CHANGE,
    DOCUMENT,
    HEAD,
    MERGE,
    MERGE_ABSORBED,
    TABLES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Engine, Table

    from graph.models.entry import Entry

SAYS: Final[dict[Table, dict[Table, tuple[str, ...]]]] = {
    ACTOR: {ACTOR_NAME: ("value", "lang", "kind"), ACTOR_IDENTIFIER: ("scheme", "value")},
    MERGE: {MERGE_ABSORBED: ("actor",)},
}
"""What belongs to a version, written with it and numbered in step: the table of parts, and what each part says."""
_LEFT_OUT: Final = frozenset({"written", "ended", "hash"})
_ROWS_AT_ONCE, _TEXTS_AT_ONCE = 2000, 20


def entries(engine: Engine, upto: int) -> Iterator[Entry]:
    """Read the log up to a revision that has been reached. O(rows), in pieces of some thousand rows."""
    with reading(engine) as connection:
        ledger: str = connection.execute(select(HEAD.c.ledger)).scalar_one()
    yield Begin(ledger, upto)
    rows = {table: _Ahead(_pieces(engine, table, table.c.n)) for table in TABLES.values()}
    ends = {
        table: _Ahead(_pieces(engine, table, table.c.ended, table.c.n))
        for table in sorted(TABLES.values(), key=lambda table: table.name)
    }
    for change in _Ahead(_pieces(engine, CHANGE, CHANGE.c.revision)).upto("revision", upto):
        for table, closed in ends.items():
            numbers = (row.n for row in closed.upto("ended", change.revision))
            while some := list(islice(numbers, _ROWS_AT_ONCE)):
                yield Ended(table.name, some)
        for counter, table in TABLES.items():
            if table not in PARTS:
                for row in rows[table].upto("n", getattr(change, counter)):
                    yield Wrote(table.name, _said(row, _LEFT_OUT), tuple(_parts(rows, table, row.n)))
        yield Noted(_said(change))


def _parts(rows: dict[Table, _Ahead], table: Table, n: int) -> Iterator[list[Any]]:
    """What the parts of one version say."""
    for part, names in SAYS.get(table, {}).items():
        yield [[getattr(row, name) for name in names] for row in rows[part].upto(PARTS[part], n)]


def _said(row: Any, leave_out: frozenset[str] = frozenset()) -> dict[str, Any]:  # noqa: ANN401 - a row
    named = row._mapping  # noqa: SLF001 - public, in spite of its name
    return {name: value for name, value in named.items() if value is not None and name not in leave_out}


def _pieces(engine: Engine, table: Table, *order: ColumnElement[Any]) -> Iterator[Any]:
    """Read the rows that have all of some columns, in their order, so many at a time."""
    at_once = _TEXTS_AT_ONCE if table is DOCUMENT else _ROWS_AT_ONCE
    asked = select(table).where(order[0].is_not(None)).order_by(*order).limit(at_once)
    piece: list[Any] = []
    while not piece or len(piece) == at_once:
        after = [tuple_(*order) > tuple(getattr(piece[-1], column.name) for column in order)] if piece else []
        with reading(engine) as connection:
            piece = list(connection.execute(asked.where(*after)))
        yield from piece
        if not piece:
            return


class _Ahead:
    """Rows in an order, the next one known before it is taken."""

    def __init__(self, rows: Iterator[Any]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def upto(self, column: str, last: int) -> Iterator[Any]:
        """Take the rows whose column has this value or a smaller one."""
        while self._next is not None and getattr(self._next, column) <= last:
            row, self._next = self._next, next(self._rows, None)
            yield row
