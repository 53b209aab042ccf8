"""A ledger made again from its whole log: the same rows, revisions, instants and hashes, down to the last one.

1. The log goes into an empty ledger, which becomes the one that it is of, or into a beginning of that same one, which
   it continues. So what was cut off is finished by doing it again, and a later log adds what has come since.
2. Rows are numbered and hashed anew, and each revision must come to the hash that its change has: what is not the log
   that was written does not go in.
3. Whole revisions become durable, some thousand rows at a time. Memory does not grow with the log.

Nobody may serve the ledger meanwhile, for it changes its name. A `Store` on it is to be opened anew afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import insert, select, update

from graph.errors import Invalid
from graph.formats.log import at
from graph.models import COUNTED
from graph.models.entry import Begin, Ended, Noted, Wrote
from graph.store import full_text
from graph.store.check.streams import PARTS
from graph.store.head_file import HeadFile
from graph.store.ledger import lasting
from graph.store.log import SAYS
from graph.store.rows import copy_rows
from graph.store.transaction import (
    CHANGE,
    CONTRIBUTOR,
    HEAD,
    MERGE,
    TABLES,
    chain_hash,
    genesis,
    row_hash,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Table

    from graph.models.entry import Entry
    from graph.store.ledger import Store

_ROWS: Final = 10_000
_AT_ONCE: Final = 500
_NAMED: Final = {table.name: table for table in TABLES.values()}
_COUNTER: Final = {table: counter for counter, table in TABLES.items()}
_LOCKED = update(HEAD).values(revision=HEAD.c.revision).returning(*HEAD.columns)


class Restored(NamedTuple):
    """How far it is: lines read, lines that told of what was here, the rows that are new by table, and the revision."""

    lines: int
    known: int
    new: dict[str, int]
    revision: int


def restore(store: Store, entries: Iterator[tuple[int, Entry]], told: Callable[[Restored], None]) -> Restored:
    """Make a ledger from a log, whose entries come with their lines. Raises Invalid: conditions 1 and 2."""
    number, begin = next(entries, (1, None))
    if not isinstance(begin, Begin):
        raise at(number, "A log begins with the ledger's name.")
    before = store.head()
    if before.revision and before.ledger != begin.ledger:
        why = f"a whole log goes into an empty ledger, or into a beginning of its own; this one has {before.revision}"
        raise Invalid.parameter("file", f"{why} revisions of another.")
    rebuilt = _Rebuilt(begin.ledger, before.revision)
    while True:
        with lasting(store.engine) as connection:
            more = rebuilt.go_on(connection, entries)
        rebuilt.acknowledge(store)
        new = {counter: n - before.counts[counter] for counter, n in rebuilt.counts.items()}
        restored = Restored(rebuilt.lines, rebuilt.known, new, rebuilt.revision)
        told(restored)
        if not more:
            return restored


class _Rebuilt:
    """A ledger in the making, from one transaction to the next."""

    def __init__(self, ledger: str, here: int) -> None:
        self.ledger = ledger
        self.lines, self.known = 1, 0
        self.revision, self.at, self.chain = 0, 0, genesis(ledger)
        self.counts: dict[str, int] = {}
        self._here = here
        """As many revisions were here before."""
        self._passed = 0
        self._connection: Connection
        self._rows: dict[Table, list[dict[str, Any]]] = {table: [] for table in TABLES.values()}
        self._closing: dict[tuple[Table, int], list[int]] = {}
        self._changes: list[dict[str, Any]] = []
        self._begin_revision()

    def _begin_revision(self) -> None:
        self._ended: set[tuple[str, int]] = set()
        self._hashes: dict[Table, list[bytes]] = {table: [] for table in TABLES.values()}

    def go_on(self, connection: Connection, entries: Iterator[tuple[int, Entry]]) -> bool:
        """Record whole revisions in a transaction; tell whether there may be more. Raises Invalid."""
        self._connection = connection
        head: Any = connection.execute(_LOCKED).one()
        if head.revision:
            self.revision, self.at, self.chain = head.revision, head.at, head.hash
        self.counts = {name: getattr(head, name) for name in COUNTED}
        more = self._take_some(entries)
        self._write()
        if self._changes:
            connection.execute(insert(CHANGE), self._changes)
            said = {"ledger": self.ledger, "revision": self.revision, "at": self.at, "hash": self.chain}
            connection.execute(update(HEAD).values(**said, **self.counts))
            self._changes = []
        return more

    def acknowledge(self, store: Store) -> None:
        """Tell this machine what is durable."""
        file = HeadFile.of(store.engine.url, self.ledger)
        file.raise_to(self.revision, self.chain)
        file.close()

    def _take_some(self, entries: Iterator[tuple[int, Entry]]) -> bool:
        whole, taken = True, 0
        for line, entry in entries:
            self.lines = line
            try:
                self._take(entry)
            except (KeyError, TypeError, ValueError) as error:
                raise at(line, f"This is not what a log says ({error}).") from error
            whole, taken = isinstance(entry, Noted), taken + 1
            if whole and taken >= _ROWS:
                return True
        if not whole:
            raise at(self.lines, f"The log breaks off in the middle of revision {self.revision + 1}.")
        return False

    def _take(self, entry: Entry) -> None:
        if self._passed < self._here:
            self.known += 1
            if isinstance(entry, Noted):
                self._pass(entry.change)
        elif isinstance(entry, Wrote):
            self._wrote(_NAMED[entry.table], entry)
        elif isinstance(entry, Ended):
            self._close(_NAMED[entry.table], entry.numbers)
        elif isinstance(entry, Noted):
            self._note(entry.change)

    def _pass(self, change: dict[str, Any]) -> None:
        """Pass over a revision that is here: condition 1."""
        self._passed += 1
        here = self._connection.execute(select(CHANGE.c.hash).where(CHANGE.c.revision == self._passed)).scalar_one()
        if change["hash"] != here.hex():
            raise at(self.lines, f"The ledger has another revision {self._passed} than the log.")

    def _close(self, table: Table, numbers: list[int]) -> None:
        """Close rows: of those that wait to be written each in itself, of those that are yet to come when they do."""
        waiting, revision = self._rows[table], self.revision + 1
        written = self.counts[_COUNTER[table]] - len(waiting)
        for n in numbers:
            if n <= written:
                self._closing.setdefault((table, revision), []).append(n)
            elif n <= written + len(waiting):
                waiting[n - written - 1]["ended"] = revision
        self._ended.update((table.name, n) for n in numbers)

    def _wrote(self, table: Table, entry: Wrote) -> None:
        said: dict[str, Any] = {column.name: entry.row.get(column.name) for column in table.columns}
        if unknown := entry.row.keys() - said.keys():
            raise at(self.lines, f"A row of {table.name} has no {', '.join(sorted(unknown))}.")
        if said.get("sha256") is not None:
            said["sha256"] = bytes.fromhex(said["sha256"])
        parts = list(entry.parts)
        n = self._add(table, said, [each for (each,) in parts[0]] if table is MERGE else parts)
        for (part, names), listed in zip(SAYS.get(table, {}).items(), parts, strict=True):
            for position, values in enumerate(listed):
                placed = {"position": position} if "position" in part.columns else {}
                self._add(part, {PARTS[part]: n, **placed, **dict(zip(names, values, strict=True))}, ())
        if sum(map(len, self._rows.values())) >= _ROWS:
            self._write()

    def _add(self, table: Table, said: dict[str, Any], parts: list[Any] | tuple[()]) -> int:
        """Number a row, and hash it: condition 2."""
        counter = _COUNTER[table]
        self.counts[counter] = n = self.counts[counter] + 1
        if said.setdefault("n", n) != n:
            raise at(self.lines, f"Row {n} of {table.name} is missing.")
        revision = self.revision + 1
        row = {**said, "written": revision, "ended": revision if (table.name, n) in self._ended else None}
        if table not in PARTS:
            digest = row_hash(table, row, parts)
            self._hashes[table].append(digest)
            if table is not CONTRIBUTOR:
                row["hash"] = digest
        self._rows[table].append(row)
        return n

    def _note(self, said: dict[str, Any]) -> None:
        """Hold a revision to its change: condition 2."""
        change: dict[str, Any] = {column.name: said.get(column.name) for column in CHANGE.columns}
        digest = bytes.fromhex(change.pop("hash"))
        hashes = (b"".join(each) for each in self._hashes.values())
        self.chain = chain_hash(self.chain, change, sorted(self._ended), hashes)
        counted = {name: change[name] for name in COUNTED}
        if (change["revision"], counted, digest) != (self.revision + 1, self.counts, self.chain):
            raise at(self.lines, f"Revision {self.revision + 1} is not what was written.")
        self.revision, self.at = change["revision"], change["at"]
        self._changes.append({**change, "hash": digest})
        self._begin_revision()

    def _write(self) -> None:
        """Write what waits. What ends goes first: what it was called is free then."""
        for (table, revision), numbers in self._closing.items():
            for begin in range(0, len(numbers), _AT_ONCE):
                some = table.c.n.in_(numbers[begin : begin + _AT_ONCE])
                self._connection.execute(update(table).where(some).values(ended=revision))
        self._closing = {}
        for table, rows in self._rows.items():
            if rows:
                names = table.columns.keys()
                copy_rows(self._connection, table, [tuple(row[name] for name in names) for row in rows])
                for row in rows:
                    full_text.index_version(self._connection, table.name, row["n"], row)
                rows.clear()
