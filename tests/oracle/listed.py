"""Lists: every parameter as a condition, the order, and what is counted beside the items.

A request is a dict of parameters by their names on the wire; what may be repeated is a list.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.oracle import shown
from tests.oracle.dates import asked_span, first_day, iso, last_day, overlap, span
from tests.oracle.rollup import Look, look
from tests.oracle.world import VOCABULARY, below, type_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.oracle.world import Record, World

Asked = dict[str, Any]
SIGNS = {"positive": 1, "negative": -1, "neutral": 0}
ATTESTED = {"true": {True}, "false": {False}, "any": {True, False}}
CLAIM_FILTERS = ("claimant", "publisher", "dataset", "document", "licence", "has_quote")


@dataclass
class Listed:
    """A whole list, and its facets if any were asked for."""

    items: list[shown.Json]
    facets: dict[str, dict[str, int]] | None = None


# Relations


def relations(world: World, asked: Asked, actor: str | None = None) -> Listed:
    """`/actors/{id}/relations` if an actor is named in the path, else `/relations`."""
    seen = looks(world, asked, actor)
    seen.sort(key=lambda each: (_order(world, each.relation, asked.get("sort", "-start")), each.relation.id))
    items = []
    for each in seen:
        item = shown.relation(world, each.relation, each.direction if actor else None)
        if "claims" in asked.get("include", ()):
            item |= shown.with_claims(world, each.relation, 20)
        if "about" in asked.get("include", ()):
            item |= shown.about_relation(world, each.relation)
        items.append(item)
    facets = {facet: _facet(world, seen, facet) for facet in asked["facets"]} if asked.get("facets") else None
    return Listed(items, facets)


def looks(world: World, asked: Asked, actor: str | None = None) -> list[Look]:
    """The relations of such a list, in no order, as whoever is named sees them."""
    return [each for each in _in_sight(world, asked, actor) if _matches(world, each, asked)]


def _in_sight(world: World, asked: Asked, actor: str | None) -> list[Look]:
    def named(*names: str) -> list[str]:
        return [world.called(name) or "" for name in names]

    near, far, direction = actor or asked.get("actor"), asked.get("with", []), asked.get("direction", "any")
    if "between" in asked:
        near, far = asked["between"][0], [asked["between"][1]]
    elif "source" in asked:
        near, far, direction = asked["source"], [asked["target"]] if "target" in asked else [], "out"
    elif "target" in asked:
        near, direction = asked["target"], "in"
    if near is None:
        return [Look(each, "any", "") for each in world.visible_relations]
    seen = look(world, named(near)[0], named(*far), asked)
    return [each for each in seen if direction == "any" or each.direction in {direction, "any"}]


def _matches(world: World, each: Look, asked: Asked) -> bool:
    return (
        _by_itself(world, each.relation, asked)
        and _by_time(each.relation, asked)
        and _by_claims(world, each.relation, asked)
        and (not asked.get("with_kind") or world.kind_of(each.far) in asked["with_kind"])
    )


def _by_itself(world: World, relation: Record, asked: Asked) -> bool:
    kind, said = type_of(relation), relation.said
    types = [_type_id(name) for name in asked.get("type", ())]
    exact = asked.get("type_exact", False)
    about = said["about"]["relation"] if said["about"] else None
    return all((
        not types or any(kind.id == each if exact else below(kind.id, each) for each in types),
        not asked.get("class") or kind.quad_class in asked["class"],
        "sign" not in asked or shown.relation(world, relation)["sign"] == SIGNS[asked["sign"]],
        all(_has(said["attributes"], *pair.split(":", 1)) for pair in asked.get("attr", ())),
        relation.revision >= _since(world, asked.get("recorded_since")),
        not asked.get("id") or relation.id in asked["id"],
        "about" not in asked or about == asked["about"],
    ))  # fmt: skip


def _type_id(name: str) -> str:
    if not name.startswith("cameo:"):
        return name
    return next(each.id for each in VOCABULARY.types if each.codes.cameo == name.removeprefix("cameo:"))


def _has(attributes: dict[str, object], key: str, value: str) -> bool:
    return attributes.get(key) == value


def _since(world: World, text: str | None) -> int:
    """The first revision that was written at or after what `recorded_since` says."""
    if text is None or text.isdigit():
        return int(text or 0)
    instant = text if "T" in text else f"{text}T00:00:00.000000Z"
    return min((k for k, us in world.instants.items() if iso(us) >= instant), default=len(world.instants) + 1)


def _by_time(relation: Record, asked: Asked) -> bool:
    wanted = asked_span(asked)
    if wanted is None:
        return True
    own = span(relation.said)
    if not asked.get("certain"):
        return overlap(own, wanted)
    if wanted[0] <= own[0] and own[1] <= wanted[1]:
        return True
    if type_of(relation).temporality == "event" or relation.said["start"] is None:
        return False
    begun, over = last_day(relation.said["start"]), first_day(relation.said["end"])
    if relation.said["end_status"] == "ongoing":
        return begun <= wanted[1]
    return begun <= over and overlap((begun, over), wanted)


def _by_claims(world: World, relation: Record, asked: Asked) -> bool:
    confidence = world.confidence(relation.id)
    return all((
        not asked.get("status") or world.status(relation.id) in asked["status"],
        world.attested(relation.id) in ATTESTED[asked.get("attested", "any")],
        "min_confidence" not in asked or (confidence is not None and confidence >= asked["min_confidence"]),
        world.publishers(relation.id) >= asked.get("min_publishers", 0),
        not any(name in asked for name in CLAIM_FILTERS)
        or any(_claim_meets(world, claim, asked) for claim in world.bearing(relation.id)),
    ))  # fmt: skip


def _claim_meets(world: World, claim: Record, asked: Asked) -> bool:
    """One and the same claim meets all of the filters on claims."""
    said = claim.said
    dataset, document = world.records["dataset"].get(said["dataset"]), world.records["document"].get(said["document"])
    licence = (dataset and dataset.said["licence"]) or (document and document.said["licence"])
    claimant = said["claimant"] and world.resolve(said["claimant"])
    return all((
        "claimant" not in asked or (claimant is not None and claimant == world.called(asked["claimant"])),
        "publisher" not in asked or (bool(document) and world.publisher_of(claim) == world.called(asked["publisher"])),
        "dataset" not in asked or said["dataset"] == asked["dataset"],
        "document" not in asked or said["document"] == asked["document"],
        "licence" not in asked or licence == asked["licence"],
        "has_quote" not in asked or (said["quote"] is not None) == asked["has_quote"],
    ))  # fmt: skip


def _order(world: World, relation: Record, sort: str) -> tuple[bool, float]:
    """Nulls last, whichever way."""
    start = relation.said["start"]
    value = {
        "start": None if start is None else first_day(start),
        "recorded_at": relation.revision,
        "confidence": world.confidence(relation.id),
        "intensity": type_of(relation).intensity,
    }[sort.removeprefix("-")]
    return value is None, (value or 0) * (-1 if sort.startswith("-") else 1)


def _facet(world: World, seen: list[Look], facet: str) -> dict[str, int]:
    value: dict[str, Callable[[Look], str]] = {
        "type": lambda each: each.relation.said["type"],
        "class": lambda each: type_of(each.relation).quad_class,
        "with": lambda each: each.far,
        "status": lambda each: world.status(each.relation.id),
        "year": lambda each: _year(each.relation.said["start"]),
    }
    counts = Counter(value[facet](each) for each in seen)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:100])


def _year(start: str | None) -> str:
    return "unknown" if start is None else f"{date.fromordinal(first_day(start)).year:04d}"


# Other records


def claims(world: World, asked: Asked) -> Listed:
    """Newest first."""
    kept = [claim for claim in world.visible_claims if _claim_listed(world, claim, asked)]
    kept.sort(key=lambda claim: (-claim.revision, claim.id))
    return Listed([shown.claim(world, claim) for claim in kept])


def _claim_listed(world: World, claim: Record, asked: Asked) -> bool:
    said = claim.said
    quote = said["quote"]["exact"] if said["quote"] else ""
    return all((
        _claim_meets(world, claim, asked),
        not asked.get("stance") or said["stance"] in asked["stance"],
        "relation" not in asked or said["relation"] == asked["relation"],
        _dated(said["said_on"], asked.get("said_from"), asked.get("said_to")),
        "q" not in asked or _says(quote, asked["q"]),
    ))  # fmt: skip


def _dated(said: str | None, begin: str | None, end: str | None) -> bool:
    """Whether a date may lie in a span. What has no date lies in none."""
    if begin is end is None:
        return True
    return said is not None and overlap((first_day(said), last_day(said)), (first_day(begin), last_day(end)))


def _says(text: str, wanted: str) -> bool:
    """Whether a text has all the words, the last one perhaps only begun."""
    *whole, begun = wanted.lower().split()
    own = text.lower().split()
    return all(word in own for word in whole) and any(word.startswith(begun) for word in own)


def documents(world: World, asked: Asked) -> Listed:
    """Newest publication first."""
    kept = [
        document
        for document in world.standing("document")
        if ("publisher" not in asked or world.resolve(document.said["publisher"]) == world.called(asked["publisher"]))
        and asked.get("language") in {None, document.said["language"]}
        and _dated(document.said["published_on"], asked.get("published_from"), asked.get("published_to"))
        and ("q" not in asked or _says(f"{document.said['title'] or ''} {document.said['text'] or ''}", asked["q"]))
    ]
    kept.sort(key=lambda document: (-first_day(document.said["published_on"]), document.id))
    return Listed([shown.document(world, document) for document in kept])


def datasets(world: World, asked: Asked) -> Listed:
    """By id."""
    kept = sorted(world.standing("dataset"), key=lambda dataset: dataset.id)
    return Listed([shown.dataset(world, dataset) for dataset in kept])


def actors(world: World, asked: Asked) -> Listed:
    """By name, degree or newness."""
    kept = [
        actor
        for actor in world.standing("actor")
        if actor.id not in world.pointers and _actor_listed(world, actor, asked)
    ]  # fmt: skip
    sort = asked.get("sort", "name")
    kept.sort(key=lambda actor: (_actor_order(world, actor, sort), actor.id))
    return Listed([shown.actor(world, actor) for actor in kept])


def _actor_order(world: World, actor: Record, sort: str) -> str | int:
    if sort == "name":
        name: str = actor.said["name"].lower()
        return name
    return -(_degree(world, actor.id) if sort == "-degree" else actor.revision)


def _degree(world: World, actor: str) -> int:
    return sum(actor in world.ends(relation) for relation in world.visible_relations)


def _actor_listed(world: World, actor: Record, asked: Asked) -> bool:
    item = shown.actor(world, actor)
    names = [item["name"], *(name["value"] for name in item["names"])]
    return all((
        not asked.get("kind") or item["kind"] in asked["kind"],
        "identifier" not in asked or world.called(asked["identifier"]) == actor.id,
        "member_of" not in asked or actor.id in _members(world, world.called(asked["member_of"])),
        not asked.get("id") or actor.id in map(world.called, asked["id"]),
        actor.revision >= _since(world, asked.get("recorded_since")),
        "q" not in asked or any(_says(name, asked["q"]) for name in names),
    ))  # fmt: skip


def _members(world: World, whole: str | None) -> set[str]:
    """The attested members, at any time. Nobody is a member of itself."""
    return {
        world.ends(relation)[0]
        for relation in world.visible_relations
        if below(relation.said["type"], "member-of")
        and world.ends(relation)[1] == whole
        and world.attested(relation.id)
    } - {whole}
