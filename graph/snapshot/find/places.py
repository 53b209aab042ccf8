"""Which rows of a run: all of a stretch, so that nothing need be numbered, or those of ascending numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Places", "count", "first", "joined", "narrowed", "numbers", "since", "within"]

Places = slice | np.ndarray


def count(places: Places) -> int:
    """How many rows those are."""
    return places.stop - places.start if isinstance(places, slice) else len(places)


def first(places: Places, most: int) -> Places:
    """The first of them."""
    return slice(places.start, min(places.stop, places.start + most)) if isinstance(places, slice) else places[:most]


def since(places: Places, begin: int) -> Places:
    """Those of them from a number on."""
    if isinstance(places, slice):
        return slice(min(max(places.start, begin), places.stop), places.stop)
    return places[places.searchsorted(begin) :]


def within(places: Places, part: Places) -> Places:
    """The rows of those numbers among them."""
    if isinstance(places, np.ndarray):
        return places[part]
    if isinstance(part, slice):
        return slice(places.start + part.start, places.start + part.stop)
    return part + places.start if places.start else part


def joined(parts: Sequence[Places]) -> Places:
    """Those of all parts, which follow one another."""
    filled = [part for part in parts if count(part)]
    if len(filled) <= 1:
        return filled[0] if filled else slice(0, 0)
    return np.concatenate([numbers(part) for part in filled])


def numbers(places: Places) -> np.ndarray:
    """Their numbers."""
    return np.arange(places.start, places.stop) if isinstance(places, slice) else places


def narrowed(places: Places, mask: np.ndarray) -> Places:
    """Those of them that a mask keeps; of a stretch, by their numbers in it."""
    return mask.nonzero()[0] if isinstance(places, slice) else places[mask]
