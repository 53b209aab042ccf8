"""Which mapped files a process begins with, and who writes the next ones.

1. Folders (`graph.snapshot.folder`) lie beside the file of an SQLite ledger, else in the temporary folder, each named
   after its revision. A process begins with the newest good one; one that can't be used is removed.
2. Who finds none reads the ledger, alone on the machine, writes a folder if the ledger is worth it, and maps that.
3. When a process holds many rows beyond its folder, it starts another one that begins with the newest folder, brings in
   the rest and writes the next. A lock lets one on the machine do so at a time; who comes late finds it done.
4. Two folders are kept. Whoever has mapped an older one may go on: its pages stay until it lets go of them.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from graph.db import connect, reading
from graph.snapshot.evidence import Evidence
from graph.snapshot.folder import Damaged, check, open_folder, write_folder
from graph.snapshot.tables import Tables
from graph.store.news import bring_in, load
from graph.store.transaction import HEAD
from graph.vocabulary import load as vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.process import BaseProcess

    from sqlalchemy import URL, Connection

__all__ = ["Compactor", "Folders"]

WORTH: Final = 50_000
"""Relations from which on a ledger is worth a folder: fewer are read in about a second."""
_DUE: Final = 50_000
"""The next folder is due when so many relations are not in the newest,"""
_SHARE: Final = 50
"""and one in so many."""
_KEPT: Final = 2

Loaded = tuple[Tables, Evidence]


class Folders:
    """The folders of one ledger on this machine. `mapped` is the revision of the one that was opened last, if any."""

    def __init__(self, path: Path, ledger: str) -> None:
        self.path = path
        self.ledger = ledger
        self.mapped = 0
        self.rows = 0
        """How many relations it has."""

    @classmethod
    def of(cls, url: URL, ledger: str) -> Folders:
        """The folders of a ledger."""
        if url.get_backend_name() == "sqlite" and url.database:
            return cls(Path(f"{url.database}-mapped"), ledger)
        return cls(Path(tempfile.gettempdir()) / f"entente-{os.getuid()}-{ledger}-mapped", ledger)

    @property
    def newer(self) -> bool:
        """Whether there is a newer folder than the one that was opened last."""
        return max(self._revisions(), default=0) > self.mapped

    def begin(self, connection: Connection) -> Loaded | None:
        """The newest good folder, written first if there is none; None if the ledger is not worth one."""
        if (found := self.newest()) is not None:
            return found
        if connection.execute(select(HEAD.c.relations)).scalar_one() < WORTH:
            return None
        with self.alone():
            if (found := self.newest()) is not None:
                return found
            self._write(*_read(connection, self.ledger))
        return self.newest()

    def newest(self) -> Loaded | None:
        """Open the newest good folder; what can't be used is removed."""
        for revision in sorted(self._revisions(), reverse=True):
            try:
                tables, evidence = open_folder(self.path / str(revision), self.ledger, vocabulary())
            except Damaged:
                shutil.rmtree(self.path / str(revision), ignore_errors=True)
                continue
            self.mapped, self.rows = revision, len(tables.relations)
            return tables, evidence
        return None

    def check(self) -> None:
        """Compare the opened folder's bytes with their checksums. Errors: `Damaged`.

        Two newer ones may have put an end to it meanwhile: nothing to compare, and soon another is mapped.
        """
        try:
            if self.mapped:
                check(self.path / str(self.mapped))
        except Damaged:
            if self.mapped in self._revisions():
                raise

    def discard(self) -> None:
        """Remove the opened folder."""
        shutil.rmtree(self.path / str(self.mapped), ignore_errors=True)
        self.mapped = self.rows = 0

    def compact(self, connection: Connection) -> None:
        """Write the next folder."""
        loaded = self.newest()
        if loaded is None:
            loaded = _read(connection, self.ledger)
        bring_in(connection, *loaded)
        if loaded[0].revision > self.mapped:
            self._write(*loaded)

    @contextmanager
    def alone(self, *, wait: bool = True) -> Iterator[None]:
        """Keep other processes of the machine from writing. Errors: BlockingIOError if one is, and we don't wait."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.path / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield

    def _write(self, tables: Tables, evidence: Evidence) -> None:
        tables.pack()
        tables.by_end.pack(evidence, whole=True)
        write_folder(self.path / str(tables.revision), tables, evidence)
        for old in sorted(self._revisions())[:-_KEPT]:
            shutil.rmtree(self.path / str(old), ignore_errors=True)

    def _revisions(self) -> list[int]:
        try:
            return [int(each.name) for each in self.path.iterdir() if each.name.isdecimal()]
        except FileNotFoundError:
            return []


class Compactor:
    """Has the next folder written when it is due, by a process of its own."""

    def __init__(self, url: URL, folders: Folders) -> None:
        self._url = url.render_as_string(hide_password=False)
        self._folders = folders
        self._process: BaseProcess | None = None

    def look(self, tables: Tables) -> None:
        """Start writing if it is due and not under way. O(1)."""
        if self._process is not None and self._process.is_alive():
            return
        beyond = len(tables.relations) - self._folders.rows
        if beyond >= max(_DUE, self._folders.rows // _SHARE):
            spawned = multiprocessing.get_context("spawn")
            self._process = spawned.Process(target=_compact, args=(self._url, self._folders.ledger), daemon=True)
            self._process.start()

    def close(self) -> None:
        """Give it up: what is half written is never taken."""
        if self._process is not None:
            self._process.terminate()
            self._process.join()


def _compact(url: str, ledger: str) -> None:
    """What the process does."""
    os.nice(10)
    engine = connect(url)
    folders = Folders.of(engine.url, ledger)
    try:
        with folders.alone(wait=False), reading(engine) as connection:
            folders.compact(connection)
    except BlockingIOError:
        return
    finally:
        engine.dispose()


def _read(connection: Connection, ledger: str) -> Loaded:
    tables = Tables(ledger, vocabulary())
    evidence = Evidence(tables)
    load(connection, tables, evidence)
    return tables, evidence
