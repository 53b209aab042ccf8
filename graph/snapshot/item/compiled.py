"""Relations and claims as JSON, in C: the same bytes as `graph.snapshot.item.relations` and `.claims` make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from graph.snapshot.columns import address
from graph.snapshot.native import STALE, basis, loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from graph.snapshot.view import View

__all__ = ["Shown", "claims", "relations"]

_APIECE: Final = 1_400
"""Bytes that most items fit into."""
_END: Final = 8
"""Bytes of the place where one ends."""
_NOWHERE: Final = None


class Shown(NamedTuple):
    """Texts one after another, and where each ends: items with a comma between two, or fields of items."""

    told: memoryview
    ends: np.ndarray

    @classmethod
    def of(cls, fields: Sequence[bytes]) -> Shown:
        """Fields as what C takes."""
        ends = np.cumsum(np.fromiter(map(len, fields), np.int64, len(fields)))
        return cls(memoryview(b"".join(fields)), ends)

    def items(self) -> list[bytes]:
        """Each of the items."""
        return self._each(1)

    def fields(self) -> list[bytes]:
        """Each of the fields."""
        return self._each(0)

    def _each(self, between: int) -> list[bytes]:
        ends = self.ends.tolist()
        begins = [0, *(end + between for end in ends)]
        return [bytes(self.told[begin:end]) for begin, end in zip(begins, ends, strict=False)]


def relations(
    view: View, rows: np.ndarray, sides: np.ndarray | None, extras: Shown | Sequence[bytes] | None
) -> Shown | None:
    """Versions of relations, each with its extra, if they have any; None if C can't tell."""
    library, count = loaded(), len(rows)
    if library is None or not view.tables.sound:
        return None
    sides_told = _NOWHERE if sides is None else sides.astype(np.int8, copy=False).tobytes()
    beside = extras if isinstance(extras, Shown) or extras is None else Shown.of(extras)
    told, ends = (_NOWHERE, _NOWHERE) if beside is None else (bytes(beside.told), beside.ends.tobytes())
    asked = view.packed, rows.astype(np.int32, copy=False).tobytes(), sides_told, count, told, ends
    return _shown(view, library.show_all, asked, count, _APIECE * count + len(told or b""))


def claims(view: View, rows: np.ndarray, where: np.ndarray | None = None, count: int = 0) -> Shown | None:
    """Versions of claims; or fields of `count` relations, if it is told on which of them each is. None as above."""
    library = loaded()
    if library is None or not view.tables.sound:
        return None
    on = _NOWHERE if where is None else where.astype(np.int64, copy=False).tobytes()
    asked = view.packed, rows.astype(np.int32, copy=False).tobytes(), len(rows), on, count
    return _shown(view, library.show_claims, asked, len(rows) if where is None else count, _APIECE * (len(rows) + 1))


def _shown(view: View, show: Callable[..., int], asked: tuple[Any, ...], count: int, room: int) -> Shown:
    """What C writes, with as much room as that takes."""
    known, begin = basis(view), _END * count
    while True:
        out = np.empty(begin + room, np.uint8)
        length = show(known.packed, *asked, address(out), room)
        if length >= 0:
            return Shown(out[begin : begin + length].data, out[:begin].view(np.int64))
        if length == STALE:
            known = basis(view, anew=True)
        else:
            room = -length
