"""Where a text has what was looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rapidfuzz.distance import OSA

from graph.search.part import errors_in
from graph.text import fold, fold_with_places

__all__ = ["highlight"]


def highlight(value: str, query: str) -> list[tuple[int, int]]:
    """Find where a text has the words of a query: ranges `[start, end)` of its code points, ascending, apart.

    A word of the text is marked if it is a word of the query, or as far as it begins with the query's last; where a
    word of the query occurs in neither way, words that resemble it are marked.
    """
    folded, places = fold_with_places(value)
    wanted = fold(query).split()
    words = list(_placed_words(folded))
    marks = []
    for at, word in enumerate(wanted):
        begun = at == len(wanted) - 1
        found = [(start, start + len(word)) for start, own in words if own == word or (begun and own.startswith(word))]
        errors = errors_in(word)
        marks += found or [
            (start, start + len(own)) for start, own in words if OSA.distance(word, own, score_cutoff=errors) <= errors
        ]
    return _joined(sorted((places[start][0], places[end - 1][1]) for start, end in marks))


def _placed_words(folded: str) -> Iterator[tuple[int, str]]:
    start = 0
    for word in folded.split():
        yield start, word
        start += len(word) + 1


def _joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in ranges:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
