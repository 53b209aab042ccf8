"""What there is between actors, added up in plain loops over what lists show."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.oracle import shown
from tests.oracle.dates import AFTER, BEFORE, first_day, last_day, overlap
from tests.oracle.listed import relations
from tests.oracle.rollup import Stands
from tests.oracle.world import VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.oracle.shown import Json
    from tests.oracle.world import World

Asked = dict[str, Any]
WAYS = {"out": "a->b", "in": "b->a", "any": "any"}
CLASSES = ("verbal-cooperation", "material-cooperation", "verbal-conflict", "material-conflict", "structural")
OWN = ("interval", "window")
CUT = 100


def dyad(world: World, asked: Asked) -> Json:
    """`/dyads/{a}/{b}`."""
    a, b = world.called(asked["a"]) or "", world.called(asked["b"]) or ""
    counted = between(world, asked, a, b)
    interval, window = asked.get("interval", "month"), asked.get("window", 180)
    standing = [each for each in counted if VOCABULARY.get(each["type"]).temporality == "state"]
    if "valid_at" not in asked:
        standing = [each for each in standing if each["end"] is None]
    found = signals(world, [(each, a, b) for each in counted], "mixed", window)
    named = (a, b, asked.get("rollup", "none"))
    return {
        "a": shown.ref(world, a),
        "b": shown.ref(world, b),
        "rollup": named[2],
        "interval": interval,
        "window": window,
        "totals": totals(counted),
        **timeline(counted, interval),
        "standing": standing[:CUT],
        "latest": counted[:20],
        "reciprocity": {
            "a->b": reciprocity(world, counted, ("out", "in"), (named, b), window),
            "b->a": reciprocity(world, counted, ("in", "out"), (named, a), window),
        },
        "signals": found[:CUT],
        "truncated": [
            {"id": name, "hidden": len(whole) - CUT}
            for name, whole in (("standing", standing), ("signals", found))
            if len(whole) > CUT
        ],
    }


def between(world: World, asked: Asked, near: str, *far: str) -> list[Json]:
    """What the main query lists of an actor, attested unless asked otherwise, with claims."""
    filters = {name: value for name, value in asked.items() if name not in {*OWN, "a", "b"}}
    return relations(world, {"attested": "true", **filters, "with": list(far), "include": ["claims"]}, near).items


def totals(counted: list[Json]) -> list[Json]:
    """By direction and class, in that order, those that occur."""
    return [
        {"direction": way, "class": quad_class, "count": len(own), "intensity": intensity(own)}
        for direction, way in WAYS.items()
        for quad_class in CLASSES
        if (own := [each for each in counted if (each["direction"], each["class"]) == (direction, quad_class)])
    ]


def intensity(items: Iterable[Json]) -> float:
    """The sum of intensities, exactly."""
    return sum(round((each["intensity"] or 0) * 10) for each in items) / 10


def timeline(counted: list[Json], interval: str) -> Json:
    """By the period of the start; what is in none is undated."""
    periods = defaultdict(list)
    for each in counted:
        periods[period(each["start"], interval)].append(each)
    undated = len(periods.pop(None, []))
    rows = [{"period": name, **row} for name in sorted(filter(None, periods)) for row in totals(periods[name])]
    return {"timeline": rows, "undated": undated}


def period(start: str | None, interval: str) -> str | None:
    """The period that a date falls into, None if it is not exact enough."""
    parts = (start or "").split("-")
    if start is None or len(parts) < {"year": 1, "quarter": 2, "month": 2, "week": 3, "day": 3}[interval]:
        return None
    if interval == "week":
        year, week, _ = date.fromisoformat(start).isocalendar()
        return f"{year:04d}-W{week:02d}"
    if interval == "quarter":
        return f"{parts[0]}-Q{(int(parts[1]) + 2) // 3}"
    return "-".join(parts[: {"year": 1, "month": 2, "day": 3}[interval]])


def gap(one: Json, other: Json) -> int:
    """Days from one span to the other: 0 if they share one, negative if the other ended first."""
    mine, theirs = ((first_day(each["start"]), last_day(each["end"])) for each in (one, other))
    if overlap(mine, theirs):
        return 0
    return theirs[0] - mine[1] if theirs[0] > mine[1] else theirs[1] - mine[0]


def signals(world: World, counted: list[tuple[Json, str, str]], kind: str, window: int) -> list[Json]:
    """Each deed with its nearest word, among relations that have a `direction` as seen from the first of two actors."""
    sign, deed_class = {"mixed": (1, "material-conflict"), "bark": (-1, "material-cooperation")}[kind]
    found = []
    for way in ("out", "in"):
        runs = [(each, (a, b)) for each, a, b in counted if each["direction"] in {way, "any"}]
        for deed, ends in runs:
            if deed["class"] != deed_class or deed["sign"] != -sign:
                continue
            words = [
                word
                for word, others in runs
                if others == ends and VOCABULARY.get(word["type"]).speech and word["sign"] == sign
            ]
            near = [(abs(gap(word, deed)), -abs(word["intensity"]), word["id"], at) for at, word in enumerate(words)]
            if near and min(near)[0] <= window:
                found.append(signal(world, kind, (WAYS[way], ends), words[min(near)[3]], deed))
    found.sort(key=_order)
    return found


def signal(world: World, kind: str, run: tuple[str, tuple[str, str]], word: Json, deed: Json) -> Json:
    way, (a, b) = run
    return {
        "kind": kind,
        "direction": way,
        "a": shown.ref(world, a),
        "b": shown.ref(world, b),
        "word": word | {"direction": None},
        "deed": deed | {"direction": None},
        "lag": gap(word, deed),
        "lag_certain": all(len(each["start"] or "") == 10 for each in (word, deed)),
        "severity": round(abs(word["intensity"]) * 10 + abs(deed["intensity"]) * 10) / 10,
    }


def _order(signal: Json) -> tuple[Any, ...]:
    start = signal["deed"]["start"]
    latest = 1 if start is None else -first_day(start)
    return -signal["severity"], latest, signal["deed"]["id"], signal["word"]["id"], signal["direction"]


def reciprocity(
    world: World, counted: list[Json], ways: tuple[str, str], sides: tuple[tuple[str, str, str], str], window: int
) -> Json:
    """What became of the cooperative ones that run one way."""
    forth, back = ([each for each in counted if each["sign"] > 0 and each["direction"] in {way, "any"}] for way in ways)
    result = {"mutual": 0, "denied": 0, "one_sided": 0}
    for each in forth:
        if any(of_side(world, claim, *sides) for claim in each["claims"] if claim["stance"] == "denies"):
            result["denied"] += 1
        elif any(abs(gap(each, other)) <= window for other in back):
            result["mutual"] += 1
        else:
            result["one_sided"] += 1
    return result


def of_side(world: World, claim: Json, named: tuple[str, str, str], side: str) -> bool:
    """Whether a claim's voice stands for a side on a day on which it may have been said."""
    document = claim["document"] or {"publisher": None, "published_on": None}
    voice = claim["claimant"] or document["publisher"]
    if voice is None:
        return False
    if named[2] == "none":
        return bool(voice["id"] == side)
    said = claim["said_on"] or document["published_on"]
    first, last = first_day(said), last_day(said)
    stands = Stands(world, named[:2], named[2])
    return any(voice["id"] in stands.on(day)[side] for day in _telling(world, first, last))


def _telling(world: World, first: int, last: int) -> list[int]:
    """Days from first to last among which every change of who stands for whom is seen."""
    edges = {BEFORE, AFTER, first, last}
    for each in world.visible_relations:
        edges |= {first_day(each.said["start"]), last_day(each.said["end"])}
    return sorted(day for edge in edges for day in (edge - 1, edge, edge + 1) if first <= day <= last)
