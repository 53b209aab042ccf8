"""The table of writes: under which path, by which method, with which statement, scope and verb.

A verb takes the writer, the id in the path and what is stated, and tells which record came of it. Each write is one
revision; what it answers is that record as reading shows it at that revision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from app.writes.answers import ClaimRecorded
from graph.models import (
    Actor,
    ActorStatement,
    Claim,
    ClaimStatement,
    Dataset,
    DatasetStatement,
    Document,
    DocumentStatement,
    Merge,
    MergeStatement,
    Relation,
    RelationStatement,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

    from graph.models.fields import Statement
    from graph.store import Writer

Scope = Literal["write", "curate", "admin"]


class Said(NamedTuple):
    """What a write asks for: the id in the path, the statement, the reason."""

    id: str
    statement: Statement | None
    reason: str | None


class Done(NamedTuple):
    """What came of it: a status, and a record; of a claim its relation too."""

    status: int
    kind: str
    id: str
    relation: str | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """One kind of write."""

    method: Literal["POST", "PUT", "DELETE"]
    path: str
    name: str
    kind: str
    scope: Scope
    statement: type[Statement] | None
    verb: Callable[[Writer, Said], Done]
    answer: type[BaseModel]
    summary: str
    meaning: str

    @property
    def tag(self) -> str:
        """The group it belongs to in the documentation."""
        return f"{self.kind}s"

    @property
    def op(self) -> str:
        """What the change log calls it."""
        return self.name.partition("_")[0]

    @property
    def replaces(self) -> bool:
        """Whether it is about a record that its writer must know."""
        return self.method != "POST"

    @property
    def takes(self) -> tuple[str, ...]:
        """Its parameters."""
        return ("dry_run", "reason") if self.replaces else ("dry_run",)


def _add(kind: str) -> Callable[[Writer, Said], Done]:
    def add(writer: Writer, said: Said) -> Done:
        added = getattr(writer, f"add_{kind}")(said.statement)
        return Done(201 if added.new else 200, kind, added.id)

    return add


def _amend(kind: str) -> Callable[[Writer, Said], Done]:
    def amend(writer: Writer, said: Said) -> Done:
        found = writer.at_path(kind, said.id)
        getattr(writer, f"amend_{kind}")(found.id, said.statement, reason=said.reason)
        return Done(200, kind, found.id)

    return amend


def _retract(kind: str) -> Callable[[Writer, Said], Done]:
    def retract(writer: Writer, said: Said) -> Done:
        found = writer.at_path(kind, said.id)
        writer.retract(kind, found.id, said.reason or "")
        return Done(200, kind, found.id)

    return retract


def _claim(writer: Writer, said: Said) -> Done:
    claimed = writer.claim(cast("ClaimStatement", said.statement))
    return Done(201 if claimed.new_claim else 200, "claim", claimed.claim_id, claimed.relation_id)


def _merge(writer: Writer, said: Said) -> Done:
    return Done(201, "merge", writer.merge(said.id, cast("MergeStatement", said.statement)))


def _undo(writer: Writer, said: Said) -> Done:
    found = writer.at_path("merge", said.id)
    writer.undo_merge(found.id, said.reason or "")
    return Done(200, "merge", found.id)


def _records() -> list[Write]:
    """Adding, amending and retracting, for each kind of record."""
    found = []
    kinds: dict[str, tuple[type[Statement], type[BaseModel]]] = {
        "actor": (ActorStatement, Actor),
        "document": (DocumentStatement, Document),
        "dataset": (DatasetStatement, Dataset),
        "relation": (RelationStatement, Relation),
        "claim": (ClaimStatement, Claim),
    }
    for kind, (statement, answer) in kinds.items():
        a = "an" if kind == "actor" else "a"
        put = {"statement": statement, "answer": answer, "kind": kind, "path": f"/{kind}s/{{id}}"}
        found += [
            Write(
                method="PUT", name=f"amend_{kind}", scope="write", verb=_amend(kind), **_as_any(put),
                summary=f"State {a} {kind} anew", meaning=f"{_PUT} {_FIXED[kind]}".strip(),
            ),
            Write(
                method="DELETE", name=f"retract_{kind}", scope="curate", verb=_retract(kind),
                **_as_any(put | {"statement": None}), summary=f"Retract {a} {kind}",
                meaning=f"{_DELETE} {_HIDES[kind]}".strip(),
            ),
        ]  # fmt: skip
        if kind in _POST:
            post = put | {"path": f"/{kind}s"}
            found.append(
                Write(
                    method="POST", name=f"add_{kind}", scope="write", verb=_add(kind), **_as_any(post),
                    summary=f"Record {a} {kind}", meaning=_POST[kind],
                )
            )  # fmt: skip
    return found


def _as_any(values: dict[str, Any]) -> dict[str, Any]:
    return values


_PUT = (
    "The full statement: what it leaves out is stated to be absent. A new version is written, and the old one stays in "
    "the history; if nothing differs, nothing is written. What was retracted is reinstated if a `reason` is given."
)
_DELETE = (
    "It ends the record's life, for a `reason`; its history stays, and `PUT` with a reason reinstates it. The answer "
    "is the record as it last stood, with the ETag that reinstating needs."
)
_FIXED = {
    "actor": "An actor that was merged into another can't be amended: 409.",
    "document": "",
    "dataset": "",
    "relation": (
        "`start`, `end`, `end_status` and `attributes` may differ; with another type, source, target or about it would "
        "be another relation: 422."
    ),
    "claim": (
        "`said_on`, `via`, `quote`, `attributes`, `confidence` and `coded_by` may differ; otherwise it would be "
        "another claim: 422."
    ),
}
_HIDES = {
    "actor": "The actor's relations are hidden with it.",
    "document": "Its claims are hidden with it.",
    "dataset": "Its claims are hidden with it.",
    "relation": "",
    "claim": "A relation whose last claim is retracted is hidden.",
}
_POST = {
    "actor": "Without an `id` one is made of the name. An id or an identifier that is taken: 409, naming the holder.",
    "document": (
        "A document of the same publisher with the same text is the same one; if no text is given, with the same URL; "
        "if neither is, with the same title and day: then 200 and its id. Its `publisher` is an actor."
    ),
    "dataset": "Without an `id` one is made of the title. An id that is taken: 409.",
}

WRITES: tuple[Write, ...] = (
    *_records(),
    Write(
        method="POST",
        path="/claims",
        name="add_claim",
        kind="claim",
        scope="write",
        statement=ClaimStatement,
        verb=_claim,
        answer=ClaimRecorded,
        summary="Record a claim",
        meaning=(
            "Claim first: a relation is created by the first claim on it. Say what is claimed (a relation, or the id "
            "of one), who claims it (`claimant`; without one the publisher speaks), where it is printed (`document` or "
            "`dataset`), in which words (`quote`, which must stand in the document's text). The same claim again: 200, "
            "and nothing is added."
        ),
    ),
    Write(
        method="POST",
        path="/actors/{id}/merges",
        name="merge_actors",
        kind="merge",
        scope="curate",
        statement=MergeStatement,
        verb=_merge,
        answer=Merge,
        summary="Merge actors into this one",
        meaning=(
            "The absorbed actors are shown as this one from now on. Nothing is rewritten, so it can be undone. An "
            "actor that is absorbed already, a cycle, a retracted party, or different kinds (but for `unknown`): 409."
        ),
    ),
    Write(
        method="DELETE",
        path="/merges/{id}",
        name="undo_merge",
        kind="merge",
        scope="curate",
        statement=None,
        verb=_undo,
        answer=Merge,
        summary="Undo a merge",
        meaning="All of it: each actor has again what was recorded under its own id, before the merge or after it.",
    ),
)
