"""Names are found as they are typed, in any script and with typos, and always as of a revision."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.search import STANDING, Hit, Name, NameIndex, highlight
from graph.text import fold, tidy

ACTORS = [
    ("sergei-lavrov", ["Sergei Lavrov", "Сергей Лавров", "Sergey Viktorovich Lavrov"]),
    ("russia", ["Russia", "Russian Federation", "Россия"]),
    ("us", ["United States", "US", "United States of America"]),
    ("uk", ["United Kingdom", "UK"]),
    ("uae", ["United Arab Emirates"]),
    ("xi-jinping", ["Xi Jinping", "习近平"]),
    ("ivory-coast", ["Côte d’Ivoire"]),
    ("al-qaeda", ["al-Qaeda"]),
    ("zelensky", ["Volodymyr Zelensky", "Володимир Зеленський"]),
    ("china", ["China", "中国"]),
    ("lavrio", ["Lavrio"]),
    ("nothing", ["—"]),
]
IDS = [name for name, _ in ACTORS]
INDEX = NameIndex().extend(
    Name(value, actor, actor, at == 0, 1) for actor, (_, values) in enumerate(ACTORS) for at, value in enumerate(values)
)


def suggested(query: str) -> list[str]:
    return [IDS[hit.actor] for hit in INDEX.prefix(query, 1, IDS.__getitem__)]


def searched(query: str, limit: int = 10) -> list[str]:
    return [IDS[hit.actor] for hit in INDEX.fuzzy(query, 1, limit, IDS.__getitem__)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("us", ["us"]),
        ("united", ["us", "uk", "uae"]),
        ("united s", ["us"]),
        ("kingdom uni", ["uk"]),
        ("lav", ["lavrio", "sergei-lavrov"]),
        ("lavrov s", ["sergei-lavrov"]),
        ("Лавров", ["sergei-lavrov"]),
        ("COTE D'IV", ["ivory-coast"]),
        ("习", ["xi-jinping"]),
        ("中", ["china"]),
        ("lavrov china", []),
        ("avrov", []),
        ("—", []),
        ("", []),
    ],
)
def test_names_are_suggested_as_they_are_typed(query: str, found: list[str]) -> None:
    assert suggested(query) == found
    assert [IDS[actor] for actor in INDEX.matching(query, 1)] == sorted(found, key=IDS.index)


def test_the_hit_names_the_best_spelling_and_how_well_it_fits() -> None:
    assert list(INDEX.prefix("US", 1)) == [Hit(IDS.index("us"), 1.0, "US")]
    (hit,) = INDEX.prefix("russian f", 1)
    assert (hit.name, hit.score) == ("Russian Federation", 0.95)


def test_equals_are_ranked_primary_first_then_as_the_caller_orders_actors() -> None:
    rows = [Name("Same", 0, 0, False, 1), Name("Same", 1, 1, True, 1), Name("Same", 2, 2, True, 1)]  # noqa: FBT003 - a field of a row
    index = NameIndex().extend(rows)
    assert [hit.actor for hit in index.prefix("same", 1)] == [1, 2, 0]
    assert [hit.actor for hit in index.prefix("same", 1, lambda actor: -actor)] == [2, 1, 0]
    assert [hit.actor for hit in index.fuzzy("smae", 1, 9, lambda actor: -actor)] == [2, 1, 0]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("Lavrov Sergei", "sergei-lavrov"),
        ("Lavorv", "sergei-lavrov"),
        ("Lawrow", "sergei-lavrov"),
        ("sergie lavrov", "sergei-lavrov"),
        ("lavorv serg", "sergei-lavrov"),
        ("Mr Lavrov", "sergei-lavrov"),
        ("Серген Лавров", "sergei-lavrov"),
        ("Rusia", "russia"),
        ("xi jin ping", "xi-jinping"),
        ("xijinping", "xi-jinping"),
        ("alqaida", "al-qaeda"),
        ("Zelenskyy", "zelensky"),
        ("Zelenskij Volodimir", "zelensky"),
        ("cote divoire", "ivory-coast"),
        ("Untied States", "us"),
    ],
)
def test_search_forgives_spelling_script_order_and_typos(query: str, first: str) -> None:
    assert searched(query)[0] == first


@pytest.mark.parametrize("query", ["", "—", "qwxzv", "asdfgh jkl", "zz", "lavrov moscow tower", "12345"])
def test_nonsense_finds_nothing(query: str) -> None:
    assert searched(query) == []


def test_exact_and_begun_names_come_before_what_only_resembles() -> None:
    hits = INDEX.fuzzy("lavro", 1, 10, IDS.__getitem__)
    assert [IDS[hit.actor] for hit in hits] == ["sergei-lavrov", "lavrio"]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert searched("united", 2) == ["us", "uk"]


words = st.sampled_from(["a", "b", "ab", "aab", "ba", "é", "Ab-ba", "中"])
values = st.lists(words, min_size=1, max_size=3).map(" ".join)
batches = st.lists(
    st.tuples(st.lists(st.tuples(values, st.integers(0, 5), st.booleans()), max_size=12), st.booleans()), max_size=8
)


def history(batches: list[tuple[list[tuple[str, int, bool]], bool]]) -> tuple[list[NameIndex], list[Name]]:
    """Write one revision a batch; a batch may also end every name that stands, as an amendment of all would."""
    indexes, names = [NameIndex()], list[Name]()
    for revision, (rows, ending) in enumerate(batches, start=1):
        ended = [(name.version, revision) for name in names if ending and name.ended == STANDING]
        if ending:
            names = [name._replace(ended=min(name.ended, revision)) for name in names]
        added = [Name(value, actor, revision, primary, revision) for value, actor, primary in rows]
        names += added
        indexes.append(indexes[-1].extend(added, ended))
    return indexes, names


def matches(query: str, name: Name) -> bool:
    *whole, begun = fold(query).split()
    own = fold(name.value).split()
    return set(whole) <= set(own) and any(word.startswith(begun) for word in own)


def rank(query: str, name: Name) -> tuple[int, int, bool, int]:
    own, asked = fold(name.value), fold(query)
    tier = 0 if own == asked else 1 if own.startswith(asked) else 2
    return tier, len(own), not name.primary, name.actor


@given(batches, values, st.data())
def test_every_revision_answers_as_a_plain_scan_does(
    batches: list[tuple[list[tuple[str, int, bool]], bool]], query: str, data: st.DataObject
) -> None:
    indexes, names = history(batches)
    assert len(indexes[-1]) == len(names)
    k = data.draw(st.integers(0, len(batches)))
    found = [name for name in names if name.written <= k < name.ended and matches(query, name)]
    ranked = [name.actor for name in sorted(found, key=lambda name: rank(query, name))]
    for index in indexes[k:]:
        assert index.matching(query, k).tolist() == sorted(set(ranked))
        assert [hit.actor for hit in index.prefix(query, k)] == list(dict.fromkeys(ranked))


@given(batches, values)
def test_search_begins_with_what_is_suggested(
    batches: list[tuple[list[tuple[str, int, bool]], bool]], query: str
) -> None:
    index = history(batches)[0][-1]
    hits = index.fuzzy(query, len(batches), 4)
    suggestions = list(islice(index.prefix(query, len(batches)), 4))
    assert hits[: len(suggestions)] == suggestions
    assert len({hit.actor for hit in hits}) == len(hits) <= 4
    assert all(0 < hit.score <= 1 for hit in hits)


@pytest.mark.parametrize(
    ("value", "query", "marked"),
    [
        ("Sergei Lavrov", "lavrov", ["Lavrov"]),
        ("Сергей Лавров", "lav", ["Лав"]),
        ("“We don’t see any bright future,” Lavrov said. Bright!", "bright lav", ["bright", "Lav", "Bright"]),
        ("Co\u0302te d’Ivoire", "cot iv", ["Iv"]),
        ("Co\u0302te d’Ivoire", "cot", ["Co\u0302t"]),
        ("Straße", "strass", ["Straß"]),
        ("中国人民", "中国", ["中国"]),
        ("sanctions, a sanction", "sanction on", ["sanction"]),
        ("Lavrov said", "Lavorv sa", ["Lavrov", "sa"]),
        ("Щербаков", "s", ["Щ"]),
        ("nothing here", "lavrov", []),
        ("", "x", []),
        ("x", "", []),
        ("x", "—", []),
    ],
)
def test_matched_words_are_marked_in_the_text_as_it_stands(value: str, query: str, marked: list[str]) -> None:
    assert [value[start:end] for start, end in highlight(value, query)] == marked


@given(st.text(), st.text(max_size=8))
def test_marks_lie_in_the_text_apart_and_in_order(value: str, query: str) -> None:
    value = tidy(value)
    ranges = highlight(value, query)
    edges = [edge for one in ranges for edge in one]
    assert edges == sorted(set(edges))
    assert all(0 <= edge <= len(value) for edge in edges)
