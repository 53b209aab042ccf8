"""What is sorted and numbered by short ways comes out as by numpy's long ones."""

from __future__ import annotations

import numpy as np
import pytest

from graph.snapshot.columns import distinct, ranks
from graph.snapshot.ids import in_order

LETTERS = np.frombuffer(b"0123456789abcdefghjkmnpqrstvwxyz", np.uint8)
MANY = 3_000


def ids(firsts: int) -> np.ndarray:
    """Random ids, with so many first halves."""
    random = np.random.default_rng(firsts)
    first, second = LETTERS[random.integers(0, 32, (firsts, 8))], LETTERS[random.integers(0, 32, (MANY, 8))]
    both = np.concatenate((first[random.integers(0, firsts, MANY)], second), axis=1)
    found: np.ndarray = np.ascontiguousarray(both).view("S16").ravel()
    return found


@pytest.mark.parametrize("firsts", [1, 40, 2_000, 10**6])
def test_ids_are_ordered_whether_their_first_halves_are_the_same_or_not(firsts: int) -> None:
    many = ids(firsts)
    keys = np.random.default_rng(1).integers(0, 50, MANY)
    for some, of in ((many, keys), (many[:99], keys[:99])):
        assert in_order(some).tolist() == np.argsort(some, kind="stable").tolist()
        assert in_order(some, of).tolist() == np.lexsort((some, of)).tolist()


@pytest.mark.parametrize(
    "values", [[], [3], [3, 1, 1, 2, 3], [7, 70_000, 7], [2, -1, 2], [0.85, 0.1, 0.85], [2.0, 0.0, 5.0]], ids=str
)
def test_values_are_told_apart_as_numpy_does(values: list[float]) -> None:
    given = np.array(values)
    assert distinct(given).tolist() == np.unique(given).tolist()
    assert ranks(given).tolist() == np.unique(given, return_inverse=True)[1].tolist()
