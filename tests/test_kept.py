"""What was made once is not made again while there is room, and columns are never seen half grown."""

import threading
from functools import partial

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.snapshot.columns import Columns
from graph.snapshot.kept import Kept


@given(st.lists(st.lists(st.integers(0, 30), max_size=20), max_size=30), st.integers(0, 3000))
def test_whatever_room_there_is_what_is_kept_is_what_would_be_made(asked: list[list[int]], room: int) -> None:
    kept = Kept(room)
    for keys in asked:
        assert kept.many(keys, partial(_all_made, keys)) == [_made(key) for key in keys]


def test_what_is_asked_for_stays_and_the_rest_is_forgotten() -> None:
    kept, made = Kept(2_000), list[int]()

    def ask(key: int) -> None:
        def make(missing: list[int]) -> list[bytes]:
            made.append(key)
            return _all_made([key], missing)

        kept.many([key], make)

    for number in range(1, 200):
        ask(0)
        ask(number)
    assert made.count(0) == 1
    ask(1)
    assert made.count(1) == 2


def _all_made(keys: list[int], places: list[int]) -> list[bytes]:
    return [_made(keys[at]) for at in places]


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
