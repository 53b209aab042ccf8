"""Partial dates cover just the days that they name, instants are whole microseconds, and what is neither is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from graph.errors import Fault, Invalid
from graph.time import (
    DAY,
    DAY_MAX,
    DAY_MIN,
    MONTH,
    UNDATED,
    YEAR,
    Instant,
    PartialDate,
    Revision,
    Span,
    day_of,
    day_text,
    first_day,
    first_days,
    instant,
    iso,
    last_day,
    last_days,
    now_us,
    pack,
    parse_known_at,
    precision,
    unpack,
)

dates = st.dates()
partial_dates = st.builds(lambda day, length: day.isoformat()[:length], dates, st.sampled_from([4, 7, 10]))
packed_dates = st.one_of(st.just(UNDATED), st.builds(pack, partial_dates))
instants = st.datetimes(timezones=st.just(UTC))


def microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@given(partial_dates)
def test_a_partial_date_comes_back_as_it_was_given(text: str) -> None:
    packed = pack(text)
    assert unpack(packed) == text
    assert precision(packed) == {4: YEAR, 7: MONTH, 10: DAY}[len(text)]
    assert packed == first_day(packed) * 4 + precision(packed)


@given(partial_dates, dates)
def test_a_partial_date_covers_the_days_that_begin_with_it(text: str, day: date) -> None:
    packed = pack(text)
    assert (first_day(packed) <= day.toordinal() <= last_day(packed)) is day.isoformat().startswith(text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("1900-02", "1900-02-01", "1900-02-28"),
        ("2000-02", "2000-02-01", "2000-02-29"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        ("2026-04", "2026-04-01", "2026-04-30"),
        ("2026-02-09", "2026-02-09", "2026-02-09"),
        ("0001", "0001-01-01", "0001-12-31"),
        ("9999-12", "9999-12-01", "9999-12-31"),
        ("9999", "9999-01-01", "9999-12-31"),
    ],
)
def test_first_and_last_days(text: str, first: str, last: str) -> None:
    packed = pack(text)
    assert (day_text(first_day(packed)), day_text(last_day(packed))) == (first, last)


@given(st.lists(packed_dates))
def test_many_dates_answer_as_each_one_does(packed: list[int]) -> None:
    column = np.array(packed, np.int64)
    assert first_days(column).tolist() == [first_day(one) for one in packed]
    assert last_days(column).tolist() == [last_day(one) for one in packed]
    assert all(first_day(one) <= last_day(one) for one in packed)


@given(partial_dates, partial_dates)
def test_packed_dates_sort_by_first_day_then_from_the_year_to_the_day(one: str, other: str) -> None:
    assert (pack(one) < pack(other)) == ((first_day(pack(one)), len(one)) < (first_day(pack(other)), len(other)))


def test_the_undated_may_be_any_day() -> None:
    assert (first_day(UNDATED), last_day(UNDATED), precision(UNDATED)) == (DAY_MIN, DAY_MAX, 0)
    assert date.min.toordinal() > DAY_MIN
    assert date.max.toordinal() < DAY_MAX
    with pytest.raises(ValueError, match="not a packed date"):
        unpack(UNDATED)


@pytest.mark.parametrize(
    "text",
    [
        "2026-2-9",
        " 2026",
        "2026 ",
        "2026\n",
        "２０２６",
        "٢٠٢٦",
        "-2026",
        "+2026",
        "20260209",
        "202602",
        "2026-W07",
        "2026-040",
        "2026/02/09",
        "09-02-2026",
        "26",
        "12026",
        "2026-",
        "2026-02-",
        "2026-02-09T00:00:00Z",
        "202X",
        "2026~",
        "today",
        "",
    ],
)
def test_what_is_no_date_is_told_how_dates_are_written(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        pack(text, "start")
    (fault,) = caught.value.faults
    assert fault[:2] == ("parameter", "start")
    assert '"2026", "2026-02" or "2026-02-09"' in fault.detail


@pytest.mark.parametrize("text", ["0000", "0000-01", "2026-00", "2026-13", "2026-02-30", "2025-02-29", "2026-01-00"])
def test_what_the_calendar_lacks_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=f'"{text}" is not in the calendar.*from the year 0001 to 9999'):
        pack(text)


class Dated(BaseModel):
    model_config = ConfigDict(extra="forbid")
    start: PartialDate | None = None


def test_a_field_keeps_the_text_of_its_date() -> None:
    assert Dated.model_validate({"start": "2026-02"}).model_dump(mode="json") == {"start": "2026-02"}


def test_a_field_says_what_is_wrong_with_a_date() -> None:
    with pytest.raises(ValidationError) as caught:
        Dated.model_validate({"start": "2026-2-9"})
    (fault,) = caught.value.errors()
    assert (fault["type"], fault["loc"]) == ("partial_date", ("start",))
    assert fault["msg"].startswith('"2026-2-9" is not a date: write a date as "2026"')
    with pytest.raises(ValidationError):
        Dated.model_validate({"start": 2026})


def test_the_pattern_stands_where_dates_are_read_only() -> None:
    def branch(mode: Any) -> dict[str, Any]:  # noqa: ANN401 - pydantic's literal of the two modes
        first: dict[str, Any] = Dated.model_json_schema(mode=mode)["properties"]["start"]["anyOf"][0]
        return first

    written = {"type": "string", "examples": ["2026", "2026-02", "2026-02-09"]}
    assert branch("serialization") == written
    assert branch("validation") == {**written, "pattern": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"}


spans = st.builds(lambda a, b: Span(min(a, b), max(a, b)), st.integers(1, 40), st.integers(1, 40))


@given(spans, spans)
def test_spans_overlap_iff_they_share_a_day(one: Span, other: Span) -> None:
    shared = [day for day in range(41) if one.covers(day) and other.covers(day)]
    assert one.overlaps(other) is other.overlaps(one) is bool(shared)


@given(spans, spans)
def test_the_lag_is_the_fewest_days_between_two_spans(one: Span, other: Span) -> None:
    fewest = min((b - a for a in range(one.first, one.last + 1) for b in range(other.first, other.last + 1)), key=abs)
    assert one.lag(other) == fewest == -other.lag(one)


def test_a_span_reaches_as_far_as_its_dates_allow() -> None:
    assert Span.between(pack("2026"), pack("2026-02")) == (pack("2026-01-01") // 4, pack("2026-02-28") // 4)
    assert Span.between(UNDATED, UNDATED) == (DAY_MIN, DAY_MAX)


@given(instants)
def test_an_instant_comes_back_to_the_microsecond(moment: datetime) -> None:
    us = microseconds(moment)
    assert instant(iso(us)) == us
    assert iso(us) == moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    assert day_of(us) == moment.toordinal()


@given(instants, instants)
def test_texts_of_instants_sort_as_the_instants_do(one: datetime, other: datetime) -> None:
    assert (iso(microseconds(one)) < iso(microseconds(other))) == (one < other)


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)), st.integers(-1439, 1439))  # noqa: DTZ001 - see below
def test_offsets_lead_to_utc(wall: datetime, minutes: int) -> None:
    moment = wall.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert instant(moment.isoformat(timespec="microseconds")) == microseconds(moment)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-02-10T08:00:00z", "2026-02-10T08:00:00.000000Z"),
        ("2026-02-10t08:00:00Z", "2026-02-10T08:00:00.000000Z"),
        ("2026-02-10T08:00:00-00:00", "2026-02-10T08:00:00.000000Z"),
        ("2026-02-10T08:00:00.5Z", "2026-02-10T08:00:00.500000Z"),
        ("2026-02-10T08:00:00.123456789Z", "2026-02-10T08:00:00.123456Z"),
        ("2026-02-10T01:00:00+03:00", "2026-02-09T22:00:00.000000Z"),
        ("2024-02-28T23:30:00-01:00", "2024-02-29T00:30:00.000000Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
    ],
)
def test_instants_are_written_in_one_way(text: str, same: str) -> None:
    assert iso(instant(text)) == same


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("2026-02-10T24:00:00Z", "write 24:00 as 00:00 of the next day"),
        ("2016-12-31T23:59:60Z", "a leap second :60 as :59"),
        ("2026-02-10T08:60:00Z", "not a time of day"),
        ("2026-02-10T08:00:00+24:00", "from -23:59 to +23:59"),
        ("2026-02-10T08:00:00+03:60", "from -23:59 to +23:59"),
        ("2026-02-10T08:00:00", 'it needs an offset from UTC: add "Z"'),
        ("2026-02-10T08:00:00 03:00", 'the "+" of an offset is written "%2B"'),
        ("2026-02-10 08:00:00Z", 'write an instant as "2026-02-09T08:00:00Z"'),
        ("2026-02-10T08:00Z", 'write an instant as "2026-02-09T08:00:00Z"'),
        ("2026-02-10T08:00:00+0300", 'write an instant as "2026-02-09T08:00:00Z"'),
        ("２０２６-02-10T08:00:00Z", 'write an instant as "2026-02-09T08:00:00Z"'),
        ("2026-02-30T08:00:00Z", "is not in the calendar"),
        ("0000-01-01T00:00:00Z", "is not in the calendar"),
        ("0001-01-01T00:00:00+00:01", "outside the years 0001 to 9999"),
        ("9999-12-31T23:59:59-00:01", "outside the years 0001 to 9999"),
        ("", 'write an instant as "2026-02-09T08:00:00Z"'),
    ],
)
def test_what_is_no_instant_is_told_what_to_write(text: str, fix: str) -> None:
    with pytest.raises(Invalid) as caught:
        instant(text)
    assert fix in str(caught.value)


def test_the_clock_runs() -> None:
    before = now_us()
    assert instant("2025-01-01T00:00:00Z") < before <= now_us()


def test_known_at_is_a_revision_a_day_or_an_instant() -> None:
    assert parse_known_at("2026") == Revision(2026)
    assert parse_known_at("0") == Revision(0)
    assert parse_known_at("2026-02-09") == Instant(instant("2026-02-09T23:59:59.999999Z"))
    assert parse_known_at("2026-02-09T08:00:00+03:00") == Instant(instant("2026-02-09T05:00:00Z"))
    assert parse_known_at("9999-12-31") == Instant(instant("9999-12-31T23:59:59.999999Z"))


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.5", "٢", "2026-02", "today", "latest", "2026-02-09 08:00:00Z"])
def test_known_at_says_what_it_takes(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_known_at(text)
    (fault,) = caught.value.faults
    assert fault == Fault("parameter", "known_at", fault.detail)
    assert "give a revision, a full date" in fault.detail


def test_no_revision_is_beyond_what_the_ledger_counts() -> None:
    assert parse_known_at(str(2**63 - 1)) == Revision(2**63 - 1)
    for text in (str(2**63), "9" * 5000):
        with pytest.raises(Invalid, match="greater than any revision"):
            parse_known_at(text)
