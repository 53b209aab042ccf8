"""The mesh: what every two actors come to, so that whoever asks who is around an actor need not pass over relations.

1. A pair is two different actors, merges resolved, in the order in which relations between them are written: source,
   target. It holds what `graph.snapshot.tally` makes of these: how many of each class, how intense, from when to when.
2. Beside it stand an actor's `others`: with whom it has to do, whichever way relations run, and how often.
3. All of it follows from the relations that match a scope, as known at one revision, and is carried forward to another
   by the pairs that were touched in between. Whatever is answered from it is the same as from the relations.

Memory: about 40 bytes a pair, and what was shown or looked for last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from graph.snapshot.columns import NONE, distinct
from graph.snapshot.find import Wanted, matching
from graph.snapshot.lineup import line_up
from graph.snapshot.links import breadth, foremost, links
from graph.snapshot.tally import Tally, tally
from graph.snapshot.touched import counting, touched

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from graph.snapshot.view import View

__all__ = ["Led", "Mesh", "carried", "keys_of", "woven"]

_FAR: Final = 2**32 - 1
"""The bits of a key that hold the far end; the near one stands above them."""
_TOLD: Final = 50_000
_FOREMOST: Final = 4_000
"""How many edges, and how many actors' foremost others, are kept."""


def keys_of(near: np.ndarray, far: np.ndarray) -> np.ndarray:
    """Ordered pairs of actor records as one number each, which sorts as they do."""
    keys: np.ndarray = near.astype(np.int64) << 32 | far
    return keys


class Led(NamedTuple):
    """With whom an actor has most relations, most first, ties by id, and how many; `limit` of them were asked for."""

    far: np.ndarray
    counts: np.ndarray
    limit: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Pairs in compressed rows, far ends ascending in each, and columns beside them."""

    starts: np.ndarray
    far: np.ndarray
    columns: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, keys: np.ndarray, columns: Sequence[np.ndarray], size: int) -> Rows:
        """Of keys that ascend, with rows for so many actors."""
        starts = np.searchsorted(keys, np.arange(size + 1) << 32)
        return cls(starts, (keys & _FAR).astype(np.int32), tuple(map(_narrow, columns)))

    def row(self, actor: int) -> slice:
        """Where an actor's pairs are."""
        return slice(int(self.starts[actor]), int(self.starts[actor + 1]))

    def places(self, actor: int, far: np.ndarray) -> np.ndarray:
        """Where an actor's pairs with others are, `NONE` where there is none. O(others log n)."""
        own = self.row(actor)
        if own.start == own.stop:
            return np.full(len(far), NONE)
        row = self.far[own]
        at = np.minimum(row.searchsorted(far), len(row) - 1)
        return np.where(row[at] == far, at + own.start, NONE)

    def found(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where keys are or would be put in, and which of them are there. O(keys log n): all are bisected together."""
        near, far = keys >> 32, keys & _FAR
        low, end = (self.starts[np.minimum(near + on, len(self.starts) - 1)] for on in (0, 1))
        high, last = end, max(len(self.far) - 1, 0)
        while (open_ := low < high).any():
            middle = (low + high) // 2
            less = open_ & (self.far[np.minimum(middle, last)] < far)
            low, high = np.where(less, middle + 1, low), np.where(open_ & ~less, middle, high)
        there = low < end
        there[there] = self.far[low[there]] == far[there]
        return low, there

    def spliced(self, keys: np.ndarray, left: np.ndarray, columns: Sequence[np.ndarray], size: int) -> Rows:
        """The same with other values at some keys, which ascend, or none at those not `left`. O(pairs), as copies."""
        at, there = self.found(keys)
        starts = np.append(self.starts, np.full(size + 1 - len(self.starts), self.starts[-1]))
        starts[1:] += np.cumsum(np.bincount(keys >> 32, left.astype(np.int64) - there, size).astype(np.int64))
        cuts = list(zip(at.tolist(), (at + there).tolist(), left.tolist(), strict=True))
        far, *others = (
            _cut(old, cuts, new) for old, new in zip((self.far, *self.columns), (keys & _FAR, *columns), strict=True)
        )
        return Rows(starts, far, tuple(others))


def _cut(old: np.ndarray, cuts: list[tuple[int, int, bool]], new: np.ndarray) -> np.ndarray:
    """A column in which stretches, each up to one value long, make way for new values, or for nothing."""
    new = new.astype(np.promote_types(old.dtype, _narrow(new).dtype))
    parts, since = [], 0
    for at, (begin, end, stays) in enumerate(cuts):
        parts.append(old[since:begin])
        if stays:
            parts.append(new[at : at + 1])
        since = end
    return np.concatenate([*parts, old[since:]])


class Mesh:
    """What every two actors come to, by records. Threads may share it: at worst something is made twice."""

    def __init__(self, revision: int, pairs: Rows, others: Rows) -> None:
        self.revision = revision
        self.pairs = pairs
        """By source; the columns of a `Tally`."""
        self.others = others
        """By either end; one column, the counts."""
        self._told: dict[int, bytes] = {}
        self._foremost: dict[int, Led] = {}

    def breadth(self, actor: int) -> int:
        """How many others an actor has to do with."""
        return int(self.others.starts[actor + 1] - self.others.starts[actor])

    def linked(self, actors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """With whom each of some actors, which ascend, has to do: both ends of each pair, which ascend. O(pairs)."""
        begin, end = self.others.starts[actors], self.others.starts[actors + 1]
        lengths = end - begin
        places = np.arange(lengths.sum()) + np.repeat(end - np.cumsum(lengths), lengths)
        return np.repeat(actors.astype(np.int64), lengths), self.others.far[places].astype(np.int64)

    def foremost(self, view: View, actor: int, limit: int) -> Led:
        """With whom an actor has most relations: the first `limit`, or more. O(others), or O(1) if asked again."""
        found = self._foremost.get(actor)
        if found is None or found.limit < limit:
            own, limit = self.others.row(actor), 1 << (limit - 1).bit_length()
            far, counts = self.others.far[own], self.others.columns[0][own].astype(np.int64)
            chosen = foremost(view, far, counts, limit)
            found = Led(far[chosen], counts[chosen], limit)
            if len(self._foremost) >= _FOREMOST:
                self._foremost = {}
            self._foremost[actor] = found
        return found

    def tally(self, places: np.ndarray) -> Tally:
        """What pairs come to, by their places."""
        return Tally(places, *(column[places].astype(np.int64) for column in self.pairs.columns))

    def told(self, keys: np.ndarray, make: Callable[[np.ndarray], list[bytes]]) -> list[bytes]:
        """Pairs as they are shown: `make` is given the numbers of those that were not shown before."""
        known, numbers = self._told, keys.tolist()
        found = [known.get(key, b"") for key in numbers]
        missing = [at for at, each in enumerate(found) if not each]
        if missing:
            made = make(np.array(missing))
            for at, each in zip(missing, made, strict=True):
                found[at] = each
            if len(known) + len(made) > _TOLD:
                known = self._told = {}
            known.update((numbers[at], each) for at, each in zip(missing, made, strict=True))
        return found

    def inherit(self, other: Mesh, moved: np.ndarray) -> None:
        """Keep what an earlier mesh has kept, but for pairs that have moved since."""
        self._told, self._foremost = other._told.copy(), other._foremost.copy()
        for key in moved.tolist():
            self._told.pop(key, None)
        for actor in distinct(np.concatenate((moved >> 32, moved & _FAR))).tolist():
            self._foremost.pop(actor, None)


def woven(view: View, wanted: Wanted) -> Mesh:
    """The mesh of the relations that match. O(relations log relations)."""
    rows = matching(view, line_up(view, None), wanted).rows
    told = _tally(view, rows)
    size = len(view.tables.actors)
    pairs = Rows.of(told.keys, _columns(told), size)
    back = _back(told.keys)
    both, at = np.unique(np.concatenate((told.keys, back)), return_inverse=True)
    counts = np.bincount(at, np.tile(told.counts, 2), len(both)).astype(np.int64)
    return Mesh(view.k, pairs, Rows.of(both, (counts,), size))


def carried(mesh: Mesh, view: View, wanted: Wanted, most: int) -> Mesh | None:
    """The mesh at a later revision; None if more than `most` relations were touched, or any may have been.

    O(pairs), as copies, and O(relations between actors that lost any).
    """
    before = view.snapshot.view(mesh.revision)
    records = touched(before, view)
    if records is None or len(records) > most:
        return None
    gone, come = (counting(at, records, wanted) for at in (before, view))
    gone, come = np.setdiff1d(gone, come), np.setdiff1d(come, gone)
    lost, added = _tally(view, gone).keys, _tally(view, come)
    anew = _tally(view, _between(view, lost, wanted))
    anew = _only(anew, np.isin(anew.keys, lost))
    moved = distinct(np.concatenate((lost, added.keys)))
    more = _only(added, ~np.isin(added.keys, lost))
    told = _sorted(anew, _together(mesh, more))
    size = len(view.tables.actors)
    pairs = mesh.pairs.spliced(*_spread(moved, told), size)
    either = distinct(np.concatenate((moved, _back(moved))))
    counts = _counts(pairs, either) + _counts(pairs, _back(either))
    result = Mesh(view.k, pairs, mesh.others.spliced(either, counts > 0, (counts,), size))
    result.inherit(mesh, moved)
    return result


def _spread(keys: np.ndarray, told: Tally) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """What some of the keys come to, as columns of all: the keys, which they are, the columns."""
    at = np.searchsorted(keys, told.keys)
    left = np.zeros(len(keys), np.bool_)
    left[at] = True
    columns = [np.zeros((len(keys), *column.shape[1:]), np.int64) for column in _columns(told)]
    for column, values in zip(columns, _columns(told), strict=True):
        column[at] = values
    return keys, left, columns


def _tally(view: View, rows: np.ndarray) -> Tally:
    """Relations added up by pair, those of an actor to itself left out."""
    relations = view.tables.relations
    source, target = view.resolve(relations.source[rows]), view.resolve(relations.target[rows])
    apart = source != target
    return tally(view, rows[apart], keys_of(source[apart], target[apart]))


def _columns(told: Tally) -> tuple[np.ndarray, ...]:
    return told.classes, told.tenths, told.first, told.last


def _only(told: Tally, mask: np.ndarray) -> Tally:
    return Tally(told.keys[mask], *(column[mask] for column in _columns(told)))


def _sorted(one: Tally, other: Tally) -> Tally:
    """Two that share no key, as one."""
    keys = np.concatenate((one.keys, other.keys))
    order = np.argsort(keys)
    columns = (np.concatenate(pair)[order] for pair in zip(_columns(one), _columns(other), strict=True))
    return Tally(keys[order], *columns)


def _together(mesh: Mesh, more: Tally) -> Tally:
    """What pairs come to with some relations more."""
    at, there = mesh.pairs.found(more.keys)
    classes, tenths, first, last = (column.copy() for column in _columns(more))
    old = mesh.tally(at[there])
    classes[there] += old.classes
    tenths[there] += old.tenths
    first[there] = np.minimum(first[there], old.first)
    last[there] = np.maximum(last[there], old.last)
    return Tally(more.keys, classes, tenths, first, last)


def _between(view: View, keys: np.ndarray, wanted: Wanted) -> np.ndarray:
    """The relations of pairs, and others, each once; looked for at the end of each that has fewer."""
    near, far = keys >> 32, keys & _FAR
    fewer = np.where(breadth(view, near) <= breadth(view, far), near, far)
    marks = np.zeros(len(view.tables.actors), np.bool_)
    marks[near + far - fewer] = True
    return distinct(links(view, distinct(fewer), wanted, to=marks).rows)


def _back(keys: np.ndarray) -> np.ndarray:
    """The keys of the same pairs, the other way."""
    return keys_of(keys & _FAR, keys >> 32)


def _counts(pairs: Rows, keys: np.ndarray) -> np.ndarray:
    """How many relations pairs have, by key."""
    at, there = pairs.found(keys)
    counts = np.zeros(len(keys), np.int64)
    counts[there] = pairs.columns[0][at[there]].sum(axis=1)
    return counts


def _narrow(values: np.ndarray) -> np.ndarray:
    """The same in as few bytes as they take."""
    least, greatest = int(values.min(initial=0)), int(values.max(initial=0))
    fitting = (kind for kind in (np.uint16, np.int32) if np.iinfo(kind).min <= least and greatest <= np.iinfo(kind).max)
    return values.astype(next(fitting, np.int64))
