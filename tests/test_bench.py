"""What the benchmarks measure with: synthetic events are the same for the same seed, and events all of them."""

from __future__ import annotations

import io
from collections import Counter

from bench.generate import TYPES, events
from graph.formats import importers
from graph.formats.incoming import Row


def test_events_are_as_many_as_asked_for_and_the_same_for_the_same_seed() -> None:
    table = b"".join(events(20_000, seed=3))
    assert table == b"".join(events(20_000, seed=3))
    assert table != b"".join(events(20_000, seed=4))
    rows = list(importers()["events"].read(io.BytesIO(table)))
    assert len(rows) == 20_000
    assert all(isinstance(row, Row) for row in rows)


def test_events_have_hubs_dyads_that_talk_both_ways_and_many_types() -> None:
    rows = [row for row in importers()["events"].read(io.BytesIO(b"".join(events(50_000)))) if isinstance(row, Row)]
    actors = Counter(party.label for row in rows for party in (row.source, row.target))
    assert actors.most_common(1)[0][1] > len(rows) / 20
    pairs = {(row.source.label, row.target.label) for row in rows}
    assert len(pairs) < len(rows) / 3
    assert sum((b, a) in pairs for a, b in pairs) > len(pairs) / 2
    assert len({row.type for row in rows}) > TYPES * 0.9
    starts = [row.start or 0 for row in rows]
    assert starts == sorted(starts)
