"""What records of several kinds show alike: dates, instants, clocks, whoever is named."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from graph import time
from graph.snapshot.columns import NONE, OPEN

if TYPE_CHECKING:
    from graph.snapshot.versions import Versions
    from graph.snapshot.view import View

__all__ = ["clocked", "clocks", "date", "inside", "named", "ref"]


def inside(fields: dict[str, Any]) -> bytes:
    """Fields of an object, without its braces."""
    return orjson.dumps(fields)[1:-1]


@lru_cache(maxsize=65_536)
def date(packed: int) -> bytes:
    """A partial date, or null."""
    return f'"{time.unpack(packed)}"'.encode() if packed else b"null"


def named(view: View, rows: np.ndarray) -> list[bytes]:
    """Whoever the rows of `View.naming` name; null for `NONE`."""
    heap = view.tables.actor_refs
    return view.tables.shown.actors.many(rows, len(heap), lambda new: [one or b"null" for one in heap.many(new)])


def clocks(view: View, table: Versions, row: int) -> dict[str, Any]:
    """Version, and the instants at which it was recorded and, if k knows of it, retracted or replaced."""
    ended = int(table.ended[row])
    (version,) = table.numbers(np.array([row])).tolist()
    return _clocks(view, version, int(table.written[row]), ended if ended <= view.k else OPEN)


def clocked(view: View, table: Versions, rows: np.ndarray) -> list[bytes]:
    """The same of many rows, as the last fields of an object: `,"version":...`."""
    shown, version, written, ended = view.tables.shown, table.numbers(rows), table.written[rows], table.ended[rows]
    known = ended <= view.k
    if not np.count_nonzero(known) and not np.count_nonzero(version != 1):  # as most are
        return shown.firsts.many(
            written, view.snapshot.revision + 1, lambda new: [_clocked(view, 1, first, OPEN) for first in new.tolist()]
        )
    keys = list(zip(version.tolist(), written.tolist(), np.where(known, ended, OPEN).tolist(), strict=True))
    return shown.clocks.many(keys, lambda key: _clocked(view, *key))


def _clocked(view: View, version: int, written: int, ended: int) -> bytes:
    return b",%b" % inside(_clocks(view, version, written, ended))


def _clocks(view: View, version: int, written: int, ended: int) -> dict[str, Any]:
    return {
        "version": version,
        "recorded_at": time.iso(view.snapshot.instant(written)),
        "retracted_at": None if ended == OPEN else time.iso(view.snapshot.instant(ended)),
    }


def ref(view: View, actor: int) -> orjson.Fragment | None:
    """Whoever is named, as at k."""
    return None if actor == NONE else orjson.Fragment(view.ref(actor))
