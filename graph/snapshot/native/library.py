"""The compiled `pages.c`, if somebody compiled it."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Final

from graph.snapshot.native.build import library

__all__ = ["ELSEWHERE", "LAYOUT", "LOOSE", "MOMENT", "NARROW", "RUNS", "STALE", "loaded"]

ELSEWHERE, MOMENT, LOOSE, NARROW = -2, -3, -4, -5
"""Instead of an answer, too: it is to be had elsewhere; from the view of another revision; with the runs of what is
loose; with more room."""
RUNS: Final = 64
"""As many runs can be told of at once."""
STALE: Final = -1
"""Instead of an answer: columns have changed since it was packed where they are."""
LAYOUT: Final = (128 * 8, 11 * 8, 11 * 8, 18 * 8, 13 * 8, 10 * 8, (6 + RUNS) * 8, RUNS)
"""The sizes of a basis, a view, a run, a question, a level, a word and of what is told beside an answer, as they are
packed here, and how many runs."""


@cache
def loaded() -> ctypes.PyDLL | None:
    """The library, or None where there is none: there all is answered by numpy."""
    try:
        found = ctypes.PyDLL(str(library()))  # calls keep the interpreter's lock
    except OSError:
        return None
    sizes = (ctypes.c_int64 * len(LAYOUT))()
    found.layout(sizes)
    if tuple(sizes) != LAYOUT:
        raise AssertionError(f"pages.c has other structures: {tuple(sizes)}, not {LAYOUT}")
    packed, place, count = ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int64
    found.find.argtypes = [packed, packed, packed, packed, count, place, count]
    found.answer.argtypes = [packed, packed, packed, count, packed, count, packed, count, packed, count, place, count]
    found.tally.argtypes, found.tally.restype = [place, count, count, place, count, count], None
    found.show_all.argtypes = [packed, packed, packed, packed, count, packed, packed, place, count]
    found.show_claims.argtypes = found.embed_claims.argtypes = [packed, packed, packed, count, place, count]
    for each in (found.answer, found.find, found.show_all, found.show_claims, found.embed_claims):
        each.restype = count
    return found
