"""A record as a write answers it: what its question answers at the write's revision, and the tag to write it by next.

A record that its question does not show, for it was retracted or what it hangs on was, is shown as it last stood.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from graph import queries
from graph.errors import Gone
from graph.queries import Answer, Reading
from graph.snapshot.ended import as_last_stood

if TYPE_CHECKING:
    from graph.queries import Ledger, Question
    from graph.snapshot import Snapshot

KINDS = ("actor", "document", "dataset", "relation", "claim", "merge")


class Shown(NamedTuple):
    """A record's JSON, and the newest revision that touched what it shows."""

    body: bytes
    newest: int


def show(kind: str, record_id: str, snapshot: Snapshot, ledger: Ledger, revision: int) -> Shown:
    """A record at a revision. Errors: `NotFound`."""
    try:
        answer = _answer(kind, record_id, snapshot, ledger, revision)
    except Gone as gone:
        return Shown(as_last_stood(snapshot.view(revision), kind, record_id), gone.newest)
    return Shown(answer.body, revision if answer.newest is None else answer.newest)


def newest(kind: str, record_id: str, snapshot: Snapshot, ledger: Ledger) -> int:
    """The revision that a record's strong tag is made of. Errors: `NotFound`."""
    try:
        answer = _answer(kind, record_id, snapshot, ledger, snapshot.revision)
    except Gone as gone:
        return gone.newest
    return snapshot.revision if answer.newest is None else answer.newest


def path(kind: str, record_id: str) -> str:
    """Where a record is read."""
    return f"/{kind}s/{record_id}"


def _answer(kind: str, record_id: str, snapshot: Snapshot, ledger: Ledger, revision: int) -> Answer:
    question = _questions()[f"/{kind}s/{{id}}"].model_validate({"id": record_id, "known_at": str(revision)})
    return question.read(snapshot, ledger) if isinstance(question, Reading) else question.run(snapshot)


@cache
def _questions() -> dict[str, type[Question]]:
    wanted = {f"/{kind}s/{{id}}" for kind in KINDS}
    return {question.path: question for question in queries.every() if question.path in wanted}
