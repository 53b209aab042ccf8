"""The log: what was done to which record, by whom and why; as a page, or followed from any position on.

A position (`graph.snapshot.log`) is told once and for ever, so that whoever resumes after one misses nothing and gets
nothing twice, however much was written meanwhile. `next` holds a position too, and therefore does not tie the walk to
one moment, as other lists' cursors do: the log only grows, at its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Final, NamedTuple

import orjson
from pydantic import AfterValidator, Field

from graph import time
from graph.errors import Invalid, NotFound
from graph.models import ChangePage
from graph.queries.scope import Answer, Known, Paged, Reading
from graph.queries.scope.ledger import changes_of, reason_of
from graph.snapshot import View, item
from graph.snapshot.concern import Concern
from graph.snapshot.coverage import borne
from graph.snapshot.log import KINDS, OPS, Position, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.queries.scope import Ledger, Moment
    from graph.snapshot import Snapshot
    from graph.snapshot.log import Steps

__all__ = ["Changes", "Told", "changes_after"]

_MOST_PASSED: Final = 200_000
"""Steps that a page passes over; if the filters leave less than a page of them, it ends there and is short."""
_AT_ONCE: Final = 500
"""Steps shown at a time to whoever follows."""


def _position(text: str) -> str:
    if Position.parse(text) is None:
        message = f'"{text}" is no position: give a revision, such as 12, or the `position` of a change, such as 12.3'
        raise ValueError(message)
    return text


class Told(NamedTuple):
    """A change as JSON, and its position; `body` is None for a stretch of the log that the filters left out."""

    position: Position
    body: bytes | None


class Changes(Paged, Reading):
    """The log, oldest first: what was done to which record, by whom, when and why, with the record before and after.

    What one revision did comes in one order, that never changes. To follow the log, ask with `after` as the last page
    gave it: nothing is skipped or repeated, whatever is written meanwhile. A page may be short, even empty, with a
    `next`: the filters left out what it passed over. `/changes/stream` tells the same as it happens.

    `actor` finds changes of the actor and of whatever names it: documents as publisher or source, datasets, relations,
    merges, and claims as claimant, go-between, publisher, or end of their relation. Merges count as known at the time,
    so an answer never changes. What is retracted may be asked for: that it was is in the log.
    """

    name: ClassVar[str] = "list_changes"
    path: ClassVar[str] = "/changes"
    summary: ClassVar[str] = "The log of changes"
    tag: ClassVar[str] = "changes"
    answer: ClassVar[type] = ChangePage
    lines: ClassVar[bool] = True

    after_: Annotated[str, AfterValidator(_position)] = Field(
        "0",
        alias="after",
        description="Only what came later: after a revision, or after the `position` of a change.",
        json_schema_extra={"examples": ["0", "12", "12.3"]},
    )
    actor: str | None = Field(
        None, description="Only what concerns this actor.", json_schema_extra={"examples": ["russia", "iso3:USA"]}
    )
    type: tuple[str, ...] = Field(
        (), description="Only relations of a type or its descendants, and claims on them: a type id or `cameo:` code."
    )
    dataset: str | None = Field(None, description="Only the dataset, claims in it, and relations that these bear on.")

    def moment(self, snapshot: Snapshot) -> Moment:
        """As known at `known_at`, else now: a cursor does not tie the walk to its first page's revision."""
        return Known.moment(self, snapshot)

    def read(self, snapshot: Snapshot, ledger: Ledger) -> Answer:
        """O(steps passed over), at most some 200,000 a page; counting passes over all."""
        upto = self.moment(snapshot).revision
        begin = self.begin(snapshot)
        cursor = self.after(snapshot)
        page, reached = self._page(snapshot, Position.parse(str(cursor.key)) or begin if cursor else begin, upto)
        following = None
        if reached.index is not None or reached.revision < upto:
            following = self.next_cursor(snapshot, upto, str(reached), "")
        total = sum(len(found) for found, _, _ in self.found(snapshot, begin, upto)) if self.count else None
        bodies = (body for steps in page for body in _Telling(snapshot, ledger, steps).bodies())
        extra = b',"after":' + orjson.dumps(str(reached))
        return Answer(item.page(bodies, following, total, extra), upto, following)

    def begin(self, snapshot: Snapshot) -> Position:
        """The position that was asked for. Errors: `Invalid` if the log is not that long."""
        position = Position.parse(self.after_) or Position(0)
        if position.revision > snapshot.revision:
            detail = f"revision {position.revision} is not reached yet; the newest is {snapshot.revision}."
            raise Invalid.parameter("after", detail)
        return position

    def found(self, snapshot: Snapshot, after: Position, upto: int) -> Iterator[tuple[Steps, Position, int]]:
        """What the filters leave after a position, in blocks; with each, how far it tells the log, and what it cost."""
        view = snapshot.view(snapshot.revision)
        concern = Concern(
            actor=_named(view, "actor", self.actor),
            types=tuple(view.vocabulary.ranges(self.type, exact=False)) if self.type else None,
            dataset=_named(view, "dataset", self.dataset),
        )
        for steps, reached in walk(snapshot.tables, after, upto):
            yield concern.of(snapshot.tables, steps), reached, len(steps)

    def _page(self, snapshot: Snapshot, after: Position, upto: int) -> tuple[list[Steps], Position]:
        """What a page shows, and how far it tells the log: to its last change if there are more, else beyond."""
        page: list[Steps] = []
        room, passed, reached = self.limit, 0, after
        for found, beyond, cost in self.found(snapshot, after, upto):
            if len(found):
                page.append(found.only(slice(room)))
            if len(found) > room:
                return page, next(part for part in reversed(page) if len(part)).position(-1)
            reached, room, passed = beyond, room - len(found), passed + cost
            if passed >= _MOST_PASSED:
                break
        return page, reached


def changes_after(asked: Changes, snapshot: Snapshot, ledger: Ledger, after: Position) -> Iterator[Told]:
    """Whatever a question about the log finds after a position, up to the snapshot's revision; its page is ignored.

    O(steps), a block at a time. Errors: `Invalid` if it names an actor, dataset or type that never was.
    """
    for found, reached, _ in asked.found(snapshot, after, snapshot.revision):
        for begin in range(0, len(found), _AT_ONCE):
            steps = found.only(slice(begin, begin + _AT_ONCE))
            for at, body in enumerate(_Telling(snapshot, ledger, steps).bodies()):
                yield Told(steps.position(at), body)
        yield Told(reached, None)


def _named(view: View, kind: str, text: str | None) -> int | None:
    try:
        return None if text is None else view.ever_named(kind, text)
    except NotFound as unknown:
        hint = f' Was "{unknown.near}" meant?' if unknown.near else ""
        raise Invalid.parameter(kind, f'no {kind} "{text}" was ever recorded.{hint}') from None


class _Telling:
    """Tells steps as changes: the record right before and right after, and what the ledger says of their revisions."""

    def __init__(self, snapshot: Snapshot, ledger: Ledger, steps: Steps) -> None:
        self._snapshot = snapshot
        self._tables = snapshot.tables
        self._steps = steps
        self._views: dict[int, View] = {}
        merges = self._tables.merges.written[steps.row[steps.kind == KINDS.index("merge")]]
        self._changes = changes_of(ledger, (*steps.revision.tolist(), *merges.tolist()))

    def bodies(self) -> Iterator[bytes]:
        """Each step as JSON."""
        steps = self._steps
        columns = (steps.revision, steps.index, steps.kind, steps.row, steps.op)
        for revision, index, kind, row, op in zip(*(column.tolist() for column in columns), strict=True):
            yield self._body(Position(revision, index), KINDS[kind], row, OPS[op])

    def _body(self, position: Position, kind: str, row: int, op: str) -> bytes:
        table = self._tables.records()[f"{kind}s"]
        record_id = self._tables.id_of(f"{kind}s", row)
        revision = position.revision
        change = self._changes[revision]
        versions = table.chain(int(table.first[row]))
        earlier = versions[versions.index(row) + 1 :]
        before = {"amend": earlier[0] if earlier else None, "retract": row, "undo": row}.get(op)
        after = None if op == "retract" else row
        return orjson.dumps(
            {
                "position": str(position),
                "revision": revision,
                "at": time.iso(change.at),
                "by": change.by,
                "op": op,
                "record": kind,
                "id": record_id,
                "version": len(earlier) + 1,
                "before": None if before is None else self._record(kind, before, revision - 1),
                "after": None if after is None else self._record(kind, after, revision),
                "reason": reason_of(change, kind, record_id),
                "comment": change.comment,
            }
        )

    def _record(self, kind: str, row: int, revision: int) -> orjson.Fragment:
        """A version as its history shows it. One that a single revision wrote and replaced is shown as at that one."""
        table = self._tables.records()[f"{kind}s"]
        view = self._view(max(revision, int(table.written[row])))
        match kind:
            case "actor":
                shown = item.actor(view, row, merged=False)
            case "document":
                shown = item.document(view, row)
            case "dataset":
                shown = item.dataset(view, row, borne(view, int(table.first[row])))
            case "relation":
                shown = item.relation(view, row)
            case "claim":
                shown = item.claim(view, row)
            case _:
                change = self._changes[int(table.written[row])]
                shown = item.merge(view, row, change.by, reason_of(change, "merge", self._tables.merge_names[row]))
        return orjson.Fragment(shown)

    def _view(self, revision: int) -> View:
        """Views of many revisions in turn, kept apart from those that the snapshot keeps warm."""
        view = self._views.get(revision)
        if view is None:
            view = self._views[revision] = View(self._snapshot, revision)
        return view
