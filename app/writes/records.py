"""A write to one record: of a line of the table, the order, and its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from app import conditional, problems
from app.writes import shown, strict_json
from app.writes.asked import agreed
from app.writes.door import DRY_RUN, Came, Order, reply
from app.writes.statements import read
from app.writes.table import Said
from graph.errors import Invalid, Stale

if TYPE_CHECKING:
    from app.problems import Reply
    from app.source import Source
    from app.writes.door import Request
    from app.writes.table import Write
    from graph.store import Writer


class RecordOrder(Order):
    """An order about one record."""

    def __init__(self, write: Write, request: Request, source: Source) -> None:
        super().__init__(request, source)
        self.write = write
        self.op = write.op
        self.comment = request.headers.comment()
        self.said = self._said()
        self._known: frozenset[bytes] = frozenset()

    @property
    def goes_first(self) -> bool:
        """Whether it compares the record with the snapshot."""
        return self.write.replaces

    def prepare(self) -> None:
        """Find the record that is to be replaced, and read by which tags the client knows it."""
        if self.write.replaces:
            shown.newest(self.write.kind, self.request.named, self.source.current(), self.source.ledger)
            here = shown.path(self.write.kind, self.request.named)
            self._known = self.request.headers.known_tags(here)

    def do(self, writer: Writer) -> tuple[int, dict[str, Any]]:
        """Do it, unless another writer came first."""
        if self.write.replaces:
            self._refuse_stale(writer)
        done = self.write.verb(writer, self.said)
        return done.status, {"record": done.kind, "id": done.id, "relation": done.relation}

    def answer(self, came: Came) -> Reply:
        """The record as reading shows it at the revision of the write."""
        kind, id_, relation = (came.result[name] for name in ("record", "id", "relation"))
        if self.request.parameters.dry_run:
            told = {"dry_run": True, "status": came.status, **came.result}
            return reply(came._replace(status=200), orjson.dumps(told), DRY_RUN)
        snapshot, ledger = self.source.reaching(came.revision), self.source.ledger
        record = shown.show(kind, id_, snapshot, ledger, came.revision)
        body = record.body
        if relation is not None:
            on = shown.show("relation", relation, snapshot, ledger, came.revision)
            body = b'{"claim":' + record.body + b',"relation":' + on.body + b"}"
        more: problems.Headers = (
            (b"etag", conditional.strong(record.newest, snapshot.ledger)),
            (b"location", conditional.uri((self.request.root + shown.path(kind, id_)).encode())),
        )
        return reply(came, body, more=more)

    def _said(self) -> Said:
        """The statement with its reason; a reason that no verb is given goes to the change as a whole."""
        write, reason, statement = self.write, self.request.parameters.reason, None
        if write.statement is not None:
            statement, told = read(write.statement, strict_json.parse(self.request.body))
            self.comment = agreed("X-Comment", self.comment, told.comment)
            reason = agreed("reason", reason, told.reason)
        elif reason is None:
            raise Invalid.parameter("reason", "is required: say why, as ?reason=...")
        if not write.replaces:
            self.reason = reason
        return Said(self.request.named, statement, reason)

    def _refuse_stale(self, writer: Writer) -> None:
        """Errors: `Stale` if the record is not what the client knows. Nobody else writes meanwhile."""
        snapshot = self.source.reaching(writer.before)
        kind, id_ = self.write.kind, self.said.id
        newest = shown.newest(kind, id_, snapshot, self.source.ledger)
        if conditional.strong(newest, snapshot.ledger) not in self._known:
            raise Stale(kind, id_, newest)
