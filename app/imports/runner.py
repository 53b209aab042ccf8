"""Who sees to it that imports are done: in a process of their own, one at a time for each worker.

An import keeps a processor busy for as long as it takes, so it must not share one with whoever answers requests. Each
worker looks for jobs whose file lies here and is not held by anybody, when one comes in and every so often besides; so
a job goes on wherever its worker has died. A process that is told to stop leaves the job to the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from typing import TYPE_CHECKING, Final

from graph.errors import EntenteError
from graph.store import jobs
from graph.transfer.jobs import holding

if TYPE_CHECKING:
    from app.imports.folder import Folder
    from app.settings import Settings
    from app.source import Source
    from app.threads import Threads

log = logging.getLogger("entente")

_LOOK_S: Final = 2.0
_GRACE_S: Final = 5.0
_AT_ONCE: Final = 1000
"""As many jobs are looked up by one statement, of which databases bound the values."""


class Runner:
    """The imports of this worker."""

    def __init__(self, settings: Settings, source: Source, readers: Threads, folder: Folder) -> None:
        self._settings = settings
        self._source = source
        self._readers = readers
        self._folder = folder
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    def start(self) -> None:
        """Begin to look for jobs."""
        self._task = asyncio.get_running_loop().create_task(self._look())

    def wake(self) -> None:
        """Look at once: a job has come in."""
        self._news.set()

    async def stop(self) -> None:
        """Stop what is under way between two batches, or within one, which then leaves nothing."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        process = self._process
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _GRACE_S)
            except TimeoutError:
                process.kill()
                await process.wait()

    async def _look(self) -> None:
        while True:
            self._news.clear()
            try:
                n = await self._readers.run(self._next)
                if n is not None:
                    await self._do(n)
                    continue
            except EntenteError:
                pass  # not ready yet, or busy: the next look will tell
            except Exception:
                log.exception("imports can't be looked for; trying again")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), _LOOK_S)

    def _next(self) -> int | None:
        """The oldest job that is not finished, whose file lies here and is not held."""
        here = self._folder.numbers()[:_AT_ONCE]
        if not here:
            return None
        for n, to_do in jobs.among(self._source.store, here).items():
            with holding(self._folder.file(n)) as free:
                if free and to_do:
                    return n
                if free:  # whoever did it was stopped before it threw the file away
                    self._folder.file(n).unlink(missing_ok=True)
        return None

    async def _do(self, n: int) -> None:
        """Have a process do a job, and wait for its end; one that ended badly is tried again after a while."""
        command = (sys.executable, "-m", "app.imports.work", str(n))
        environment = {**os.environ, **self._settings.as_variables()}
        self._process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdin=asyncio.subprocess.DEVNULL
        )
        if await self._process.wait() != 0:
            log.error("the process of import i%d ended with %s", n, self._process.returncode)
            await asyncio.sleep(_LOOK_S)
