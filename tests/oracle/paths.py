"""Paths between two actors: every simple one there is, tried one after the other."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.oracle import shown
from tests.oracle.dates import BEFORE, first_day, last_day
from tests.oracle.network import linked
from tests.oracle.world import type_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.oracle.shown import Json
    from tests.oracle.world import Record, World

Asked = dict[str, Any]
SHOWN = 20


def paths(world: World, asked: Asked) -> list[Json]:
    """`paths` of `/paths`."""
    source, target = (world.called(asked[end]) or "" for end in ("source", "target"))
    links, temporal = linked(world, asked), asked.get("temporal", "any")
    ways: dict[tuple[str, str], list[Record]] = {}
    for link in links:
        ways.setdefault((link.source, link.target), []).append(link.relation)
        if not asked.get("directed") or type_of(link.relation).symmetric:
            ways.setdefault((link.target, link.source), []).append(link.relation)
    found = []
    for path in _simple(list(ways), [source], target, asked.get("max_length", 4)):
        hops = [sorted(ways[pair], key=_newest_first) for pair in pairwise(path)]
        if temporal == "any":
            found.append((path, hops, [hop[:SHOWN] for hop in hops]))
        elif choice := (_overlapping if temporal == "overlap" else _ordered)(hops):
            found.append((path, hops, [[each] for each in choice]))
    found.sort(key=lambda each: (len(each[0]), each[0]))
    return [_shown(world, *each) for each in found[: asked.get("k", 3)]]


def _simple(pairs: list[tuple[str, str]], path: list[str], target: str, hops: int) -> Iterator[list[str]]:
    if path[-1] == target:
        yield path
    elif hops:
        for near, far in pairs:
            if near == path[-1] and far not in path:
                yield from _simple(pairs, [*path, far], target, hops - 1)


def _newest_first(relation: Record) -> tuple[int, str]:
    start = relation.said["start"]
    return (1 if start is None else -first_day(start), relation.id)


def _overlapping(hops: list[list[Record]]) -> list[Record] | None:
    """On the earliest day on which all hops have one, the newest of each."""
    days = sorted({BEFORE, *(first_day(each.said["start"]) for hop in hops for each in hop)})
    for day in days:
        held = [[each for each in hop if _holds(each, day)] for hop in hops]
        if all(held):
            return [each[0] for each in held]
    return None


def _holds(relation: Record, day: int) -> bool:
    return first_day(relation.said["start"]) <= day <= last_day(relation.said["end"])


def _ordered(hops: list[list[Record]], since: int = BEFORE) -> list[Record] | None:
    """The earliest of each hop that is not too early, as long as that leads on."""
    if not hops:
        return []
    for day in sorted({first_day(each.said["start"]) for each in hops[0] if each.said["start"]}):
        own = [each for each in hops[0] if each.said["start"] and first_day(each.said["start"]) == day >= since]
        rest = _ordered(hops[1:], day) if own else None
        if rest is not None:
            return [own[0], *rest]
    return None


def _shown(world: World, path: list[str], hops: list[list[Record]], own: list[list[Record]]) -> Json:
    return {
        "length": len(hops),
        "hops": [
            {
                "source": shown.ref(world, near),
                "target": shown.ref(world, far),
                "count": len(hop),
                "relations": [shown.relation(world, each) | shown.with_claims(world, each, 20) for each in shown_of],
            }
            for (near, far), hop, shown_of in zip(pairwise(path), hops, own, strict=True)
        ],
    }
