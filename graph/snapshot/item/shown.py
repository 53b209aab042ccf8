"""What records of several kinds show alike: dates, instants, clocks, whoever is named."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from graph import time
from graph.snapshot.columns import NONE

if TYPE_CHECKING:
    from graph.snapshot.versions import Versions
    from graph.snapshot.view import View

__all__ = ["clocks", "date", "instant", "ref"]


@lru_cache(maxsize=65_536)
def date(packed: int) -> bytes:
    """A partial date, or null."""
    return f'"{time.unpack(packed)}"'.encode() if packed else b"null"


@lru_cache(maxsize=65_536)
def instant(us: int) -> bytes:
    """An instant of microseconds."""
    return f'"{time.iso(us)}"'.encode()


def clocks(view: View, table: Versions, row: int) -> dict[str, Any]:
    """Version, and the instants at which it was recorded and, if k knows of it, retracted or replaced."""
    ended = int(table.ended[row])
    return {
        "version": int(table.version[row]),
        "recorded_at": time.iso(view.snapshot.instant(int(table.written[row]))),
        "retracted_at": time.iso(view.snapshot.instant(ended)) if ended <= view.k else None,
    }


def ref(view: View, actor: int) -> orjson.Fragment | None:
    """Whoever is named, as at k."""
    return None if actor == NONE else orjson.Fragment(view.ref(actor))
