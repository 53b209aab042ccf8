"""Roll-up: who stands for a named actor, and on which days.

1. A named actor stands for itself, on every day, and for no other named actor.
2. `representatives`: whoever acts for it, through up to three steps of a type that `acts_for` (for `employed-by` only
   where the employer is a state, bloc or organization), on the days that every step may cover.
3. `members`: besides, its members on the days of their membership, and those who act for these on such days.
4. Steps are attested and visible at k; no filter of the request touches them.
5. Who stands for two named actors on a day stands for neither on that day.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from graph.snapshot.view import ALWAYS
from graph.vocabulary import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graph.snapshot.view import View

__all__ = ["Rollup", "Side", "members", "placed", "sides"]

Rollup = Literal["none", "representatives", "members"]
Window = tuple[int, int]

_STEPS: Final = 3
_EMPLOYERS: Final = [KINDS.index(kind) for kind in ("state", "bloc", "organization")]


class Side:
    """Who stands for one named actor: resolved actor -> the windows of days on which it does."""

    def __init__(self, named: int, windows: dict[int, list[Window]]) -> None:
        self.named = named
        self.windows = windows
        pairs = sorted((actor, *window) for actor, spans in windows.items() for window in spans)
        columns = np.array(pairs, np.int64).reshape(-1, 3)
        self.actors, self.first, self.last = columns.T

    def join(self, actors: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Windows of many actors: (position in `actors`, first day, last day), one row a window."""
        where, at = placed(self.actors, actors)
        return where, self.first[at], self.last[at]


def placed(ascending: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every place at which each wanted value stands: (position in `wanted`, place), the first one ascending."""
    begin = np.searchsorted(ascending, wanted, side="left")
    count = np.searchsorted(ascending, wanted, side="right") - begin
    where = np.repeat(np.arange(len(wanted)), count)
    return where, np.repeat(begin, count) + np.arange(len(where)) - np.repeat(np.cumsum(count) - count, count)


def sides(view: View, named: Iterable[int], rollup: Rollup) -> dict[int, Side]:
    """Rules 1 to 5 for all the actors that a request names. O(relations of those found)."""
    actors = list(dict.fromkeys(named))
    found: dict[int, dict[int, list[Window]]] = {}
    for actor in actors:
        windows = view.acting.get((actor, rollup), partial(_windows, view, actor, rollup))
        others = set(actors) - {actor}
        found[actor] = {who: _union(spans) for who, spans in windows.items() if who not in others}
        found[actor][actor] = [ALWAYS]
    return {actor: Side(actor, windows) for actor, windows in _apart(found).items()}


def _windows(view: View, actor: int, rollup: Rollup) -> dict[int, list[Window]]:
    """Rules 1 to 4: who would stand for an actor if nobody else were named."""
    windows: dict[int, list[Window]] = {actor: [ALWAYS]}
    if rollup != "none":
        starts = [(actor, ALWAYS)]
        if rollup == "members":
            starts += [(member, window) for member, window in _steps_to(view, actor, _member_of(view))]
        for start, window in starts:
            _climb(view, start, window, windows)
    return windows


def _climb(view: View, actor: int, window: Window, windows: dict[int, list[Window]]) -> None:
    """Add the actor's windows, and those of who acts for it, three steps down."""
    reached = {(actor, window)}
    ring = list(reached)
    for _ in range(_STEPS):
        outer = []
        for target, (first, last) in ring:
            for source, (begin, end) in _steps_to(view, target, view.vocabulary.acts_for):
                shared = (max(first, begin), min(last, end))
                if shared[0] <= shared[1] and (source, shared) not in reached:
                    reached.add((source, shared))
                    outer.append((source, shared))
        ring = outer
    for who, span in reached:
        windows.setdefault(who, []).append(span)


def _steps_to(view: View, target: int, step: np.ndarray) -> list[tuple[int, Window]]:
    """Who takes a step to the target: attested visible relations of the types marked in `step`."""
    tables, relations = view.tables, view.tables.relations
    rows = np.concatenate([tables.by_end.rows(own) for own in view.own(target)])
    rows = rows[step[relations.type[rows]]]
    rows = rows[(view.resolve(relations.target[rows]) == target) & view.visible(rows)]
    rows = rows[view.evidence.table.attested[view.evidence.at(relations.first[rows], view.k)]]
    if len(rows) and int(view.kinds(np.array([target]))[0]) not in _EMPLOYERS:
        rows = rows[relations.type[rows] != view.vocabulary.number("employed-by")]
    sources = view.resolve(relations.source[rows]).tolist()
    spans = zip(relations.first_days(rows).tolist(), relations.last_days(rows).tolist(), strict=True)
    return [(source, span) for source, span in zip(sources, spans, strict=True) if source != target]


def members(view: View, actor: int, asked: Window | None = None) -> np.ndarray:
    """The attested members of an actor, on a day asked about or at any time. O(relations of the actor)."""
    begin, end = asked or ALWAYS
    steps = _steps_to(view, actor, _member_of(view))
    return np.array([member for member, (first, last) in steps if first <= end and last >= begin], np.int64)


def _member_of(view: View) -> np.ndarray:
    marks = np.zeros(len(view.vocabulary.types), np.bool_)
    for low, high in view.vocabulary.ranges("member-of", exact=False):
        marks[low:high] = True
    return marks


def _apart(found: dict[int, dict[int, list[Window]]]) -> dict[int, dict[int, list[Window]]]:
    """Rule 5."""
    apart: dict[int, dict[int, list[Window]]] = {}
    for actor, windows in found.items():
        apart[actor] = {}
        for who, spans in windows.items():
            elsewhere = [span for other, theirs in found.items() if other != actor for span in theirs.get(who, ())]
            if left := _without(spans, elsewhere):
                apart[actor][who] = left
    return apart


def _union(spans: list[Window]) -> list[Window]:
    joined: list[Window] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _without(spans: list[Window], taken: list[Window]) -> list[Window]:
    for begin, end in taken:
        cut = []
        for first, last in spans:
            if last < begin or first > end:
                cut.append((first, last))
                continue
            if first < begin:
                cut.append((first, begin - 1))
            if last > end:
                cut.append((end + 1, last))
        spans = cut
    return spans
