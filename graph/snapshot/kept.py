"""Bytes that were made once and are good for ever, as many as there is room for.

What is kept is named by all that it was made of, so it never goes stale and is never dropped for being wrong: when a
name, a merge or a claim changes, the same relation is asked for by another key.

There are two generations. What is asked for moves to the young one; when that is full it becomes the old one, and what
was in there and has not been asked for since is forgotten. So keeping costs two look-ups, and no list of who came when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["Few", "Kept"]

_ROOM: Final = 24 * 1024 * 1024
"""Bytes of a generation."""
_APIECE: Final = 260
"""What Python needs beside the bytes of two strings, their tuple, the key and the entry."""

Halves = tuple[bytes, bytes]
T = TypeVar("T")


class Kept:
    """Pairs of byte strings by key. Threads may share it: at worst something is made twice."""

    def __init__(self, room: int = _ROOM) -> None:
        self._room = room
        self._left = room
        self._young: dict[bytes, Halves] = {}
        self._old: dict[bytes, Halves] = {}

    def get(self, key: bytes) -> Halves | None:
        """What is kept under a key."""
        found = self._young.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.keep(key, found)
        return found

    def keep(self, key: bytes, halves: Halves) -> None:
        """Keep it under a key."""
        if self._left <= 0:
            self._old, self._young, self._left = self._young, {}, self._room
        self._young[key] = halves
        self._left -= len(halves[0]) + len(halves[1]) + _APIECE


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
