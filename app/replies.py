"""What was answered last, for whoever asks the same again before anything is written.

1. An answer of a pure question follows from its address, the snapshot's revision and, if it said `today`, the day.
   Under these it is kept; nothing is ever taken back, for after a write nobody asks under the old revision.
2. It is kept if its address was asked for before: most are asked for once, and would push out what is asked again.
   What was asked for longest ago makes room; an answer that is a large part of that room is not kept.
3. Whether the client's own copy is good is decided anew each time, by the tag that is kept with the answer.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

from app import conditional, problems

if TYPE_CHECKING:
    from app.problems import Headers, Reply
    from graph.snapshot import Snapshot

_ROOM: Final = 8 * 1024 * 1024
_LARGEST: Final = _ROOM // 32
_REMEMBERED: Final = 4_096
"""Of so many addresses it is known that they were asked for."""
_APIECE: Final = 2_000
"""About what headers, key and entry take besides."""

Key = tuple[str, int, bytes, bytes]


class Known(NamedTuple):
    """An answer, its tag, how long it may be kept, its revision, and the day that it is good on, if not on any."""

    reply: Reply
    tag: bytes
    kept: bytes
    revision: int
    day: int | None = None

    def to(self, if_none_match: bytes | None) -> Reply:
        """What a client is told that has copies of these tags."""
        if if_none_match is not None and conditional.matches(if_none_match, self.tag):
            return not_modified(self.tag, self.kept, self.revision)
        return self.reply


def not_modified(tag: bytes, kept: bytes, revision: int) -> Reply:
    """What a client whose copy is good is told."""
    headers: Headers = (
        (b"etag", tag),
        (b"cache-control", kept),
        problems.VARY,
        (b"entente-revision", b"%d" % revision),
    )
    return problems.Reply(304, headers, b"")


class Replies:
    """The last answers, of all kinds of questions. For one thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Known] = OrderedDict()
        self._size = 0
        self._asked: set[int] = set()
        """Hashes of addresses that were asked for."""

    def find(self, snapshot: Snapshot, path: bytes, query: bytes, today: int) -> Known | None:
        """What the same address was answered from the same revision."""
        key = (snapshot.ledger, snapshot.revision, path, query)
        known = self._kept.get(key)
        if known is None or known.day not in {None, today}:
            return None
        self._kept.move_to_end(key)
        return known

    def keep(self, snapshot: Snapshot, path: bytes, query: bytes, known: Known) -> None:
        """Keep an answer, if it was asked for before and is not too large."""
        size = len(known.reply.body)
        if size > _LARGEST or self._is_new(hash((path, query))):
            return
        key = (snapshot.ledger, snapshot.revision, path, query)
        if key in self._kept:
            self._forget(self._kept.pop(key))
        self._kept[key] = known
        self._size += size + _APIECE
        while self._size > _ROOM:
            self._forget(self._kept.popitem(last=False)[1])

    def _forget(self, known: Known) -> None:
        self._size -= len(known.reply.body) + _APIECE

    def _is_new(self, address: int) -> bool:
        if address in self._asked:
            return False
        if len(self._asked) >= _REMEMBERED:
            self._asked.clear()
        self._asked.add(address)
        return True
