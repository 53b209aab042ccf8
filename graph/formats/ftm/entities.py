"""Lines become entities: what cannot be one is rejected, and a value that cannot be kept is told."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

import orjson

from graph.formats.cells import TEXT_LENGTH, Unreadable, decoded
from graph.formats.countries import by_iso2
from graph.formats.ftm.schemas import NOT_STATES
from graph.formats.incoming import Party, Reject, Tally
from graph.text import has_control

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.formats.incoming import Lines


class Entity(NamedTuple):
    """One line: values tidy and in alphabetical order, and what else the line says of the entity."""

    line: int
    id: str
    schema: str
    caption: str
    properties: dict[str, list[str]]
    others: dict[str, list[str]]


def entities(lines: Lines) -> Iterator[Entity | Reject | Tally]:
    """Read lines into entities, and tell of those that are none, and of values that can't be kept."""
    for n, line in decoded(lines):
        if isinstance(line, Reject):
            yield line
        elif line.strip():
            left_out: list[Tally] = []
            try:
                entity = _entity(n, line, left_out)
            except Unreadable as error:
                yield Reject(n, error.column, error.reason)
            else:
                yield from left_out
                yield entity


def _entity(n: int, line: str, left_out: list[Tally]) -> Entity:
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Unreadable(None, f"This is not JSON: {error}.") from None
    if not isinstance(said, dict):
        raise Unreadable(None, "An entity is a JSON object.")
    id_, schema, properties = (said.pop(key, None) for key in ("id", "schema", "properties"))
    for column, value in (("id", id_), ("schema", schema)):
        if not isinstance(value, str) or not value.strip():
            raise Unreadable(column, f"The entity has no {column}.")
    if len(id_) > TEXT_LENGTH or has_control(id_):
        raise Unreadable("id", f"It has more than {TEXT_LENGTH} characters, or control characters.")
    if not isinstance(properties, dict):
        raise Unreadable("properties", "The entity has no properties.")
    read_ = {name: _values(n, f"{schema}:{name}", value, left_out) for name, value in properties.items()}
    others = {name: _values(n, name, value, left_out) for name, value in said.items() if name != "caption"}
    caption = " ".join(_values(n, "caption", said.get("caption") or [], left_out))
    return Entity(n, id_.strip(), schema, caption, read_, others)


def _values(n: int, name: str, given: object, left_out: list[Tally]) -> list[str]:
    """Give the values of a property: an entity that stands in the place of its id counts as its id."""
    values = set()
    for value in given if isinstance(given, list) else [given]:
        if isinstance(value, dict):
            value = value.get("id")  # noqa: PLW2901 - what is meant by it
        if isinstance(value, bool) or value is None:
            continue
        said = unicodedata.normalize("NFC", " ".join(str(value).split()))
        if has_control(said):
            left_out.append(Tally(n, f"value of {name}, for its control characters"))
        elif said:
            values.add(said)
    return sorted(values)


def country(code: str) -> Party | None:
    """Tell which actor a country's code means, if any."""
    state = by_iso2().get(code.upper())
    if state is not None:
        return state._replace(label=code)
    return Party(code, *NOT_STATES[code]) if code in NOT_STATES else None
