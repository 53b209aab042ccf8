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
    """Addresses and numbers, 64 bits each. They are good as long as somebody holds the arrays."""
    numbers = [one if isinstance(one, int) else _NOWHERE if one is None else address(one) for one in memory]
    return struct.pack(f"={len(numbers)}q", *numbers)
