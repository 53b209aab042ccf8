"""The two clocks: partial dates as packed integers, spans of days, instants in microseconds, and `known_at`.

A *day* is its proleptic Gregorian ordinal (1 January of the year 1 is 1). A *packed date* is
`first_day * 4 + precision`, so packed dates sort by the first day they cover, then from the year to the day. A date
that nobody stated is packed as `UNDATED`; it may be any day, so its first day is `DAY_MIN` and its last `DAY_MAX`.
With that the rules read the same with and without dates:

1. a relation covers day d iff first_day(start) <= d <= last_day(end);
2. a state surely covers d iff last_day(start) <= d <= first_day(end), or d is later and it is known to go on;
3. two spans overlap iff each begins no later than the other ends.

An *instant* is whole microseconds since 1970-01-01T00:00:00Z.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from time import time_ns
from typing import Annotated, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import GetJsonSchemaHandler
from pydantic.functional_validators import AfterValidator
from pydantic_core import CoreSchema, PydanticCustomError

from graph.errors import Invalid

DAY_MIN = 0
"""Before any day."""
DAY_MAX = 2**22 - 1
"""After any day."""
YEAR, MONTH, DAY = 1, 2, 3
"""The precisions of a packed date."""
UNDATED = 0
"""The packed date that nobody stated."""

_PRECISION_BITS = 2
_PRECISION_MASK = 3
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_US = 86_400_000_000
_SECOND_US = 1_000_000
_FIRST_INSTANT = (1 - _EPOCH_DAY) * _DAY_US
_LAST_INSTANT = (date.max.toordinal() + 1 - _EPOCH_DAY) * _DAY_US - 1
_LAST_REVISION = 2**63 - 1
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?(?:[Zz]|([+-])([0-9]{2}:[0-9]{2}))"
)
_DATE_FORMS = 'write a date as "2026", "2026-02" or "2026-02-09"'
_INSTANT_FORM = 'write an instant as "2026-02-09T08:00:00Z" or "2026-02-09T11:00:00+03:00"'


# Partial dates


def pack(text: str, name: str = "date") -> int:
    """Read a partial date; `name` is what the fault is told of. Raises Invalid with what to write instead."""
    try:
        return _pack(text)
    except ValueError as error:
        raise Invalid.parameter(name, str(error)) from None


@lru_cache(maxsize=65_536)  # 180 years of days: imports state the same few dates again and again
def _pack(text: str) -> int:
    match = _DATE.fullmatch(text)
    if match is None:
        message = f'"{text}" is not a date: {_DATE_FORMS}, in plain digits with leading zeros.'
        raise ValueError(message)
    year, month, day = match.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1)).toordinal()
    except ValueError:
        message = f'"{text}" is not in the calendar: {_DATE_FORMS}, from the year 0001 to 9999.'
        raise ValueError(message) from None
    return first << _PRECISION_BITS | (DAY if day else MONTH if month else YEAR)


def unpack(packed: int) -> str:
    """Write a packed date, as precise as it was given. ValueError if it is not one, or nobody stated it."""
    kept = precision(packed)
    if kept == UNDATED:
        message = f"{packed} is not a packed date"
        raise ValueError(message)
    return day_text(first_day(packed))[: (0, 4, 7, 10)[kept]]


def precision(packed: int) -> int:
    """YEAR, MONTH or DAY; 0 if undated."""
    return packed & _PRECISION_MASK


def first_day(packed: int) -> int:
    """Give the first day that a packed date covers; DAY_MIN if undated."""
    return packed >> _PRECISION_BITS


def last_day(packed: int) -> int:
    """Give the last day that a packed date covers; DAY_MAX if undated."""
    first = packed >> _PRECISION_BITS
    match packed & _PRECISION_MASK:
        case 1:
            return date(date.fromordinal(first).year, 12, 31).toordinal()
        case 2:
            start = date.fromordinal(first)
            longest = date.fromordinal(min(first + 31, date.max.toordinal()))
            return first + 30 if longest.month == start.month else first + 31 - longest.day
        case 3:
            return first
    return DAY_MAX


def first_days(packed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Do `first_day` for many."""
    return packed >> _PRECISION_BITS


def last_days(packed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Do `last_day` for many."""
    kept = packed & _PRECISION_MASK
    first = packed >> _PRECISION_BITS
    if np.count_nonzero(kept == DAY) == len(kept):  # as of most events
        return first
    last = np.where(kept == UNDATED, np.int64(DAY_MAX), first)
    for coarse, unit in ((YEAR, "M8[Y]"), (MONTH, "M8[M]")):
        rows = (kept == coarse).nonzero()[0]
        if not len(rows):
            continue
        days = (first[rows] - _EPOCH_DAY).astype("M8[D]")
        last[rows] = (days.astype(unit) + 1).astype("M8[D]").astype(np.int64) - 1 + _EPOCH_DAY
    return last


def day_text(day: int) -> str:
    """Write a day as `YYYY-MM-DD`."""
    return date.fromordinal(day).isoformat()


def years(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find the years that days lie in."""
    return (days - _EPOCH_DAY).astype("M8[D]").astype("M8[Y]").astype(np.int64) + _EPOCH.year


def year_starts(first: int, last: int) -> NDArray[np.int64]:
    """Find the first days of the years from the first to the last."""
    years = np.arange(first - _EPOCH.year, last - _EPOCH.year + 1)
    return years.astype("M8[Y]").astype("M8[D]").astype(np.int64) + _EPOCH_DAY


def day_of(us: int) -> int:
    """Find the UTC day in which an instant lies."""
    return us // _DAY_US + _EPOCH_DAY


class Span(NamedTuple):
    """Days from first to last, both included."""

    first: int
    last: int

    @classmethod
    def between(cls, start: int, end: int) -> Span:
        """Make the widest span of two packed dates, either of which may be undated."""
        return cls(first_day(start), last_day(end))

    def covers(self, day: int) -> bool:
        """Tell whether the day lies inside."""
        return self.first <= day <= self.last

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two share a day."""
        return self.first <= other.last and other.first <= self.last

    def lag(self, other: Span) -> int:
        """Count the days from this span to the other: 0 if they share a day, negative if the other ended first."""
        if self.overlaps(other):
            return 0
        return other.first - self.last if other.first > self.last else other.last - self.first


# The partial date as a field of a model


def _partial_date(text: str) -> str:
    try:
        _pack(text)
    except ValueError as error:
        raise PydanticCustomError("partial_date", "{fix}", {"fix": str(error)}) from None
    return text


class _PartialDateSchema:
    """The JSON schema of a partial date; what is read is held to the pattern, what is written keeps it by itself."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core)
        schema["examples"] = ["2026", "2026-02", "2026-02-09"]
        if handler.mode == "validation":
            schema["pattern"] = "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
        return schema


PartialDate = Annotated[str, AfterValidator(_partial_date), _PartialDateSchema()]
"""A field that takes a partial date and keeps its text."""


# Instants


def now_us() -> int:
    """Read this machine's clock. Only the ledger's writer and the request's edge may look at it."""
    return time_ns() // 1000


def iso(us: int) -> str:
    """Write an instant as RFC 3339 in UTC, always with six decimals, so that texts sort as instants do."""
    return (_EPOCH + timedelta(microseconds=us)).isoformat(timespec="microseconds")[:26] + "Z"


def instant(text: str, name: str = "instant") -> int:
    """Read an RFC 3339 instant; decimals past the sixth are cut off. Raises Invalid with what to write instead."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise Invalid.parameter(name, f'"{text}" is not an instant: {_instant_fix(text)}.')
    day, clock, decimals, sign, offset = match.groups()
    packed = pack(day, name)
    try:
        seconds = _seconds(clock)
    except ValueError:
        detail = f'"{text}" is not a time of day: write 24:00 as 00:00 of the next day, a leap second :60 as :59.'
        raise Invalid.parameter(name, detail) from None
    try:
        shift = _seconds(f"{offset or '00:00'}:00")
    except ValueError:
        raise Invalid.parameter(name, f'"{text}" has no real offset: they go from -23:59 to +23:59.') from None
    seconds += shift if sign == "-" else -shift
    us = (first_day(packed) - _EPOCH_DAY) * _DAY_US + seconds * _SECOND_US + int((decimals or "")[:6].ljust(6, "0"))
    if not _FIRST_INSTANT <= us <= _LAST_INSTANT:
        raise Invalid.parameter(name, f'"{text}" lies outside the years 0001 to 9999 in UTC.')
    return us


def _seconds(clock: str) -> int:
    """Count the seconds of a time of day; ValueError if no day has it."""
    hours, minutes, seconds = map(int, clock.split(":"))
    time(hours, minutes, seconds)
    return hours * 3600 + minutes * 60 + seconds


def _instant_fix(text: str) -> str:
    if re.fullmatch(r".+:[0-9.]+ [0-9]{2}:[0-9]{2}", text):
        return 'in a URL the "+" of an offset is written "%2B"'
    if re.fullmatch(r".+[Tt].+:[0-9.]+", text):
        return 'it needs an offset from UTC: add "Z", or as in "+03:00"'
    return _INSTANT_FORM


@dataclass(frozen=True, slots=True)
class Revision:
    """`known_at` by number."""

    number: int


@dataclass(frozen=True, slots=True)
class Instant:
    """`known_at` by the clock: everything recorded at or before these microseconds."""

    us: int


KnownAt: TypeAlias = Revision | Instant


@lru_cache(maxsize=1024)  # a request reads its own three times
def parse_known_at(text: str, name: str = "known_at") -> KnownAt:
    """Read `known_at`: digits are a revision, a full date is its last instant in UTC, or else an RFC 3339 instant."""
    if re.fullmatch(r"[0-9]+", text):
        if len(text) > len(str(_LAST_REVISION)) or int(text) > _LAST_REVISION:
            raise Invalid.parameter(name, f'"{text}" is greater than any revision.')
        return Revision(int(text))
    match = _DATE.fullmatch(text)
    if match is None and re.match("[0-9-]+[Tt]", text):
        return Instant(instant(text, name))
    if match is None or match[3] is None:
        detail = f'"{text}" is no moment: give a revision, a full date such as "2026-02-09", or {_INSTANT_FORM[6:]}.'
        raise Invalid.parameter(name, detail)
    return Instant((first_day(pack(text, name)) + 1 - _EPOCH_DAY) * _DAY_US - 1)
