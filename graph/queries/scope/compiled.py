"""Relations of an actor as they are asked for on the wire, in C: read, found and told in one go, if C covers the query.

`pages.c` knows parameters whose values can be counted by the words that it is given (`graph.queries.scope.words`), and
reads actors, dates, moments and cursors itself. What it does not understand is left to the reference, which also says
what is wrong with it: nothing is refused here.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import numpy as np

from graph.queries.scope.question import Answer, Moment
from graph.queries.scope.words import dictionary
from graph.snapshot.columns import address
from graph.snapshot.native import ELSEWHERE, LOOSE, MOMENT, NARROW, RUNS, STALE, basis, loaded

if TYPE_CHECKING:
    from ctypes import PyDLL

    from graph.snapshot import Snapshot

__all__ = ["ROOM", "at_once"]

_BESIDE: Final = struct.Struct("=6q")
_OWN: Final = struct.Struct(f"={RUNS}q")
_TOLD: Final = _BESIDE.size + _OWN.size
"""Bytes before an answer."""
ROOM: Final = 256 * 1024
"""Bytes that most answers fit into."""
_SPARE: Final = 4
"""So many such are kept for the next answers: memory that was just used is in the processor's caches."""


class _Buffer:
    """Room for an answer, and for what is told beside it."""

    def __init__(self, room: int) -> None:
        held = np.empty(_TOLD + room, np.uint8)
        self.bytes, self.begin, self.room = held.data, address(held), room


_spare: list[_Buffer] = []


def at_once(name: str, actor: str, query: bytes, snapshot: Snapshot) -> tuple[Answer, Moment] | None:
    """A page of an actor's relations, and the moment that it is of; None if C can't tell."""
    library = loaded()
    if library is None or not snapshot.tables.sound:
        return None
    try:
        buffer = _spare.pop()
    except IndexError:
        buffer = _Buffer(ROOM)
    try:
        words = dictionary(name, snapshot.ledger, snapshot.tables.vocabulary)
        return _answered(library, words, actor, query, snapshot, buffer)
    finally:
        if len(_spare) < _SPARE:
            _spare.append(buffer)


def _answered(
    library: PyDLL, words: bytes, actor: str, query: bytes, snapshot: Snapshot, buffer: _Buffer
) -> tuple[Answer, Moment] | None:
    """The same; what C asks for, it is given, until it can tell."""
    near, newest = actor.encode(), snapshot.revision
    asked = words, newest, near, len(near), query, len(query)
    view, loose = snapshot.view(newest), None
    known = basis(view)
    while True:
        beside = (None, 0) if loose is None else (b"".join(run.packed for run in loose), len(loose))
        told = library.answer(known.packed, view.packed, *asked, *beside, buffer.begin, buffer.room)
        if told == ELSEWHERE:
            return None
        k, pinned, begin, letters, room, owns = _BESIDE.unpack_from(buffer.bytes)
        if told >= 0:
            body = bytes(buffer.bytes[_TOLD : _TOLD + told])
            return Answer(body, k, body[begin : begin + letters].decode() or None), Moment(k, bool(pinned))
        if told == MOMENT:
            view = snapshot.view(k)
        elif told == NARROW:
            buffer = _Buffer(room)
        elif told == LOOSE:
            own = _OWN.unpack_from(buffer.bytes, _BESIDE.size)[:owns]
            loose = [run for actor_ in own for run in view.tables.by_end.loose(actor_)]
        if (now := basis(view, anew=told == STALE)) is not known:  # what was loose may be packed now
            known, loose = now, None
