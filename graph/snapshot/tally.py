"""Relations added up by key: how many of each class, how intense in all, from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np

from graph import time
from graph.vocabulary import NO_INTENSITY, QUAD_CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.snapshot.view import View

__all__ = ["Measure", "Sums", "Tally", "measured", "sums", "tally"]

Measure = Literal["count", "intensity", "publishers"]
_VOICES: Final = 2**33
"""More than there are publishers and datasets."""


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

    def listed(self) -> list[dict[str, Any]]:
        """The same of every key."""
        days = {day: day_or_none(day) for day in np.unique(np.concatenate((self.first, self.last))).tolist()}
        columns = (self.classes.tolist(), self.tenths.tolist(), self.first.tolist(), self.last.tolist())
        return [
            {
                "classes": {name: count for name, count in zip(QUAD_CLASSES, classes, strict=True) if count},
                "intensity": tenths / 10,
                "first": days[first],
                "last": days[last],
            }
            for classes, tenths, first, last in zip(*columns, strict=True)
        ]


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
    distinct, place = np.unique(keys, return_inverse=True)
    tenths = view.vocabulary.tenths[view.tables.relations.type[rows]].astype(np.float64)
    tenths[tenths == NO_INTENSITY] = 0
    added = np.bincount(place, tenths, len(distinct)).astype(np.int64)  # whole numbers, which doubles add up exactly
    return Sums(distinct, np.bincount(place, minlength=len(distinct)), added)


def measured(view: View, rows: np.ndarray, keys: np.ndarray, measure: Measure) -> tuple[np.ndarray, np.ndarray]:
    """The distinct keys, ascending, and what the relations of each come to.

    Relations counted; their intensities added; or the distinct publishers, datasets where there is no document, of the
    claims that affirm any of them. O(rows log rows), and their claims for publishers.
    """
    if measure != "publishers":
        told = sums(view, rows, keys)
        return told.keys, told.counts if measure == "count" else told.tenths / 10
    distinct, place = np.unique(keys, return_inverse=True)
    where, voices = view.evidence.voices(view.tables.relations.first[rows], view.k)
    once = np.unique(place[where] * _VOICES + voices)
    return distinct, np.bincount(once // _VOICES, minlength=len(distinct))


def tally(view: View, rows: np.ndarray, keys: np.ndarray) -> Tally:
    """Add up relations by key: `rows[i]` belongs to `keys[i]`. O(rows log rows)."""
    relations, vocabulary = view.tables.relations, view.vocabulary
    distinct, place = np.unique(keys, return_inverse=True)
    types = relations.type[rows]
    cell = place * len(QUAD_CLASSES) + vocabulary.quad_class[types]
    classes = np.bincount(cell, minlength=len(distinct) * len(QUAD_CLASSES)).reshape(len(distinct), len(QUAD_CLASSES))
    tenths = vocabulary.tenths[types].astype(np.int64)
    tenths[tenths == NO_INTENSITY] = 0
    sums, first, last = (np.full(len(distinct), start, np.int64) for start in (0, time.DAY_MAX, time.DAY_MIN))
    np.add.at(sums, place, tenths)
    known = relations.start[rows] != time.UNDATED
    began = relations.first_day[rows[known]]
    np.minimum.at(first, place[known], began)
    np.maximum.at(last, place[known], began)
    return Tally(distinct, classes, sums, first, last)


def day_or_none(day: int) -> str | None:
    """A day as answers show it; None for the days that stand for "unknown"."""
    return None if day in {time.DAY_MIN, time.DAY_MAX} else time.day_text(day)
