"""What a question may cost that could cost anything: steps and results, which are counted, and time.

1. How many steps and results a question may take is part of its meaning: whoever runs out of them answers with what
   there is and says `truncated`, or raises. That is so in every face and every time, so the same question keeps having
   the same answer.
2. Time is not part of it. When time is up, or nobody waits for the answer any more, there is none: `OverBudget`.

A question spends as it goes: `budget.step()` wherever its loops turn, before the work that may be much. It never looks
at a clock itself; whoever runs it hands one in.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Final

from graph.errors import OverBudget
from graph.queries.scope.question import Answer, Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.snapshot import Snapshot

__all__ = ["Bounded", "Budget"]

_LOOK: Final = 256
"""Steps between two looks at the clock: a look costs as much as a short step."""


class Budget:
    """What is left to one run of a question. `cancel` may be called from any thread, the rest from the run's alone."""

    def __init__(
        self, steps: int, results: int, seconds: float = math.inf, clock: Callable[[], float] | None = None
    ) -> None:
        self._steps = self._most_steps = steps
        self._results = results
        self._seconds = seconds
        self._clock = clock or (lambda: 0.0)
        self._deadline = self._clock() + seconds
        self._cancelled = False
        self._unseen = 0

    def step(self, count: int = 1) -> bool:
        """Spend steps; whether they were still to be had. Errors: `OverBudget` when time is up."""
        self._unseen += count
        if self._unseen >= _LOOK:
            self.check()
        self._steps -= count
        return self._steps >= 0

    def need(self, count: int = 1) -> None:
        """Spend steps that nothing can be said without. Errors: `OverBudget` if they are not to be had either."""
        if not self.step(count):
            raise OverBudget(f"It would take more than {self._most_steps:,} steps. Narrow it: a shorter time, a type.")

    def result(self, count: int = 1) -> bool:
        """Spend results; whether they were still to be had."""
        self._results -= count
        return self._results >= 0

    def check(self) -> None:
        """Look at the clock. Errors: `OverBudget` when time is up, or nobody waits any more."""
        self._unseen = 0
        if self._cancelled:
            raise OverBudget("Nobody waits for the answer any more.")
        if self._clock() > self._deadline:
            raise OverBudget(f"It takes longer than {self._seconds:g} seconds. Narrow it: a shorter time, a type.")

    def cancel(self) -> None:
        """Let the run end at its next look."""
        self._cancelled = True


class Bounded(Question):
    """A question that could cost anything, and is therefore answered within a budget, off the event loop."""

    steps: ClassVar[int] = 1_000_000
    """How many steps it may take: relations or nodes that its loops pass over."""
    results: ClassVar[int] = 10_000
    """How many results it may hold."""

    def budget(self, seconds: float = math.inf, clock: Callable[[], float] | None = None) -> Budget:
        """A budget for one run; without a clock it is not bounded in time."""
        return Budget(self.steps, self.results, seconds, clock)

    def run(self, snapshot: Snapshot) -> Answer:
        """Answer, however long it takes."""
        return self.within(snapshot, self.budget())

    def within(self, snapshot: Snapshot, budget: Budget) -> Answer:
        """Answer from the snapshot alone, within a budget. Errors: `OverBudget`, and others of `graph.errors`."""
        raise NotImplementedError(self.name)  # pragma: no cover - as `Question.run`
