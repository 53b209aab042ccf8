"""Which marks, and which settled outcomes, are among the entries of a stretch: where none is meant, none is looked at.

A *zone* is 256 entries in a row. For each there is a bit for every mark, and one for every outcome, that any of them
has. An entry that is unsettled adds the bit for that; none is ever taken away, so a zone may promise what it does not
hold, and never holds what it does not promise. A tenth of a byte an entry.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

__all__ = ["ANYTHING", "MARKS", "OUTCOMES", "ZONE", "Promise", "promise", "promising", "unsettle", "zoned"]

ZONE: Final = 256
MARKS: Final = np.arange(128, dtype=np.uint8)
"""Every mark that there may be,"""
OUTCOMES: Final = np.arange(64, dtype=np.uint8)
"""and every outcome."""
_BITS: Final = np.uint64(1) << np.arange(64, dtype=np.uint64)
_NO_BITS: Final = np.zeros(64, np.uint64)
_LOW, _HIGH = np.concatenate((_BITS, _NO_BITS)), np.concatenate((_NO_BITS, _BITS))
"""The bits of each mark, in two words."""
_AT_ONCE: Final = 1 << 10
"""Zones worked out at a time."""


def zoned(marks: np.ndarray, settled: np.ndarray) -> np.ndarray:
    """The zones of entries: three words each, two of marks and one of outcomes. O(entries)."""
    zones = np.zeros((-(-len(marks) // ZONE), 3), np.uint64)
    for begin in range(0, len(zones), _AT_ONCE):
        own = slice(begin * ZONE, (begin + _AT_ONCE) * ZONE)
        first = np.arange(0, len(marks[own]), ZONE)
        for word, (bits, values) in enumerate(((_LOW, marks), (_HIGH, marks), (_BITS, settled))):
            zones[begin : begin + _AT_ONCE, word] = np.bitwise_or.reduceat(bits[values[own]], first)
    return zones


def unsettle(zones: np.ndarray, places: np.ndarray) -> None:
    """Note that the entries at some places are unsettled."""
    zones[places // ZONE, 2] |= _BITS[0]


class Promise(NamedTuple):
    """The bits of some marks, in two words, and of some outcomes; None of any."""

    marks: tuple[np.uint64, np.uint64] | None
    outcomes: np.uint64 | None


ANYTHING: Final = Promise(None, None)


def promise(marks: np.ndarray | None, outcomes: np.ndarray | None) -> Promise:
    """What masks of `MARKS` and of `OUTCOMES` mean, None all."""
    low_and_high = None if marks is None else (_words(marks)[0], _words(marks)[1])
    return Promise(low_and_high, None if outcomes is None else _words(outcomes)[0])


def promising(zones: np.ndarray, meant: Promise) -> np.ndarray:
    """Which zones promise one of the marks that are meant, and one of the outcomes."""
    kept = np.ones(len(zones), np.bool_)
    if meant.marks is not None:
        low, high = meant.marks
        kept &= (zones[:, 0] & low | zones[:, 1] & high) != 0
    if meant.outcomes is not None:
        kept &= zones[:, 2] & meant.outcomes != 0
    return kept


def _words(meant: np.ndarray) -> list[np.uint64]:
    return list(np.packbits(meant, bitorder="little").view(np.uint64))
