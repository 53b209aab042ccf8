"""Questions that could cost anything: off the event loop, within a budget, and only while somebody waits.

1. A `Bounded` question runs in one of a few threads, which take turns, spending a budget as it goes; at its next look
   at the clock it finds that its time is over, that its client has left, or that it is somebody else's turn.
2. A `WholeGraph` question has its fold made in such a thread, and is measured in another process, which is ended when
   time is over or the last client has left. Who asks the same meanwhile waits for the same; the last answers are kept.
3. Time counts from when it was asked, or from when the first process was there. When it is over the answer is the
   problem `query-budget`. Too many at once are told so (`Busy`).
4. Unless the client says from which revision on, or as known when, whole graphs are measured at the revision of the
   newest fold of the scope, as long as that was the newest within the last `ENTENTE_FOLD_AGE` seconds.
5. Any other question that takes more than a moment runs in such a thread to its end, which is not far.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.processes import Processes
from app.threads import Threads, Turns
from graph.errors import OverBudget
from graph.queries import Bounded, WholeGraph

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.types import Receive

    from app.settings import Settings
    from graph.queries import Answer, Budget, Question
    from graph.snapshot import Snapshot
    from graph.snapshot.fold import Fold

_KEPT: Final = 64
_LARGEST_KEPT: Final = 1_000_000

Key = tuple[str, int, bytes]
"""A ledger, a revision of it, and the fingerprint of a question."""


class Heavy:
    """The room for such questions."""

    def __init__(self, settings: Settings) -> None:
        self._threads = Threads("query", settings.query_threads)
        self._turns = Turns()
        self._processes = Processes(settings.query_processes)
        self._seconds: float = settings.query_time
        self._age_us = settings.fold_age * 1_000_000
        self._jobs: dict[Key, _Job] = {}
        self._kept: dict[Key, Answer] = {}

    def settled(self, question: WholeGraph, snapshot: Snapshot) -> Snapshot:
        """The snapshot to measure: rule 4."""
        if question.model_fields_set & {"known_at", "cursor"}:
            return snapshot
        newest = snapshot.folds.newest(question.wanted(snapshot.view(snapshot.revision)))
        if newest is None or newest >= snapshot.revision:
            return snapshot
        outdated = time.time_ns() // 1_000 - snapshot.instant(newest + 1)
        return snapshot.as_of(newest) if outdated <= self._age_us else snapshot

    async def answer(self, question: Bounded | WholeGraph, snapshot: Snapshot, receive: Receive) -> Answer:
        """The answer to a question. Errors: `OverBudget`, `Busy`, and whatever the question raises."""
        if isinstance(question, Bounded):
            return await self._bounded(question, snapshot, receive)
        key = (snapshot.ledger, snapshot.revision, question.fingerprint())
        kept = self._kept.get(key)
        return await self._whole(key, question, snapshot, receive) if kept is None else kept

    async def aside(self, question: Question, snapshot: Snapshot) -> Answer:
        """The answer to a question that only takes more than a moment. Errors: `Busy`, and what the question raises."""
        return await self._threads.run(question.run, snapshot)

    @property
    def waiting(self) -> int:
        """How many questions are under way, those included that wait for a thread or a process."""
        return self._threads.waiting + len(self._jobs)

    async def close(self) -> None:
        """Let the last ones finish that run in threads, and end the processes."""
        await asyncio.to_thread(self._threads.close)
        await self._processes.close()

    async def _bounded(self, question: Bounded, snapshot: Snapshot, receive: Receive) -> Answer:
        budget = question.budget(self._seconds, self._turns.clock)
        work = asyncio.ensure_future(self._threads.run(self._begin, question, snapshot, budget))
        try:
            await _done_or_left(work, receive)
            if not work.done():
                budget.cancel()
            return await work
        finally:  # also when the server stops, and this is cancelled
            budget.cancel()
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    def _begin(self, question: Bounded, snapshot: Snapshot, budget: Budget) -> Answer:
        with self._turns.taken():
            budget.check()  # whoever asked may have left meanwhile
            return question.within(snapshot, budget)

    async def _whole(self, key: Key, question: WholeGraph, snapshot: Snapshot, receive: Receive) -> Answer:
        job = self._jobs.get(key)
        if job is None:
            job = self._jobs[key] = _Job(asyncio.ensure_future(self._measured(key, question, snapshot)))
        job.waiting += 1
        try:
            await _done_or_left(asyncio.ensure_future(self._processes.ready()), receive)
            await _done_or_left(job.work, receive, self._seconds)
            if not job.work.done():
                raise OverBudget(f"It takes longer than {self._seconds:g} seconds. Narrow it: a shorter time, a type.")
            return job.work.result()
        finally:
            job.waiting -= 1
            if not job.waiting:
                job.work.cancel()
                if self._jobs.get(key) is job:
                    del self._jobs[key]

    async def _measured(self, key: Key, question: WholeGraph, snapshot: Snapshot) -> Answer:
        fold, nodes = await self._threads.run(_folded, question, snapshot)
        measured = await self._processes.measure(question, fold, nodes)
        answer = await self._threads.run(question.told, snapshot, fold, measured)
        if len(answer.body) <= _LARGEST_KEPT:
            self._kept[key] = answer
            for old in list(self._kept)[:-_KEPT]:
                del self._kept[old]
        return answer


@dataclass(slots=True)
class _Job:
    """A measure under way, and how many wait for it."""

    work: asyncio.Future[Answer]
    waiting: int = 0


def _folded(question: WholeGraph, snapshot: Snapshot) -> tuple[Fold, list[int] | None]:
    fold = question.fold(snapshot)
    return fold, question.named(snapshot.view(fold.revision), fold)


async def _done_or_left(work: Awaitable[object], receive: Receive, seconds: float | None = None) -> None:
    """Wait until the work is done, the client has left, or time is over."""
    left = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait((asyncio.ensure_future(work), left), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        left.cancel()
        await asyncio.gather(left, return_exceptions=True)


async def _left(receive: Receive) -> None:
    """Returns when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
