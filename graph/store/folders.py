"""Which mapped files a process begins with, and who writes the next ones.

1. Folders (`graph.snapshot.folder`) lie beside the file of an SQLite ledger, else in the temporary folder, each named
   after its revision. A process begins with the newest good one.
2. One is good iff it holds together and is of the ledger's own past: the chain's hash at its revision is the ledger's.
   So none is taken that is left from before an older state was put back. One that is not good is removed.
3. Who finds none reads the ledger, alone on the machine, writes a folder if the ledger is worth it, and maps that. A
   large ledger is read by a process of its own, for what is freed of so much leaves holes in memory for good.
4. When a process holds many rows beyond its folder, it starts another one that begins with the newest folder, brings in
   the rest and writes the next. A lock lets one on the machine do so at a time; who comes late finds it done.
5. Two folders are kept. Whoever has mapped an older one may go on: its pages stay until it lets go of them. What was
   left half written is removed by whoever writes next.
6. Folders only save time. If none can be written (no room, no right to), the log says so, and what was read from the
   ledger stays in memory.
"""

from __future__ import annotations

import fcntl
import logging
import multiprocessing
import os
import shutil
import signal
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from graph.db import connect, reading
from graph.errors import EntenteError
from graph.memory import give_back, uncollected
from graph.snapshot.evidence import Evidence
from graph.snapshot.folder import Damaged, check, open_folder, write_folder
from graph.snapshot.tables import Tables
from graph.store.news import bring_in, load, untold
from graph.store.transaction import CHANGE, HEAD
from graph.vocabulary import load as vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection as SendConnection
    from multiprocessing.process import BaseProcess

    from sqlalchemy import URL, Connection, Engine

    from graph.store.news import Progress

__all__ = ["Compactor", "Folders"]

log = logging.getLogger("entente")

WORTH: Final = 50_000
"""Relations from which on a ledger is worth a folder: fewer are read in about a second."""
APART: Final = 500_000
"""Relations from which on another process reads the ledger."""
_DUE: Final = 50_000
"""The next folder is due when so many relations are not in the newest,"""
_SHARE: Final = 50
"""and one in so many."""
_KEPT: Final = 2
_LOCK: Final = "lock"
_AGAIN_S: Final = 600.0
"""After so long writing is tried again that came to nothing."""

_NONE_YET: Final = -1

Loaded = tuple[Tables, Evidence]


class Folders:
    """The folders of one ledger on this machine. `mapped` is the revision of the one that was opened last, if any."""

    def __init__(self, path: Path, ledger: str) -> None:
        self.path = path
        self.ledger = ledger
        self.mapped = 0
        self.rows = 0
        """How many relations it has."""
        self._refused: set[int] = set()
        """Those that are not good and can't be removed."""

    @classmethod
    def of(cls, url: URL, ledger: str) -> Folders:
        """The folders of a ledger."""
        if url.get_backend_name() == "sqlite" and url.database:
            return cls(Path(f"{url.database}-mapped"), ledger)
        return cls(Path(tempfile.gettempdir()) / f"entente-{os.getuid()}-{ledger}-mapped", ledger)

    @property
    def newer(self) -> bool:
        """Whether there is a newer folder than the one that was opened last."""
        return bool(self._newer())

    def begin(self, engine: Engine, progress: Progress = untold) -> Loaded:
        """The newest good folder, written first if there is none and the ledger is worth one; else the ledger, read."""
        with uncollected(stays=True):
            with reading(engine) as connection:
                if (found := self.newest(connection)) is not None:
                    return found
                relations = connection.execute(select(HEAD.c.relations)).scalar_one()
            if relations >= WORTH:
                try:
                    with self._alone():
                        return self._first(engine, progress, apart=relations >= APART)
                except OSError as error:
                    _in_vain(error)
            return self._read(engine, progress)

    def newest(self, connection: Connection, *, checked: bool = False) -> Loaded | None:
        """Open the newest good folder after the one that was opened last; compare its bytes too, if `checked`."""
        for revision in sorted(self._newer(), reverse=True):
            chain = connection.execute(select(CHANGE.c.hash).where(CHANGE.c.revision == revision)).scalar()
            try:
                tables, evidence = open_folder(self._at(revision), self.ledger, vocabulary(), bytes(chain or b""))
                if checked:
                    check(self._at(revision))
            except Damaged as damage:
                log.warning("%s; it is written anew when there is need", damage)
                self._refuse(revision)
                continue
            self.mapped, self.rows, tables.sound = revision, len(tables.relations), checked
            return tables, evidence
        return None

    def check(self) -> None:
        """Compare the opened folder's bytes with their checksums. Errors: `Damaged`.

        Two newer ones may have put an end to it meanwhile: nothing to compare, and soon another is mapped.
        """
        try:
            if self.mapped:
                check(self._at(self.mapped))
        except Damaged:
            if self._at(self.mapped).exists():
                raise

    def discard(self) -> None:
        """Remove the opened folder."""
        if self.mapped:
            self._refuse(self.mapped)
        self.mapped = self.rows = 0

    def compact(self, engine: Engine) -> None:
        """Write the next folder, unless another process is about to."""
        try:
            with self._alone(wait=False):
                with reading(engine) as connection:
                    loaded = self.newest(connection)
                    if loaded is not None:
                        bring_in(connection, *loaded)
                        _pack(*loaded)
                if loaded is None:
                    loaded = self._read(engine, untold)
                if loaded[0].revision > self.mapped:
                    self._write(*loaded)
        except BlockingIOError:
            return
        except OSError as error:
            _in_vain(error)

    def _first(self, engine: Engine, progress: Progress, *, apart: bool) -> Loaded:
        """Read the ledger, write a folder and map that, if it was not done by who came before."""
        with reading(engine) as connection:
            if (found := self.newest(connection)) is not None:
                return found
        if apart:
            self._first_apart(engine, progress)
            with reading(engine) as connection:
                if (found := self.newest(connection)) is not None:
                    return found
        loaded = self._read(engine, progress)
        try:
            self._write(*loaded)
        except OSError as error:
            _in_vain(error)
            return loaded
        with reading(engine) as connection:
            mapped = self.newest(connection)
        if mapped is None:
            return loaded
        del loaded
        give_back()
        return mapped

    def _first_apart(self, engine: Engine, progress: Progress) -> None:
        """Have another process read the ledger and write a folder; if it can't, it has said why."""
        spawning = multiprocessing.get_context("spawn")
        heard, tell = spawning.Pipe(duplex=False)
        url = engine.url.render_as_string(hide_password=False)
        process = spawning.Process(target=_begin, args=(url, self.ledger, tell), daemon=True)
        process.start()
        tell.close()
        with heard, suppress(EOFError):
            while True:
                progress(*heard.recv())
        process.join()

    def write_first(self, engine: Engine, progress: Progress) -> None:
        """Read the ledger and write a folder, for who waits for it. Errors: OSError."""
        self._write(*self._read(engine, progress))

    def _read(self, engine: Engine, progress: Progress) -> Loaded:
        tables = Tables(self.ledger, vocabulary())
        evidence = Evidence(tables)
        load(engine, tables, evidence, progress)
        return tables, evidence

    def _write(self, tables: Tables, evidence: Evidence) -> None:
        """Write packed tables as a folder, and remove what there is no more need for. Errors: OSError."""
        for each in self.path.iterdir():
            if each.name != _LOCK and not each.name.isdecimal():
                shutil.rmtree(each)
        write_folder(self._at(tables.revision), tables, evidence)
        for old in sorted(self._revisions())[:-_KEPT]:
            shutil.rmtree(self._at(old), ignore_errors=True)

    @contextmanager
    def _alone(self, *, wait: bool = True) -> Iterator[None]:
        """Keep other processes from writing. Errors: OSError, `BlockingIOError` if one is writing and we don't wait."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self._ours():
            raise PermissionError(f"{self.path} belongs to somebody else")
        with (self.path / _LOCK).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield

    def _refuse(self, revision: int) -> None:
        shutil.rmtree(self._at(revision), ignore_errors=True)
        if self._at(revision).exists():
            self._refused.add(revision)

    def _at(self, revision: int) -> Path:
        return self.path / str(revision)

    def _newer(self) -> set[int]:
        return {revision for revision in self._revisions() if revision > self.mapped} - self._refused

    def _revisions(self) -> set[int]:
        try:
            return {int(each.name) for each in self.path.iterdir() if each.name.isdecimal()} if self._ours() else set()
        except OSError:  # there is none, or it may not be looked into
            return set()

    def _ours(self) -> bool:
        """The temporary folder is everybody's: what somebody else has put there is not trusted."""
        return self.path.stat().st_uid == os.getuid()


class Compactor:
    """Has the next folder written when it is due, by a process of its own."""

    def __init__(self, url: URL, folders: Folders) -> None:
        self._url = url.render_as_string(hide_password=False)
        self._folders = folders
        self._process: BaseProcess | None = None
        self._tried = (_NONE_YET, 0.0)
        """Which folder was mapped when writing was last begun, and when that may be tried again if it still is."""

    def look(self, tables: Tables) -> None:
        """Start writing if it is due and not under way. O(1)."""
        mapped, beyond = self._folders.mapped, len(tables.relations) - self._folders.rows
        if beyond < max(_DUE, self._folders.rows // _SHARE) or (self._process is not None and self._process.is_alive()):
            return
        if mapped == self._tried[0] and time.monotonic() < self._tried[1]:
            return
        self._tried = mapped, time.monotonic() + _AGAIN_S
        self._process = multiprocessing.get_context("spawn").Process(
            target=_compact, args=(self._url, self._folders.ledger), daemon=True
        )
        self._process.start()

    def close(self) -> None:
        """Give it up: what is half written is never taken."""
        if self._process is not None:
            self._process.terminate()
            self._process.join()


def _compact(url: str, ledger: str) -> None:
    """What the process does that writes the next folder."""
    os.nice(10)
    _in_a_process(url, lambda engine: Folders.of(engine.url, ledger).compact(engine))


def _begin(url: str, ledger: str, tell: SendConnection) -> None:
    """What the process does that writes the first folder; it tells how far it is until nobody listens."""

    def progress(*far: int) -> None:
        with suppress(OSError):
            tell.send(far)

    _in_a_process(url, lambda engine: Folders.of(engine.url, ledger).write_first(engine, progress))


def _in_a_process(url: str, work: Callable[[Engine], None]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    engine = connect(url)
    try:
        work(engine)
    except (DBAPIError, EntenteError, OSError) as error:  # whoever reads the same ledger says so too, and tries again
        log.warning("no files to map the graph from were written (%s)", type(error).__name__)
    finally:
        engine.dispose()


def _pack(tables: Tables, evidence: Evidence) -> None:
    """Pack what has come beyond a folder with what is in it, as a load does with all there is."""
    tables.pack()
    tables.by_end.pack(evidence, whole=True)


def _in_vain(error: OSError) -> None:
    log.warning("no files to map the graph from can be written (%s); it is held in memory", error)
