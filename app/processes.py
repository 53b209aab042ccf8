"""A few warm processes that measure whole graphs (`app/measuring.py`), one measure at a time each."""

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

from app.measuring import LENGTH
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
        self._folds: list[tuple[Fold, str]] = []
        self._folder: str | None = None

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
            process = await asyncio.shield(starting)
            answer = await _exchanged(process, job)
        except asyncio.IncompleteReadError as error:
            self._end(starting)
            log.exception("a process that measured was ended by somebody else")
            raise OverBudget("It was ended while it was measured: there may be too little memory.") from error
        except BaseException:
            self._end(starting)
            self._idle.append(self._started())
            raise
        self._idle.append(starting)
        return answer

    def _started(self) -> asyncio.Task[Process]:
        pipe = asyncio.subprocess.PIPE
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(sys.executable, "-m", "app.measuring", stdin=pipe, stdout=pipe)
        )
        self._all.add(starting)
        return starting

    def _end(self, starting: asyncio.Task[Process]) -> None:
        """Kill a process, as soon as there is one."""

        def kill(task: asyncio.Task[Process]) -> None:
            if not task.cancelled() and task.exception() is None:
                with contextlib.suppress(ProcessLookupError):
                    task.result().kill()

        starting.add_done_callback(kill)

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
            self._end(starting)
            with contextlib.suppress(OSError):
                await (await starting).wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


async def _exchanged(process: Process, job: bytes) -> tuple[str, Any]:
    """Send a job, and read what it comes to. Errors: `IncompleteReadError` if the process ends instead."""
    assert process.stdin is not None  # noqa: S101 - asked for at the start
    assert process.stdout is not None  # noqa: S101
    with contextlib.suppress(ConnectionError):
        process.stdin.write(LENGTH.pack(len(job)) + job)
        await process.stdin.drain()
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    answer: tuple[str, Any] = pickle.loads(await process.stdout.readexactly(length))  # noqa: S301 - from our own process
    return answer
