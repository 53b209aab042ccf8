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
    rows = np.ascontiguousarray(rows, np.int32)
    sides = None if sides is None else np.ascontiguousarray(sides, np.int8)
    beside = extras if isinstance(extras, Shown) or extras is None else Shown.of(extras)
    told, ends = (_NOWHERE, _NOWHERE) if beside is None else (_where(beside.told), address(beside.ends))
    asked = view.packed, address(rows), _NOWHERE if sides is None else address(sides), count, told, ends
    return _shown(view, library.show_all, asked, count, _APIECE * count + (0 if beside is None else len(beside.told)))


def claims(view: View, rows: np.ndarray, where: np.ndarray | None = None, count: int = 0) -> Shown | None:
    """Versions of claims; or fields of `count` relations, if it is told on which of them each is. None as above."""
    library = loaded()
    if library is None or not view.tables.sound:
        return None
    rows = np.ascontiguousarray(rows, np.int32)
    on = _NOWHERE if where is None else address(where)
    asked = view.packed, address(rows), len(rows), on, count
    return _shown(view, library.show_claims, asked, len(rows) if where is None else count, _APIECE * (len(rows) + 1))


def _shown(view: View, show: Callable[..., int], asked: tuple[Any, ...], count: int, room: int) -> Shown:
    """What C writes, with as much room as that takes."""
    ends, known = np.empty(count, np.int64), basis(view)
    while True:
        out = np.empty(room, np.uint8)
        length = show(known.packed, *asked, address(out), room, address(ends))
        if length >= 0:
            return Shown(out.data[:length], ends)
        if length == STALE:
            known = basis(view, anew=True)
        else:
            room = -length


def _where(held: memoryview) -> int:
    return address(np.frombuffer(held, np.uint8))
