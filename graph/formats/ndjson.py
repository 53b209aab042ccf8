"""Statements as lines of JSON: the service's own lossless form.

Each line is an object with an `op`:

    {"op": "actor" | "document" | "dataset" | "claim", ...the statement's fields}
    {"op": "amend", "record": kind, "id": ..., "statement": {...}, "reason"?, "if_version"?}
    {"op": "retract", "record": kind, "id": ..., "reason": ..., "if_version"?}       of a merge: undoes it
    {"op": "merge", "survivor": actor, "absorb": [actors], "reason": ...}
    {"op": "copy", "record": kind, "id": ..., "statement": {...}, "first"?: {...}}      see `graph.formats.copies`

`"as": "x"` calls what a line states x, and later lines may refer to it as `@x`; for a claim that is the claim, and
where a relation is meant its relation. Blank lines are skipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import orjson
from pydantic import Field, StringConstraints, ValidationError

from graph.errors import Fault, Invalid
from graph.formats.incoming import Importer, Reject
from graph.models import (
    ActorStatement,
    ClaimStatement,
    DatasetStatement,
    DocumentStatement,
    MergeStatement,
    RelationStatement,
    faults_of,
)
from graph.models.fields import Reason, Reference, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Kind = Literal["actor", "document", "dataset", "relation", "claim"]
_S = TypeVar("_S", bound=Statement)
Version = Annotated[int, Field(ge=1)]


class MergeLine(MergeStatement):
    """A merge, with the actor that survives."""

    survivor: Reference


class RetractLine(Statement):
    """The end of a record's life, or the undoing of a merge."""

    record: Kind | Literal["merge"]
    id: Reference
    reason: Reason
    if_version: Version | None = None


class AmendLine(Statement):
    """A record's new statement."""

    record: Kind
    id: Reference
    statement: dict[str, object]
    reason: Reason | None = None
    if_version: Version | None = None


class CopyLine(Statement):
    """A record of another ledger under its own id, and what it said before it was amended. A merge has no id here."""

    record: Kind | Literal["merge"]
    id: Reference | None = None
    statement: dict[str, object]
    first: dict[str, object] | None = None


class _Name(Statement):
    """What a line calls what it states."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = Field(default=None, alias="as")


STATEMENTS: dict[str, type[Statement]] = {
    "actor": ActorStatement,
    "document": DocumentStatement,
    "dataset": DatasetStatement,
    "relation": RelationStatement,
    "claim": ClaimStatement,
}
"""What an amendment of each kind of record states."""
_COPIED: dict[str, type[Statement]] = {**STATEMENTS, "merge": MergeLine}
_NAMED = ("actor", "document", "dataset")

_OPS: dict[str, type[Statement]] = {
    **{kind: statement for kind, statement in STATEMENTS.items() if kind != "relation"},
    "amend": AmendLine,
    "retract": RetractLine,
    "merge": MergeLine,
    "copy": CopyLine,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what it states; what an amendment or copy states, and what a copy said first."""

    number: int
    op: str
    name: str | None
    statement: Statement
    amended: Statement | None = None
    first: Statement | None = None


def read_each(lines: Iterable[bytes]) -> Iterator[Line | Reject]:
    """Read lines one by one, and tell of those that are no statements."""
    for number, text in enumerate(lines, start=1):
        if text.strip():
            try:
                yield _read(number, text)
            except Invalid as error:
                yield Reject(number, error.faults[0].name or None, " ".join(fault.detail for fault in error.faults))


def read(lines: Iterable[bytes | str]) -> Iterator[Line]:
    """Read lines into statements, one by one. Raises Invalid that tells the line, with pointers into it."""
    for number, text in enumerate(lines, start=1):
        if text.strip():
            try:
                yield _read(number, text)
            except Invalid as error:
                raise at_line(number, error) from error


def at_line(number: int, error: Invalid) -> Invalid:
    """Tell in which line the faults are."""
    return Invalid(Fault(fault.where, fault.name, f"Line {number}: {fault.detail}") for fault in error.faults)


def _read(number: int, text: bytes | str) -> Line:
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Invalid.pointer("", f"This is not JSON: {error}.") from error
    return line_of(number, said)


def line_of(number: int, said: object) -> Line:
    """Read a line whose JSON has been parsed. Raises Invalid with pointers into it."""
    if not isinstance(said, dict):
        raise Invalid.pointer("", "A line is a JSON object.")
    said = dict(said)
    op = said.pop("op", None)
    if not isinstance(op, str) or op not in _OPS:
        raise Invalid.pointer("/op", f"`op` is one of: {', '.join(_OPS)}.")
    name = _checked(_Name, {"as": said.pop("as")} if "as" in said else {}, "").name
    statement = _checked(_OPS[op], said, "")
    amended = None
    if isinstance(statement, AmendLine):
        amended = _checked(STATEMENTS[statement.record], statement.statement, "/statement")
    if isinstance(statement, CopyLine):
        return _copied(number, name, statement)
    return Line(number, op, name, statement, amended)


def _copied(number: int, name: str | None, line: CopyLine) -> Line:
    """Read what a copy states. Its id stands beside it, where statements of actors and sources hold their own."""
    kind = _COPIED[line.record]
    if (line.id is None) != (line.record == "merge"):
        raise Invalid.pointer("/id", "Every record has an id here, but for merges, which the ledger numbers.")
    said = {**line.statement, "id": line.id} if line.record in _NAMED else line.statement
    first = None if line.first is None else _checked(kind, line.first, "/first")
    return Line(number, "copy", name, line, _checked(kind, said, "/statement"), first)


def _checked(model: type[_S], said: dict[str, object], within: str) -> _S:
    try:
        return model.model_validate(said)
    except ValidationError as error:
        raise faults_of(error, within) from error


IMPORTER = Importer("ndjson", "statements as lines of JSON, our own form, lossless", read_each, dataset="statements")
