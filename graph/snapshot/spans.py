"""Hops between actors, and the days on which whoever takes them one after another is in time.

A hop is a relation taken from one actor to another. What time it takes is one of:

* `any`: none;
* `overlap`: all hops share a day: one from the relation's first to its last;
* `ordered`: first days never fall from hop to hop; a relation whose start is unknown is no hop.

Days are kept as spans of an actor: ascending and apart. Seen from the target they are those on which an actor gets
there: shared by the hops that are left, or up to which the hop before may have begun. Seen from the source they are
those that the hops so far leave open: shared by them, or on which the next may begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from graph import time
from graph.snapshot.columns import among, distinct

if TYPE_CHECKING:
    from graph.snapshot.links import Links
    from graph.snapshot.view import View

__all__ = ["Hops", "Spans", "Temporal", "backward", "forward", "hops"]

Temporal = Literal["any", "overlap", "ordered"]
_DAYS: Final = time.DAY_MAX + 1


class Hops(NamedTuple):
    """From `near[i]` to `far[i]`, by a relation that may be taken from its first day to its last."""

    near: np.ndarray
    far: np.ndarray
    first: np.ndarray
    last: np.ndarray

    def only(self, mask: np.ndarray) -> Hops:
        """Those that a mask keeps."""
        return Hops(self.near[mask], self.far[mask], self.first[mask], self.last[mask])

    def joined(self, other: Hops) -> Hops:
        """These and others."""
        return Hops(*(np.concatenate(pair) for pair in zip(self, other, strict=True)))

    def back(self) -> Hops:
        """The same, taken the other way."""
        return Hops(self.far, self.near, self.first, self.last)

    @classmethod
    def none(cls) -> Hops:
        """No hops."""
        return cls(*(np.empty(0, np.int64) for _ in cls._fields))


@dataclass(frozen=True, slots=True)
class Spans:
    """Days of actors, from first to last."""

    actor: np.ndarray
    first: np.ndarray
    last: np.ndarray

    @classmethod
    def whole(cls, actors: np.ndarray) -> Spans:
        """Every day of some actors, which ascend."""
        return cls(actors, np.full(len(actors), time.DAY_MIN), np.full(len(actors), time.DAY_MAX))

    def of(self, actor: int) -> Spans:
        """An actor's own."""
        own = slice(*np.searchsorted(self.actor, [actor, actor + 1]).tolist())
        return Spans(self.actor[own], self.first[own], self.last[own])

    def meeting(self, actor: np.ndarray, first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which of other spans share a day with which of these: a place in them, a place in these."""
        low = np.searchsorted(self.actor * _DAYS + self.last, actor * _DAYS + first, side="left")
        high = np.searchsorted(self.actor * _DAYS + self.first, actor * _DAYS + last, side="right")
        count = np.maximum(high - low, 0)
        at = np.repeat(np.arange(len(count)), count)
        return at, np.arange(len(at)) + np.repeat(low - np.cumsum(count) + count, count)


def hops(view: View, links: Links, temporal: Temporal) -> Hops:
    """Links as hops, each once. O(n log n)."""
    relations = view.tables.relations
    if temporal == "any":
        keys = distinct(links.near.astype(np.int64) << 32 | links.far)
        none = np.zeros(len(keys), np.int64)
        return Hops(keys >> 32, keys & 0xFFFFFFFF, none, none)
    if temporal == "ordered":
        links = links.only(relations.start[links.rows] != time.UNDATED)
    first = relations.first_days(links.rows)
    last = first if temporal == "ordered" else relations.last_days(links.rows)
    return Hops(links.near.astype(np.int64), links.far.astype(np.int64), first, last)


def backward(hops: Hops, there: Spans, temporal: Temporal) -> Spans:
    """Who gets to the target by one of these hops and then as `there` says. O(n log n) for the hops that lead there."""
    hops = hops.only(among(hops.far, there.actor))
    if temporal == "any":
        return Spans.whole(distinct(hops.near))
    at, where = there.meeting(hops.far, hops.first, hops.last)
    if temporal == "ordered":
        return _apart(hops.near[at], np.full(len(at), time.DAY_MIN), hops.first[at])
    return _apart(
        hops.near[at], np.maximum(hops.first[at], there.first[where]), np.minimum(hops.last[at], there.last[where])
    )


def forward(here: Spans, hops: Hops, there: Spans, temporal: Temporal) -> Spans:
    """Where one actor, at its days, gets by one of its hops, if it is in time for what `there` says."""
    hops = hops.only(among(hops.far, there.actor))
    if temporal == "any":
        return Spans.whole(distinct(hops.far))
    at, where = here.meeting(hops.near, hops.first, hops.last)
    if temporal == "ordered":
        come = _apart(hops.far[at], hops.first[at], np.full(len(at), time.DAY_MAX))
    else:
        first, last = np.maximum(hops.first[at], here.first[where]), np.minimum(hops.last[at], here.last[where])
        come = _apart(hops.far[at], first, last)
    timely, _ = there.meeting(come.actor, come.first, come.last)
    kept = np.isin(come.actor, come.actor[timely])
    return Spans(come.actor[kept], come.first[kept], come.last[kept])


def _apart(actor: np.ndarray, first: np.ndarray, last: np.ndarray) -> Spans:
    """Spans that may overlap, as spans apart."""
    order = np.lexsort((first, actor))
    begin, end = (actor * _DAYS + first)[order], (actor * _DAYS + last)[order]
    until = np.maximum.accumulate(end)
    fresh = np.flatnonzero(begin > np.concatenate(([-1], until[:-1])))
    begin, end = begin[fresh], until[np.append(fresh[1:], len(until)) - 1] if len(fresh) else until
    return Spans(begin // _DAYS, begin % _DAYS, end % _DAYS)


def chosen(view: View, hops: list[np.ndarray], temporal: Temporal) -> list[int]:
    """One relation of each hop of a path that has such a choice, as a place in its rows, which are newest first.

    `overlap`: the newest of those that hold on the earliest day that all hops share. `ordered`: the earliest that does
    not begin before the one of the hop before. Ties by id.
    """
    relations = view.tables.relations
    picked = []
    if temporal == "overlap":
        here = Spans.whole(np.zeros(1, np.int64))
        for rows in hops:
            at, where = here.meeting(
                np.zeros(len(rows), np.int64), relations.first_days(rows), relations.last_days(rows)
            )
            first = np.maximum(relations.first_days(rows[at]), here.first[where])
            here = _apart(
                np.zeros(len(at), np.int64), first, np.minimum(relations.last_days(rows[at]), here.last[where])
            )
        for rows in hops:
            holds = (relations.first_days(rows) <= here.first[0]) & (relations.last_days(rows) >= here.first[0])
            picked.append(int(np.flatnonzero(holds)[0]))
        return picked
    day = time.DAY_MIN
    for rows in hops:
        timely = np.flatnonzero((relations.start[rows] != time.UNDATED) & (relations.first_days(rows) >= day))
        day = int(relations.first_days(rows[timely]).min())
        picked.append(int(timely[relations.first_days(rows[timely]) == day][0]))
    return picked
