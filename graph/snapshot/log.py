"""The log as steps: what each revision did to which record, in one order that never changes.

1. A step is a version that a revision wrote (`add`; `amend` if the version before ended in the same revision, else
   `reinstate`), or one that it ended without another to follow (`retract`). Of merges these are `merge` and `undo`.
2. Steps are ordered by revision, then kind (no kind refers to a later one), then row, the writing before the ending.
3. `index` counts the steps of a revision from 0. A step is therefore at the same `Position` for ever, whoever asks,
   and whatever is left out when asking; all steps after a position are all that was not told up to it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from graph.snapshot.columns import NONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.snapshot.tables import Tables
    from graph.snapshot.versions import Versions

__all__ = ["KINDS", "OPS", "Position", "Steps", "walk"]

KINDS: Final = ("actor", "document", "dataset", "relation", "claim", "merge")
"""The kinds of records in the order of their steps; a step holds the number."""
OPS: Final = ("add", "amend", "reinstate", "retract", "merge", "undo")
"""What may be done to a record; a step holds the number."""

_ADD, _AMEND, _REINSTATE, _RETRACT, _MERGE, _UNDO = range(6)
_STEP: Final = 1_024
_LONGEST_STEP: Final = 65_536
_POSITION: Final = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,15}))?")


@dataclass(frozen=True, slots=True)
class Position:
    """How far the log has been told: up to a step of a revision, that one included, or all of the revision."""

    revision: int
    index: int | None = None

    def __str__(self) -> str:
        return str(self.revision) if self.index is None else f"{self.revision}.{self.index}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read `12`, all of revision 12, or `12.3`, its step 3; None if it is neither."""
        match = _POSITION.fullmatch(text)
        return match and cls(int(match[1]), None if match[2] is None else int(match[2]))


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps as columns: their place, the kind of record, the row in its table, and what was done (numbers)."""

    revision: np.ndarray
    index: np.ndarray
    kind: np.ndarray
    row: np.ndarray
    op: np.ndarray

    def __len__(self) -> int:
        return len(self.row)

    def only(self, kept: np.ndarray | slice) -> Steps:
        """The steps that a mask, an array of places or a slice keeps."""
        return Steps(self.revision[kept], self.index[kept], self.kind[kept], self.row[kept], self.op[kept])

    def position(self, at: int) -> Position:
        """The position of one of them."""
        return Position(int(self.revision[at]), int(self.index[at]))


def walk(tables: Tables, after: Position, upto: int) -> Iterator[tuple[Steps, Position]]:
    """All steps after a position up to a revision, in blocks of whole revisions; with each, how far it tells the log.

    Blocks grow, so that a page close by costs little and one far off few steps. O(steps), a revision's at a time.
    """
    first = after.revision + (after.index is None)
    size = _STEP
    while first <= upto:
        last = _reach(tables, first, upto, size)
        steps = _steps(tables, first, last)
        if first == after.revision and after.index is not None:
            steps = steps.only((steps.revision > first) | (steps.index > after.index))
        yield steps, Position(last)
        first = last + 1
        size = min(size * 4, _LONGEST_STEP)


def _reach(tables: Tables, first: int, upto: int, most: int) -> int:
    """The last revision such that `first` to it touched at most so many rows; `first` itself if that touched more."""
    kinds = tables.records().values()

    def touched(revision: int) -> int:
        return sum(table.touched_by(revision) for table in kinds)

    return first - 1 + max(1, bisect_right(range(first, upto + 1), touched(first - 1) + most, key=touched))


def _steps(tables: Tables, first: int, last: int) -> Steps:
    """The steps of whole revisions."""
    parts = [
        (revision, np.full(len(row), kind, np.int8), row, op)
        for kind, name in enumerate(KINDS)
        for revision, row, op in [_of_table(getattr(tables, f"{name}s"), first, last, is_merge=name == "merge")]
    ]
    revision, kinds, row, op = (np.concatenate(column) for column in zip(*parts, strict=True))
    if first < last:
        order = np.argsort(revision, kind="stable")
        revision, kinds, row, op = revision[order], kinds[order], row[order], op[order]
    index = np.arange(len(revision)) - np.searchsorted(revision, revision)
    return Steps(revision, index, kinds, row, op)


def _of_table(table: Versions, first: int, last: int, *, is_merge: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Revision, row and op of the steps in one table, in order."""
    rows = table.written_in(first, last)
    revisions, before = table.written[rows], table.before(rows)
    followed = (before != NONE) & (table.ended[before] == revisions)
    ops = np.where(before == NONE, _MERGE if is_merge else _ADD, np.where(followed, _AMEND, _REINSTATE))
    gone = np.setdiff1d(table.ended_in(first, last), before[followed], assume_unique=True)
    if not len(gone):
        return revisions, rows, ops
    revisions, rows = np.concatenate((revisions, table.ended[gone])), np.concatenate((rows, gone))
    ops = np.concatenate((ops, np.full(len(gone), _UNDO if is_merge else _RETRACT)))
    order = np.lexsort((ops, rows, revisions))
    return revisions[order], rows[order], ops[order]
