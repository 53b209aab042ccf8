"""What records of several kinds show alike: dates, instants, clocks, whoever is named."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from graph import time
from graph.snapshot.columns import NONE

if TYPE_CHECKING:
    from graph.snapshot.versions import Versions
    from graph.snapshot.view import View

__all__ = ["clocks", "date", "instant", "instants", "named", "ref"]


@lru_cache(maxsize=65_536)
def date(packed: int) -> bytes:
    """A partial date, or null."""
    return f'"{time.unpack(packed)}"'.encode() if packed else b"null"


@lru_cache(maxsize=65_536)
def instant(us: int) -> bytes:
    """An instant of microseconds."""
    return f'"{time.iso(us)}"'.encode()


def instants(view: View, revisions: np.ndarray) -> list[bytes]:
    """The instants at which revisions were written; null for those that k does not know of."""
    known = revisions <= view.k
    at = view.tables.instants.at
    if known.all():
        return list(map(instant, at[revisions - 1].tolist()))
    told = [b"null"] * len(revisions)
    for place in np.flatnonzero(known).tolist():
        told[place] = instant(int(at[revisions[place] - 1]))
    return told


def named(view: View, rows: np.ndarray) -> list[bytes]:
    """Whoever the rows of `View.naming` name; null for `NONE`."""
    heap, own = view.tables.actor_refs, rows.tolist()
    return view.tables.shown.actors.many(
        own, lambda missing: [b"null" if own[at] == NONE else heap[own[at]] for at in missing]
    )


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
