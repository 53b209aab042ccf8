"""Periods of a timeline: which one a date falls into, and what each is called.

| interval | label | |
|---|---|---|
| `day` | `2026-02-09` | |
| `week` | `2026-W07` | the week of ISO 8601, from Monday to Sunday, of the year that has its Thursday |
| `month` | `2026-02` | |
| `quarter` | `2026-Q1` | |
| `year` | `2026` | |

A date falls into a period iff it is as exact as that: `2026` into a year alone, `2026-02` into a year, a quarter or a
month, a day into any. Periods are numbered such that they ascend; labels of one interval ascend with them.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from graph import time

__all__ = ["Interval", "dated", "label", "numbers"]

Interval = Literal["day", "week", "month", "quarter", "year"]

_EXACT: Final[dict[Interval, int]] = {
    "day": time.DAY, "week": time.DAY, "month": time.MONTH, "quarter": time.MONTH, "year": time.YEAR,
}  # fmt: skip
_MONTHS: Final[dict[Interval, int]] = {"month": 1, "quarter": 3, "year": 12}
_EPOCH: Final = date(1970, 1, 1)
_WEEK: Final = 7


def dated(packed: np.ndarray, interval: Interval) -> np.ndarray:
    """Which packed dates fall into a period."""
    exact: np.ndarray = (packed & time.DAY) >= _EXACT[interval]
    return exact


def numbers(days: np.ndarray, interval: Interval) -> np.ndarray:
    """The number of the period that each day lies in."""
    if interval == "day":
        return days.astype(np.int64)
    if interval == "week":  # day 1 is a Monday
        return (days.astype(np.int64) - 1) // _WEEK
    months = (days.astype(np.int64) - _EPOCH.toordinal()).astype("M8[D]").astype("M8[M]").astype(np.int64)
    result: np.ndarray = (months + 12 * _EPOCH.year) // _MONTHS[interval]
    return result


@lru_cache(maxsize=65_536)
def label(number: int, interval: Interval) -> str:
    """What a period is called."""
    match interval:
        case "day":
            return time.day_text(number)
        case "week":
            year, week, _ = date.fromordinal(number * _WEEK + 1).isocalendar()
            return f"{year:04d}-W{week:02d}"
        case "month":
            return f"{number // 12:04d}-{number % 12 + 1:02d}"
        case "quarter":
            return f"{number // 4:04d}-Q{number % 4 + 1}"
    return f"{number:04d}"
