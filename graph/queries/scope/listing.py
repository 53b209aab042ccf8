"""How a list is ordered and cut into pages: by a key that ascends, unknown last, ties by id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from graph.errors import Invalid
from graph.queries.scope.question import Answer
from graph.snapshot import item

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.queries.scope.cursor import Cursor
    from graph.queries.scope.ledger import Passages
    from graph.queries.scope.question import Moment, Paged
    from graph.snapshot import Snapshot
    from graph.snapshot.alphabet import Alphabet

__all__ = ["MOST_PASSAGES", "Alphabetic", "Listed", "all_found", "answer"]

MOST_PASSAGES: Final = 50_000
"""How many quotes or documents a full-text filter may find."""


class Listed:
    """The entries of a list, and what orders them: a key each, +inf for unknown, and the id, which decides ties."""

    def __init__(self, rows: np.ndarray, keys: np.ndarray, id: Callable[[int], str]) -> None:  # noqa: A002 - the product's word for it
        self.rows = rows
        self.keys = keys
        self.id = id

    def key(self, at: int) -> float | str:
        """What a cursor tells of the key of an entry."""
        return float(self.keys[at])

    def after(self, cursor: Cursor) -> np.ndarray:
        """The numbers of the entries that come after a cursor. Errors: `BadCursor`."""
        tied = np.flatnonzero(self.keys == cursor.number)
        left = [at for at in tied.tolist() if self.id(int(self.rows[at])) > cursor.id]
        return np.concatenate((np.flatnonzero(self.keys > cursor.number), np.array(left, np.int64)))

    def first(self, left: np.ndarray, most: int) -> list[int]:
        """The first of these entries, in their order. O(entries), and sorting those and whatever ties with the last."""
        keys = self.keys[left]
        if len(left) > most:
            left = left[keys <= np.partition(keys, most - 1)[most - 1]]
        return sorted(left.tolist(), key=lambda at: (self.keys[at], self.id(int(self.rows[at]))))[:most]


class Alphabetic(Listed):
    """The same by text."""

    def __init__(self, rows: np.ndarray, alphabet: Alphabet, id: Callable[[int], str]) -> None:  # noqa: A002 - the product's word for it
        super().__init__(rows, alphabet.places(rows), id)
        self._alphabet = alphabet

    def key(self, at: int) -> str:
        """The text."""
        return self._alphabet.texts[int(self.rows[at])]

    def after(self, cursor: Cursor) -> np.ndarray:
        """The numbers of the entries that come after a cursor."""
        return np.flatnonzero(self.keys > self._alphabet.after(str(cursor.key), cursor.id))


def answer(
    question: Paged,
    snapshot: Snapshot,
    moment: Moment,
    listed: Listed,
    show: Callable[[int], bytes],
    beside: dict[str, Any] | None = None,
) -> Answer:
    """The page of a question that its cursor and limit ask for, and what stands beside it. O(entries)."""
    cursor = question.after(snapshot)
    left = np.arange(len(listed.keys)) if cursor is None else listed.after(cursor)
    page = listed.first(left, question.limit)
    rows = [int(row) for row in listed.rows[page]]
    following = None
    if len(page) < len(left):
        following = question.next_cursor(snapshot, moment.revision, listed.key(page[-1]), listed.id(rows[-1]))
    total = len(listed.keys) if question.count else None
    extra = b"," + orjson.dumps(beside)[1:-1] if beside else b""
    return Answer(item.page(map(show, rows), following, total, extra), moment.revision, following)


def all_found(found: Passages) -> np.ndarray:
    """The rows of a full-text filter. Errors: `Invalid` if there were too many to filter by."""
    if not found.complete:
        raise Invalid.parameter(
            "q", f"more than {len(found.numbers):,} texts match; add a word, or spell the last one out"
        )
    return found.numbers - 1
