"""Entities that are actors: names, identifiers and countries. What else is said of them is counted, by property."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graph.formats.cells import TEXT_LENGTH
from graph.formats.ftm.entities import country
from graph.formats.ftm.schemas import COUNTRIES, EDGES, IDENTIFIERS, KINDS, NAMES, POST, PROSE, SAME, scheme_of
from graph.formats.incoming import Party, Row, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from graph.formats.ftm.entities import Entity
    from graph.formats.incoming import Item

_MOST_NAMES: Final = 200
_LONGEST_PROSE: Final = 10_000


def actor(entity: Entity) -> Iterator[Item]:
    """Give the actor that an entity is, and its countries; or tell what is left out."""
    kind = KINDS.get(entity.schema)
    if kind is None:
        if entity.schema == POST:
            yield from _unkept(entity, {"name", "organization", "country"})
            yield Tally(entity.line, f"schema {POST}, but for the title and place of offices held", whole=True)
        elif entity.schema not in EDGES:
            yield Tally(entity.line, f"schema {entity.schema}", whole=True)
        return
    names = [(value, NAMES[name]) for name in NAMES for value in entity.properties.get(name, ())]
    kept = [pair for pair in dict.fromkeys(names) if len(pair[0]) <= TEXT_LENGTH]
    called = _called(entity, [name for name, _ in kept])
    kept = [pair for pair in kept if pair[0] != called]
    if len(kept) > _MOST_NAMES or len(kept) < len(dict.fromkeys(names)) - 1:
        yield Tally(entity.line, f"names beyond {_MOST_NAMES}, or longer than {TEXT_LENGTH} characters")
    prose = "\n".join(value for name in PROSE for value in entity.properties.get(name, ()))
    if len(prose) > _LONGEST_PROSE:
        yield Tally(entity.line, f"description longer than {_LONGEST_PROSE:,} characters")
        prose = ""
    party = Party(
        entity.id,
        called,
        kind,
        tuple(_identifiers(entity, SAME)),
        tuple((value, None, kind_) for value, kind_ in kept[:_MOST_NAMES]),
        prose or None,
        further=tuple(_identifiers(entity, IDENTIFIERS)),
    )
    yield party
    yield from _unkept(entity, {*NAMES, *PROSE, *SAME, *IDENTIFIERS, *COUNTRIES})
    yield from _countries(entity, party)


def _called(entity: Entity, names: list[str]) -> str:
    """Say what an actor is called: as the file captions it, else by the first of its names."""
    if entity.caption in names or (not names and 0 < len(entity.caption) <= TEXT_LENGTH):
        return entity.caption
    return names[0] if names else entity.id


def _identifiers(entity: Entity, kept: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name, values in entity.properties.items():
        if name in kept:
            yield from ((scheme_of(name), value) for value in values if len(value) <= TEXT_LENGTH)


def _unkept(entity: Entity, kept: set[str]) -> Iterator[Tally]:
    """Tell what has no place here."""
    for name in entity.properties:
        if name not in kept:
            yield Tally(entity.line, f"property {entity.schema}:{name}")
    for name, values in entity.others.items():
        if values:
            yield Tally(entity.line, f"field {name} of actors")


def _countries(entity: Entity, party: Party) -> Iterator[Item]:
    """Give an actor's relations to its countries."""
    told: set[tuple[str, str]] = set()
    for name, usual in COUNTRIES.items():
        type_ = "represents" if entity.schema == "PublicBody" else usual
        for code in entity.properties.get(name, ()):
            home = country(code)
            if home is None:
                yield Tally(entity.line, f'{name} "{code}", which is no country here')
            elif (type_, code) not in told and set(home.identifiers).isdisjoint(party.identifiers):
                told.add((type_, code))
                yield Row(entity.line, type_, party, home, aside=True)
