"""Load a file of statements: one write transaction, one revision, and nothing at all the second time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from graph.errors import Conflict, Gone, Invalid, NotFound
from graph.formats.ndjson import AmendLine, CopyLine, Line, MergeLine, RetractLine, at_line, read
from graph.models import ActorStatement, ClaimStatement, DatasetStatement, DocumentStatement, RelationStatement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from graph.store import Store, Writer
    from graph.store.references import Found


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many lines added something, how many were known, and the revision that holds them all."""

    added: int
    known: int
    revision: int


def load(store: Store, lines: Iterable[bytes | str], *, by: str | None = None, reason: str | None = None) -> Loaded:
    """Record what the lines state and is not recorded yet, in one revision; all or nothing.

    Raises Invalid or Conflict that tell the line.
    """
    added = known = 0
    with store.write(by=by, op="load", reason=reason, replay=True) as writer:
        for line in read(lines):
            before = writer.wrote
            try:
                apply(writer, line)
            except Invalid as error:
                raise at_line(line.number, error) from error
            except (Conflict, Gone, NotFound) as error:
                raise Conflict(f"Line {line.number}: {error}", getattr(error, "holder", None)) from error
            if writer.wrote > before:
                added += 1
            else:
                known += 1
    return Loaded(added, known, writer.revision)


def apply(writer: Writer, line: Line) -> str:
    """Do what one line states, and give the id of the record that it is about. Errors: those of the verbs."""
    id_ = _VERBS[line.op](writer, line)
    if line.name is not None:
        if line.name in writer.named:
            raise Invalid.pointer("/as", f'"{line.name}" is taken by an earlier line.')
        writer.named[line.name] = id_
    return id_


def _amend(writer: Writer, line: Line) -> str:
    said = cast("AmendLine", line.statement)
    found = writer.at_path(said.record, said.id)
    id_ = found.id
    match line.amended:
        case ActorStatement():
            changed = writer.amend_actor(id_, line.amended, reason=said.reason)
        case DocumentStatement():
            changed = writer.amend_document(id_, line.amended, reason=said.reason)
        case DatasetStatement():
            changed = writer.amend_dataset(id_, line.amended, reason=said.reason)
        case RelationStatement():
            changed = writer.amend_relation(id_, line.amended, reason=said.reason)
        case ClaimStatement():
            changed = writer.amend_claim(id_, line.amended, reason=said.reason)
        case _:
            changed = False
    _refuse_stale(found, said.if_version, changed=changed)
    return id_


def _retract(writer: Writer, line: Line) -> str:
    said = cast("RetractLine", line.statement)
    found = writer.at_path(said.record, said.id)
    if said.record == "merge":
        changed = writer.undo_merge(found.id, said.reason)
    else:
        changed = writer.retract(said.record, found.id, said.reason)
    _refuse_stale(found, said.if_version, changed=changed)
    return found.id


def _merge(writer: Writer, line: Line) -> str:
    said = cast("MergeLine", line.statement)
    return writer.merge(said.survivor, said)


def _copy(writer: Writer, line: Line) -> str:
    id_ = cast("CopyLine", line.statement).id or ""
    first = line.first or line.amended
    match line.amended, first:
        case ActorStatement(), _:
            return writer.add_actor(line.amended).id
        case DatasetStatement(), _:
            return writer.add_dataset(line.amended).id
        case DocumentStatement(), _:
            return writer.copy_document(id_, line.amended)
        case RelationStatement(), RelationStatement():
            return writer.copy_relation(id_, first, line.amended)
        case ClaimStatement(), ClaimStatement():
            return writer.copy_claim(id_, first, line.amended)
    merge = cast("MergeLine", line.amended)
    return writer.copy_merge(merge.survivor, merge)


def _refuse_stale(found: Found, expected: int | None, *, changed: bool) -> None:
    """Raise Conflict if a line changed another version than its writer knew; raising takes the change back."""
    if changed and expected not in {None, found.row.version}:
        raise Conflict(f'The {found.kind} "{found.id}" is in version {found.row.version} by now.', found.id)


_VERBS: dict[str, Callable[[Writer, Line], str]] = {
    "actor": lambda writer, line: writer.add_actor(cast("ActorStatement", line.statement)).id,
    "document": lambda writer, line: writer.add_document(cast("DocumentStatement", line.statement)).id,
    "dataset": lambda writer, line: writer.add_dataset(cast("DatasetStatement", line.statement)).id,
    "claim": lambda writer, line: writer.claim(cast("ClaimStatement", line.statement)).claim_id,
    "amend": _amend,
    "retract": _retract,
    "merge": _merge,
    "copy": _copy,
}
