"""What Python and its allocator do with memory, where they are better told."""

from __future__ import annotations

import ctypes
import gc
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["give_back", "seldom", "sparing", "uncollected"]

_MORE: Final = 20_000
"""So many objects more than there were make the collector look; Python's own 700 are those of a few requests."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""What glibc calls them, in `malloc.h`."""
_MIB: Final = 1 << 20


@contextmanager
def uncollected(*, stays: bool = False) -> Iterator[None]:
    """Collect no cycles meanwhile, nor ever look at what was made meanwhile, if it `stays`.

    For what makes very many objects and no garbage with cycles, as reading a ledger does: they are looked at again and
    again while they become more, which takes a third of the time. All threads of the process go uncollected.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if stays:
            gc.freeze()
        if collecting:
            gc.enable()


def seldom() -> None:
    """Collect cycles seldom, in a process that answers requests: their objects hardly ever make cycles."""
    gc.set_threshold(_MORE, *gc.get_threshold()[1:])


def sparing() -> None:
    """Keep less of what is freed for later, in a process whose threads make and forget arrays of all sizes.

    Left to itself glibc has a heap for each thread, keeps up to 64 MiB in each, and learns only by the way to keep what
    is as large as a column of an actor's relations, which is slow to get anew from the system. What is larger than that
    is given back at once: numpy asks for it in huge pages, so it is quick to get.
    """
    with suppress(AttributeError, OSError):  # as below
        library = ctypes.CDLL(None)
        for parameter, value in ((_ARENA_MAX, 1), (_MMAP_THRESHOLD, 4 * _MIB), (_TRIM_THRESHOLD, 16 * _MIB)):
            library.mallopt(parameter, value)


def give_back() -> None:
    """Hand what is free to the system, after very much was freed: glibc keeps whatever does not end its heap."""
    with suppress(AttributeError, OSError):  # other libraries have no such call, and no such need
        ctypes.CDLL(None).malloc_trim(0)
