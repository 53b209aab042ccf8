"""What is around an actor, drawn ring by ring in plain loops over what lists show."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.oracle import shown
from tests.oracle.dates import first_day, iso_day
from tests.oracle.listed import looks
from tests.oracle.world import type_of

if TYPE_CHECKING:
    from tests.oracle.shown import Json
    from tests.oracle.world import Record, World

Asked = dict[str, Any]
OWN = ("id", "depth", "max_nodes", "per_node", "rollup", "k", "max_length", "temporal", "directed", "source", "target")


@dataclass(frozen=True)
class Link:
    """A relation between two actors, drawn from one to the other."""

    relation: Record
    source: str
    target: str

    def other(self, actor: str) -> str:
        """The end that an actor is not."""
        return self.target if actor == self.source else self.source


def filters(asked: Asked) -> Asked:
    """What narrows the relations, whatever is asked of them."""
    return {"attested": "true"} | {name: value for name, value in asked.items() if name not in OWN}


def linked(world: World, asked: Asked) -> list[Link]:
    """Every relation that counts, but those of an actor with itself."""
    every = [Link(each.relation, *world.ends(each.relation)) for each in looks(world, filters(asked))]
    return [each for each in every if each.source != each.target]


def network(world: World, asked: Asked) -> Json:
    """`/actors/{id}/network`, but for `basis`."""
    middle = world.called(asked["id"]) or ""
    links = _of_middle(world, asked, middle)
    mine = {each.relation.id for each in links}
    links += [
        each
        for each in linked(world, asked)
        if each.relation.id not in mine and middle not in {each.source, each.target}
    ]
    rings, followed = _rings(links, middle, asked)
    depths = {actor: depth for depth, ring in enumerate(rings) for actor in ring}
    drawn = [each for each in links if {each.source, each.target} <= depths.keys()]
    degrees = Counter(end for each in drawn for end in (each.source, each.target))
    pairs = sorted({(each.source, each.target) for each in drawn}, key=lambda pair: [*map(list(depths).index, pair)])
    hidden = {actor: len(set(neighbours(links, actor)) - depths.keys()) for actor in followed}
    return {
        "center": middle,
        "nodes": [
            {**(shown.ref(world, each) or {}), "depth": depths[each], "degree": degrees[each]} for each in depths
        ],
        "edges": [_edge([each for each in drawn if (each.source, each.target) == pair], *pair) for pair in pairs],
        "truncated": [{"id": actor, "hidden": count} for actor, count in hidden.items() if count],
    }


def _of_middle(world: World, asked: Asked, middle: str) -> list[Link]:
    rolled_up = filters(asked) | {"rollup": asked.get("rollup", "none")}
    found = []
    for each in looks(world, rolled_up, middle):
        out = each.far == world.ends(each.relation)[1]
        if each.far != middle:
            found.append(Link(each.relation, *((middle, each.far) if out else (each.far, middle))))
    return found


def neighbours(links: list[Link], actor: str) -> Counter[str]:
    """Whom an actor has relations with, and how many."""
    return Counter(each.other(actor) for each in links if actor in {each.source, each.target})


def _rings(links: list[Link], middle: str, asked: Asked) -> tuple[list[list[str]], list[str]]:
    """The actors ring by ring, and those that were followed."""
    rings, met, followed = [[middle]], {middle}, []
    for _ in range(asked.get("depth", 1)):
        weights: Counter[str] = Counter()
        for actor in rings[-1]:
            followed.append(actor)
            fresh = Counter({other: count for other, count in neighbours(links, actor).items() if other not in met})
            for other in _foremost(fresh, asked.get("per_node", 25)):
                weights[other] += fresh[other]
        rings.append(_foremost(weights, asked.get("max_nodes", 100) - len(met)))
        met |= set(rings[-1])
    return rings, followed


def _foremost(counts: Counter[str], limit: int) -> list[str]:
    return sorted(counts, key=lambda actor: (-counts[actor], actor))[:limit]


def _edge(links: list[Link], source: str, target: str) -> Json:
    types = [type_of(each.relation) for each in links]
    starts = sorted(first_day(each.relation.said["start"]) for each in links if each.relation.said["start"])
    return {
        "source": source,
        "target": target,
        "count": len(links),
        "classes": dict(Counter(kind.quad_class for kind in types)),
        "intensity": sum(round((kind.intensity or 0) * 10) for kind in types) / 10,
        "first": iso_day(starts[0]) if starts else None,
        "last": iso_day(starts[-1]) if starts else None,
    }
