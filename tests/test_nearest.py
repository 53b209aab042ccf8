"""The nearest span, found by sorting and doubling, is the one that a loop over all of them finds."""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph import time
from graph.snapshot.columns import NONE
from graph.snapshot.nearest import Spans, nearest
from graph.time import Span

days = st.one_of(st.integers(1, 40), st.sampled_from([time.DAY_MIN, time.DAY_MAX, 730_000]))
keyed = st.tuples(st.integers(0, 3), days, st.one_of(st.just(0), st.integers(0, 12)))
Drawn = list[tuple[int, int, int]]
lists = st.lists(keyed, max_size=40)


def spans(drawn: Drawn) -> Spans:
    """Key, first day, and how many days more; the last day may be unknown."""
    key, first, more = np.array(drawn, np.int64).reshape(-1, 3).T
    return Spans(key, first, np.where(more == 12, time.DAY_MAX, np.minimum(first + more, time.DAY_MAX)))


@given(lists, lists, st.randoms())
def test_the_nearest_is_what_a_loop_finds(asked: Drawn, others: Drawn, random: Random) -> None:
    own, theirs = spans(asked), spans(others)
    rank = np.array(random.sample(range(len(others)), len(others)), np.int64)
    places, lags = nearest(own, theirs, rank)
    for at in range(len(asked)):
        span = Span(int(own.first[at]), int(own.last[at]))
        lag = {
            i: Span(int(theirs.first[i]), int(theirs.last[i])).lag(span)
            for i in range(len(others))
            if theirs.key[i] == own.key[at]
        }
        best = min(lag, key=lambda i: (abs(lag[i]), rank[i]), default=NONE)
        assert (places[at], lags[at]) == (best, lag.get(best, 0))
