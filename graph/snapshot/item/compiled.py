"""Relations and claims as JSON, in C: the same bytes as `graph.snapshot.item.relations` and `.claims` make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from graph.snapshot.columns import address
from graph.snapshot.native import STALE, basis, loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from graph.snapshot.view import View

__all__ = ["Shown", "claims", "embedded", "relations"]

_APIECE: Final = 1_400
"""Bytes that most items fit into."""
_END: Final = 8
"""Bytes of the place where one ends."""
_NOWHERE: Final = None


class Shown(NamedTuple):
    """Texts one after another, and where each ends: items with a comma between two, or fields of items."""

    told: memoryview
    places: np.ndarray

    @property
    def ends(self) -> np.ndarray:
        """Where each ends."""
        return self.places.view(np.int64)

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


def claims(view: View, rows: np.ndarray) -> Shown | None:
    """Versions of claims; None as above."""
    library = loaded()
    if library is None or not view.tables.sound:
        return None
    asked = view.packed, rows.astype(np.int32, copy=False).tobytes(), len(rows)
    return _shown(view, library.show_claims, asked, len(rows), _APIECE * len(rows))


def embedded(view: View, rows: np.ndarray) -> Shown | None:
    """The newest claims on each of some relations, as a field of it; None as above, or if one has just come."""
    library, tables = loaded(), view.tables
    if library is None or not tables.sound or not tables.by_relation.packed(tables.relations.first[rows]):
        return None
    asked = view.packed, rows.astype(np.int32, copy=False).tobytes(), len(rows)
    return _shown(view, library.embed_claims, asked, len(rows), _APIECE * len(rows))


def _shown(view: View, show: Callable[..., int], asked: tuple[Any, ...], count: int, room: int) -> Shown:
    """What C writes, with as much room as that takes."""
    known, begin = basis(view), _END * count
    while True:
        out = np.empty(begin + room, np.uint8)
        length = show(known.packed, *asked, address(out), room)
        if length >= 0:
            return Shown(out.data[begin : begin + length], out[:begin])
        if length == STALE:
            known = basis(view, anew=True)
        else:
            room = -length
