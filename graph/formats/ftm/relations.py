"""Entities between entities: each is a relation, or several, with a claim that keeps all that it says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zlib import crc32

from graph.formats.cells import TEXT_LENGTH, Remembered, Unreadable, day, number
from graph.formats.ftm.entities import Entity, country, entities
from graph.formats.ftm.schemas import ANY_EDGE, DATED_BY, EDGES, NUMBERS, POST, USUALLY_DATED_BY
from graph.formats.incoming import Party, Reject, Row
from graph.time import first_day, last_day, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from graph.formats.ftm.schemas import Edge
    from graph.formats.incoming import Item, Lines

_WIKIDATA: Final = re.compile("Q[1-9][0-9]{0,11}")


class _Post(NamedTuple):
    """An office: what it is called, and whose it is."""

    title: str
    of: Party | None


def relations(lines: Lines, lot: int, lots: int) -> Iterator[Item]:
    """Read the relations; in later lots only offices, in the positions of the lot."""
    named = Remembered(_named)
    posts = {
        entity.id: _post(entity, named)
        for entity in entities(lines)
        if isinstance(entity, Entity) and entity.schema == POST and _lot(entity.id, lots) == lot
    }
    for entity in entities(lines):
        edge = EDGES.get(entity.schema) if isinstance(entity, Entity) else None
        if edge is None or not isinstance(entity, Entity) or (lot and entity.schema != "Occupancy"):
            continue
        try:
            if entity.schema == "Occupancy":
                held = entity.properties.get(edge.target, ())
                ids = [id_ for id_ in held if _lot(id_, lots) == lot]
                if ids or not (held or lot):
                    yield from _offices(entity, ids, posts, named)
            elif entity.schema == "Sanction":
                yield from _rows(entity, edge, [_authority(entity)], _ends(entity, edge.target, named))
            else:
                yield from _rows(entity, edge, _ends(entity, edge.source, named), _ends(entity, edge.target, named))
        except Unreadable as error:
            yield Reject(entity.line, error.column, f"{entity.schema} {entity.id}: {error.reason}")


def _named(id_: str) -> Party:
    """Refer to an entity; ids that are Wikidata's say so."""
    wikidata = (("wikidata", id_),) if _WIKIDATA.fullmatch(id_) else ()
    return Party(id_, id_, identifiers=wikidata, told_elsewhere=True)


def _lot(id_: str, lots: int) -> int:
    return crc32(id_.encode()) % lots


def _ends(entity: Entity, name: str, named: Remembered[Party]) -> list[Party]:
    """Give the ends that an edge names by a property. Raises Unreadable if there is none."""
    ids = entity.properties.get(name, ())
    if not ids:
        raise Unreadable(name, f"It has no {name}.")
    return [named[id_] for id_ in ids]


def _authority(entity: Entity) -> Party:
    """Give whose measure a sanction is: the one state of its authority, else the authority itself."""
    countries = entity.properties.get("country", ())
    state = country(countries[0]) if len(countries) == 1 else None
    if state is not None:
        return state
    for name in entity.properties.get("authority", ()):
        if len(name) <= TEXT_LENGTH:
            return Party(name, name, "organization")
    raise Unreadable("authority", "It names neither one state nor an authority whose measure it is.")


def _post(entity: Entity, named: Remembered[Party]) -> _Post:
    names = entity.properties.get("name", [entity.caption or entity.id])
    title = entity.caption if entity.caption in names else names[0]
    bodies = entity.properties.get("organization", ())
    countries = entity.properties.get("country", ())
    if bodies:
        return _Post(title, named[bodies[0]])
    return _Post(title, country(countries[0]) if len(countries) == 1 else None)


def _offices(entity: Entity, ids: list[str], posts: dict[str, _Post], named: Remembered[Party]) -> Iterator[Row]:
    """Give the offices that an occupancy says are held."""
    edge = EDGES["Occupancy"]
    holders = _ends(entity, edge.source, named)
    if not ids:
        raise Unreadable(edge.target, "It has no post.")
    for i, id_ in enumerate(ids):
        post = posts.get(id_)
        if post is None:
            raise Unreadable(edge.target, f'There is no {POST} "{id_}" in the file.')
        if post.of is None:
            raise Unreadable(edge.target, f'The {POST} "{id_}" names neither a body nor one state whose office it is.')
        for row in _rows(entity, edge, holders, [post.of], {"title": post.title}):
            yield row._replace(aside=row.aside or i > 0)


def _rows(
    entity: Entity, edge: Edge, sources: list[Party], targets: list[Party], attributes: dict[str, str] | None = None
) -> Iterator[Row]:
    """Give a relation of each source to each target: the first for the line, the others beside it."""
    rest = {name: list(values) for name, values in entity.properties.items()}
    for name in (edge.source, edge.target):
        if name not in edge.claim:
            rest.pop(name, None)
    starts, ends = DATED_BY.get(entity.schema, USUALLY_DATED_BY)
    start = _date(rest, starts, latest=False)
    end = _date(rest, ends, latest=True)
    of_relation = {**_taken(rest, edge.relation), **(attributes or {})}
    of_claim: dict[str, Any] = _taken(rest, {**ANY_EDGE, **edge.claim})
    rest |= entity.others | ({} if _told_by_type(entity.schema, edge.type) else {"schema": [entity.schema]})
    if entity.caption:
        rest["caption"] = [entity.caption]
    extra = [f"{name}={value}" for name in sorted(rest) for value in rest[name]]
    row = Row(
        entity.line,
        edge.type,
        sources[0],
        targets[0],
        start,
        end,
        relation_attributes=of_relation or None,
        record=entity.id,
        attributes={**of_claim, "extra": extra} if extra else of_claim or None,
    )
    for i, (source, target) in enumerate((source, target) for source in sources for target in targets):
        yield row._replace(source=source, target=target, aside=i > 0)


def _told_by_type(schema: str, type_: str) -> bool:
    """Whether a relation's type alone says which schema it came from."""
    return sum(edge.type == type_ for edge in EDGES.values()) == 1 or schema in {"Directorship", "UnknownLink"}


def _taken(rest: dict[str, list[str]], keys: dict[str, str]) -> dict[str, Any]:
    """Take the first value of each property that has a key; what can't be read as a number stays."""
    taken: dict[str, Any] = {}
    for name, key in keys.items():
        values = rest.get(name)
        if not values:
            continue
        try:
            said = number(values[0], name) if key in NUMBERS else values[0]
        except Unreadable:
            continue
        if said is not None:
            taken[key] = said
            rest[name] = values[1:]
    return taken


def _date(rest: dict[str, list[str]], names: Iterable[str], *, latest: bool) -> int | None:
    """Take the earliest or latest date of the first property that has any. Raises Unreadable."""
    for name in names:
        dates = {day(value.partition("T")[0].partition(" ")[0], name): value for value in rest.get(name, ())}
        dated = [date for date in dates if date is not None]
        if dated:
            found = max(dated, key=last_day) if latest else min(dated, key=first_day)
            rest[name] = [value for value in rest[name] if value != unpack(found)]
            return found
    return None
