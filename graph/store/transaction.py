"""A write in the making: one revision, one change, on a head that is locked.

1. It builds on a head and comes to the next one. Whoever opens the database transaction has locked the ledger's head
   (`lock`) and writes what it came to (`raise_head`), so revisions are dense and in the order in which they become
   durable, and whatever is checked meanwhile stays true until the end.
2. Its instant is the clock's, but always later than that of the revision before, even if the clock jumps back.
3. Rows are numbered from the head's counters, without gaps.
4. Every row is hashed with all it says. The change's hash chains the hash of the change before with the change itself,
   the hashes of the rows it wrote and the numbers of those it ended.
5. One that wrote nothing to the ledger takes no revision, even if it keeps something outside of it. One that is only
   tried (`dry_run`), or that was done already (`replayed`), leaves nothing at all.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Row, Table, bindparam, insert, select, update

from graph.errors import NotFound
from graph.models import (
    COUNTED,
    ActorIdentifierRow,
    ActorNameRow,
    ActorRow,
    ChangeRow,
    ClaimRow,
    ContributorRow,
    DatasetRow,
    DocumentRow,
    HeadRow,
    ImportJobRow,
    ImportRejectRow,
    KeptResultRow,
    KeyRow,
    MergeAbsorbedRow,
    MergeRow,
    RelationRow,
)
from graph.models.ledger import counters
from graph.store.rows import copy_rows, write_rows
from graph.text import canonical
from graph.time import now_us

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Executable
    from sqlmodel import SQLModel

HASH_BYTES = 16


def table_of(model: type[SQLModel]) -> Table:
    """Give the table of a table class."""
    table: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
    return table


HEAD, CHANGE, CONTRIBUTOR = table_of(HeadRow), table_of(ChangeRow), table_of(ContributorRow)
ACTOR, ACTOR_NAME, ACTOR_IDENTIFIER = table_of(ActorRow), table_of(ActorNameRow), table_of(ActorIdentifierRow)
DOCUMENT, DATASET = table_of(DocumentRow), table_of(DatasetRow)
RELATION, CLAIM = table_of(RelationRow), table_of(ClaimRow)
MERGE, MERGE_ABSORBED = table_of(MergeRow), table_of(MergeAbsorbedRow)
KEY, KEPT_RESULT = table_of(KeyRow), table_of(KeptResultRow)
IMPORT_JOB, IMPORT_REJECT = table_of(ImportJobRow), table_of(ImportRejectRow)

TABLES = {
    "actors": ACTOR,
    "actor_names": ACTOR_NAME,
    "actor_identifiers": ACTOR_IDENTIFIER,
    "documents": DOCUMENT,
    "datasets": DATASET,
    "relations": RELATION,
    "claims": CLAIM,
    "merges": MERGE,
    "merges_absorbed": MERGE_ABSORBED,
    "contributors": CONTRIBUTOR,
}
"""The table that each counter counts. No table refers to a later one, so rows are written in this order."""

_SAID = {
    table: [column.name for column in table.columns if column.name not in {"ended", "hash"}]
    for table in TABLES.values()
}
# Statements that every write runs: made once, for making one takes longer than running it.
_LOCK_HEAD = select(HEAD).with_for_update()  # which SQLite does not need, and its dialect leaves out
_NOTE_CHANGE = insert(CHANGE)
_RAISE_HEAD = update(HEAD).values({name: bindparam(name) for name in ("revision", "at", "hash", *COUNTED)})
_STANDING_CONTRIBUTOR = select(CONTRIBUTOR.c.n).where(
    CONTRIBUTOR.c.id == bindparam("id"), CONTRIBUTOR.c.ended.is_(None)
)

_COUNTER = {table.name: counter for counter, table in TABLES.items()}


class Why(NamedTuple):
    """Who writes (a contributor's id), what for, and why."""

    by: str | None = None
    op: str = "batch"
    reason: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The newest revision, its instant (microseconds), the chain's hash there, and the last number of each table."""

    ledger: str
    revision: int
    at: int
    hash: bytes
    counts: dict[str, int]

    @classmethod
    def of(cls, row: Any) -> Head:  # noqa: ANN401 - the row of the head
        """Read it."""
        return cls(row.ledger, row.revision, row.at, row.hash, counters(row))


def lock(connection: Connection) -> Head:
    """Have all others who want to write wait until a transaction ends, and tell where the ledger is."""
    return Head.of(connection.execute(_LOCK_HEAD).one())


def raise_head(connection: Connection, head: Head) -> None:
    """Write where the ledger is now."""
    said = {"revision": head.revision, "at": head.at, "hash": head.hash}
    connection.execute(_RAISE_HEAD, {**said, **head.counts})


class Transaction:
    """A write in the making, on a connection that has locked the head.

    `before` is the revision that it builds on: nobody writes between that and `revision`. Set `kept_outside` when
    something was written that is not of the ledger.
    """

    def __init__(self, connection: Connection, head: Head, why: Why, *, replay: bool) -> None:
        self.connection = connection
        self.head = head
        self.before = head.revision
        self.revision = head.revision + 1
        self.at = max(now_us(), head.at + 1)
        self.replay = replay
        self.wrote = 0
        self.verbs = 0
        self.kept_outside = False
        self._why = why
        self._counts = dict(head.counts)
        self._pending: dict[Table, list[dict[str, Any]]] = {table: [] for table in TABLES.values()}
        self._hashes = {table: bytearray() for table in TABLES.values()}
        self._ended: list[tuple[str, int]] = []
        self._reasons: dict[str, str] = {}
        self._by = None if why.by is None else self._contributor(why.by)

    def rows(self, statement: Executable, parameters: Mapping[str, object] | None = None) -> Sequence[Row[Any]]:
        """Read what is recorded, this transaction's own rows included."""
        self._flush()
        return self.connection.execute(statement, parameters).all()

    def first(self, statement: Executable, parameters: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - a row, whose columns the statement names
        """Read the first of the rows, or None."""
        self._flush()
        return self.connection.execute(statement, parameters).first()

    def add(self, table: Table, values: dict[str, Any], parts: Sequence[object] = ()) -> int:
        """Record one row and number it. A record's first version refers to itself; `parts` are hashed with the row."""
        counter = _COUNTER[table.name]
        self._counts[counter] = n = self._counts[counter] + 1
        row = {"n": n, "written": self.revision, "ended": None, **values}
        if "hash" in table.columns:
            row.setdefault("first", n)
            row.setdefault("version", 1)
            row["hash"] = digest = row_hash(table, row, parts)
            self._hashes[table] += digest
        elif table is CONTRIBUTOR:  # the only row that is no part of a record: the chain alone covers it
            self._hashes[table] += row_hash(table, row, parts)
        self._pending[table].append(row)
        self.wrote += 1
        return n

    def add_many(self, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
        """Record rows that are numbered and hashed already: the next numbers, in the order of the table's columns."""
        self._flush()
        hashes, at = self._hashes[table], table.columns.keys().index("hash")
        before = len(hashes)

        def noted() -> Iterator[tuple[Any, ...]]:
            for row in rows:
                hashes.extend(row[at])
                yield row

        copy_rows(self.connection, table, noted())
        count = (len(hashes) - before) // HASH_BYTES
        self._counts[_COUNTER[table.name]] += count
        self.wrote += count

    def end(self, table: Table, numbers: Sequence[int]) -> None:
        """Close rows. A record closed without a successor in the same revision is retracted."""
        if not numbers:
            return
        self._flush()
        self.connection.execute(update(table).where(table.c.n.in_(numbers)).values(ended=self.revision))
        self._ended += [(table.name, n) for n in numbers]
        self.wrote += len(numbers)

    def end_between(self, table: Table, low: int, high: int) -> None:
        """Close all rows of a range of numbers that stand in their first version."""
        self._flush()
        standing = (table.c.n.between(low, high), table.c.version == 1, table.c.ended.is_(None))
        numbers = self.connection.execute(select(table.c.n).where(*standing)).scalars().all()
        self.connection.execute(update(table).where(*standing).values(ended=self.revision))
        self._ended += [(table.name, n) for n in numbers]
        self.wrote += len(numbers)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Do something of which nothing is left if it raises, while what was done before stays."""
        self._flush()
        counts, reasons = dict(self._counts), dict(self._reasons)
        wrote, verbs, ended = self.wrote, self.verbs, len(self._ended)
        hashed = {table: len(hashes) for table, hashes in self._hashes.items()}
        try:
            with self.connection.begin_nested():
                yield
                self._flush()
        except BaseException:
            self._counts, self._reasons, self.wrote, self.verbs = counts, reasons, wrote, verbs
            del self._ended[ended:]
            for table, hashes in self._hashes.items():
                del hashes[hashed[table] :]
                self._pending[table].clear()
            raise

    def counted(self, counter: str) -> int:
        """Tell the last number that a table has."""
        return self._counts[counter]

    def done(self, kind: str, id: str, reason: str | None) -> None:  # noqa: A002 - the product's word for it
        """Note that a verb took effect, and its own reason."""
        self.verbs += 1
        if reason is not None:
            self._reasons[f"{kind}/{id}"] = reason

    @property
    def by(self) -> int | None:
        """Who writes, by number."""
        return self._by

    def close(self) -> None:
        """Write what is still pending, and the change; then `head` is the next one, if anything was written."""
        if not self.wrote:
            self.revision = self.before
            return
        self._flush()
        change = {"revision": self.revision, "at": self.at, "by": self._by, **self._reasoned(), **self._counts}
        written = (self._hashes[table] for table in TABLES.values())
        chain = chain_hash(self.head.hash, change, sorted(self._ended), written)
        self.connection.execute(_NOTE_CHANGE, {**change, "hash": chain})
        self.head = Head(self.head.ledger, self.revision, self.at, chain, dict(self._counts))

    def _reasoned(self) -> dict[str, str | None]:
        reason, details = self._why.reason, None
        if reason is None and self.verbs == 1 and self._reasons:
            reason = next(iter(self._reasons.values()))
        elif self._reasons:
            details = canonical({"reasons": self._reasons})
        return {"op": self._why.op, "reason": reason, "comment": self._why.comment, "details": details}

    def _contributor(self, id: str) -> int:  # noqa: A002 - as above
        found = self.first(_STANDING_CONTRIBUTOR, {"id": id})
        if found is None:
            raise NotFound("contributor", id)
        n: int = found.n
        return n

    def _flush(self) -> None:
        for table, pending in self._pending.items():
            if pending:
                write_rows(self.connection, table, pending)
                pending.clear()


def genesis(ledger: str) -> bytes:
    """Give the hash that the first change is chained to."""
    return blake2b(ledger.encode(), digest_size=HASH_BYTES).digest()


def row_hash(table: Table, row: Mapping[str, Any], parts: Sequence[object]) -> bytes:
    """Hash all that a row says, in the order of its columns, and the parts that belong to it; all but `ended`."""
    said = [_plain(row[name]) for name in _SAID[table]]
    return blake2b(canonical([table.name, said, list(parts)]).encode(), digest_size=HASH_BYTES).digest()


def chain_hash(
    before: bytes, change: Mapping[str, Any], ended: Iterable[tuple[str, int]], written: Iterable[bytes | bytearray]
) -> bytes:
    """Hash a change onto the one before it: what it says, what it ended in order of table and number, what it wrote.

    The hashes of the rows come in the order of `TABLES`. Nothing is kept in memory, and all is taken in that order.
    """
    digest = blake2b(before, digest_size=HASH_BYTES)
    digest.update(f"[{canonical(change)},[".encode())
    for i, pair in enumerate(ended):
        digest.update(f"{',' if i else ''}{canonical(pair)}".encode())
    digest.update(b"]]")
    for each in written:
        digest.update(each)
    return digest.digest()


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value
