"""How many of what matches have each value of a facet, from the columns of its runs alone. O(rows)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from graph import time
from graph.snapshot.columns import address
from graph.snapshot.evidence import STATUS, STATUSES
from graph.snapshot.native import loaded
from graph.snapshot.relations import UNKNOWN
from graph.vocabulary import QUAD_CLASSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.snapshot.find import Found

__all__ = ["Facet", "facets"]

_LARGEST: Final = 100
_FEW: Final = 1_000
_COUNTED: Final = (np.int16, np.int32)
_SIDE_BY_SIDE: Final = 4
"""Of so few numbers the same come again and again, and are counted in as many tables."""

Facet = Literal["type", "class", "with", "status", "year"]


def facets(found: Found, asked: tuple[Facet, ...]) -> dict[Facet, dict[str, int]]:
    """For each facet the largest values with their counts, ties by value."""
    per_type = np.empty(0, np.int64)
    if not {"type", "class"}.isdisjoint(asked):
        per_type = _per_number(found, found.type, len(found.view.vocabulary.types))
    return {facet: _largest(len(found), *_counts(found, facet, per_type)) for facet in dict.fromkeys(asked)}


def _counts(found: Found, facet: Facet, per_type: np.ndarray) -> tuple[np.ndarray, Callable[[int], str]]:
    """How many rows have each value, values being numbers, and what a number is called."""
    view = found.view
    match facet:
        case "type":
            return per_type, lambda value: view.vocabulary.types[value].id
        case "class":
            return _summed(per_type, view.vocabulary.quad_class), QUAD_CLASSES.__getitem__
        case "status":
            statuses = found.told & STATUS  # few, and bytes are compared with each in less time than they are counted
            counts = [np.count_nonzero(statuses == status) for status in range(len(STATUSES))]
            return np.array(counts), STATUSES.__getitem__
        case "with":
            far = found.far
            per_actor = _per_number(found, far, len(view.tables.actors))
            if view.resolved:
                per_actor = _summed(per_actor, view.resolve(np.arange(len(per_actor))))
            return per_actor, view.actor_id
        case "year":
            return _per_year(found), lambda year: f"{year:04d}" if year else "unknown"


def _per_number(found: Found, numbers: np.ndarray, room: int) -> np.ndarray:
    """How many of some numbers below `room` there are of each."""
    library = loaded()
    counted = numbers.dtype in _COUNTED and numbers.flags.c_contiguous
    if library is None or not counted or not found.view.tables.sound:
        return np.bincount(numbers, minlength=room)
    counts = np.zeros((_SIDE_BY_SIDE if room < _FEW else 1, room), np.int32)
    library.tally(address(numbers), numbers.itemsize, len(numbers), address(counts), room, len(counts))
    per_number: np.ndarray = counts.sum(0) if len(counts) > 1 else counts[0]
    return per_number


def _summed(counts: np.ndarray, into: np.ndarray) -> np.ndarray:
    """Counts of finer values as those of the coarser that each goes into."""
    sums = np.zeros(int(into.max()) + 1, np.int64)
    np.add.at(sums, into, counts)
    return sums


def _per_year(found: Found) -> np.ndarray:
    """By year, those without a start as year 0: a bisection for each year."""
    key = found.key
    if not found.runs.ordered or len(found.places) > 1:
        key = np.sort(key)
    known = key[: np.searchsorted(key, np.int32(UNKNOWN))]
    if not len(known):
        return np.array([len(key)])
    first, last = time.years(-known[[-1, 0]].astype(np.int64)).tolist()
    counts = np.zeros(last + 1, np.int64)
    counts[0] = len(key) - len(known)
    begun = np.searchsorted(known, -time.year_starts(first, last).astype(np.int32), "right")
    counts[first:] = begun - np.append(begun[1:], 0)
    return counts


def _largest(total: int, counts: np.ndarray, name: Callable[[int], str]) -> dict[str, int]:
    """The largest by name, of counts that come to a total; only those that may be among them are named."""
    values = _more_than_most(total, counts)
    while len(values) > _LARGEST:  # of many, a few have far more than the mean, and it costs less than to sort
        own = counts[values]
        least = own.mean()
        if np.count_nonzero(own >= least) < _LARGEST or least == own.min():
            least = np.partition(own, -_LARGEST)[-_LARGEST]
            values = values[own >= least]
            break
        values = values[own >= least]
    named = [(name(value), count) for value, count in zip(values.tolist(), counts[values].tolist(), strict=True)]
    return dict(sorted(named, key=lambda pair: (-pair[1], pair[0]))[:_LARGEST])


def _more_than_most(total: int, counts: np.ndarray) -> np.ndarray:
    """The values that occur, or of many those that occur more often than the mean, if these are enough."""
    occurs = counts > 0  # four times as fast as of the counts themselves
    occurring = np.count_nonzero(occurs)
    if occurring > _LARGEST:
        values = np.flatnonzero(counts >= -(-total // occurring))
        if len(values) >= _LARGEST:
            return values
    return np.flatnonzero(occurs)
