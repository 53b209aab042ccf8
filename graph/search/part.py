"""Names in columns: sorted, with the rows of each word, and what of them a query matches or resembles."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from graph.text import fold

__all__ = ["STANDING", "Hit", "Indexed", "Name", "Numbers", "Order", "Part", "Spelled", "errors_in"]

STANDING = int(np.iinfo(np.int32).max)
"""The `ended` of a name that nothing has ended."""

_AFTER_LETTERS = "{"  # sorts after every folded letter, digit and space: the end of what begins with a word
_LONGEST = 4095  # names of more letters count as this long
_LETTERS_PER_ERROR = 3
_MOST_ERRORS = 3
_LEAST_RESEMBLANCE = 0.6
_FEW = 16  # one in so many
_BEGINS, _MATCHES = 0.9, 0.8  # the scores above which names lie that begin with the query, or match it otherwise

Numbers = NDArray[np.int64] | NDArray[np.int32]
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

    folded: Sequence[str]
    values: Sequence[str]
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
        columns = list(self.folded), list(self.values)
        order = sorted(range(len(self.folded)), key=columns[0].__getitem__)
        folded, values = ([column[row] for row in order] for column in columns)
        numbers = (self.actors[order], self.versions[order], self.secondary[order], self.written[order])
        return Spelled(folded, values, *numbers, self.ended[order])

    def and_then(self, other: Spelled) -> Spelled:
        """These and those behind them."""
        return Spelled(
            [*self.folded, *other.folded],
            [*self.values, *other.values],
            *(np.concatenate(both) for both in zip(self[2:], other[2:], strict=True)),
        )


class Indexed(NamedTuple):
    """What follows from sorted names: how long they are and which letters they have, and the same of their words.

    Words are distinct and in order. The rows of one ascend, and lie in `rows` from one of `starts` to the next. Letters
    are bits. Cost: O(n log n) once.
    """

    lengths: NDArray[np.int32]
    letters: NDArray[np.uint64]
    words: Sequence[str]
    spelling: NDArray[np.uint64]
    starts: NDArray[np.int32]
    rows: NDArray[np.int32]

    @classmethod
    def of(cls, folded: Sequence[str]) -> Indexed:
        """What follows from these."""
        apart = [dict.fromkeys(name.split()) for name in folded]
        words = sorted({word for own in apart for word in own})
        numbers = {word: number for number, word in enumerate(words)}
        counts = list(map(len, apart))
        each = np.fromiter((numbers[word] for own in apart for word in own), np.int32, sum(counts))
        rows = np.repeat(np.arange(len(counts), dtype=np.int32), counts)[np.argsort(each, kind="stable")]
        starts = np.concatenate(([0], np.cumsum(np.bincount(each, minlength=len(words))))).astype(np.int32)
        lengths = np.minimum(np.fromiter(map(len, folded), np.int32, len(folded)), _LONGEST)
        return cls(lengths, _letters(folded), words, _letters(words), starts, rows)


class Hit(NamedTuple):
    """An actor that was found, by which of its names, and how well (1 is the exact name)."""

    actor: int
    score: float
    name: str


class Part:
    """Names sorted by their folded form, as columns, and the rows of each distinct word."""

    def __init__(self, spelled: Spelled, indexed: Indexed | None = None) -> None:
        self.spelled, self.indexed = spelled, indexed or Indexed.of(spelled.folded)
        self.folded, self.names, self.actors, self.versions, self.secondary, self.written, self.ended = spelled
        self.lengths, self._letters, self.words, self._spelling, self._starts, self._rows = self.indexed

    def end(self, revisions: dict[int, int]) -> None:
        """Set the end of the names of these versions, where it is not set yet."""
        here = np.isin(self.versions, list(revisions)) & (self.ended == STANDING)
        for row in np.flatnonzero(here).tolist():
            self.ended[row] = revisions[int(self.versions[row])]

    def standing(self, rows: Numbers, revision: int) -> Numbers:
        """Keep the rows whose names stand at a revision."""
        return rows[(self.written[rows] <= revision) & (revision < self.ended[rows])]

    def matching(self, wanted: Sequence[str]) -> Numbers:
        """Find the rows that have all the words, the last perhaps only begun; ascending. O(rows of the last)."""
        rows = self._once(self._begun(wanted[-1]) if wanted else self._rows[:0])
        for word in wanted[:-1]:
            rows = _both(rows, self._having(bisect_left(self.words, word), bisect_right(self.words, word)))
        return rows

    def _once(self, rows: NDArray[np.int32]) -> Numbers:
        """Rows ascending, each once: few are sorted, many are marked."""
        if len(rows) * _FEW < len(self.names):
            ordered = np.sort(rows)
            new = np.ones(len(ordered), np.bool_)
            np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
            return ordered[new]
        marked = np.zeros(len(self.names), np.bool_)
        marked[rows] = True
        return np.flatnonzero(marked)

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
        yield from self._tier(0, np.arange(first, exact), query, revision, order)
        yield from self._tier(1, np.arange(exact, stop), query, revision, order)
        rows = self.matching(query.split())
        yield from self._tier(2, rows[(rows < first) | (rows >= stop)], query, revision, order)

    def _tier(
        self, tier: int, rows: Numbers, query: str, revision: int, order: Order
    ) -> Iterator[tuple[int, str | int, Hit]]:
        """Order the standing rows of one tier: shorter, then primary, then as the caller orders actors, each once."""
        if not len(rows):  # as in most tiers: what follows takes some time even of none
            return
        rows = self.standing(rows, revision)
        rank = (self.lengths[rows] * 2 + self.secondary[rows]).astype(np.uint16)  # small enough for numpy's radix sort
        at = np.argsort(rank, kind="stable")
        rows, rank = rows[at], rank[at]
        start = 0
        while start < len(rows):
            end = int(np.searchsorted(rank, rank[start], "right"))
            score = _score(tier, len(query), int(self.lengths[rows[start]]))
            best: dict[int, int] = {}
            for actor, row in zip(self.actors[rows[start:end]].tolist(), rows[start:end].tolist(), strict=True):
                if actor not in best or self.names[row] < self.names[best[actor]]:
                    best[actor] = row
            for place, actor in sorted((order(actor), actor) for actor in best):
                yield tier * 2**16 + int(rank[start]), place, self._hit(best[actor], score)
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
            near, share = _near(word, self.words, self._spelling)
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
        near, share = _near(query, self.folded, self._letters)
        whole[near] = share
        return whole

    def _hit(self, row: int, score: float) -> Hit:
        return Hit(int(self.actors[row]), round(score, 4), self.names[row])


def _range(ordered: Sequence[str], begun: str) -> tuple[int, int]:
    """Where what begins with a text begins and ends. O(log n): the end is looked for close by first."""
    first, reach, behind = bisect_left(ordered, begun), 1, begun + _AFTER_LETTERS
    while first + reach < len(ordered) and ordered[first + reach] < behind:
        reach *= 2
    return first, bisect_left(ordered, behind, first + reach // 2, min(first + reach, len(ordered)))


def _both(some: Numbers, others: Numbers) -> Numbers:
    """What is in both, each ascending. O(the fewer x log of the more)."""
    few, many = sorted((some, others), key=len)
    if not len(few):
        return few
    both: Numbers = few[many[np.minimum(np.searchsorted(many, few), len(many) - 1)] == few]
    return both


def _score(tier: int, asked: int, length: int) -> float:
    return 1.0 if tier == 0 else (_BEGINS, _MATCHES)[tier - 1] + 0.1 * min(1, asked / length)


def _near(
    word: str, choices: Sequence[str], letters: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find the places of the choices that typing errors explain, and how alike each is: 1 is the same.

    An error brings in a letter at most, and takes one out: whatever differs in more letters is not looked at.
    """
    errors = errors_in(word)
    near = np.flatnonzero(np.bitwise_count(letters ^ _letters([word])) <= 2 * errors)
    read = [choices[at] for at in near.tolist()]
    distance = cdist([word], read, scorer=OSA.distance, score_cutoff=errors, dtype=np.uint8)[0]
    alike = distance <= errors
    return near[alike], 1 - distance[alike] / max(1, len(word))


def _letters(texts: Sequence[str]) -> NDArray[np.uint64]:
    """Which letters, digits and gaps folded texts have, as bits: the last six of their codes tell them apart."""
    if not texts:
        return np.empty(0, np.uint64)
    codes = np.frombuffer("".join(f"{text} " for text in texts).encode(), np.uint8)
    starts = np.cumsum([0, *(len(text) + 1 for text in texts[:-1])])
    letters: NDArray[np.uint64] = np.bitwise_or.reduceat(np.uint64(1) << (codes & 63).astype(np.uint64), starts)
    return letters


def errors_in(word: str) -> int:
    """How many typing errors a word may have."""
    return min(len(word) // _LETTERS_PER_ERROR, _MOST_ERRORS) if len(word) > _LETTERS_PER_ERROR else 0
