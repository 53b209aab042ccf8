"""The cyclic garbage collector, kept out of where it only costs."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["uncollected"]


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
