"""Partial dates as days, counted as `date.toordinal` does. What nobody stated may be any day."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

BEFORE, AFTER = -(10**9), 10**9
"""Before and after every day."""

Span = tuple[int, int]


def first_day(text: str | None) -> int:
    """The first day that a date covers; before every day if nobody stated it."""
    if text is None:
        return BEFORE
    year, month, day = [*map(int, text.split("-")), 1, 1][:3]
    return date(year, month, day).toordinal()


def last_day(text: str | None) -> int:
    """The last day that a date covers; after every day if nobody stated it."""
    if text is None:
        return AFTER
    parts = list(map(int, text.split("-")))
    if len(parts) == 1:
        parts.append(12)
    if len(parts) == 2:
        parts.append(monthrange(*parts)[1])
    return date(*parts).toordinal()


def span(said: dict[str, str | None]) -> Span:
    """The days that something with a start and an end may cover."""
    return first_day(said["start"]), last_day(said["end"])


def asked_span(asked: dict[str, str]) -> Span | None:
    """The days that `valid_at`, or `valid_from` and `valid_to`, ask about."""
    at = asked.get("valid_at")
    begin, end = (at, at) if at else (asked.get("valid_from"), asked.get("valid_to"))
    return None if begin is end is None else (first_day(begin), last_day(end))


def overlap(one: Span, other: Span) -> bool:
    """Whether two spans share a day."""
    return one[0] <= other[1] and other[0] <= one[1]


def iso(us: int) -> str:
    """An instant, given in microseconds since 1970, as every answer writes it."""
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us):%Y-%m-%dT%H:%M:%S.%fZ}"


def iso_day(day: int) -> str:
    """A day as every answer writes it."""
    return date.fromordinal(day).isoformat()
