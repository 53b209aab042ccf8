"""The names of actors, in memory: as they are typed, as a filter, and forgiving of spelling, script and typos.

Everything is compared folded (`graph.text`), word by word, and at a revision k: a name counts iff written <= k < ended.

1. A query *matches* a name iff each of its words is a word of that one name, in any order, the last of them perhaps
   only begun. A query without a letter or digit matches nothing.
2. Matches rank: the exact name, then names that begin with the whole query, then the others; among these the shorter
   name, then primary names, then the caller's order of actors.
3. A query *resembles* a name iff typing errors explain the difference: none in a word of up to three letters, else one
   per three letters, at most three; or as much in the whole name, so that words may be run together or parted. Words
   that the name lacks are forgiven while the others make up three fifths of the query.

A part of the index is immutable but for `ended`, which is set once: a reader at an earlier revision never sees that. A
part holds its names sorted, and for each distinct word the rows that have it, words in order, so that the names with a
word that begins in some way are one slice. New names make a part of their own; it swallows the parts before it that are
not much larger, so there are few, and each name is moved a logarithmic number of times.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from graph.text import fold, fold_with_places

STANDING = int(np.iinfo(np.int32).max)
"""The `ended` of a name that nothing has ended."""

_GROWTH = 8  # a part swallows the one before it unless that is so many times larger
_AFTER_LETTERS = "{"  # sorts after every folded letter, digit and space: the end of what begins with a word
_LONGEST = 4095  # names of more letters count as this long
_LETTERS_PER_ERROR = 3
_MOST_ERRORS = 3
_LEAST_RESEMBLANCE = 0.6
_BEGINS, _MATCHES = 0.9, 0.8  # the scores above which names lie that begin with the query, or match it otherwise

Numbers = NDArray[np.int64]
Order = Callable[[int], str | int]


class Name(NamedTuple):
    """One name of one version of an actor, and the revisions `[written, ended)` at which it stood."""

    value: str
    actor: int
    version: int
    primary: bool
    written: int
    ended: int = STANDING


class Spelled(NamedTuple):
    """Names in columns: folded, as they are written, and what else `Name` tells of each."""

    folded: list[str]
    values: list[str]
    actors: NDArray[np.int32]
    versions: NDArray[np.int32]
    secondary: NDArray[np.bool_]
    written: NDArray[np.int32]
    ended: NDArray[np.int32]

    @classmethod
    def of(cls, names: Iterable[Name]) -> Spelled:
        """Names, folded."""
        values, actors, versions, primary, written, ended = list(zip(*names, strict=True)) or ((),) * 6
        numbers = (np.array(column, np.int32) for column in (actors, versions, written, ended))
        actor, version, began, end = numbers
        secondary = ~np.array(primary, np.bool_)
        return cls([fold(value) for value in values], list(values), actor, version, secondary, began, end)

    def sorted(self) -> Spelled:
        """The same by their folded forms. O(n) if they are few sorted stretches one after another."""
        order = sorted(range(len(self.folded)), key=self.folded.__getitem__)
        folded, values = ([column[row] for row in order] for column in (self.folded, self.values))
        numbers = (self.actors[order], self.versions[order], self.secondary[order], self.written[order])
        return Spelled(folded, values, *numbers, self.ended[order])

    def and_then(self, other: Spelled) -> Spelled:
        """These and those behind them."""
        return Spelled(
            self.folded + other.folded,
            self.values + other.values,
            *(np.concatenate(both) for both in zip(self[2:], other[2:], strict=True)),
        )


class Hit(NamedTuple):
    """An actor that was found, by which of its names, and how well (1 is the exact name)."""

    actor: int
    score: float
    name: str


class NameIndex:
    """All names of all actors, as of any revision. Safe to read from any thread while one other extends it."""

    def __init__(self, parts: tuple[_Part, ...] = ()) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(len(part.names) for part in self._parts)

    def extend(self, names: Iterable[Name], ended: Iterable[tuple[int, int]] = ()) -> NameIndex:
        """Return an index with more names, and with the end of versions set: `ended` has (version, revision) pairs.

        Both indexes share their parts. Costs O(log n) a name, amortised, and O(n) bytes looked at if a version ended.
        """
        return self.grown(Spelled.of(names), ended)

    def grown(self, names: Spelled, ended: Iterable[tuple[int, int]] = ()) -> NameIndex:
        """The same with names in columns, in any order."""
        parts = list(self._parts)
        if names.folded:
            while parts and len(parts[-1].names) < _GROWTH * len(names.folded):
                names = parts.pop().spelled.and_then(names)
            parts.append(_Part(names.sorted()))
        revisions = dict(ended)
        for part in parts if revisions else ():
            part.end(revisions)
        return NameIndex(tuple(parts))

    def matching(self, query: str, revision: int) -> Numbers:
        """Find the actors one of whose names the query matches, each once, ascending."""
        wanted = fold(query).split()
        found = [part.actors[part.standing(part.matching(wanted), revision)] for part in self._parts]
        actors = np.concatenate([np.empty(0, np.int32), *found])
        once = np.zeros(int(actors.max(initial=-1)) + 1, np.bool_)
        once[actors] = True
        return np.flatnonzero(once)

    def prefix(self, query: str, revision: int, order: Order = int) -> Iterator[Hit]:
        """Yield the actors that the query matches, best first, each once, by the best of its names.

        Take as many as needed: what is not taken is not ranked. `order` gives the sort value of an actor for ties.
        """
        folded = fold(query)
        streams = [part.ranked(folded, revision, order) for part in self._parts]
        seen = set()
        for *_, hit in merge(*streams):
            if hit.actor not in seen:
                seen.add(hit.actor)
                yield hit

    def fuzzy(self, query: str, revision: int, limit: int, order: Order = int) -> list[Hit]:
        """Find the actors that the query matches or resembles, best first, each once. O(names) if few match."""
        folded = fold(query)
        if not folded:
            return []
        best: dict[int, Hit] = {}
        for hit in self.prefix(query, revision, order):
            if len(best) >= limit:
                return list(best.values())
            best[hit.actor] = hit
        alike = [hit for part in self._parts for hit in part.resembling(folded, revision)]
        alike.sort(key=lambda hit: (-hit.score, len(hit.name), order(hit.actor), hit.name))
        for hit in alike:
            best.setdefault(hit.actor, hit)
        return list(best.values())[:limit]


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
        errors = _errors(word)
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


def _errors(word: str) -> int:
    return min(len(word) // _LETTERS_PER_ERROR, _MOST_ERRORS) if len(word) > _LETTERS_PER_ERROR else 0


class _Part:
    """Names sorted by their folded form, as columns, and the rows of each distinct word. Cost: O(n log n) once."""

    def __init__(self, spelled: Spelled) -> None:
        self.spelled = spelled
        self.folded, self.names, self.actors, self.versions, self.secondary, self.written, self.ended = spelled
        self.lengths = np.minimum(np.fromiter(map(len, self.folded), np.int64, len(self.folded)), _LONGEST)
        counts = [folded.count(" ") + 1 if folded else 0 for folded in self.folded]
        self.words = sorted({word for folded in self.folded for word in folded.split()})
        numbers = {word: number for number, word in enumerate(self.words)}
        each = np.fromiter((numbers[word] for folded in self.folded for word in folded.split()), np.int32, sum(counts))
        rows = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        self._rows = rows[np.argsort(each, kind="stable")]
        self._starts = np.concatenate(([0], np.cumsum(np.bincount(each, minlength=len(self.words)))))

    def end(self, revisions: dict[int, int]) -> None:
        """Set the end of the names of these versions, where it is not set yet."""
        here = np.isin(self.versions, list(revisions)) & (self.ended == STANDING)
        for row in np.flatnonzero(here).tolist():
            self.ended[row] = revisions[int(self.versions[row])]

    def standing(self, rows: Numbers, revision: int) -> Numbers:
        """Keep the rows whose names stand at a revision."""
        return rows[(self.written[rows] <= revision) & (revision < self.ended[rows])]

    def matching(self, wanted: Sequence[str]) -> Numbers:
        """Find the rows that have all the words, the last perhaps only begun; ascending."""
        matched = np.zeros(len(self.names), np.bool_)
        if wanted:
            matched[self._begun(wanted[-1])] = True
        for word in wanted[:-1]:
            having = np.zeros(len(self.names), np.bool_)
            having[self._having(bisect_left(self.words, word), bisect_right(self.words, word))] = True
            matched &= having
        return np.flatnonzero(matched)

    def _begun(self, word: str) -> NDArray[np.int32]:
        return self._having(*_range(self.words, word))

    def _having(self, first: int, stop: int) -> NDArray[np.int32]:
        return self._rows[self._starts[first] : self._starts[stop]]

    def ranked(self, query: str, revision: int, order: Order) -> Iterator[tuple[int, str | int, Hit]]:
        """Yield (rank, order, hit) ascending, for the names that the query matches; what is not taken costs nothing."""
        if not query:
            return
        first, stop = _range(self.folded, query)
        exact = bisect_right(self.folded, query, first, stop)
        yield from self._tier(0, self.standing(np.arange(first, exact), revision), query, order)
        yield from self._tier(1, self.standing(np.arange(exact, stop), revision), query, order)
        rows = self.matching(query.split())
        rows = rows[(rows < first) | (rows >= stop)]
        yield from self._tier(2, self.standing(rows, revision), query, order)

    def _tier(self, tier: int, rows: Numbers, query: str, order: Order) -> Iterator[tuple[int, str | int, Hit]]:
        """Order the rows of one tier: shorter, then primary, then as the caller orders actors."""
        rank = (self.lengths[rows] * 2 + self.secondary[rows]).astype(np.uint16)  # small enough for numpy's radix sort
        at = np.argsort(rank, kind="stable")
        rows, rank = rows[at], rank[at]
        start = 0
        while start < len(rows):
            end = int(np.searchsorted(rank, rank[start], "right"))
            score = _score(tier, len(query), int(self.lengths[rows[start]]))
            tied = [self._hit(row, score) for row in rows[start:end].tolist()]
            yield from sorted((tier * 2**16 + int(rank[start]), order(hit.actor), hit) for hit in tied)
            start = end

    def resembling(self, query: str, revision: int) -> list[Hit]:
        """Find the names that the query resembles, in no order."""
        resemblance = np.maximum(self._by_words(query), self._as_whole(query))
        rows = self.standing(np.flatnonzero(resemblance >= _LEAST_RESEMBLANCE), revision)
        return [self._hit(row, _MATCHES * float(resemblance[row])) for row in rows.tolist()]

    def _by_words(self, query: str) -> NDArray[np.float64]:
        """Tell for each name how much of the query its words resemble, longer words weighing more."""
        total = np.zeros(len(self.names))
        wanted = query.split()
        for at, word in enumerate(wanted):
            best = np.zeros(len(self.names))
            near, share = _near(word, self.words)
            for number, alike in zip(near.tolist(), share.tolist(), strict=True):
                rows = self._having(number, number + 1)
                best[rows] = np.maximum(best[rows], alike)
            if at == len(wanted) - 1:
                best[self._begun(word)] = 1
            total += best * len(word)
        letters = len(query) - len(wanted) + 1
        return total / letters * (_BEGINS + (1 - _BEGINS) * np.minimum(1, len(query) / np.maximum(1, self.lengths)))

    def _as_whole(self, query: str) -> NDArray[np.float64]:
        whole = np.zeros(len(self.names))
        near, share = _near(query, self.folded)
        whole[near] = share
        return whole

    def _hit(self, row: int, score: float) -> Hit:
        return Hit(int(self.actors[row]), round(score, 4), self.names[row])


def _range(ordered: Sequence[str], begun: str) -> tuple[int, int]:
    first = bisect_left(ordered, begun)
    return first, bisect_left(ordered, begun + _AFTER_LETTERS, first)


def _score(tier: int, asked: int, length: int) -> float:
    return 1.0 if tier == 0 else (_BEGINS, _MATCHES)[tier - 1] + 0.1 * min(1, asked / length)


def _near(word: str, choices: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find the places of the choices that typing errors explain, and how alike each is: 1 is the same."""
    errors = _errors(word)
    distance = cdist([word], choices, scorer=OSA.distance, score_cutoff=errors, dtype=np.uint8)[0]
    near = np.flatnonzero(distance <= errors)
    return near, 1 - distance[near] / max(1, len(word))
