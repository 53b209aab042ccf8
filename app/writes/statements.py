"""From a body to a statement: which fields there are, and why it is written.

Beside the statement's own fields a body may say `comment` and `reason`: both go to the change log, not to the record.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import Field, ValidationError

from graph.errors import Fault, Invalid
from graph.models import faults_of
from graph.models.fields import Prose, Reason, Statement
from graph.text import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_FIELD = "There is no such field here."


class Told(Statement):
    """Why something is written: kept in the change log."""

    comment: Prose | None = Field(
        None, description="A remark for the change log.", json_schema_extra={"examples": ["From the evening edition."]}
    )
    reason: Reason | None = Field(
        None,
        description="Why it is written, for the change log; reinstating what was retracted needs one.",
        json_schema_extra={"examples": ["A name was misspelt."]},
    )


class Stated(NamedTuple):
    """What a body states, and why."""

    statement: Statement
    told: Told


def read(model: type[Statement], said: object) -> Stated:
    """Read a body's JSON. Errors: `Invalid`, with pointers into it."""
    if not isinstance(said, dict):
        raise Invalid.pointer("", "The body is a JSON object.")
    own = [name for name in Told.model_fields if name not in model.model_fields]
    told = {name: said[name] for name in own if name in said}
    rest = {name: value for name, value in said.items() if name not in told}
    faults: list[Fault] = []
    found: list[Statement] = []
    for each, given in ((model, rest), (Told, told)):
        try:
            found.append(each.model_validate(given))
        except ValidationError as error:
            faults += [with_hint(fault, model) for fault in faults_of(error).faults]
    if faults:
        raise Invalid(faults)
    statement, why = found
    assert isinstance(why, Told)  # noqa: S101 - the second of the two
    return Stated(statement, why)


def with_hint(fault: Fault, model: type[Statement]) -> Fault:
    """A fault, and the field that was probably meant if there is none of its name."""
    if fault.detail != _NO_FIELD:
        return fault
    near = nearest(fault.name.rpartition("/")[2], fields(model))
    return fault._replace(detail=f'{_NO_FIELD} Was "{near}" meant?' if near else _NO_FIELD)


@cache
def fields(model: type[Statement]) -> tuple[str, ...]:
    """Every field that a statement may have, those of its parts included."""
    schema = model.model_json_schema(by_alias=True)
    parts: list[Mapping[str, Any]] = [schema, *schema.get("$defs", {}).values()]
    return tuple(dict.fromkeys(name for part in parts for name in part.get("properties", ())))
