"""The data files as they stand: TOML tables, one a type, read into entries. Rules that span entries are in `resolve`.

`attributes.toml` alone is no list of types: it holds the attributes that every type has.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.text import nearest
from graph.vocabulary.relation_type import Attribute, Codes, Intensity, Kind, QuadClass, Temporality, Text

EVERY_TYPE: Final = "attributes.toml"

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=128)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Flag = Annotated[bool, Field(strict=True)]


class Declared(BaseModel):
    """Attributes that an entry, or for every type `attributes.toml`, adds to what is inherited."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    relation_attributes: dict[Key, Attribute] = {}
    claim_attributes: dict[Key, Attribute] = {}


class Entry(Declared):
    """One type as its file states it; the table's name is the type's id.

    A class, speech and attributes hold for all below, unless they say otherwise; nothing else is inherited. Without
    `temporality` a type with a CAMEO code is an event; without kinds an end may be anything.
    """

    label: Text
    inverse_label: Text
    description: Text
    parent: str | None = None
    temporality: Temporality | None = None
    quad_class: QuadClass | None = None
    speech: Flag | None = None
    symmetric: Flag = False
    mirror_of: tuple[str, ...] = ()
    intensity: Intensity | None = None
    acts_for: Flag = False
    source_kinds: tuple[Kind, ...] | None = None
    target_kinds: tuple[Kind, ...] | None = None
    aliases: tuple[Slug, ...] = ()
    codes: Codes = Codes()


class Found(NamedTuple):
    """An entry and where it stands, as a message names it: `16-reduce-relations.toml [sanction]`."""

    where: str
    id: str
    entry: Entry


class Files(NamedTuple):
    """All that the files of a folder state, and every fault that a file shows by itself."""

    entries: list[Found]
    everywhere: Declared
    faults: list[str]


def read_files(folder: Path) -> Files:
    """Read all `*.toml` of a folder, in the order of their names."""
    files = Files([], Declared(), [])
    for path in sorted(folder.glob("*.toml")):
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            files.faults.append(f"{path.name}: cannot be read: {error}")
            continue
        if path.name == EVERY_TYPE:
            try:
                files = files._replace(everywhere=Declared.model_validate(tables))
            except ValidationError as error:
                files.faults.extend(f"{path.name}: {sentence}" for sentence in _sentences(error, Declared))
            continue
        for type_id, table in tables.items():
            where = f"{path.name} [{type_id}]"
            try:
                files.entries.append(Found(where, type_id, Entry.model_validate(table)))
            except ValidationError as error:
                files.faults.extend(f"{where}: {sentence}" for sentence in _sentences(error, Entry))
    return files


def _sentences(error: ValidationError, model: type[BaseModel]) -> Iterator[str]:
    for fault in error.errors():
        place = ".".join(str(step) for step in fault["loc"])
        match fault["type"]:
            case "missing":
                yield f"{place} is missing"
            case "extra_forbidden":
                within = model if len(fault["loc"]) == 1 else Codes if fault["loc"][0] == "codes" else Attribute
                meant = nearest(str(fault["loc"][-1]), within.model_fields)
                yield f"unknown key {place}" + (f"; was {meant} meant?" if meant else "")
            case "model_type" if not place:
                yield "is a value outside any table; a type is a table [id]"
            case _:
                yield f"{place}: {fault['msg'].removeprefix('Value error, ')}"
