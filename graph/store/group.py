"""Writes that become durable together: one transaction of the database, in which each is a revision of its own.

1. The head is locked before anything else, so that no savepoint's end lets go of the lock.
2. Each write builds on the head that the one before left, and all comes out as if each had been alone: numbers,
   instants, hashes, what is refused, and what was done already by the same key.
3. One that raises, that is only tried, or that was done already, leaves nothing and touches no other. The first of a
   transaction is taken back with the transaction, which is then begun anew; a later one, with its savepoint.
4. The head is written once, at the end. If what is kept can't be made durable, none of it was done.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from graph.store.transaction import Head, Why, lock, raise_head
from graph.store.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from graph.store.idempotency import Idempotency
    from graph.vocabulary import Vocabulary


class Said(TypedDict, total=False):
    """What a write says of itself: its contributor's id, its name, why it is done, and a remark."""

    by: str | None
    op: str
    reason: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A write that is asked for: what `do` does, and comes to a status and whatever an answer is made of."""

    do: Callable[[Writer], tuple[int, dict[str, Any]]]
    dry_run: bool = False
    idempotency: Idempotency | None = None
    said: Said = field(default_factory=Said)


class Group:
    """The writes of one transaction, on a connection that may begin one."""

    def __init__(self, connection: Connection, vocabulary: Vocabulary, begun: Callable[[Head], None]) -> None:
        self._connection = connection
        self._vocabulary = vocabulary
        self._begun = begun
        """Told of the head whenever it was locked; it may refuse to go on."""
        self._locked: Head | None = None
        self._kept = False
        """Whether there is anything in the transaction that is to last."""
        self.head: Head
        """Where the ledger is when all of it is durable."""
        self.begin()

    def begin(self) -> None:
        """Lock the head, unless it is locked. Errors: those of the engine."""
        if self._locked is None:
            self.head = self._locked = lock(self._connection)
            self._begun(self.head)

    @contextmanager
    def write(
        self,
        *,
        replay: bool = False,
        dry_run: bool = False,
        idempotency: Idempotency | None = None,
        **said: Unpack[Said],
    ) -> Iterator[Writer]:
        """Begin one of the writes. It lasts with the transaction, unless the block raises. Errors: as `Store.write`."""
        self.begin()
        try:
            with self._connection.begin_nested() if self._kept else nullcontext() as savepoint:
                writer = Writer(self._connection, self.head, Why(**said), self._vocabulary, replay=replay)
                if idempotency is not None and not dry_run:
                    writer.recall(idempotency)
                yield writer
                lasts = writer.settle(dry_run=dry_run)
                if not lasts and savepoint is not None:
                    savepoint.rollback()
        except BaseException:
            self._begin_anew()
            raise
        if lasts:
            self.head, self._kept = writer.head, True
        else:
            self._begin_anew()

    def do(self, asked: Asked) -> Writer:
        """Carry one out. Errors: those of its verbs, of its idempotency key, and of the engine."""
        with self.write(dry_run=asked.dry_run, idempotency=asked.idempotency, **asked.said) as writer:
            if writer.replayed is None:
                writer.result = asked.do(writer)
        return writer

    @property
    def revisions(self) -> range:
        """The revisions that come of it."""
        known = self.head if self._locked is None else self._locked
        return range(known.revision + 1, self.head.revision + 1)

    def close(self) -> None:
        """Write where the ledger is now."""
        if self.revisions:
            raise_head(self._connection, self.head)

    def _begin_anew(self) -> None:
        """Take the transaction back, if nothing in it is to last."""
        if not self._kept:
            self._connection.rollback()
            self._locked = None
