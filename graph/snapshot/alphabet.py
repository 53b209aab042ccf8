"""Rows in the order of their texts: what lists by name are cut from."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graph.snapshot.columns import Mapped

__all__ = ["Alphabet"]


class Alphabet:
    """Rows by text, ties by id. Both lists only grow, the ids first; what came since is put in when it is asked for."""

    def __init__(self, texts: Sequence[str], ids: Sequence[str]) -> None:
        self.texts = texts
        self._ids = ids
        self._order = np.empty(0, np.int32)

    @property
    def behind(self) -> int:
        """How many rows have come that are not in order yet."""
        return len(self.texts) - len(self._order)

    @property
    def order(self) -> np.ndarray:
        """All rows. O(n log n) at first, then O(n) bytes moved if any came since. Never changed once it is given."""
        order, known, count = self._order, len(self._order), len(self.texts)
        if known < count:
            fresh = np.array(sorted(range(known, count), key=self._key), np.int32)
            if known < len(fresh):
                order = np.array(sorted(range(count), key=self._key), np.int32)
            else:
                order = np.insert(order, [bisect_left(order, self._key(row), key=self._key) for row in fresh], fresh)
            self._order = order
        return order

    def arrays(self) -> dict[str, np.ndarray]:
        """All rows."""
        return {"order": self.order}

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with an order out of a file."""
        self._order = arrays["order"].filled

    def places(self, rows: np.ndarray) -> np.ndarray:
        """Where rows stand in the order. O(n) numbers written."""
        places = np.empty(len(self.order), np.float64)
        places[self.order] = np.arange(len(places))
        own: np.ndarray = places[rows]
        return own

    def after(self, text: str, id: str) -> float:  # noqa: A002 - the product's word for it
        """A place behind those of this text and id, and before all that come later. O(log n)."""
        return bisect_right(self.order, (text, id), key=self._key) - 0.5

    def _key(self, row: int) -> tuple[str, str]:
        return self.texts[row], self._ids[row]
