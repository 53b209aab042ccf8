"""Texts by row, and rows by text: the same whether they came at once, one by one, or out of files."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.search import Name, NameIndex
from graph.snapshot.columns import NONE, Mapped, Texts
from graph.snapshot.ids import Lookup
from graph.snapshot.names import Names
from graph.text import fold

texts = st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=6), max_size=30)
words = st.sampled_from(["a", "b", "ab", "aab", "abcdefg", "abcdegf", "acbdefg", "é", "Ab-ba", "中"])
values = st.lists(words, min_size=1, max_size=3).map(" ".join)


def filed(arrays: dict[str, np.ndarray]) -> dict[str, Mapped]:
    """Arrays as they come out of files, with room behind them."""
    return {name: Mapped(np.concatenate((array, array[:1])), len(array)) for name, array in arrays.items()}


def both(text: str) -> set[str]:
    """What a text is found by."""
    return {text, text.upper()}


@given(texts, texts)
def test_texts_are_what_they_were_told(before: list[str], after: list[str]) -> None:
    told = Texts()
    told.restore(filed(Texts(before).arrays()))
    for text in after:
        told.append(text)
    everything = before + after
    assert [told[row] for row in range(len(told))] == list(told) == list(Texts(told)) == everything
    again = Texts()
    again.restore(filed(told.arrays()))
    assert list(again) == everything


@given(texts, texts, st.text(max_size=2))
def test_rows_are_found_by_their_texts(before: list[str], after: list[str], other: str) -> None:
    told = Texts(before)
    built: Lookup[str] = Lookup(told, both)
    built.pack(range(len(before)))
    lookup: Lookup[str] = Lookup(told, both)
    lookup.restore(filed(built.arrays()))
    for text in after:
        told.append(text)
        for each in both(text):
            lookup.add(each, len(told) - 1)
    for wanted in {*told, *map(str.upper, told), other, "\ud800"}:
        rows = [row for row, text in enumerate(told) if wanted in both(text)]
        assert lookup.rows(wanted) == rows
        assert lookup.get(wanted) == (rows[0] if rows else NONE)


@given(st.lists(st.tuples(values, st.integers(0, 5), st.booleans()), max_size=12), st.integers(0, 12), values)
def test_names_out_of_files_are_found_as_before(rows: list[tuple[str, int, bool]], cut: int, query: str) -> None:
    told = [Name(value, actor, version, primary, 1) for version, (value, actor, primary) in enumerate(rows)]
    names = Names()
    names.index = NameIndex().extend(told[:cut])
    mapped = Names()
    mapped.restore(filed(names.arrays()))
    indexes = [names.index.extend(told[cut:], [(0, 2)]), mapped.index.extend(told[cut:], [(0, 2)])]
    assert len({len(index) for index in indexes}) == 1
    for revision in (1, 2):
        assert len({tuple(index.matching(query, revision).tolist()) for index in indexes}) == 1
        assert len({tuple(index.prefix(query, revision)) for index in indexes}) == 1
        assert len({tuple(index.fuzzy(query, revision, 9)) for index in indexes}) == 1
    assert fold(query) or not list(indexes[0].prefix(query, 1))


def test_where_texts_lie_is_known_to_nobody_who_chooses_them() -> None:
    told = Texts([f"a{number}" for number in range(100)])
    one, other = Lookup(told, both), Lookup(told, both)
    for lookup in (one, other):
        lookup.pack(range(100))
        assert [lookup.get(text) for text in told] == list(range(100))
    assert one.arrays()["rows"].tolist() != other.arrays()["rows"].tolist()
