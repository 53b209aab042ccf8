"""Versions of relations: what their columns hold, and the days and the order that follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from graph import time
from graph.snapshot.columns import NONE, OPEN, Rare
from graph.snapshot.versions import Versions

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["UNKNOWN", "Relations"]

UNKNOWN: Final = OPEN
"""The place in the default order of a start that nobody stated."""


class Relations(Versions):
    """Versions of relations. Dates are packed; `outcome` says what the claims come to (`graph.snapshot.evidence`)."""

    about: Rare
    about_as: Rare

    def __init__(self) -> None:
        super().__init__(
            id="S16", type=np.int16, source=np.int32, target=np.int32, start=np.int32, end=np.int32, ongoing=np.bool_,
            about=Rare(np.int32, NONE), about_as=Rare(np.int8, NONE), outcome=np.int32,
        )  # fmt: skip

    def first_days(self, rows: np.ndarray) -> NDArray[np.int64]:
        """The first days of their starts."""
        return time.first_days(self.start[rows].astype(np.int64))

    def last_days(self, rows: np.ndarray) -> NDArray[np.int64]:
        """The last days of their ends."""
        return time.last_days(self.end[rows].astype(np.int64))

    def order(self, rows: np.ndarray) -> np.ndarray:
        """What the default order goes by: it ascends, ties by id. Newest start first, unknown ones last."""
        starts = self.start[rows]
        return np.where(starts == time.UNDATED, np.int32(UNKNOWN), -time.first_days(starts))

    def order_of(self, row: int) -> int:
        """The same of one, in a fraction of the time."""
        start = int(self.start[row])
        return UNKNOWN if start == time.UNDATED else -time.first_day(start)
