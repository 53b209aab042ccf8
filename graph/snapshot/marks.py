"""What a byte beside each entry says of it: which way it runs, its quad class and its sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from graph.snapshot.columns import any_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.vocabulary import Vocabulary

__all__ = ["EITHER_WAY", "SOURCE", "inward", "marked", "of_kind", "outward"]

SOURCE: Final = 1
"""The actor is the source."""
EITHER_WAY: Final = 2
"""A self-relation, or of a symmetric type."""
_CLASS: Final = (2, 7)
"""How far to the right and under which mask: the quad class."""
_SIGN: Final = (5, 3)
"""Likewise: the sign, plus one."""


def marked(vocabulary: Vocabulary, types: np.ndarray, source: np.ndarray, either: np.ndarray) -> np.ndarray:
    """The marks of entries: of which types, which seen from the source, which run either way."""
    of_type = (vocabulary.quad_class << _CLASS[0]) + (vocabulary.sign + 1 << _SIGN[0])
    marks: np.ndarray = of_type.astype(np.uint8)[types] + either * np.uint8(EITHER_WAY) + source * np.uint8(SOURCE)
    return marks


def outward(marks: np.ndarray) -> np.ndarray:
    """Which run from the actor."""
    mask: np.ndarray = marks & (SOURCE | EITHER_WAY) != 0
    return mask


def inward(marks: np.ndarray) -> np.ndarray:
    """Which run to the actor."""
    mask: np.ndarray = marks & (SOURCE | EITHER_WAY) != SOURCE
    return mask


def of_kind(marks: np.ndarray, classes: Sequence[int], sign: int | None) -> np.ndarray:
    """Which are of one of some quad classes, if any are meant, and have a sign, if one is."""
    (place, mask), bits, meant = _CLASS, 0, 0
    if sign is not None:
        bits, meant = _SIGN[1] << _SIGN[0], (sign + 1) << _SIGN[0]
    if not classes:
        return any_of(marks & bits, [meant])
    return any_of(marks & (bits | mask << place), [meant | number << place for number in classes])
