"""Where columns are, for code that is not Python."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Memory", "address", "packed"]

Memory = tuple[np.ndarray | int | None, ...]
"""Arrays, and numbers about them; None where there is no array."""
_NOWHERE: Final = 0


def address(array: np.ndarray) -> int:
    """Where an array is."""
    where: int = array.__array_interface__["data"][0]
    return where


def packed(memory: Iterable[np.ndarray | int | None]) -> bytes:
    """Addresses and numbers, 64 bits each, good as long as somebody holds the arrays; one without items is none."""
    numbers = list(map(_number, memory))
    return struct.pack(f"={len(numbers)}q", *numbers)


def _number(one: np.ndarray | int | None) -> int:
    if isinstance(one, int):
        return one
    return _NOWHERE if one is None or not len(one) else address(one)
