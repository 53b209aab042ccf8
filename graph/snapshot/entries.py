"""Relations as one of their ends sees them, one after another in memory, with what filters look at beside each."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from graph.snapshot.columns import packed
from graph.snapshot.marks import of_kind
from graph.snapshot.zones import ZONE, promising

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.snapshot.zones import Promise
    from graph.vocabulary import Vocabulary

__all__ = ["COLUMNS", "NO_ZONES", "Entries", "Run", "joined", "whole"]

COLUMNS: Final = ("rows", "key", "type", "far", "last", "marks", "settled")
NO_ZONES: Final = np.zeros((0, 3), np.uint64)
_STRETCH: Final = struct.Struct("=2q")
_SCATTERED: Final = 4
"""Zones are looked at by themselves if they are at most one in so many."""


@dataclass(frozen=True)
class Entries:
    """Entries, a column each; `newest` is the last revision that wrote any of them."""

    rows: np.ndarray
    key: np.ndarray
    type: np.ndarray
    far: np.ndarray
    last: np.ndarray
    marks: np.ndarray
    settled: np.ndarray
    newest: int
    zones: np.ndarray
    """What stretches of them promise (`graph.snapshot.zones`), if they are packed."""

    @cached_property
    def packed(self) -> bytes:
        """Where they are."""
        columns = (self.rows, self.key, self.type, self.far, self.last, self.marks, self.settled)
        return packed((*columns, self.zones if len(self.zones) else None, ZONE))


class Run:
    """Entries in the default order: all of them, a stretch, or those of ascending numbers.

    A column is cut out when it is looked at, for most questions look at few.
    """

    __slots__ = ("_entries", "_places", "newest")

    def __init__(self, entries: Entries, places: slice | np.ndarray) -> None:
        self._entries = entries
        self._places = places
        self.newest = entries.newest

    @property
    def packed(self) -> bytes:
        """Where they are, of a stretch."""
        own = self._places
        assert isinstance(own, slice)  # noqa: S101 - as nobody has chosen among them
        return self._entries.packed + _STRETCH.pack(own.start, own.stop)

    def part(self, part: slice | np.ndarray) -> Run:
        """Some of the entries."""
        own = self._places
        if isinstance(own, np.ndarray):
            return Run(self._entries, own[part])
        if isinstance(part, np.ndarray):
            if part.dtype == np.bool_:
                part = np.flatnonzero(part)
            return Run(self._entries, part + own.start)
        begin, end, _ = part.indices(own.stop - own.start)
        return Run(self._entries, slice(own.start + begin, own.start + max(begin, end)))

    @property
    def rows(self) -> np.ndarray:
        """Relation rows."""
        return self._entries.rows[self._places]

    @property
    def key(self) -> np.ndarray:
        """Keys in the default order."""
        return self._entries.key[self._places]

    @property
    def type(self) -> np.ndarray:
        """Type numbers."""
        return self._entries.type[self._places]

    @property
    def far(self) -> np.ndarray:
        """Far ends, merges not resolved."""
        return self._entries.far[self._places]

    @property
    def last(self) -> np.ndarray:
        """Last days."""
        return self._entries.last[self._places]

    @property
    def marks(self) -> np.ndarray:
        """Side, class and sign."""
        return self._entries.marks[self._places]

    @property
    def settled(self) -> np.ndarray:
        """Rule 2."""
        return self._entries.settled[self._places]

    def place(self, key: int, side: Literal["left", "right"] = "left") -> int:
        """Where a key would be put in."""
        return int(self.key.searchsorted(np.int32(key), side))

    def __len__(self) -> int:
        own = self._places
        return len(own) if isinstance(own, np.ndarray) else int(own.stop - own.start)

    def of_kind(self, _vocabulary: Vocabulary, classes: Sequence[int], sign: int | None) -> np.ndarray:
        """Which are of one of some quad classes, if any are meant, and have a sign, if one is."""
        return of_kind(self.marks, classes, sign)

    def promising(self, meant: Promise) -> slice | np.ndarray:
        """Where those may be that have one of the marks and one of the outcomes that are meant. O(entries / 256)."""
        own, zones, everywhere = self._places, self._entries.zones, slice(0, len(self))
        if not len(zones) or isinstance(own, np.ndarray):
            return everywhere
        begin = own.start // ZONE
        kept = promising(zones[begin : -(-own.stop // ZONE)], meant)
        if np.count_nonzero(kept) * _SCATTERED > len(kept):
            return everywhere
        places = np.add.outer((kept.nonzero()[0] + begin) * ZONE - own.start, np.arange(ZONE)).ravel()
        inside: np.ndarray = places[(places >= 0) & (places < everywhere.stop)]
        return inside


def joined(runs: Sequence[Run]) -> Run:
    """The entries of several runs as one, which is in no order."""
    columns = {name: np.concatenate([getattr(run, name) for run in runs]) for name in COLUMNS}
    return whole(Entries(**columns, newest=max(run.newest for run in runs), zones=NO_ZONES))


def whole(entries: Entries) -> Run:
    """All of some entries."""
    return Run(entries, slice(0, len(entries.rows)))
