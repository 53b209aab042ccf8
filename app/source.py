"""Where the answers come from: the opened ledger, and the snapshot that follows it.

Opening and loading run in the background, so that health can be asked from the first moment on; whoever asks a question
meanwhile is told to come back. A ledger that can't be opened is tried again, as a database may start later than we do.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol

from app.settings import without_password
from graph.db import connect, revision_of, upgrade
from graph.errors import EntenteError, NotReady
from graph.store import Store
from graph.store.backup import backup
from graph.store.check import check
from graph.store.follow import Live
from graph.store.news import untold
from graph.transfer import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from graph.queries import Ledger
    from graph.snapshot import Snapshot
    from graph.store.news import Progress

log = logging.getLogger("entente")

_AGAIN_S = 2
_SAMPLE = files("graph.transfer") / "sample.ndjson"


class Following(Protocol):
    """A ledger that has been read into a snapshot, and is followed."""

    @property
    def ledger(self) -> Ledger:
        """History and full texts."""
        ...

    @property
    def store(self) -> Store:
        """The ledger's writing side."""
        ...

    def current(self) -> Snapshot:
        """The newest complete snapshot."""
        ...

    def catch_up(self) -> Snapshot:
        """Read what the ledger has beyond it."""
        ...

    def close(self) -> None:
        """Let go of the ledger."""
        ...


class Source:
    """The snapshot of a ledger, as soon as there is one.

    `opening` is how it comes about. It may take its time, and says how far it is.
    """

    def __init__(self, opening: Callable[[Progress], Following]) -> None:
        self._opening = opening
        self._following: Following | None = None
        self._task: asyncio.Task[None] | None = None
        self._told(0, 1)

    def start(self) -> None:
        """Begin to open the ledger, without waiting for it."""
        self._task = asyncio.get_running_loop().create_task(self._open())

    async def stop(self) -> None:
        """Let go of it."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._following is not None:
            await asyncio.to_thread(self._following.close)

    def current(self) -> Snapshot:
        """The newest snapshot. Errors: `NotReady`."""
        return self._ready().current()

    @property
    def newest(self) -> Snapshot | None:
        """The newest snapshot, if there is one yet."""
        return None if self._following is None else self._following.current()

    @property
    def ledger(self) -> Ledger:
        """History and full texts. Errors: `NotReady`."""
        return self._ready().ledger

    @property
    def store(self) -> Store:
        """The ledger's writing side. Errors: `NotReady`."""
        return self._ready().store

    def reaching(self, revision: int) -> Snapshot:
        """The newest snapshot, which the ledger is read for if it is older than a revision that is durable."""
        following = self._ready()
        snapshot = following.current()
        return snapshot if snapshot.revision >= revision else following.catch_up()

    def _ready(self) -> Following:
        if self._following is None:
            raise NotReady(self._progress, 1)
        return self._following

    def _told(self, done: int, everything: int) -> None:
        self._progress = f"The ledger is being read: {100 * done // max(everything, 1)} % is done."

    async def _open(self) -> None:
        while self._following is None:
            try:
                self._following = await asyncio.to_thread(self._opening, self._told)
            except Exception:
                log.exception("the ledger can't be opened; trying again in %d s", _AGAIN_S)
                self._progress = "The ledger can't be opened; it is tried again."
                await asyncio.sleep(_AGAIN_S)


class CantOpen(Exception):  # noqa: N818 - read as a sentence, as the rest of the error tree is
    """The ledger can't be opened; `str()` says why, without the password."""


class _Followed(Live):
    """The snapshot that follows a ledger, opened by its URL."""

    def __init__(self, database: str, progress: Progress) -> None:
        self._engine = connect(database)
        with contextlib.ExitStack() as unless_opened:
            unless_opened.callback(self._engine.dispose)
            if revision_of(self._engine) is None:
                raise CantOpen("it has no tables yet; `entente migrate` makes them.")
            super().__init__(Store(self._engine), progress)
            unless_opened.pop_all()

    @property
    def store(self) -> Store:
        """The ledger's writing side."""
        return self.ledger

    def close(self) -> None:
        """Stop following, and let go of the connections."""
        super().close()
        self._engine.dispose()


def following(database: str, progress: Progress = untold) -> Following:
    """Open a ledger and read it into a snapshot. Errors: `CantOpen`."""
    with _explained(database):
        return _Followed(database, progress)


def prepare(database: str, *, sample: bool) -> None:
    """Bring a ledger's tables up to date; give an empty one the sample graph if wanted. Errors: `CantOpen`."""
    with _explained(database):
        engine = connect(database)
        try:
            upgrade(engine)
            store = Store(engine)
            if sample and store.head().revision == 0:
                load(store, _SAMPLE.read_bytes().splitlines(), reason="The sample graph.")
        finally:
            engine.dispose()


@contextlib.contextmanager
def opened(database: str) -> Iterator[Store]:
    """A ledger for one command, its tables brought up to date. Errors: `CantOpen`."""
    prepare(database, sample=False)
    engine = connect(database)
    try:
        yield Store(engine)
    finally:
        engine.dispose()


def checked(database: str, progress: Callable[[int, int], None]) -> list[str]:
    """What is damaged in a ledger, a sentence each. Errors: `CantOpen`."""
    with _explained(database), _as_it_is(database) as store:
        return check(store.engine, progress)


def copied(database: str, path: Path, progress: Callable[[int, int], None]) -> int:
    """Copy a ledger to a new file and check the copy; its newest revision. Errors: `CantOpen`, those of `backup`."""
    with _as_it_is(database) as store:
        return backup(store.engine, path, progress)


@contextlib.contextmanager
def _as_it_is(database: str) -> Iterator[Store]:
    """A ledger whose tables are left as they are. Errors: `CantOpen`."""
    engine = connect(database)
    try:
        with _explained(database):
            if revision_of(engine) is None:
                raise CantOpen("it has no tables yet; `entente migrate` makes them.")
        yield Store(engine)
    finally:
        engine.dispose()


@contextlib.contextmanager
def _explained(database: str) -> Iterator[None]:
    """Tell what drivers say of a database, in one line, without its password; a fault of ours stays what it is."""
    shown = without_password(database)
    try:
        yield
    except (CantOpen, EntenteError) as error:
        raise CantOpen(f"{shown} can't be opened: {error}") from error
    except Exception as error:
        driver = getattr(error, "orig", None)
        if driver is None and not isinstance(error, OSError):
            raise
        said = str(driver or error).strip().splitlines() or [type(driver).__name__]
        raise CantOpen(f"{shown} can't be opened: {said[0]}") from error
