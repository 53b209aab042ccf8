"""Relations as JSON, in C: the same bytes as `graph.snapshot.item.relations` makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from graph.snapshot.columns import address
from graph.snapshot.native import STALE, basis, loaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.snapshot.view import View

__all__ = ["Shown", "shown"]

_APIECE: Final = 1_200
"""Bytes that most items fit into, and what is left over of the last."""


class Shown(NamedTuple):
    """Items, a comma between them, and where each ends."""

    items: memoryview
    ends: np.ndarray

    def each(self) -> list[bytes]:
        """The items."""
        begin, items = 0, []
        for end in self.ends.tolist():
            items.append(bytes(self.items[begin:end]))
            begin = end + 1
        return items


def shown(view: View, rows: np.ndarray, sides: np.ndarray | None, extras: Sequence[bytes] | None) -> Shown | None:
    """Versions of relations, each with its extra; None if C can't tell."""
    library, count = loaded(), len(rows)
    if library is None or not view.tables.sound:
        return None
    rows = np.ascontiguousarray(rows, np.int32)
    sides = None if sides is None else np.ascontiguousarray(sides, np.int8)
    told = None if extras is None else b"".join(extras)
    each = None if extras is None else np.cumsum(np.fromiter(map(len, extras), np.int64, count))
    ends, room, known = np.empty(count, np.int64), _APIECE * count + len(told or b""), basis(view)
    while True:
        out = np.empty(room, np.uint8)
        length = library.show_all(
            known.packed, view.packed, address(rows), None if sides is None else address(sides), count,
            told, None if each is None else address(each), address(out), room, address(ends),
        )  # fmt: skip
        if length >= 0:
            return Shown(out.data[:length], ends)
        if length == STALE:
            known = basis(view, anew=True)
        else:
            room = -length
