"""Many writes at once: lines of JSON in one transaction, one revision, and what came of each.

1. With `atomic=true` a line that is refused refuses the batch, and the answer is that line's problem. Of lines that
   can't be read, or ask for more than the key may, all are told at once.
2. With `atomic=false` it is that line alone which leaves nothing behind; the lines after it can't refer to it.
3. What `If-Match` is to a single write is `if_version` in a line, and as much required.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from app import access, problems
from app.errors import PRECONDITION_REQUIRED, Refused
from app.writes import strict_json
from app.writes.door import Came, Order, reply
from graph.errors import Busy, EntenteError, Fault, Full, Invalid
from graph.formats.ndjson import AmendLine, Line, RetractLine, line_of
from graph.transfer import apply

if TYPE_CHECKING:
    from app.errors import Kind
    from app.problems import Reply
    from app.source import Source
    from app.writes.door import Request
    from graph.store import Writer

TAKES: Final = ("atomic", "dry_run")
MEANING: Final = (
    "Lines of JSON, each a body as single writes take it with its `op`: `actor`, `document`, `dataset`, `claim`; "
    '`{"op": "amend", "record": kind, "id", "statement": {...}, "reason"?, "if_version"}`; '
    '`{"op": "retract", "record": kind, "id", "reason", "if_version"}` (of a merge: undoes it); '
    '`{"op": "merge", "survivor", "absorb": [ids], "reason"}`. `"as": "x"` names what a line states, and later lines '
    "refer to it as `@x`. All of it is one revision. Retracting and merging need the scope `curate`."
)
_CURATED: Final = {"retract", "merge"}
_LINES_TOLD: Final = 50


class Refusal(NamedTuple):
    """A line that was refused, and why."""

    number: int
    kind: Kind
    error: EntenteError | Refused

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults in the line, by pointers."""
        return self.error.faults if isinstance(self.error, Invalid) else ()

    def outcome(self) -> dict[str, Any]:
        """The line's result."""
        told = {
            "type": self.kind.type,
            "title": self.kind.title,
            "detail": str(self.error),
            "errors": [{fault.where: fault.name, "detail": fault.detail} for fault in self.faults],
        }
        return _outcome(self.number, self.kind.status, problem=told)


class BatchOrder(Order):
    """The order of a batch."""

    op = "batch"
    goes_first = True

    def __init__(self, request: Request, source: Source) -> None:
        super().__init__(request, source)
        self.comment = request.headers.comment()
        self.atomic = request.parameters.atomic
        lines = enumerate(request.body.split(b"\n"), start=1)
        self.lines = [self._read(number, text) for number, text in lines if text.strip()]
        if not self.lines:
            raise Invalid.pointer("", "The batch has no line; each line is a JSON object with an `op`.")
        refused = [line for line in self.lines if isinstance(line, Refusal)]
        if self.atomic and refused:
            raise _of_all(refused)

    def do(self, writer: Writer) -> tuple[int, dict[str, Any]]:
        """Do each line in turn."""
        results = []
        for line in self.lines:
            done = line if isinstance(line, Refusal) else self._done(writer, line)
            if isinstance(done, Refusal) and self.atomic:
                raise _of_all([done]) from done.error
            results.append(done.outcome() if isinstance(done, Refusal) else done)
        return 200, {"results": results, "written": writer.verbs}

    def answer(self, came: Came) -> Reply:
        """What came of each line."""
        results = came.result["results"]
        dry_run = self.request.parameters.dry_run
        told = {
            "dry_run": dry_run,
            "revision": came.revision,
            "written": came.result["written"],
            "refused": sum(result["problem"] is not None for result in results),
            "results": results,
        }
        return reply(came, orjson.dumps(told))

    def _read(self, number: int, text: bytes) -> Line | Refusal:
        try:
            line = line_of(number, strict_json.parse(text))
            if line.op == "copy":
                raise Invalid.pointer("/op", "Records are copied by an import, not by a batch.")
            if line.op in _CURATED:
                access.require(self.request.holder, "curate")
            _require_version(line)
        except (Invalid, Refused) as error:
            return Refusal(number, problems.kind_of(error), error)
        return line

    def _done(self, writer: Writer, line: Line) -> dict[str, Any] | Refusal:
        before = writer.wrote
        try:
            with nullcontext() if self.atomic else writer.attempt():
                _expect(writer, line)
                id_ = apply(writer, line)
        except (Busy, Full):
            raise
        except EntenteError as error:
            return Refusal(line.number, problems.kind_of(error), error)
        said = line.statement
        kind = said.record if isinstance(said, AmendLine | RetractLine) else line.op
        added = writer.wrote > before and not isinstance(said, AmendLine | RetractLine)
        relation = id_.partition(".")[0] if kind == "claim" else None
        return _outcome(line.number, 201 if added else 200, record=kind, id=id_, relation=relation)


def _require_version(line: Line) -> None:
    """Errors: `Refused` if a line replaces a record without saying which version of it."""
    said = line.statement
    if isinstance(said, AmendLine | RetractLine) and said.if_version is None:
        raise Refused(PRECONDITION_REQUIRED, f"`if_version` must say which version of the {said.record} you know.")


def _expect(writer: Writer, line: Line) -> None:
    said = line.statement
    if isinstance(said, AmendLine | RetractLine) and said.if_version is not None:
        writer.expect_version(said.record, said.id, said.if_version)


def _of_all(refused: list[Refusal]) -> EntenteError | Refused:
    """The problem of a batch: that of its line, or of its lines that can't be read."""
    first = refused[0]
    if any(refusal.faults for refusal in refused):
        faults = [
            fault._replace(detail=f"Line {refusal.number}: {fault.detail}")
            for refusal in refused[:_LINES_TOLD]
            for fault in refusal.faults or (Fault("pointer", "", str(refusal.error)),)
        ]
        return Invalid(faults)
    headers = first.error.headers if isinstance(first.error, Refused) else ()
    return Refused(first.kind, f"Line {first.number}: {first.error}", headers)


def _outcome(line: int, status: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"line": line, "status": status, "record": None, "id": None, "relation": None, "problem": None, **more}
