"""What every shown model shares: open strings, no bounds, every field always there.

Clients are generated from these shapes today and read what the vocabulary holds tomorrow, so no shape closes a set or
bounds a text. A field that is only there when asked for is named in `absent_unless_asked`.
"""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema


class Shape(BaseModel):
    """The root of what is shown."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        json_schema_serialization_defaults_required=True,
    )
    absent_unless_asked: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Write nullable fields as `type: [T, "null"]`, and leave out titles and defaults."""
        reference = handler(core)
        schema = handler.resolve_ref_schema(reference)
        for noise in ("title", "additionalProperties"):  # fields may be added: no client may refuse them
            schema.pop(noise, None)
        fields = schema.get("properties", {})
        schema["properties"] = {name: _plain(field) for name, field in fields.items()}
        asked = {cls.model_fields[name].alias or name for name in cls.absent_unless_asked}
        schema["required"] = [name for name in schema["properties"] if name not in asked]
        return reference


class ActorRef(Shape):
    """An actor, named. `id` is what to ask for more with."""

    id: str
    name: str
    kind: str = Field(description="state, bloc, organization, person, group, place or unknown; more may come.")


class Page(Shape):
    """One page of a list: pass `next` as `cursor` for the page after it, with the same filters."""

    next: str | None = Field(description="The cursor of the next page; null on the last one.")
    total: int | None = Field(description="How many there are in all; only filled when asked with count=exact.")


class VersionEntry(Shape):
    """One step in a record's history: who wrote what, when and why."""

    version: int
    revision: int
    at: str
    by: str | None
    op: str = Field(description="add, amend, retract or reinstate.")
    reason: str | None


def _plain(field: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in field.items() if key not in {"title", "default"}}
    choices = kept.get("anyOf", [])
    if len(choices) == 2 and {"type": "null"} in choices:  # noqa: PLR2004 - T or null
        other = next(choice for choice in choices if choice != {"type": "null"})
        if isinstance(other.get("type"), str):
            del kept["anyOf"]
            kept = {**other, **kept, "type": [other["type"], "null"]}
    return kept
