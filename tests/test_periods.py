"""Periods: every day is in the one that its own date names, and labels ascend with the days."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import time
from graph.snapshot import periods
from graph.snapshot.periods import Interval

if TYPE_CHECKING:
    from collections.abc import Callable

LABELS: dict[Interval, Callable[[date], str]] = {
    "day": date.isoformat,
    "week": lambda day: "{:04d}-W{:02d}".format(*day.isocalendar()),
    "month": lambda day: f"{day.year:04d}-{day.month:02d}",
    "quarter": lambda day: f"{day.year:04d}-Q{(day.month + 2) // 3}",
    "year": lambda day: f"{day.year:04d}",
}
INTERVALS: tuple[Interval, ...] = get_args(Interval)


@given(st.lists(st.dates(), min_size=1))
def test_a_day_is_in_the_period_that_its_date_names(days: list[date]) -> None:
    ordinals = np.array([day.toordinal() for day in sorted(days)])
    for interval in INTERVALS:
        numbers = periods.numbers(ordinals, interval).tolist()
        labels = [periods.label(number, interval) for number in numbers]
        assert labels == [LABELS[interval](day) for day in sorted(days)]
        assert labels == sorted(labels)


@pytest.mark.parametrize(
    ("text", "into"),
    [
        ("2026", {"year"}),
        ("2026-02", {"year", "quarter", "month"}),
        ("2026-02-09", set(INTERVALS)),
        (None, set()),
    ],
)
def test_a_date_is_in_a_period_if_it_is_as_exact(text: str | None, into: set[str]) -> None:
    packed = np.array([time.UNDATED if text is None else time.pack(text)])
    assert {interval for interval in INTERVALS if periods.dated(packed, interval)[0]} == into
