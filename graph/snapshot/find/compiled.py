"""The first of what matches, in C: what that covers is packed for it, all else is for `graph.snapshot.find.pages`."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from graph.snapshot.columns import address
from graph.snapshot.entries import Run
from graph.snapshot.find.filters import promised
from graph.snapshot.lineup import Lineup
from graph.snapshot.native import RUNS, STALE, basis, loaded
from graph.snapshot.relations import UNKNOWN
from graph.time import DAY_MAX, DAY_MIN

if TYPE_CHECKING:
    from graph.snapshot.find.filters import Wanted
    from graph.snapshot.lineup import Runs
    from graph.snapshot.view import View

__all__ = ["bits", "first"]

_QUESTION: Final = struct.Struct("=5q3Q2qd7q")
_ROW: Final = 4
"""Bytes of a row; its side takes one."""
_ANY: Final = (1 << 64) - 1


def first(view: View, runs: Runs, wanted: Wanted, after: tuple[float, str] | None, limit: int) -> Lineup | None:
    """The first `limit` matching relations of an actor after a place in the default order; None if C can't tell."""
    library, count = loaded(), len(runs.runs)
    if library is None or not view.tables.sound or not 0 < count <= RUNS or not _covered(wanted):
        return None
    stretches = [run.packed for run in runs.runs if isinstance(run, Run)]
    if len(stretches) < count:
        return None
    room = limit * (count + 1 if count > 1 else 1)
    found_in = np.empty((_ROW + 1) * room, np.int8)
    asked = _packed(view, runs, wanted, after, limit), b"".join(stretches), count, address(found_in), room
    known = basis(view)
    while (found := library.find(known.packed, view.packed, *asked)) == STALE:
        known = basis(view, anew=True)
    sides = _ROW * room
    return Lineup(found_in[: _ROW * found].view(np.int32), found_in[sides : sides + found], ordered=True)


def _covered(wanted: Wanted) -> bool:
    return not (wanted.certain or wanted.claim or wanted.attributes) and wanted.records is None and wanted.about is None


def _packed(view: View, runs: Runs, wanted: Wanted, after: tuple[float, str] | None, limit: int) -> bytes:
    """The question, as `pages.c` reads it."""
    own = runs.own if len(runs.own) > 1 else ()
    asked, far = wanted.asked or (DAY_MIN, DAY_MAX), runs.meant
    numbers = [bound for types in wanted.types for bound in types] if wanted.types else []
    key, id_ = (0, b"") if after is None else (int(min(max(after[0], -UNKNOWN), UNKNOWN)), after[1].encode())
    packed = _QUESTION.pack(
        limit, *asked, view.tables.relations.reach(wanted.since - 1) if wanted.since else 0, view.reach,
        *bits(None if own else runs.direction, wanted.classes, wanted.sign, wanted.statuses, attested=wanted.attested),
        sum({1 << kind for kind in wanted.far_kinds}), wanted.min_publishers or 0,
        -1.0 if wanted.min_confidence is None else wanted.min_confidence,
        len(numbers) // 2, len(far), len(own), runs.direction or 0, after is not None, key, len(id_),
    )  # fmt: skip
    if not (numbers or far or own or id_):
        return packed
    numbers += [*far, *own]
    return packed + struct.pack(f"={len(numbers)}q", *numbers) + id_


@lru_cache(maxsize=1_024)
def bits(
    way: int | None, classes: tuple[int, ...], sign: int | None, statuses: tuple[int, ...], *, attested: bool | None
) -> tuple[int, int, int]:
    """The marks that may match, in two words, and the outcomes."""
    marks, outcomes = promised(way, classes, sign, statuses, attested=attested)
    low, high = (_ANY, _ANY) if marks is None else map(int, marks)
    return low, high, _ANY if outcomes is None else int(outcomes)
