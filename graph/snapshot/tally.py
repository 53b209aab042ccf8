"""Relations added up by key: how many of each class, how intense in all, from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np
import orjson

from graph import time
from graph.vocabulary import NO_INTENSITY, QUAD_CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.snapshot.view import View

__all__ = ["Measure", "Sums", "Tally", "began", "day_or_none", "measured", "sums", "tally"]

Measure = Literal["count", "intensity", "publishers"]
_VOICES: Final = 2**33
"""More than there are publishers and datasets."""
_DENSE: Final = 4
_FEW: Final = 4_096
"""Keys are small numbers if none is below zero, and at most so many are for each row, and so many besides."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What the relations of each of `n` keys come to, keys ascending.

    `classes`: (n, quad classes) counts. `tenths`: sums of intensities in whole tenths, of which an unknown one adds
    none. `first`, `last`: the earliest and latest first day of a start, `DAY_MAX` and `DAY_MIN` where none is known.
    """

    keys: np.ndarray
    classes: np.ndarray
    tenths: np.ndarray
    first: np.ndarray
    last: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """How many relations each key has."""
        result: np.ndarray = self.classes.sum(axis=1)
        return result

    def shown(self, at: int) -> dict[str, Any]:
        """`classes`, `intensity`, `first` and `last` of one key, as answers show them."""
        by_class = zip(QUAD_CLASSES, self.classes[at].tolist(), strict=True)
        return {
            "classes": {name: count for name, count in by_class if count},
            "intensity": int(self.tenths[at]) / 10,
            "first": day_or_none(int(self.first[at])),
            "last": day_or_none(int(self.last[at])),
        }

    def told(self) -> list[bytes]:
        """The same of every key, as the inside of a JSON object. Bytes, for there may be very many."""
        columns = (self.classes.tolist(), self.tenths.tolist(), self.first.tolist(), self.last.tolist())
        return [
            b'"classes":%b,"intensity":%.1f,"first":%b,"last":%b'
            % (_classes(tuple(classes)), tenths / 10, _day(first), _day(last))
            for classes, tenths, first, last in zip(*columns, strict=True)
        ]


@lru_cache(maxsize=65_536)
def _day(day: int) -> bytes:
    return orjson.dumps(day_or_none(day))


@lru_cache(maxsize=65_536)
def _classes(counts: tuple[int, ...]) -> bytes:
    return orjson.dumps({name: count for name, count in zip(QUAD_CLASSES, counts, strict=True) if count})


class Sums(NamedTuple):
    """What the relations of each key come to: how many, and their intensities added, in tenths. Keys ascend."""

    keys: np.ndarray
    counts: np.ndarray
    tenths: np.ndarray

    def listed(self) -> Iterator[tuple[int, int, int]]:
        """Each key with its count and its tenths."""
        return zip(self.keys.tolist(), self.counts.tolist(), self.tenths.tolist(), strict=True)


def sums(view: View, rows: np.ndarray, keys: np.ndarray) -> Sums:
    """Count relations and add up their intensities by key: `rows[i]` belongs to `keys[i]`. O(rows log rows)."""
    distinct, place = _distinct(keys)
    return Sums(distinct, np.bincount(place, minlength=len(distinct)), _added(view, rows, place, len(distinct)))


def measured(view: View, rows: np.ndarray, keys: np.ndarray, measure: Measure) -> tuple[np.ndarray, np.ndarray]:
    """The distinct keys, ascending, and what the relations of each come to.

    Relations counted; their intensities added; or the distinct publishers, datasets where there is no document, of the
    claims that affirm any of them. O(rows log rows), and their claims for publishers.
    """
    if measure != "publishers":
        told = sums(view, rows, keys)
        return told.keys, told.counts if measure == "count" else told.tenths / 10
    distinct, place = _distinct(keys)
    where, voices = view.evidence.voices(view.tables.relations.first[rows], view.k)
    once = np.unique(place[where] * _VOICES + voices)
    return distinct, np.bincount(once // _VOICES, minlength=len(distinct))


def tally(view: View, rows: np.ndarray, keys: np.ndarray) -> Tally:
    """Add up relations by key: `rows[i]` belongs to `keys[i]`. O(rows log rows)."""
    relations, quad_class = view.tables.relations, view.vocabulary.quad_class
    distinct, place = _distinct(keys)
    cell = place * len(QUAD_CLASSES) + quad_class[relations.type[rows]]
    classes = np.bincount(cell, minlength=len(distinct) * len(QUAD_CLASSES)).reshape(len(distinct), len(QUAD_CLASSES))
    first, last = (np.full(len(distinct), none, np.int64) for none in (time.DAY_MAX, time.DAY_MIN))
    known = np.flatnonzero(relations.start[rows] != time.UNDATED)
    began, at = relations.first_days(rows[known]), place[known]
    np.minimum.at(first, at, began)
    np.maximum.at(last, at, began)
    return Tally(distinct, classes, _added(view, rows, place, len(distinct)), first, last)


def began(view: View, rows: np.ndarray) -> tuple[int, int]:
    """The earliest and latest first day of a start, `DAY_MAX` and `DAY_MIN` where none is known. O(rows)."""
    starts = view.tables.relations.start[rows]
    days = time.first_days(starts[starts != time.UNDATED])
    return int(days.min(initial=time.DAY_MAX)), int(days.max(initial=time.DAY_MIN))


def day_or_none(day: int) -> str | None:
    """A day as answers show it; None for the days that stand for "unknown"."""
    return None if day in {time.DAY_MIN, time.DAY_MAX} else time.day_text(day)


def _distinct(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The keys, ascending, and the place of each row's among them; without sorting, where keys are small numbers."""
    if keys.min(initial=0) < 0 or keys.max(initial=0) > _DENSE * len(keys) + _FEW:
        return np.unique(keys, return_inverse=True)
    present = np.bincount(keys) > 0
    return np.flatnonzero(present), (np.cumsum(present) - 1)[keys]


def _added(view: View, rows: np.ndarray, place: np.ndarray, count: int) -> np.ndarray:
    tenths = view.vocabulary.tenths[view.tables.relations.type[rows]].astype(np.float64)
    tenths[tenths == NO_INTENSITY] = 0
    return np.bincount(place, tenths, count).astype(np.int64)  # whole numbers, which doubles add up exactly
