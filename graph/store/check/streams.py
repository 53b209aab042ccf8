"""The ledger's rows as streams in the order of recording, each row with what it refers to; memory stays flat.

A row refers to a record by the number of its first version. The rows are read joined with what they refer to, so that
each comes with `<column>__version` (null if there is no such row) and `<column>__id`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import column, select, table

from graph.store.transaction import ACTOR_IDENTIFIER, ACTOR_NAME, CHANGE, CONTRIBUTOR, DOCUMENT, MERGE_ABSORBED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Executable, Table

    from graph.store.check.findings import Findings

PARTS: Final = {ACTOR_NAME: "actor", ACTOR_IDENTIFIER: "actor", MERGE_ABSORBED: "merge"}
"""The tables of parts, and the column that names the version which a part belongs to."""

_ROWS_AT_ONCE, _TEXTS_AT_ONCE = 2000, 20


class Reader:
    """One state of the ledger, read by many streams at a time."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._open: list[Any] = []

    def stream(self, statement: Executable, at_once: int = _ROWS_AT_ONCE) -> Iterator[Any]:
        """Read rows one after another, that many ahead."""
        rows = self.connection.execute(statement, execution_options={"yield_per": at_once})
        self._open.append(rows)
        return iter(rows)

    def changes(self) -> Iterator[Any]:
        """Read the log, each change with its contributor's id."""
        by = select(CHANGE, CONTRIBUTOR.c.id.label("contributor")).outerjoin(CONTRIBUTOR)
        return self.stream(by.order_by(CHANGE.c.revision))

    def close(self) -> None:
        """Let go of all streams, wherever they are."""
        for rows in self._open:
            rows.close()


class Stream:
    """The rows of one table by number, the next one known before it is taken. Tells of numbers that are missing."""

    def __init__(self, reader: Reader, of: Table, findings: Findings) -> None:
        self._rows = reader.stream(_joined(of), _TEXTS_AT_ONCE if of is DOCUMENT else _ROWS_AT_ONCE)
        self._name = of.name
        self._findings = findings
        self.next: Any = next(self._rows, None)
        self.last = 0

    def take(self) -> Any:  # noqa: ANN401 - a row
        """Give the next row."""
        row = self.next
        self._pass(row.n - 1)
        self.last = row.n
        self.next = next(self._rows, None)
        return row

    def upto(self, n: int) -> Iterator[Any]:
        """Give the rows up to a number."""
        while self.next is not None and self.next.n <= n:
            yield self.take()
        self._pass(n)

    def parts_of(self, n: int, named: str) -> Iterator[Any]:
        """Give the parts of one version."""
        while self.next is not None and getattr(self.next, named) <= n:
            row = self.take()
            if getattr(row, named) == n:
                yield row
            else:
                self._findings.tell(f"{self._name} {row.n} belongs to nothing that was written with it.")

    def _pass(self, n: int) -> None:
        if n > self.last:
            self._findings.tell(f"{self._name}: rows {self.last + 1} to {n} are missing.")
            self.last = n


class Ends:
    """What was ended in one table, by revision and number."""

    def __init__(self, reader: Reader, of: Table) -> None:
        ended = select(of.c.n, of.c.ended).where(of.c.ended.is_not(None)).order_by(of.c.ended, of.c.n)
        self._rows = reader.stream(ended)
        self.next: Any = next(self._rows, None)

    def upto(self, revision: int) -> Iterator[Any]:
        """Give what was ended up to a revision."""
        while self.next is not None and self.next.ended <= revision:
            row, self.next = self.next, next(self._rows, None)
            yield row


class Entered:
    """The numbers of the rows that full text finds."""

    def __init__(self, reader: Reader, name: str) -> None:
        key: Any = column("n" if reader.connection.dialect.name == "postgresql" else "rowid")
        self._numbers = (row[0] for row in reader.stream(select(key).select_from(table(name)).order_by(key)))
        self.next: int | None = next(self._numbers, None)

    def has(self, n: int) -> bool:
        """Whether a number is entered; numbers are asked for in their order."""
        while self.next is not None and self.next < n:
            self.next = next(self._numbers, None)
        return self.next == n


def references(of: Table) -> dict[str, Table]:
    """Give the columns of a table that refer to a record, and the record's table."""
    return {
        each.name: next(iter(each.foreign_keys)).column.table
        for each in of.columns
        if each.foreign_keys and each.name != PARTS.get(of)
    }


def _joined(of: Table) -> Executable:
    statement: Any = select(of)
    whole: Any = of
    for name, record in references(of).items():
        other = record.alias(f"{name}__record")
        statement = statement.add_columns(other.c.id.label(f"{name}__id"), other.c.version.label(f"{name}__version"))
        whole = whole.outerjoin(other, other.c.n == of.c[name])
    ordered: Executable = statement.select_from(whole).order_by(of.c.n)
    return ordered
