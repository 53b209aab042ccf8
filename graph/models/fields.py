"""What a field of a statement may hold: every text is bounded, in NFC, and free of control characters.

A statement is read strictly (a number is no text, an unknown key is a fault) and once, at the edge; inside it is
trusted. Faults carry JSON pointers into what was sent.
"""

import math
import re
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from graph.errors import Fault, Invalid
from graph.text import SLUG_LENGTH, has_control, tidy

TEXT_LIMIT = 1_000_000
_LIST_LIMIT = 200
_SAFE_WHOLE = 2**53


class Statement(BaseModel):
    """What a writer states, in full: what is left out is stated to be absent."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _line(text: str) -> str:
    if has_control(text) or any(c in text for c in "\t\n\r"):
        raise PydanticCustomError("control_character", "Control characters and line ends have no place here.")
    return _said(tidy(text).strip())


def _prose(text: str) -> str:
    if has_control(text):
        raise PydanticCustomError("control_character", "Control characters have no place here.")
    return tidy(text)


def _said(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "It is blank: leave it out, or say something.")
    return text


def _attribute(value: object) -> object:
    match value:
        case bool():
            return value
        case str():
            return _line(value)
        case float() if not math.isfinite(value):
            raise PydanticCustomError("not_finite", "A number must be finite.")
        case int() | float() if abs(value) > _SAFE_WHOLE:
            raise PydanticCustomError("too_large", "A number beyond 2^53 is not the same in every program.")
        case float():
            return int(value) if value.is_integer() else value
        case int():
            return value
        case list() if all(isinstance(item, str) for item in value):
            return [_line(item) for item in value]
    raise PydanticCustomError("not_flat", "An attribute is a text, a number, true, false or a list of texts.")


Line = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_line)]
"""One line: a name, a title, a code. Surrounding spaces are dropped."""
Url = Annotated[str, StringConstraints(max_length=2000, pattern=r'^https?://[^\s<>"]+$'), AfterValidator(_line)]
"""A web address: http or https, for it is shown as a link."""
Prose = Annotated[
    str, StringConstraints(min_length=1, max_length=10_000), AfterValidator(_prose), AfterValidator(_said)
]
"""A few paragraphs."""
Passage = Annotated[
    str, StringConstraints(min_length=1, max_length=5000), AfterValidator(_prose), AfterValidator(_said)
]
"""Words out of a text, as they stand there."""
Context = Annotated[str, StringConstraints(max_length=1000), AfterValidator(_prose)]
"""What stands beside a passage; spaces count."""
FullText = Annotated[
    str, StringConstraints(min_length=1, max_length=TEXT_LIMIT), AfterValidator(_prose), AfterValidator(_said)
]
"""A document's whole text."""
Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_line)]
"""Why something was written."""
Slug = Annotated[str, StringConstraints(max_length=SLUG_LENGTH, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
"""A readable id."""
Scheme = Annotated[str, StringConstraints(max_length=50, pattern=r"^[a-z][a-z0-9_-]*$")]
"""Who gave an identifier."""
Language = Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
"""A BCP 47 tag."""
Reference = Annotated[str, StringConstraints(min_length=1, max_length=600), AfterValidator(_line)]
"""A record by its id; an actor by `scheme:value` too. In a file of statements `@x` is what an earlier line called x."""
Confidence = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""From 0 to 1."""
AttributeKey = Annotated[str, StringConstraints(max_length=50, pattern=r"^[a-z][a-z0-9_]*$")]
AttributeValue: TypeAlias = str | int | float | bool | list[str]
Attributes = Annotated[
    dict[AttributeKey, Annotated[AttributeValue, Field(union_mode="left_to_right"), BeforeValidator(_attribute)]],
    Field(max_length=50),
]
"""A flat object. Which keys are known is the vocabulary's affair."""
Many: Any = Field(default_factory=list, max_length=_LIST_LIMIT)
"""A list that may be left out."""


def faults_of(error: ValidationError, within: str = "") -> Invalid:
    """Turn what pydantic found into faults with JSON pointers, below the pointer `within`."""
    return Invalid(Fault("pointer", within + _pointer(found["loc"]), _detail(found)) for found in error.errors())


def _pointer(places: tuple[str | int, ...]) -> str:
    """`#...` are the tags of a union's members, which stand in no document; `[key]` marks an object's key."""
    kept = [str(place) for place in places if not str(place).startswith("#") and place != "[key]"]
    return "".join("/" + place.replace("~", "~0").replace("/", "~1") for place in kept)


def _detail(found: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    if found["type"] == "extra_forbidden":
        return "There is no such field here."
    if found["type"] == "missing":
        return "This field is required."
    message: str = found["msg"]
    return re.sub(r"(?<![.!?])$", ".", message)
