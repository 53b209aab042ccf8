"""For each of many spans the nearest of others under the same key, without a loop over either.

The nearest span is, in this order, the one

1. that shares a day, or else has the fewest days between;
2. of the least rank.

What shares a day with a span begins inside it, or began before and covers its first day. The first are a range of the
others in the order of their beginnings, and the least rank of a range is the smaller of those of two powers of two that
cover it, each made of the level below (a sparse table). The second are the reverse: each other paints a range of the
spans asked about, by two powers of two, and paint is handed down level by level. If none shares a day, the nearest is
the neighbour in the order of beginnings or in that of ends, by bisection. O(n log n) time, O(n) memory.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from graph.snapshot.columns import NONE

__all__ = ["Spans", "nearest"]

_STRIDE: Final = 2**23
"""More than there are days, so that keys and days make one number."""
_NEVER: Final = np.iinfo(np.int64).max


class Spans(NamedTuple):
    """Spans of days from `first` to `last`, each under a key from 0 on."""

    key: np.ndarray
    first: np.ndarray
    last: np.ndarray

    def at(self, days: np.ndarray) -> np.ndarray:
        """Key and day as one number."""
        numbers: np.ndarray = self.key.astype(np.int64) * _STRIDE + days
        return numbers

    def only(self, mask: np.ndarray) -> Spans:
        """Those that a mask keeps."""
        return Spans(self.key[mask], self.first[mask], self.last[mask])


def nearest(asked: Spans, others: Spans, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The place of the nearest other of each span asked about, `NONE` if its key has none, and the lag.

    `rank` is a permutation of the others' places. The lag counts the days from the other to the one asked about: 0 if
    they share one, negative if the one asked about ended first.
    """
    place = np.full(len(asked.key), NONE, np.int64)
    lag = np.zeros(len(asked.key), np.int64)
    if not len(others.key):
        return place, lag
    by_rank = np.argsort(rank)
    shared = _sharing(asked, others, rank)
    met = shared != _NEVER
    place[met] = by_rank[shared[met]]
    alone = asked.only(~met)
    before, after = _neighbours(alone, others, rank)
    since = np.where(before == NONE, _NEVER, alone.first - others.last[before])
    until = np.where(after == NONE, _NEVER, others.first[after] - alone.last)
    earlier = (since < until) | ((since == until) & (rank[before] < rank[after]))
    place[~met] = np.where(earlier, before, after)
    lag[~met] = np.where(earlier, since, -until)
    lag[place == NONE] = 0
    return place, lag


def _sharing(asked: Spans, others: Spans, rank: np.ndarray) -> np.ndarray:
    """The least rank of the others that share a day with each span asked about, `_NEVER` if none does."""
    order = np.argsort(others.at(others.first), kind="stable")
    begun = others.at(others.first)[order]
    low, high = np.searchsorted(begun, asked.at(asked.first)), np.searchsorted(begun, asked.at(asked.last), "right")
    inside = _least(rank[order].astype(np.int64), low, high)
    order = np.argsort(asked.at(asked.first), kind="stable")
    begun = asked.at(asked.first)[order]
    low, high = (np.searchsorted(begun, others.at(days), "right") for days in (others.first, others.last))
    covered = np.empty(len(order), np.int64)
    covered[order] = _painted(len(order), low, high, rank.astype(np.int64))
    least: np.ndarray = np.minimum(inside, covered)
    return least


def _neighbours(asked: Spans, others: Spans, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The last other that ended before each span, and the first that began after it; `NONE` if none did."""
    order = np.lexsort((-rank, others.at(others.last)))
    at = np.searchsorted(others.at(others.last)[order], asked.at(asked.first), "left") - 1
    before = order[np.maximum(at, 0)]
    ended = (at >= 0) & (others.key[before] == asked.key)
    order = np.lexsort((rank, others.at(others.first)))
    at = np.searchsorted(others.at(others.first)[order], asked.at(asked.last), "right")
    after = order[np.minimum(at, len(order) - 1)]
    begins = (at < len(order)) & (others.key[after] == asked.key)
    return np.where(ended, before, NONE), np.where(begins, after, NONE)


def _level(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The greatest power of two that fits into each range, by its exponent; -1 for an empty one."""
    _, exponent = np.frexp((high - low).astype(np.float64))
    return np.where(high > low, exponent - 1, -1)


def _least(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The least value of each range `[low, high)`, `_NEVER` of an empty one."""
    level, least = _level(low, high), np.full(len(low), _NEVER)
    for k in range(int(level.max(initial=-1)) + 1):
        if k:
            values = np.minimum(values[: -(2 ** (k - 1))], values[2 ** (k - 1) :])
        own = level == k
        least[own] = np.minimum(values[low[own]], values[high[own] - 2**k])
    return least


def _painted(count: int, low: np.ndarray, high: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The least value of the ranges that cover each place, `_NEVER` where none does."""
    level, painted = _level(low, high), np.full(count, _NEVER)
    for k in range(int(level.max(initial=-1)), -1, -1):
        own = level == k
        for begin in (low[own], high[own] - 2**k):
            np.minimum.at(painted, begin, values[own])
        if k:
            half = 2 ** (k - 1)
            handed = painted.copy()
            np.minimum(handed[half:], painted[:-half], out=handed[half:])
            painted = handed
    return painted
