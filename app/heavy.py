"""Questions that could cost anything: off the event loop, within a budget, and only while somebody waits.

1. A question runs in one of a few threads; the others wait their turn, and too many at once are told so (`Busy`).
2. Its time counts from when it was asked. When it is over the answer is the problem `query-budget`.
3. A client that leaves ends the work: at the question's next step it finds its budget cancelled.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from app.threads import Threads

if TYPE_CHECKING:
    from starlette.types import Receive

    from app.settings import Settings
    from graph.queries import Answer, Bounded, Budget
    from graph.snapshot import Snapshot


class Heavy:
    """The room for such questions."""

    def __init__(self, settings: Settings) -> None:
        self._threads = Threads("query", settings.query_threads)
        self._seconds = settings.query_time

    async def answer(self, question: Bounded, snapshot: Snapshot, receive: Receive) -> Answer:
        """The answer to a question. Errors: `OverBudget`, `Busy`, and whatever the question raises."""
        budget = question.budget(self._seconds, time.monotonic)
        work = asyncio.ensure_future(self._threads.run(_begin, question, snapshot, budget))
        left = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait((work, left), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                budget.cancel()
            return await work
        finally:  # also when the server stops, and this is cancelled
            budget.cancel()
            work.cancel()
            left.cancel()
            await asyncio.gather(work, left, return_exceptions=True)

    @property
    def waiting(self) -> int:
        """How many questions are under way, those included that wait for a thread."""
        return self._threads.waiting

    def close(self) -> None:
        """Let the last ones finish."""
        self._threads.close()


def _begin(question: Bounded, snapshot: Snapshot, budget: Budget) -> Answer:
    """Whoever asked may have left while the question waited for a thread."""
    budget.check()
    return question.within(snapshot, budget)


async def _left(receive: Receive) -> None:
    """Returns when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
