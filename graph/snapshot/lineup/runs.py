"""Relations in runs, with what filters look at beside them, and as a line-up, when it is known which."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol

import numpy as np

from graph.snapshot.columns import NONE, OPEN, any_of
from graph.snapshot.marks import EITHER_WAY, SOURCE, inward, outward

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.snapshot.tables import Tables
    from graph.snapshot.view import View
    from graph.snapshot.zones import Promise
    from graph.vocabulary import Vocabulary

__all__ = ["EITHER", "IN", "OUT", "Gathered", "Lineup", "Runs", "Seen", "any_of", "end_to_end"]

OUT: Final = 1
IN: Final = -1
EITHER: Final = 0

_SIDES: Final = np.array([(IN, OUT, EITHER, EITHER)[mark & (SOURCE | EITHER_WAY)] for mark in range(256)], np.int8)
"""The side of each mark: of the combinations of `SOURCE` and `EITHER_WAY`."""


class Lineup(NamedTuple):
    """Relation rows, each once; the near actor's side and the far end (resolved) of each, if there is a near actor.

    `ordered`: the rows are in the default order already.
    """

    rows: np.ndarray
    side: np.ndarray | None = None
    far: np.ndarray | None = None
    ordered: bool = False

    @property
    def sides(self) -> np.ndarray:
        """The side of each row; `EITHER` where nobody is near."""
        return np.full(len(self.rows), EITHER, np.int8) if self.side is None else self.side

    def only(self, mask: np.ndarray | slice) -> Lineup:
        """The rows that a mask, an array of positions or a slice keeps."""
        return Lineup(
            self.rows[mask],
            None if self.side is None else self.side[mask],
            None if self.far is None else self.far[mask],
            self.ordered,
        )


class Seen(Protocol):
    """Rows and what filters look at, a column each: entries (`graph.snapshot.slices.Run`), or gathered rows."""

    @property
    def rows(self) -> np.ndarray:
        """Relation rows."""
        ...

    @property
    def key(self) -> np.ndarray:
        """Their keys in the default order."""
        ...

    @property
    def type(self) -> np.ndarray:
        """Type numbers."""
        ...

    @property
    def far(self) -> np.ndarray:
        """Far ends."""
        ...

    @property
    def last(self) -> np.ndarray:
        """Last days."""
        ...

    @property
    def marks(self) -> np.ndarray:
        """The side."""
        ...

    @property
    def settled(self) -> np.ndarray:
        """Status and whether attested, where that never changed; else 0."""
        ...

    @property
    def newest(self) -> int:
        """A revision from which on all of them were there."""
        ...

    def of_kind(self, vocabulary: Vocabulary, classes: Sequence[int], sign: int | None) -> np.ndarray:
        """Which are of one of some quad classes, if any are meant, and have a sign, if one is."""
        ...

    def promising(self, meant: Promise) -> slice | np.ndarray:
        """Where those may be that have one of the marks and one of the settled outcomes that are meant."""
        ...

    def place(self, key: int, side: Literal["left", "right"] = "left") -> int:
        """Where a key would be put in, if they are in the default order."""
        ...

    def part(self, part: slice | np.ndarray) -> Seen:
        """Some of them."""
        ...

    def __len__(self) -> int: ...


class Gathered:
    """Rows as a run whose columns are gathered as they are looked at, and of which nothing is settled."""

    newest: Final = OPEN

    def __init__(
        self, tables: Tables, rows: np.ndarray, marks: np.ndarray | None = None, far: np.ndarray | None = None
    ) -> None:
        self._tables = tables
        self._marks, self._far = marks, far
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def place(self, key: int, side: Literal["left", "right"] = "left") -> int:
        """Where a key would be put in, if they are in the default order."""
        bisect = bisect_left if side == "left" else bisect_right
        return bisect(range(len(self)), key, key=lambda at: self._tables.relations.order_of(int(self.rows[at])))

    def promising(self, _meant: Promise) -> slice:
        """Where those may be that have one of the marks and one of the settled outcomes that are meant: anywhere."""
        return slice(0, len(self))

    def part(self, part: slice | np.ndarray) -> Gathered:
        """Some of the rows."""
        marks, far = (None if column is None else column[part] for column in (self._marks, self._far))
        return Gathered(self._tables, self.rows[part], marks, far)

    @property
    def marks(self) -> np.ndarray:
        """The side; either, if nobody is near."""
        return np.broadcast_to(np.uint8(EITHER_WAY), self.rows.shape) if self._marks is None else self._marks

    @property
    def far(self) -> np.ndarray:
        """Far ends; nobody, if nobody is near."""
        return np.broadcast_to(np.int32(NONE), self.rows.shape) if self._far is None else self._far

    @property
    def key(self) -> np.ndarray:
        """Their keys in the default order."""
        return self._tables.relations.order(self.rows)

    @property
    def type(self) -> np.ndarray:
        """Type numbers."""
        types: np.ndarray = self._tables.relations.type[self.rows]
        return types

    @property
    def last(self) -> np.ndarray:
        """Last days."""
        days: np.ndarray = self._tables.relations.last_days(self.rows)
        return days

    @property
    def settled(self) -> np.ndarray:
        """Nothing is."""
        return np.zeros(len(self.rows), np.uint8)

    def of_kind(self, vocabulary: Vocabulary, classes: Sequence[int], sign: int | None) -> np.ndarray:
        """Which are of one of some quad classes, if any are meant, and have a sign, if one is."""
        meant = np.ones(len(vocabulary.types), np.bool_)
        if classes:
            meant &= any_of(vocabulary.quad_class, classes)
        if sign is not None:
            meant &= vocabulary.sign == sign
        found: np.ndarray = meant[self.type]
        return found


class Runs:
    """What is in sight and not filtered yet: runs that are each in the default order, or one that is in none.

    `mask` tells which rows of a run are in sight, so that looking there costs no more than another filter: `direction`,
    `meant` far ends, and of a relation between two that are one actor (`own`), which is in both their runs, one.
    """

    def __init__(self, view: View, runs: Sequence[Seen], near: int | None, *, ordered: bool = True) -> None:
        self.view = view
        self.runs = runs
        self.near = near
        self.ordered = ordered
        self.own: Sequence[int] = ()
        self.meant: Sequence[int] = ()
        self.direction: int | None = None

    @property
    def narrow(self) -> bool:
        """Whether not all rows are in sight."""
        return bool(self.meant) or len(self.own) > 1 or self.direction is not None

    def mask(self, run: Seen) -> np.ndarray:
        """Which rows are in sight."""
        kept = any_of(run.far, self.meant) if self.meant else None
        merged = any_of(run.far, self.own) if len(self.own) > 1 else None
        if merged is not None:
            kept = _both(kept, ~merged | (run.marks & SOURCE != 0))
        if self.direction == OUT:
            kept = _both(kept, outward(run.marks))
        elif self.direction == IN:
            into = inward(run.marks)
            kept = _both(kept, into if merged is None else into | merged)
        return np.ones(len(run), np.bool_) if kept is None else kept

    def of(self, parts: Sequence[Seen]) -> Lineup:
        """Rows that were found, as a line-up."""
        ordered = self.ordered and len(self.runs) <= 1
        rows = end_to_end([part.rows for part in parts])
        if self.near is None:
            return Lineup(rows, ordered=ordered)
        far = self.view.resolve(end_to_end([part.far for part in parts]))
        marks = end_to_end([part.marks for part in parts])
        side = _SIDES[marks.astype(np.intp)]
        side[far == self.near] = EITHER
        return Lineup(rows, side, far, ordered)


def end_to_end(parts: list[np.ndarray]) -> np.ndarray:
    """Arrays one after another."""
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty(0, np.int32)


def _both(one: np.ndarray | None, other: np.ndarray) -> np.ndarray:
    return other if one is None else one & other
