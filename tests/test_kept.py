"""What was made once is not made again while there is room, and columns are never seen half grown."""

import sys
import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.snapshot.columns import OPEN, Columns
from graph.snapshot.kept import Kept, Numbered
from graph.snapshot.versions import Versions

MANY = 8_000


@given(st.lists(st.lists(st.integers(0, 30), max_size=20), max_size=30), st.integers(0, 3000))
def test_whatever_room_there_is_what_is_kept_is_what_would_be_made(asked: list[list[int]], room: int) -> None:
    kept = Kept[int](room)
    for keys in asked:
        assert kept.many(keys, _made) == [_made(key) for key in keys]


@given(st.lists(st.lists(st.integers(-1, 30), max_size=20), max_size=30), st.integers(0, 3000))
def test_whatever_room_there_is_what_is_kept_by_number_is_what_would_be_made(asked: list[list[int]], room: int) -> None:
    kept, count = Numbered(room), 0
    for numbers in asked:
        count = max(count, *numbers, 0) + 1  # as tables grow
        found = kept.many(np.array(numbers, np.int32), count, lambda new: [_made(number) for number in new.tolist()])
        assert found == [_made(number) for number in numbers]


def test_what_is_kept_by_number_is_made_once() -> None:
    kept, made = Numbered(1_000_000), list[int]()

    def make(numbers: np.ndarray) -> list[bytes]:
        made.extend(numbers.tolist())
        return [_made(number) for number in numbers.tolist()]

    for _ in range(3):
        kept.many(np.array([5, -1, 5, 0]), 10, make)
    assert sorted(made) == [-1, 0, 5]


def test_what_is_asked_for_stays_and_the_rest_is_forgotten() -> None:
    kept, made = Kept[int](4_000), list[int]()

    def make(key: int) -> bytes:
        made.append(key)
        return _made(key)

    for number in range(1, 200):
        kept.many([0, number, number], make)
    assert made == list(range(200))
    kept.many([0, 1], make)
    assert made == [*range(200), 1]


def _made(key: int) -> bytes:
    return b"%d" % key * 10


def test_a_reader_never_meets_columns_of_different_lengths() -> None:
    columns = Columns(one=np.int32, other=np.int64)
    stop, wrong = threading.Event(), list[str]()

    def read() -> None:
        while not stop.is_set():
            try:
                if len(columns.one + columns.other[: len(columns.one)]) > len(columns):
                    wrong.append("a row before its time")
            except ValueError as error:
                wrong.append(str(error))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(3_000):
        columns.extend({"one": [1, 2], "other": [3, 4]}, 2)
    stop.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert (columns.one[-1], columns.other[-1], len(columns)) == (2, 4, 6_000)


def test_what_stands_is_found_while_versions_are_appended() -> None:
    table = Versions()
    stop, wrong = threading.Event(), list[str]()

    def read() -> None:
        while not stop.is_set():
            try:
                standing, records = table.standing(MANY), table.records
                if len(standing) > len(table) or len(records) > len(table):
                    wrong.append("a row before its time")
            except (IndexError, ValueError) as error:
                wrong.append(str(error))

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that somebody reads between any two steps
    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for row in range(MANY):
        amends = row % 3 == 0 and row > 0
        table.append({"first": [row - 1 if amends else row], "written": [row], "ended": [OPEN]}, 1)
    stop.set()
    for reader in readers:
        reader.join()
    sys.setswitchinterval(before)
    assert not wrong
    assert len(table.standing(MANY)) == MANY
    assert len(table.records) == MANY - (MANY - 1) // 3
