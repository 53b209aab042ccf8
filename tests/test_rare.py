"""What is kept only where it does not go without saying is the same as if all of it were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.snapshot.columns import NONE, OPEN, Columns, Heap, Lists, Mapped, Rare, RareHeap, growing, heaps
from graph.snapshot.relations import Relations
from graph.snapshot.turns import Turns
from graph.snapshot.versions import Versions

if TYPE_CHECKING:
    from graph.snapshot.columns import Part

numbers = st.one_of(st.none(), st.integers(0, 4))
batches = st.lists(st.lists(numbers, max_size=6), max_size=5)
strings = st.lists(st.lists(st.binary(max_size=3), max_size=6), max_size=5)


@pytest.fixture(params=[0, 10**6], ids=["held in full if many", "only others"], autouse=True)
def few(request: pytest.FixtureRequest) -> Any:  # noqa: ANN401 - a fixture of its own kind
    """So many are few enough to be kept by row."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "_FEW", request.param)
        yield


def refiled(part: Part, fresh: Part) -> None:
    """Have `fresh` begin with a part out of files, with room behind each array."""
    fresh.restore(
        {name: Mapped(np.concatenate((array, array[:1])), len(array)) for name, array in part.arrays().items()}
    )


@given(batches, batches, st.sampled_from([(np.int32, None), (np.int8, -1), (np.float64, np.nan)]), st.data())
def test_a_rare_column_is_looked_up_like_an_array(
    before: list[list[int | None]], after: list[list[int | None]], kind: tuple[Any, Any], data: st.DataObject
) -> None:
    dtype, usual = kind
    told, known = Columns(one=np.int8, rare=Rare(dtype, usual)), list[float]()

    def say(batch: list[int | None]) -> None:
        said = [(len(known) + at if usual is None else usual) if one is None else one for at, one in enumerate(batch)]
        known.extend(said)
        told.extend({"one": np.zeros(len(batch)), "rare": said}, len(batch))

    for batch in before:
        say(batch)
    again = Columns(one=np.int8, rare=Rare(dtype, usual))
    refiled(told, again)
    told = again
    for batch in after:
        say(batch)
    array, rare = np.array(known, dtype), told.rare
    rows = data.draw(st.lists(st.integers(0, max(len(known) - 1, 0)), max_size=len(known)))
    mask = data.draw(st.lists(st.booleans(), min_size=len(known), max_size=len(known)))
    for asked in (np.array(rows, np.int64), np.array(mask, np.bool_), slice(None), slice(1, 4)):
        assert np.array_equal(rare[asked], array[asked], equal_nan=dtype == np.float64)
    assert all(rare[row] == array[row] or array[row] != array[row] for row in rows)
    usually = np.arange(len(known)) if usual is None else np.full(len(known), usual)
    others = [row for row, one in enumerate(known) if one != usually[row] and one == one]  # noqa: PLR0124 - nan
    assert isinstance(rare, Rare)
    assert rare.others.tolist() == others
    assert rare.among(np.array(rows, np.int64)).tolist() == [at for at, row in enumerate(rows) if row in others]


@given(strings, strings)
def test_strings_that_few_rows_have_are_found_by_row(before: list[list[bytes]], after: list[list[bytes]]) -> None:
    heap = RareHeap()
    for batch in before:
        heap.extend(batch)
    again = RareHeap()
    refiled(heap, again)
    for batch in after:
        again.extend(batch)
    known = [one for batch in before + after for one in batch]
    rows = np.arange(len(known))[::-1]
    assert [again[row] for row in range(len(known))] == known
    assert again.many(rows) == known[::-1]
    assert rows[again.filled(rows)].tolist() == [row for row in rows.tolist() if known[row]]


@given(strings, strings, st.integers(0, 20))
def test_a_heap_grows_beyond_what_four_bytes_count(
    before: list[list[bytes]], after: list[list[bytes]], narrow: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heaps, "_NARROW", narrow)
        heap, again = Heap(), Heap()
        for batch in before:
            heap.extend(batch)
        refiled(heap, again)
        for batch in after:
            again.extend(batch)
        known = [one for batch in before + after for one in batch]
        assert again.many(np.arange(len(known))) == known
        assert again.arrays()["start"].dtype == (np.int64 if sum(map(len, known)) > narrow else np.uint32)


@given(
    st.lists(st.integers(0, 30), max_size=20), st.lists(st.integers(0, 30), max_size=10), st.lists(st.integers(0, 40))
)
def test_lists_hold_the_rows_of_their_keys(packed: list[int], since: list[int], asked: list[int]) -> None:
    built, lists = Lists(), Lists()
    built.pack(np.array(packed, np.int64), np.arange(len(packed)), 31)
    refiled(built, lists)
    lists.add(np.array(since, np.int64), np.arange(len(packed), len(packed) + len(since)))
    everything = packed + since
    for key in asked:
        assert lists.rows(key).tolist() == [row for row, of in enumerate(everything) if of == key]
    where, rows = lists.gather(np.array(asked, np.int64))
    told = [(at, row) for at, key in enumerate(asked) for row, of in enumerate(everything) if of == key]
    assert list(zip(where.tolist(), rows.tolist(), strict=True)) == told


Step = tuple[int, bool]
steps = st.lists(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=4), max_size=8)


@given(steps, st.integers(0, 8))
def test_versions_are_told_from_one_another(revisions: list[list[Step]], filed: int) -> None:
    """A step of a revision writes a version of one of the records there are, or a new one, or ends one."""
    table = Versions()
    chains, ended = list[list[int]](), dict[int, int]()
    written = list[int]()
    for revision, own in enumerate(revisions, 1):
        firsts, ends = list[int](), list[tuple[int, int]]()
        for record, adds in own:
            chain = chains[record] if record < len(chains) else None
            if chain is not None and chain[-1] not in ended and chain[-1] < len(table):
                ended[chain[-1]] = revision
                ends.append((chain[-1], revision))
            if adds:
                row = len(written)
                written.append(revision)
                if chain is None:
                    chain = []
                    chains.append(chain)
                chain.append(row)
                firsts.append(chain[0])
        table.append({"first": firsts, "written": [revision] * len(firsts), "ended": [OPEN] * len(firsts)}, len(firsts))
        table.close(ends)
        if revision == filed:
            again = Versions()
            refiled(table, again)
            table = again
    records = np.array([chain[0] for chain in chains], np.int32)
    rows = np.arange(len(written))
    assert table.records.tolist() == records.tolist()
    assert table.newest(records).tolist() == [chain[-1] for chain in chains]
    assert table.amended.tolist() == [chain[0] for chain in chains if len(chain) > 1]
    own_of = {row: chain for chain in chains for row in chain}
    assert table.first[rows].tolist() == [own_of[row][0] for row in rows.tolist()]
    assert table.numbers(rows).tolist() == [own_of[row].index(row) + 1 for row in rows.tolist()]
    before = [([NONE, *own_of[row]])[own_of[row].index(row)] for row in rows.tolist()]
    assert table.before(rows).tolist() == before
    for k in range(len(revisions) + 1):
        last = [next((row for row in chain[::-1] if written[row] <= k), NONE) for chain in chains]
        assert table.rows_at(records, k).tolist() == [table.last_at(int(record), k) for record in records] == last
        standing = [row if row != NONE and ended.get(row, OPEN) > k else NONE for row in last]
        assert [table.row_at(int(record), k) for record in records] == standing
        moved = {own_of[row][0] for row in rows.tolist() if own_of[row][0] != row and written[row] > k}
        moved |= {own_of[row][0] for row, revision in ended.items() if revision > k}
        assert table.moved_since(k).tolist() == sorted(moved)
    for chain in chains:
        assert table.chain(chain[0]) == chain[::-1]


turn = st.tuples(st.integers(0, 4), st.integers(0, 3))


@given(st.lists(st.integers(1, 6), min_size=1, max_size=5), st.lists(st.lists(turn, max_size=5), max_size=6))
def test_what_relations_have_come_to_is_found_at_every_revision(
    begun: list[int], batches: list[list[tuple[int, int]]]
) -> None:
    """`begun` are the revisions that wrote relations; then, in each batch, some come to something, one a revision."""
    relations = Relations()
    count, written = len(begun), sorted(begun)
    values: dict[str, Any] = dict.fromkeys(relations.names, [0] * count)
    values |= {"first": range(count), "written": written, "ended": [OPEN] * count}
    relations.append(values | {"about": [NONE] * count, "about_as": [NONE] * count}, count)
    turns, known = Turns(relations), {record: {0: 0} for record in range(count)}
    now = 0
    for batch in batches:
        new: dict[int, dict[int, int]] = {}
        for chosen, evidence in batch:
            now, record = now + 1, chosen % count
            revision, had = max(written[record], now), known[record] | new.get(record, {})
            if revision not in had and had[max(had)] != evidence:
                new.setdefault(record, {})[revision] = evidence
        if new:
            told = [(record, *turn) for record in sorted(new) for turn in new[record].items()]
            turned = turns.note(*(np.array(column, np.int32) for column in zip(*told, strict=True)))
            assert turned.tolist() == [record for record in sorted(new) if len(known[record]) > 1]
        for record, own in new.items():
            known[record] |= own
    records = np.arange(count)
    for k in range(now + 8):
        assert turns.at(records, k).tolist() == [own[max(at for at in own if at <= k)] for own in known.values()]
        there = np.array([record for record in range(count) if written[record] <= k], np.int64)
        only = [
            own[max(own)] if len(own) == 2 and max(own) <= k else 0 for own in map(known.get, there.tolist()) if own
        ]
        assert turns.unchanged(there, np.full(len(there), k)).tolist() == only
