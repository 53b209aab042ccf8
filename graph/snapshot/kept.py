"""Bytes that were made once and are good for ever, as many as there is room for.

What is kept is named by all that it was made of, so it never goes stale and is never dropped for being wrong: when a
name, a merge or a claim changes, the same relation is asked for by another key.

Most of it is named by a row or a revision, and stands in an array under that number (`Numbered`): no hash, and nothing
to compare. When the room is used up all of it is forgotten. What takes several numbers to name has two generations
(`Kept`). What is made goes to the young one; when that is full it becomes the old one, and what was in there and has
not been asked for since is forgotten. So keeping costs two look-ups, and no list of who came when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

__all__ = ["Few", "Kept", "Numbered", "Shown"]

_ROOM: Final = 16 * 1024 * 1024
"""Bytes of one kind of fragments, both generations together."""
_HEADER: Final = 40
"""What Python needs beside the bytes of a string."""
_APIECE: Final = _HEADER + 150
"""The same with a key and its entry."""

K = TypeVar("K", bound="Hashable")
T = TypeVar("T")


class Kept(Generic[K]):
    """Byte strings by key. Threads may share it: at worst something is made twice."""

    def __init__(self, room: int) -> None:
        self._room = room // 2
        self._left = self._room
        self._young: dict[K, bytes] = {}
        self._old: dict[K, bytes] = {}

    def many(self, keys: Sequence[K], make: Callable[[K], bytes]) -> list[bytes]:
        """What is kept under each key; what is not, `make` makes of its key."""
        found = list(map(self._young.get, keys))
        if None in found:
            old = self._old
            missing = {key: old.get(key) for key, one in zip(keys, found, strict=True) if one is None}
            made = {key: make(key) if one is None else one for key, one in missing.items()}
            self._keep(made)
            found = [made[key] if one is None else one for key, one in zip(keys, found, strict=True)]
        return found  # type: ignore[return-value]  # none of them is None now

    def _keep(self, made: Mapping[K, bytes]) -> None:
        if self._left <= 0:
            self._old, self._young, self._left = self._young, {}, self._room
        self._young.update(made)
        self._left -= sum(map(len, made.values())) + _APIECE * len(made)


class Numbered:
    """Byte strings by number. Threads may share it, as above."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._left = room
        self._made = np.empty(0, object)

    def many(self, numbers: np.ndarray, count: int, make: Callable[[np.ndarray], Sequence[bytes]]) -> list[bytes]:
        """What is kept under each number, below `count` or -1; of those of what is not, `make` makes all at once."""
        made = self._made
        if len(made) <= count or self._left <= 0:  # one more than there are: -1 is the last
            made = self._made = np.empty(2 * count + 1, object)  # takes no memory where nothing is kept
            self._left = self._room
        numbers = numbers.astype(np.intp)
        found: list[Any] = made[numbers].tolist()
        if None in found:
            new = dict.fromkeys(number for number, one in zip(numbers.tolist(), found, strict=True) if one is None)
            missing = np.array(list(new))
            fresh = made[missing] = make(missing)
            self._left -= sum(map(len, fresh)) + _HEADER * len(fresh)
            found = made[numbers].tolist()
        return found


class Shown:
    """Fragments of JSON that rows of the tables were shown as. The rows never change, so they are good for ever.

    Actors and datasets are kept by row, documents by their row and the one that names their publisher, outcomes by row
    of the evidence, clocks by version, first and last revision, or by the first alone if there is nothing else to tell.
    """

    def __init__(self) -> None:
        self.actors, self.datasets, self.outcomes, self.firsts = (Numbered(_ROOM) for _ in range(4))
        self.documents = Kept[tuple[int, int]](_ROOM)
        self.clocks = Kept[tuple[int, int, int]](_ROOM)


class Few(Generic[T]):
    """What was worked out for the keys that were asked for last. Threads may share it, as above."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: dict[Hashable, T] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under a key, made first if there is nothing."""
        found = self._kept.pop(key, None)
        if found is None:
            found = make()
        self._kept[key] = found
        for oldest in list(self._kept)[: -self._room]:
            self._kept.pop(oldest, None)
        return found
