"""Parameters are strict: whatever is unknown, repeated, empty, unreadable or out of range is named, never ignored."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.params import MOST_PAIRS, Reader, pairs
from graph.errors import Invalid
from tests.toys import ListToys, ToyClient, toys


@pytest.fixture(scope="module")
def client() -> Iterator[ToyClient]:
    with toys() as client:
        yield client


def faults(client: ToyClient, query: str) -> list[dict[str, str]]:
    answer = client.get(f"/toys?{query}")
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return list(answer.json()["errors"])


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        ("tpye=ball", "tpye", 'Was "type" meant?'),
        ("class_=soft", "class_", 'Was "class" meant?'),
        ("id=3", "id", "there is no such parameter"),
        ("class=sotf", "class", 'Was "soft" meant?'),
        ("class=soft&class=hard", "class", "takes one value, and 2 were given."),
        ("type=", "type", "is empty"),
        ("type=%20", "type", "is empty"),
        ("certain", "certain", "is empty"),
        ("certain=yes&valid_at=2026", "certain", '"yes" is neither true nor false.'),
        ("limit=0", "limit", "must be at least 1."),
        ("limit=1001", "limit", "must be at most 1000."),
        ("limit=99999999999999999999999999", "limit", "is not a whole number."),
        ("limit=1_0", "limit", "is not a whole number."),
        ("limit=%2B5", "limit", "is not a whole number."),
        ("limit=5.0", "limit", "is not a whole number."),
        ("limit=٣", "limit", "is not a whole number."),
        ("price=nan", "price", "is not a number."),
        ("price=1e5", "price", "is not a number."),
        ("price=101", "price", "must be at most 100"),
        ("q=" + "a" * 21, "q", "must have at most 20 characters."),
        ("type=a&type=b&type=c&type=d", "type", "takes at most 3 values, and 4 were given."),
        ("q=%00", "q", "control character"),
        ("q=a%0Ab", "q", "control character"),
        ("q=%C2%85", "q", "control character"),
        ("q=%ff", "q", "is not UTF-8."),
        ("q=%zz", "q", "begins no escape"),
        ("q=100%", "q", "begins no escape"),
        ("valid_at=2026&valid_to=2026", "valid_at", "not both"),
        ("valid_from=2027&valid_to=2026", "valid_from", "swap them"),
        ("known_at=yesterday", "known_at", "is no moment"),
        ("known_at=8", "known_at", "not reached yet"),
    ],
)
def test_a_fault_names_its_parameter_and_what_would_do(
    client: ToyClient, query: str, parameter: str, words: str
) -> None:
    (fault,) = faults(client, query)
    assert fault["parameter"] == parameter
    assert words in fault["detail"]


@pytest.mark.parametrize(
    "value", ["9", "2026-13", "2026-02-30", "26-02-09", "2026-2-9", "2026-02-09T00:00:00Z", "today "]
)
def test_a_malformed_date_names_its_parameter(client: ToyClient, value: str) -> None:
    (fault,) = faults(client, f"valid_at={value}")
    assert fault["parameter"] == "valid_at"


def test_all_faults_are_told_at_once(client: ToyClient) -> None:
    assert [fault["parameter"] for fault in faults(client, "tpye=ball&class=sotf&limit=x")] == [
        "tpye",
        "class",
        "limit",
    ]


def test_several_values_of_one_parameter_arrive_in_their_order(client: ToyClient) -> None:
    client.shelf.snapshot.asked.clear()
    assert client.get("/toys?type=b&type=a&class=soft&&price=2.5&q=%D0%9C+x").status_code == 200
    (asked,) = client.shelf.snapshot.asked
    assert (asked.type, asked.class_, asked.price, asked.q) == (("b", "a"), "soft", 2.5, "М x")


def test_more_parameters_than_anyone_needs_are_refused() -> None:
    with pytest.raises(Invalid, match="at most"):
        pairs(b"&".join([b"a=b"] * (MOST_PAIRS + 1)))


def test_what_the_path_cannot_name_is_not_found(client: ToyClient) -> None:
    answer = client.get("/toys/" + "a" * 31)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize("path", ["/toys/%ff", "/toys/%00", "/toys/a%0Ab"])
def test_a_path_that_is_no_text_is_a_bad_request(client: ToyClient, path: str) -> None:
    assert client.get(path).status_code == 400


def test_a_question_is_remembered_and_today_is_only_good_for_a_day() -> None:
    reader: Any = Reader(ListToys)
    plain = reader.read({}, b"valid_at=2026", 739_000)
    assert reader.read({}, b"valid_at=2026", 739_001) is plain
    monday = reader.read({}, b"valid_at=today", 739_000)
    assert reader.read({}, b"valid_at=today", 739_000) is monday
    tuesday = reader.read({}, b"valid_at=today", 739_001)
    assert (monday.question.valid_at, tuesday.question.valid_at) == ("2024-04-24", "2024-04-25")


def test_what_is_remembered_is_bounded() -> None:
    reader: Any = Reader(ListToys)
    for number in range(5000):
        reader.read({}, f"q={number}".encode(), 739_000)
    assert len(reader._kept) <= 2048
