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

from collections.abc import Iterable, Iterator
from functools import reduce
from heapq import merge

import numpy as np

from graph.search.part import Hit, Indexed, Name, Numbers, Order, Part, Spelled
from graph.text import fold

__all__ = ["NameIndex"]

_GROWTH = 8  # a part swallows the one before it unless that is so many times larger


class NameIndex:
    """All names of all actors, as of any revision. Safe to read from any thread while one other extends it."""

    def __init__(self, parts: tuple[Part, ...] = ()) -> None:
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
            parts.append(Part(names.sorted()))
        revisions = dict(ended)
        for part in parts if revisions else ():
            part.end(revisions)
        return NameIndex(tuple(parts))

    def whole(self) -> tuple[Spelled, Indexed]:
        """All names as one part: what `NameIndex.of` makes an index of. O(n log n) if they are several."""
        if len(self._parts) != 1:
            names = reduce(Spelled.and_then, (part.spelled for part in self._parts), Spelled.of(()))
            return (one := Part(names.sorted())).spelled, one.indexed
        return self._parts[0].spelled, self._parts[0].indexed

    @classmethod
    def of(cls, names: Spelled, indexed: Indexed) -> NameIndex:
        """An index that begins with names that were sorted and indexed before. O(1)."""
        return cls((Part(names, indexed),))

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
