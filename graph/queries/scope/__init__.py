"""What questions share: their clocks, filters, pages and cursors, and what they may read in the ledger."""

from __future__ import annotations

from graph.queries.scope.budget import Bounded, Budget
from graph.queries.scope.cursor import Cursor
from graph.queries.scope.ledger import Change, Ledger, Passages, Step
from graph.queries.scope.question import Answer, DayAsked, Known, Moment, Paged, Question, Reading, Valid

__all__ = [
    "Answer",
    "Bounded",
    "Budget",
    "Change",
    "Cursor",
    "DayAsked",
    "Known",
    "Ledger",
    "Moment",
    "Paged",
    "Passages",
    "Question",
    "Reading",
    "Step",
    "Valid",
]
