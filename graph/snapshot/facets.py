"""How many of what matches have each value of a facet, from the columns of its runs alone. O(rows)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from graph import time
from graph.snapshot.evidence import STATUS, STATUSES
from graph.snapshot.relations import UNKNOWN
from graph.vocabulary import QUAD_CLASSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.snapshot.find import Found

__all__ = ["Facet", "facets"]

_LARGEST: Final = 100

Facet = Literal["type", "class", "with", "status", "year"]


def facets(found: Found, asked: tuple[Facet, ...]) -> dict[Facet, dict[str, int]]:
    """For each facet the largest values with their counts, ties by value."""
    per_type = np.empty(0, np.int64)
    if not {"type", "class"}.isdisjoint(asked):
        per_type = np.bincount(found.type, minlength=len(found.view.vocabulary.types))
    return {facet: _largest(*_counts(found, facet, per_type)) for facet in dict.fromkeys(asked)}


def _counts(found: Found, facet: Facet, per_type: np.ndarray) -> tuple[np.ndarray, Callable[[int], str]]:
    """How many rows have each value, values being numbers, and what a number is called."""
    view = found.view
    match facet:
        case "type":
            return per_type, lambda value: view.vocabulary.types[value].id
        case "class":
            return _summed(per_type, view.vocabulary.quad_class), QUAD_CLASSES.__getitem__
        case "status":  # few, and comparing bytes with each takes a third of counting them
            statuses = found.told & STATUS
            counts = [np.count_nonzero(statuses == status) for status in range(len(STATUSES))]
            return np.array(counts), STATUSES.__getitem__
        case "with":
            per_actor = np.bincount(found.far, minlength=1)
            if view.resolved:
                per_actor = _summed(per_actor, view.resolve(np.arange(len(per_actor))))
            return per_actor, view.actor_id
        case "year":
            return _per_year(found), lambda year: f"{year:04d}" if year else "unknown"


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


def _largest(counts: np.ndarray, name: Callable[[int], str]) -> dict[str, int]:
    """The largest by name; only those that may be among them are named."""
    values = np.flatnonzero(counts > 0)  # four times as fast as of the counts themselves
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
