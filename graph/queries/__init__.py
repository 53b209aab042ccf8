"""The questions: one file each, found by walking the package, mounted by one loop in every face."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from graph.queries.scope import Answer, Bounded, Budget, Cursor, Known, Ledger, Moment, Paged, Question, Reading, Valid
from graph.queries.scope.whole import WholeGraph

__all__ = [
    "Answer",
    "Bounded",
    "Budget",
    "Cursor",
    "Known",
    "Ledger",
    "Moment",
    "Paged",
    "Question",
    "Reading",
    "Valid",
    "WholeGraph",
    "every",
]


@cache
def every() -> tuple[type[Question], ...]:
    """All questions of the package, in the order of their paths. Errors: whatever a broken module raises."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)

    def leaves(kind: type[Question]) -> set[type[Question]]:
        own = {kind} if "path" in vars(kind) else set()
        return own.union(*(leaves(sub) for sub in kind.__subclasses__() if sub.__module__.startswith(__name__)))

    return tuple(sorted(leaves(Question), key=lambda question: (question.path, question.name)))
