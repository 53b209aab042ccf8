"""A few warm processes that measure whole graphs (`app/measuring.py`), one measure at a time each.

A process is there when it says so, having imported what it needs: on a busy machine that takes longer than a measure
may. Who can't wait for that leaves it to whoever comes next; only a process that is at work is ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pickle
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.measuring import LENGTH, READY
from graph.errors import Busy, OverBudget

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from graph.queries import WholeGraph
    from graph.snapshot.fold import Fold

log = logging.getLogger("entente")

_WAITING_PER_PROCESS = 16
_FOLDS_KEPT = 4


class Processes:
    """At most `count` of them, started when they are first needed; one that is ended is started anew at once."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)
        self._most = count * (1 + _WAITING_PER_PROCESS)
        self._asked = 0
        self._idle: list[asyncio.Task[Process]] = []
        self._all: set[asyncio.Task[Process]] = set()
        self._first: asyncio.Task[Process] | None = None
        self._folds: list[tuple[Fold, str]] = []
        self._folder: str | None = None

    async def ready(self) -> None:
        """Wait until there is a first process: so much of the time is nobody's question's."""
        if self._first is None:
            self._first = self._started()
            self._idle.append(self._first)
        await asyncio.wait([self._first])

    async def measure(self, question: WholeGraph, fold: Fold, nodes: list[int] | None) -> Any:  # noqa: ANN401 - what it measures
        """What a question measures. Cancelled, it ends the process. Errors: `Busy`, and what the question raises."""
        if self._asked >= self._most:
            raise Busy
        self._asked += 1
        try:
            async with self._free:
                folder = await asyncio.to_thread(self._saved, fold)
                kind, found = await self._told(pickle.dumps((question, folder, nodes), pickle.HIGHEST_PROTOCOL))
        finally:
            self._asked -= 1
        if kind == "measured":
            return found
        raise found if kind == "refused" else RuntimeError(found)

    async def _told(self, job: bytes) -> tuple[str, Any]:
        starting = self._idle.pop() if self._idle else self._started()
        try:
            answer = await _exchanged(await asyncio.shield(starting), job)
        except asyncio.IncompleteReadError as error:
            log.exception("a process that measured was ended by somebody else")
            raise OverBudget("It was ended while it was measured: there may be too little memory.") from error
        except BaseException:
            if starting.done():
                _kill(starting.result())
                starting = self._started()
            self._idle.append(starting)
            raise
        self._idle.append(starting)
        return answer

    def _started(self) -> asyncio.Task[Process]:
        starting = asyncio.ensure_future(_start())
        self._all.add(starting)
        return starting

    def _saved(self, fold: Fold) -> str:
        """The folder that a fold lies in, for the others to map: a few are kept."""
        for known, folder in self._folds:
            if known is fold:
                return folder
        if self._folder is None:
            self._folder = tempfile.mkdtemp(prefix="entente-")
        folder = tempfile.mkdtemp(dir=self._folder)
        fold.save(Path(folder))
        self._folds.append((fold, folder))
        for _, old in self._folds[:-_FOLDS_KEPT]:
            shutil.rmtree(old)  # who has mapped it keeps it
        del self._folds[:-_FOLDS_KEPT]
        return folder

    async def close(self) -> None:
        """End them all, and take away what was put down for them."""
        for starting in self._all:
            starting.cancel()
        for process in await asyncio.gather(*self._all, return_exceptions=True):
            if not isinstance(process, BaseException):
                _kill(process)
                await process.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


async def _start() -> Process:
    """Start one, and wait until it can measure. Errors: `IncompleteReadError` if it ends instead."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "app.measuring", stdin=pipe, stdout=pipe)
    assert process.stdout is not None  # noqa: S101 - asked for in the line above
    try:
        await process.stdout.readexactly(len(READY))
    except BaseException:
        _kill(process)
        await process.wait()
        raise
    return process


def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()


async def _exchanged(process: Process, job: bytes) -> tuple[str, Any]:
    """Send a job, and read what it comes to. Errors: `IncompleteReadError` if the process ends instead."""
    assert process.stdin is not None  # noqa: S101 - asked for at the start
    assert process.stdout is not None  # noqa: S101 - asked for at the start
    with contextlib.suppress(ConnectionError):
        process.stdin.write(LENGTH.pack(len(job)) + job)
        await process.stdin.drain()
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    answer: tuple[str, Any] = pickle.loads(await process.stdout.readexactly(length))  # noqa: S301 - from our own process
    return answer
