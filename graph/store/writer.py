"""Every verb there is, on one write transaction."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from graph.errors import Conflict, Stale
from graph.store import idempotency
from graph.store.copies import CopyVerbs
from graph.store.records import RECORDS
from graph.store.transaction import CONTRIBUTOR

if TYPE_CHECKING:
    from graph.store.idempotency import Idempotency, StoredResult

RETRACTABLE = ("actor", "document", "dataset", "relation", "claim")


class Writer(CopyVerbs):
    """The verbs: add, amend, retract, merge. Amending a retracted record, with a reason, reinstates it.

    With `replay`, each statement tells what once happened: what is anywhere in the record's history adds nothing, so
    the same file may be loaded again at any time. Without it each is an order: what clashes is refused.

    With an idempotency key, `replayed` is what the same request came to before, if it did, and `result` what this one
    comes to: a status, and whatever an answer is made of.
    """

    replayed: StoredResult | None = None
    result: tuple[int, dict[str, Any]] | None = None
    _asked: Idempotency | None = None

    def recall(self, asked: Idempotency) -> None:
        """Look for what the same request came to before. Raises Invalid if its key came with another one."""
        self._asked = asked
        self.replayed = idempotency.recall(self, asked)

    def settle(self, *, dry_run: bool) -> bool:
        """Write what ends the write, and tell whether anything of it is to last."""
        if self.replayed is not None:
            self.revision = self.replayed.revision
            return False
        self.close()
        if dry_run:
            self.revision = self.before
            return False
        if self._asked is not None and self.result is not None:
            idempotency.keep(self, self._asked, *self.result)
            self.kept_outside = True
        return self.wrote > 0 or self.kept_outside

    def expect_version(self, kind: str, id: str, version: int) -> None:  # noqa: A002 - the product's word for it
        """Raise Stale if another version of a record than the one its writer knows is the newest."""
        found = self.at_path(kind, id)
        if found.row.version != version:
            raise Stale(kind, found.id, found.row.ended or found.row.written)

    def retract(self, kind: str, id: str, reason: str) -> bool:  # noqa: A002 - the product's word for it
        """End a record's life. Nothing else is written: what hangs on it is hidden until it is reinstated."""
        found = self.at_path(kind, id)
        if self.replay and (found.retracted or self._ever_retracted(kind, found.id)):
            return False
        self.refuse_gone(found)
        if kind == "actor":
            self.refuse_absorbed(found)
            self.end_version(found)
        else:
            self.end(RECORDS[kind], [found.row.n])
            self.forget(kind, found.id)
        self.done(kind, found.id, reason)
        return True

    def add_contributor(self, id: str, name: str) -> None:  # noqa: A002 - as above
        """Record the holder of an API key. Raises Conflict if the id is taken."""
        if self.first(select(CONTRIBUTOR.c.n).where(CONTRIBUTOR.c.id == id)) is not None:
            raise Conflict(f'The contributor "{id}" is recorded already.', id)
        self.add(CONTRIBUTOR, {"id": id, "name": name})
        self.done("contributor", id, None)

    def _ever_retracted(self, kind: str, id: str) -> bool:  # noqa: A002 - as above
        rows = self.versions(self.at_path(kind, id))
        return any(row.ended != after.written for row, after in pairwise(rows))
