"""Who stands for whom, day by day, and which relations a named actor then has."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from tests.oracle.dates import AFTER, BEFORE, asked_span, span
from tests.oracle.world import below, covers, type_of

if TYPE_CHECKING:
    from tests.oracle.world import Record, World

STEPS = 3
EMPLOYERS = ("state", "bloc", "organization")


@dataclass
class Stands:
    """Who stands for whom on single days, remembered for one request."""

    world: World
    named: tuple[str, ...]
    rollup: str
    _days: dict[int, dict[str, set[str]]] = field(default_factory=dict)

    def on(self, day: int) -> dict[str, set[str]]:
        """Named actor -> those who stand for it on a day, and for nobody else named."""
        if day not in self._days:
            self._days[day] = self._apart({actor: self._side(actor, day) for actor in self.named})
        return self._days[day]

    def _apart(self, sides: dict[str, set[str]]) -> dict[str, set[str]]:
        """A named actor stands for itself; who else acts for two named actors counts for neither."""
        apart = {}
        for actor, side in sides.items():
            others = [sides[other] | {other} for other in sides if other != actor]
            apart[actor] = {actor} | {who for who in side if not any(who in other for other in others)}
        return apart

    def _side(self, actor: str, day: int) -> set[str]:
        roots = {actor}
        if self.rollup == "members":
            roots |= self._one_step({actor}, day, members=True)
        side, ring = set(roots), roots
        for _ in range(STEPS):
            ring = self._one_step(ring, day, members=False)
            side |= ring
        return side

    def _one_step(self, targets: set[str], day: int, *, members: bool) -> set[str]:
        steps = self._memberships if members else self._acting
        return {source for source, target, relation in steps if target in targets and covers(relation, day)}

    @cached_property
    def _attested(self) -> list[tuple[str, str, Record]]:
        attested = [each for each in self.world.visible_relations if self.world.attested(each.id)]
        return [(*self.world.ends(each), each) for each in attested]

    @cached_property
    def _memberships(self) -> list[tuple[str, str, Record]]:
        return [step for step in self._attested if below(step[2].said["type"], "member-of")]

    @cached_property
    def _acting(self) -> list[tuple[str, str, Record]]:
        """`employed-by` counts only where the target is a state, bloc or organization."""
        acting = [step for step in self._attested if type_of(step[2]).acts_for]
        return [
            (source, target, relation)
            for source, target, relation in acting
            if relation.said["type"] != "employed-by" or self.world.kind_of(target) in EMPLOYERS
        ]


@dataclass
class Look:
    """A relation as a named actor sees it: `out`, `in` or `any`, and the true other end, merges resolved."""

    relation: Record
    direction: str
    far: str


def look(world: World, near: str, far: list[str], asked: dict[str, str]) -> list[Look]:
    """Every visible relation of a named actor, with any of the far actors if some are named."""
    rollup = asked.get("rollup", "none")
    seen = [_exactly(world, each, near) for each in world.visible_relations]
    if rollup != "none":
        stands = Stands(world, tuple(dict.fromkeys([near, *far])), rollup)
        days = telling_days(world, asked)
        seen = [_rolled_up(each, stands, days, (near, far)) for each in world.visible_relations]
        return [each for each in seen if each is not None]
    return [each for each in seen if each is not None and (not far or each.far in far)]


def _exactly(world: World, relation: Record, near: str) -> Look | None:
    source, target = world.ends(relation)
    if near not in {source, target}:
        return None
    either = source == target or type_of(relation).symmetric
    direction = "any" if either else "out" if near == source else "in"
    return Look(relation, direction, target if near == source else source)


def telling_days(world: World, asked: dict[str, str]) -> list[int]:
    """Days among which every change of who covers what is seen: all first and last days, and those beside them."""
    edges = {BEFORE, AFTER, *(asked_span(asked) or ())}
    for relation in world.visible_relations:
        edges |= set(span(relation.said))
    days = {day + beside for day in edges for beside in (-1, 0, 1)}
    first, last = asked_span(asked) or (BEFORE, AFTER)
    return sorted(day for day in days if first <= day <= last)


def _rolled_up(relation: Record, stands: Stands, days: list[int], named: tuple[str, list[str]]) -> Look | None:
    near, far = named
    source, target = stands.world.ends(relation)
    out = into = False
    for day in days:
        if not covers(relation, day):
            continue
        sides = stands.on(day)
        if any({source, target} <= side for side in sides.values()):
            return None  # its two ends act for the same named actor
        for end, other in ((source, target), (target, source)):
            if end in sides[near] and (not far or any(other in sides[actor] for actor in far)):
                out, into = out or end == source, into or end == target
    if not (out or into):
        return None
    either = (out and into) or type_of(relation).symmetric
    return Look(relation, "any" if either else "out" if out else "in", target if out else source)
