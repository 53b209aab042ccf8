"""How a list of small records is ordered and cut into pages: by a key that ascends, unknown last, ties by id."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from graph.errors import Invalid
from graph.queries.scope.question import Answer
from graph.snapshot import item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np

    from graph.queries.scope.ledger import Passages
    from graph.queries.scope.question import Moment, Paged
    from graph.snapshot import Snapshot

__all__ = ["MOST_PASSAGES", "Entry", "all_found", "answer"]

MOST_PASSAGES: Final = 50_000
"""How many quotes or documents a full-text filter may find."""


class Entry(NamedTuple):
    """A row of a list: its sort key (one type throughout a list; +inf for unknown), its id, its row."""

    key: float | str
    id: str
    row: int


def answer(
    question: Paged,
    snapshot: Snapshot,
    moment: Moment,
    entries: Iterable[Entry],
    show: Callable[[int], bytes],
    beside: dict[str, Any] | None = None,
) -> Answer:
    """The page of a question that its cursor and limit ask for, and what stands beside it. O(n log n) for n entries."""
    ordered = sorted(entries)
    cursor = question.after(snapshot)
    begin = 0
    if cursor is not None:
        place = (cursor.key, cursor.id)
        begin = sum(1 for entry in ordered if _passed(entry, place))
    page = ordered[begin : begin + question.limit]
    following = None
    if begin + question.limit < len(ordered):
        following = question.next_cursor(snapshot, moment.revision, page[-1].key, page[-1].id)
    total = len(ordered) if question.count else None
    extra = b"," + orjson.dumps(beside)[1:-1] if beside else b""
    return Answer(item.page((show(entry.row) for entry in page), following, total, extra), moment.revision, following)


def _passed(entry: Entry, place: tuple[float | str, str]) -> bool:
    """Whether an entry stands at or before a place; unknown keys of a list of texts stand after every text."""
    if isinstance(entry.key, str) != isinstance(place[0], str):
        return place[0] == math.inf
    return (entry.key, entry.id) <= place


def all_found(found: Passages) -> np.ndarray:
    """The rows of a full-text filter. Errors: `Invalid` if there were too many to filter by."""
    if not found.complete:
        raise Invalid.parameter(
            "q", f"more than {len(found.numbers):,} texts match; add a word, or spell the last one out"
        )
    return found.numbers - 1
