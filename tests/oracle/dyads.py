"""What there is between actors, added up in plain loops over what lists show."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.oracle import shown
from tests.oracle.dates import AFTER, BEFORE, first_day, last_day, overlap
from tests.oracle.listed import relations
from tests.oracle.rollup import Stands, look, telling_days
from tests.oracle.world import VOCABULARY, covers, type_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.oracle.shown import Json
    from tests.oracle.world import Record, World

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


# Series, matrices, and signals of any two


def series(world: World, asked: Asked) -> Json:
    """`/series`."""
    own = {name: asked[name] for name in ("group_by", "interval", "measure", "actor", "with") if name in asked}
    filters = {name: value for name, value in asked.items() if name not in own}
    actor = world.called(asked["actor"]) or ""
    counted = between(world, filters, actor, *asked.get("with", ()))
    group_by, interval = own.get("group_by", "class"), own.get("interval", "month")
    cells = defaultdict(list)
    for each in counted:
        cells[period(each["start"], interval), _group(each, group_by, _ends(world, asked, actor))].append(each)
    undated = sum(len(items) for (name, _), items in cells.items() if name is None)
    orders = {"class": CLASSES.index, "type": lambda name: VOCABULARY.get(name).number, "direction": list(WAYS).index}
    order = orders.get(group_by, str)
    rows = [
        {"period": name, "group": group, "value": measured(cells[name, group], own.get("measure", "count"))}
        for name, group in sorted((cell for cell in cells if cell[0]), key=lambda cell: (cell[0], order(cell[1])))
    ]
    return {"rows": rows, "undated": undated}


def _ends(world: World, asked: Asked, actor: str) -> dict[str, str]:
    """The true other end of each relation as the actor sees it."""
    far = [world.called(name) or "" for name in asked.get("with", ())]
    return {each.relation.id: each.far for each in look(world, actor, far, asked)}


def _group(each: Json, group_by: str, ends: dict[str, str]) -> str:
    name: str = ends[each["id"]] if group_by == "with" else each[group_by]
    return name


def measured(items: list[Json], measure: str) -> float:
    """Relations, their intensities, or who prints what affirms them."""
    if measure == "count":
        return len(items)
    if measure == "intensity":
        return intensity(items)
    affirming = [claim for each in items for claim in each["claims"] if claim["stance"] == "affirms"]
    return len(
        {
            ("publisher", claim["document"]["publisher"]["id"])
            if claim["document"]
            else ("dataset", claim["dataset"]["id"])
            for claim in affirming
        }
    )


def matrix(world: World, asked: Asked) -> Json:
    """`/matrix` of named actors: each relation that lists show, in every cell in which it runs."""
    filters = {name: value for name, value in asked.items() if name not in {"actor", "measure"}}
    named = [world.called(name) or "" for name in asked["actor"]]
    listed = relations(world, {"attested": "true", **filters, "rollup": "none", "include": ["claims"]}).items
    stands, days = Stands(world, tuple(named), filters.get("rollup", "none")), telling_days(world, asked)
    cells = defaultdict(list)
    for each in listed:
        for cell in runs(world.records["relation"][each["id"]], stands, days):
            cells[cell].append(each)
    measure = asked.get("measure", "count")
    return {
        "actors": [shown.ref(world, actor) for actor in named],
        "values": [[measured(cells[one, other], measure) for other in named] for one in named],
        "counted": len({each["id"] for items in cells.values() for each in items}),
    }


def runs(relation: Record, stands: Stands, days: list[int]) -> set[tuple[str, str]]:
    """From whom to whom of the named actors a relation runs."""
    source, target = stands.world.ends(relation)
    found: set[tuple[str, str]] = set()
    if stands.rollup == "none":
        found = {(source, target)} if {source, target} <= set(stands.named) and source != target else set()
    for day in days if stands.rollup != "none" else ():
        if covers(relation, day):
            sides = stands.on(day)
            if any({source, target} <= side for side in sides.values()):
                return set()
            found |= {(i, j) for i in sides for j in sides if source in sides[i] and target in sides[j]}
    return found | {(j, i) for i, j in found if type_of(relation).symmetric}


def all_signals(world: World, asked: Asked) -> list[Json]:
    """`/signals`."""
    own = {"between", "actor", "kind", "window", "min_severity"}
    filters = {name: value for name, value in asked.items() if name not in own}
    if "between" in asked:
        a, b = (world.called(name) or "" for name in asked["between"])
        counted = [(each, a, b) for each in between(world, filters, a, b)]
    elif "actor" in asked:
        a = world.called(asked["actor"]) or ""
        ends = _ends(world, filters, a)
        counted = [(each, a, ends[each["id"]]) for each in between(world, filters, a) if ends[each["id"]] != a]
    else:
        listed = relations(world, {"attested": "true", **filters, "include": ["claims"]}).items
        ends_of = [(each | {"direction": "out"}, each["source"]["id"], each["target"]["id"]) for each in listed]
        counted = [run for run in ends_of if run[1] != run[2]]
    found = signals(world, counted, asked.get("kind", "mixed"), asked.get("window", 180))
    return [each for each in found if each["severity"] >= asked.get("min_severity", 0)]
