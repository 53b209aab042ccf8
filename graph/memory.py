"""What Python and its allocator do with memory, where they are better told."""

from __future__ import annotations

import ctypes
import gc
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["give_back", "seldom", "uncollected"]

_MORE: Final = 20_000
"""So many objects more than there were make the collector look; Python's own 700 are those of a few requests."""


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


def give_back() -> None:
    """Hand what is free to the system, after very much was freed: glibc keeps whatever does not end its heap."""
    with suppress(AttributeError, OSError):  # other libraries have no such call, and no such need
        ctypes.CDLL(None).malloc_trim(0)
