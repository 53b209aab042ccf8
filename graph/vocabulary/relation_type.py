"""One type of relation: the words that its fields may take, what the program asks of it, and what `/types` answers."""

import math
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from graph.text import nearest

QUAD_CLASSES: Final = (
    "verbal-cooperation",
    "material-cooperation",
    "verbal-conflict",
    "material-conflict",
    "structural",
)
KINDS: Final = ("state", "bloc", "organization", "person", "group", "place", "unknown")
TEMPORALITIES: Final = ("event", "state")
ATTRIBUTE_TYPES: Final = ("string", "number", "integer", "boolean", "array of strings")


class _OneOf:
    """A word that our data takes from a list. To clients it is an open string, because the list may grow."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __call__(self, word: str) -> str:
        if word not in self.words:
            meant = nearest(word, self.words)
            hint = f"; was {meant} meant?" if meant else ""
            raise ValueError(f'"{word}" is none of {", ".join(self.words)}{hint}')
        return word

    def schema(self) -> WithJsonSchema:
        return WithJsonSchema({"type": "string", "x-extensible-enum": list(self.words)})


_a_class, _a_kind = _OneOf(*QUAD_CLASSES), _OneOf(*KINDS)
_a_temporality, _an_attribute_type = _OneOf(*TEMPORALITIES), _OneOf(*ATTRIBUTE_TYPES)
QuadClass = Annotated[str, AfterValidator(_a_class), _a_class.schema()]
Kind = Annotated[str, AfterValidator(_a_kind), _a_kind.schema()]
Temporality = Annotated[str, AfterValidator(_a_temporality), _a_temporality.schema()]
AttributeType = Annotated[str, AfterValidator(_an_attribute_type), _an_attribute_type.schema()]

Intensity = Annotated[float, Field(strict=True, ge=-10, le=10, allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1)]


class Attribute(BaseModel):
    """A key that relations or claims of a type may carry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: AttributeType
    description: Text

    def accepts(self, value: object) -> bool:
        """Whether a JSON value has this type: an integer is a number too, a boolean is neither, 1.0 no integer."""
        match self.type:
            case "string":
                return isinstance(value, str)
            case "boolean":
                return isinstance(value, bool)
            case "integer":
                return isinstance(value, int) and not isinstance(value, bool)
            case "number":
                return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            case _:
                return isinstance(value, list) and all(isinstance(item, str) for item in value)


class Codes(BaseModel):
    """What other vocabularies call a type, null where they have no word for it.

    PLOVER is coarser than ours, so many types share one code. It is written `EVENT/mode#context`; mode and context only
    where there are any, two contexts parted by a semicolon. In each of the other three a code names one type.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    cameo: Annotated[str, Field(pattern=r"^[0-9]{2,4}$")] | None = None
    plover: Annotated[str, Field(pattern=r"^[A-Z]+(/[a-z_-]+)?(#[a-z_]+(;[a-z_]+)*)?$")] | None = None
    ftm: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]+$")] | None = None
    wikidata: Annotated[str, Field(pattern=r"^P[1-9][0-9]*$")] | None = None


class _Described(BaseModel):
    """What a type is, in the words that readers get."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)

    id: str
    label: str
    inverse_label: str
    description: str
    parent: str | None
    temporality: Temporality
    symmetric: bool
    mirror_of: tuple[str, ...]
    quad_class: Annotated[QuadClass, Field(alias="class")]
    sign: int
    intensity: float | None
    speech: bool
    acts_for: bool
    source_kinds: tuple[Kind, ...]
    target_kinds: tuple[Kind, ...]
    codes: Codes


class Type(_Described):
    """A type as the program knows it: inherited facts merged in, and its place in the tree.

    `number` is its position in tree order; it and all its descendants are the numbers `[number, stop)`.
    `tenths` is the intensity as sums keep it, or None.
    """

    tenths: int | None
    aliases: tuple[str, ...]
    relation_attributes: dict[str, Attribute]
    claim_attributes: dict[str, Attribute]
    number: int
    stop: int

    def attribute_faults(self, level: Literal["relation", "claim"], values: dict[str, object]) -> list[tuple[str, str]]:
        """What is wrong with the attributes of a relation or claim of this type: pairs of key and sentence."""
        known, others = self.relation_attributes, self.claim_attributes
        if level == "claim":
            known, others = others, known
        return [
            (key, _attribute_fault(key, level, known, others))
            for key, value in values.items()
            if key not in known or not known[key].accepts(value)
        ]


def _attribute_fault(key: str, level: str, known: dict[str, Attribute], others: dict[str, Attribute]) -> str:
    if key in known:
        return f'"{key}" must be of type {known[key].type}.'
    if key in others:
        return f'"{key}" belongs to the {"relation" if level == "claim" else "claim"}, not to the {level}.'
    meant = nearest(key, known)
    return f'There is no attribute "{key}" here.' + (f' Was "{meant}" meant?' if meant else "")


class Attributes(BaseModel):
    """The keys that a type declares. What a relation carries is part of what it is; what a claim carries is not."""

    model_config = ConfigDict(frozen=True)

    relation: dict[str, Attribute]
    claim: dict[str, Attribute]


class RelationType(_Described):
    """A type of relation as `/types` answers it. `relations` counts what a filter by it finds, descendants included."""

    children: tuple[str, ...]
    attributes: Attributes
    relations: int
