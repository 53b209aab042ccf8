"""A zone promises every mark and outcome that any of its entries has, so that none that matches is passed over."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.snapshot import zones
from graph.snapshot.zones import ANYTHING, MARKS, OUTCOMES, promise, promising, unsettle, zoned

entries = st.lists(st.tuples(st.integers(0, 127), st.integers(0, 13)), max_size=40)
meant = st.one_of(st.none(), st.sets(st.integers(0, 127), max_size=4))
told = st.one_of(st.none(), st.sets(st.integers(0, 13), max_size=3))


@given(entries, st.lists(st.integers(0, 39), max_size=3), meant, told, st.integers(1, 3))
def test_zones_promise_what_their_entries_hold(
    packed: list[tuple[int, int]], unsettled: list[int], marks: set[int] | None, outcomes: set[int] | None, at_once: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zones, "ZONE", 4)
        patch.setattr(zones, "_AT_ONCE", at_once)
        held = zoned(*(np.array([entry[at] for entry in packed], np.uint8) for at in (0, 1)))
        places = [place for place in unsettled if place < len(packed)]
        unsettle(held, np.array(places, np.int64))
        wanted = promise(
            None if marks is None else np.isin(MARKS, list(marks)),
            None if outcomes is None else np.isin(OUTCOMES, list(outcomes)),
        )
        assert (wanted == ANYTHING) == (marks is None and outcomes is None)
        expected = []
        for begin in range(0, len(packed), 4):
            own = packed[begin : begin + 4]
            known = {outcome for _, outcome in own} | {0 for place in places if begin <= place < begin + 4}
            expected.append(
                (marks is None or bool(marks & {mark for mark, _ in own}))
                and (outcomes is None or bool(outcomes & known))
            )
        assert promising(held, wanted).tolist() == expected
