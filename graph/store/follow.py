"""The newest snapshot, always: begun with mapped files or the ledger, followed from there on.

1. `current` compares the snapshot with the head file and catches up before it answers if that is ahead: what was
   acknowledged anywhere on the machine is in the very next answer. Only if very much is missing does it answer from the
   last complete revision, and name that, while the rest is read in the background.
2. One thread at a time brings rows in (`graph.store.news`); readers need no lock (`graph.snapshot.columns`).
3. When much has come since the mapped files were written, a process of its own writes new ones (`graph.store.folders`);
   every process goes over to them in the background, and then by exchanging one reference.
4. A mesh that was asked for and is not there is woven in the background too (`graph.snapshot.folds`).
5. Mapped files whose bytes turn out to be damaged are done away with, and nothing is answered until the ledger is read.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from graph.db import reading
from graph.errors import Busy, Lost, NotReady, OverBudget
from graph.memory import give_back, sparing
from graph.snapshot import Snapshot
from graph.snapshot.folder import Damaged
from graph.snapshot.folds import Folds
from graph.store.folders import Compactor, Folders
from graph.store.news import bring_in, untold
from graph.store.transaction import HEAD

if TYPE_CHECKING:
    from graph.snapshot.evidence import Evidence
    from graph.snapshot.tables import Tables
    from graph.snapshot.view import View
    from graph.store.ledger import Store
    from graph.store.news import Progress

__all__ = ["Live"]

log = logging.getLogger("entente")

_POLL_S: Final = {"postgresql": 0.02, "sqlite": 0.5}
"""On SQLite everybody is on this machine and tells by the head file, but for who died between COMMIT and telling."""
_AGAIN_S: Final = 2.0
_INLINE: Final = 25_000
"""As many rows are read while a request waits: the largest batch of an import, and what is written besides."""


class Live:
    """The newest snapshot of a ledger, always: loaded once, then followed."""

    def __init__(self, store: Store, progress: Progress = untold) -> None:
        sparing()  # a command or a benchmark that holds a snapshot makes and forgets such arrays, too
        self.ledger = store
        self._progress = progress
        self._head = store.head_file
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._far = False
        self._doubted = True
        """Whether the mapped files' bytes have not been compared with their checksums."""
        self._damaged = False
        self._folders = Folders.of(store.engine.url, store.head().ledger)
        self._compactor = Compactor(store.engine.url, self._folders)
        self._asked = self._head.read()
        self._views: dict[int, View] = {}
        self._begin()
        self._head.raise_to(self._snapshot.revision)
        self._weaver: threading.Thread | None = None
        self._poll = threading.Thread(target=self._watch, name="entente-poll", daemon=True)
        self._poll.start()

    def current(self) -> Snapshot:
        """The snapshot at the newest revision that any process of this machine has acknowledged. Errors: `NotReady`."""
        if self._damaged:
            raise NotReady("The files that the graph was mapped from are damaged; the ledger is being read.", 5)
        if not self._far and self._told_of_more():
            self._catch_up(_INLINE)
        return self._snapshot

    def catch_up(self) -> Snapshot:
        """Read what the ledger has beyond the snapshot. O(new rows)."""
        self._catch_up()
        return self._snapshot

    def close(self) -> None:
        """Stop following."""
        self._stopped.set()
        self._poll.join()
        if self._weaver is not None:
            self._weaver.join()
        self._compactor.close()

    def _begin(self) -> None:
        """Map the newest files, or read the ledger; then what has come since."""
        tables, evidence = self._folders.begin(self.ledger.engine, self._progress)
        with reading(self.ledger.engine) as connection:
            bring_in(connection, tables, evidence)
        self._folds = Folds()
        self._go_over(tables, evidence)

    def _go_over(self, tables: Tables, evidence: Evidence) -> None:
        self._views.clear()  # they know their snapshot, which knows them
        self._tables, self._evidence, self._views = tables, evidence, {}
        self._renew()

    def _renew(self) -> None:
        self._snapshot = Snapshot(self._tables, self._evidence, self._tables.revision, self._views, self._folds)

    def _told_of_more(self) -> bool:
        """Whether the head file names a revision that is not here, and was not looked for."""
        told = self._head.read()
        return told != self._asked and told > self._snapshot.revision

    def _catch_up(self, most: int | None = None) -> None:
        with self._lock:
            if most is not None and not self._told_of_more():
                return  # another thread has read it meanwhile
            asked = self._head.read()
            with reading(self.ledger.engine) as connection:
                if not bring_in(connection, self._tables, self._evidence, most):
                    self._far = True  # the poll is about to read it
                    return
            if self._tables.revision != self._snapshot.revision:
                self._renew()
            self._asked = asked

    def _watch(self) -> None:
        """Notice revisions that nobody on this machine told of, and what becomes of the files."""
        while not self._stopped.is_set():
            try:
                self._look()
            except (DBAPIError, Busy, Lost, OverBudget) as error:
                log.warning("the ledger can't be asked for news; trying again (%s)", type(error).__name__)
                self._stopped.wait(_AGAIN_S)
            self._stopped.wait(_POLL_S[self.ledger.engine.dialect.name])

    def _look(self) -> None:
        if self._doubted:
            self._check()
        with reading(self.ledger.engine) as connection:
            newest = connection.execute(select(HEAD.c.revision)).scalar_one()
        if newest > self._snapshot.revision:
            self.catch_up()
        self._far = False
        if self._folders.newer:
            self._exchange()
        self._compactor.look(self._tables)
        if self._folds.missed and (self._weaver is None or not self._weaver.is_alive()):
            self._weaver = threading.Thread(
                target=self._folds.catch_up, args=(self._snapshot,), name="entente-weave", daemon=True
            )
            self._weaver.start()

    def _check(self) -> None:
        """Compare the mapped files with their checksums; without good ones, begin again. O(bytes)."""
        try:
            if not self._damaged:
                self._folders.check()
        except Damaged as damage:
            log.error("%s; the ledger is read instead", damage)  # noqa: TRY400 - the sentence says it all
            self._damaged = True
        if self._damaged:
            self._folders.discard()
            with self._lock:
                self._begin()
            self._damaged = False
            return  # what it began with is compared next
        self._tables.sound = True
        self._doubted = False

    def _exchange(self) -> None:
        """Go over to newer files: map them, bring in what has come since, exchange one reference."""
        with reading(self.ledger.engine) as connection:
            mapped = self._folders.newest(connection, checked=True)
            if mapped is None:
                return
            bring_in(connection, *mapped)
        with self._lock, reading(self.ledger.engine) as connection:
            bring_in(connection, *mapped)
            self._go_over(*mapped)
        give_back()
