"""Bytes that were made once and are good for ever, as many as there is room for.

What is kept is named by all that it was made of, so it never goes stale and is never dropped for being wrong: when a
name, a merge or a claim changes, the same relation is asked for by another key.

There are two generations. What is made goes to the young one; when that is full it becomes the old one, and what was
in there and has not been asked for since is forgotten. So keeping costs two look-ups, and no list of who came when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

__all__ = ["Few", "Kept", "Shown"]

_ROOM: Final = 24 * 1024 * 1024
"""Bytes of a generation of relations; of the others, an eighth of that."""
_APIECE: Final = 190
"""What Python needs beside the bytes of a string: its header, the key and the entry."""

T = TypeVar("T")


class Kept:
    """Byte strings by key. Threads may share it: at worst something is made twice."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._left = room
        self._young: dict[Hashable, bytes] = {}
        self._old: dict[Hashable, bytes] = {}

    def many(self, keys: Sequence[Hashable], make: Callable[[list[int]], Sequence[bytes]]) -> list[bytes]:
        """What is kept under keys; of what is not, `make` is told the places in `keys`, and what it makes is kept."""
        found = list(map(self._young.get, keys))
        missing = [at for at, one in enumerate(found) if one is None] if None in found else []
        if missing:
            old = self._old
            for at in missing:
                found[at] = old.get(keys[at])
            unknown = [at for at in missing if found[at] is None]
            for at, one in zip(unknown, make(unknown) if unknown else (), strict=True):
                found[at] = one
            self._keep([(keys[at], found[at]) for at in missing])  # type: ignore[misc]  # none of these is None now
        return found  # type: ignore[return-value]  # nor of those

    def _keep(self, pairs: Sequence[tuple[Hashable, bytes]]) -> None:
        if self._left <= 0:
            self._old, self._young, self._left = self._young, {}, self._room
        self._young.update(pairs)
        self._left -= sum(len(one) for _, one in pairs) + _APIECE * len(pairs)


class Shown:
    """What was shown of tables before, as JSON. Their rows never change, so it is good as long as they are."""

    def __init__(self) -> None:
        self.relations = Kept(_ROOM)
        self.actors, self.documents, self.outcomes = (Kept(_ROOM // 8) for _ in range(3))


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
