"""The ledger's door: write transactions on one side, what only the ledger can tell on the other."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Unpack

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from graph.db import reading, refused, writing
from graph.errors import LedgerDamaged, NotFound
from graph.store import full_text, log
from graph.store.group import Group
from graph.store.head_file import HeadFile, path_of
from graph.store.records import RECORDS, called, calling, reason_in
from graph.store.transaction import CHANGE, CONTRIBUTOR, DOCUMENT, HEAD, Head
from graph.vocabulary import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine

    from graph.models.entry import Entry
    from graph.store.group import Asked, Said
    from graph.store.idempotency import Idempotency
    from graph.store.writer import Writer
    from graph.vocabulary import Vocabulary

FOUND_LIMIT = 10_000
"""As many rows as a full-text search names."""
_STRETCH_S: Final = 0.05
"""What a group has done by then is made durable: others wait for it, and for the head."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a record's history: which version, by row number, came or (op `retract`) went, and why."""

    version: int
    n: int
    revision: int
    at: int
    by: str | None
    op: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the log. `by` is a contributor's id; `details` holds `{"reasons": {"<kind>/<id>": reason}}`."""

    revision: int
    at: int
    by: str | None
    op: str
    reason: str | None
    comment: str | None
    details: dict[str, Any] | None


@contextmanager
def lasting(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that is durable when the block ends, unless it raised or was rolled back by then."""
    with writing(engine) as connection:
        yield connection
        connection.commit()


class _Ended(Exception):  # noqa: N818 - named for what is the case
    """The transaction of a group, by what the engine raised at one of its writes."""

    def __init__(self, number: int, error: Exception) -> None:
        super().__init__(number, error)
        self.number, self.error = number, error


def _outcome(group: Group, number: int, asked: Asked) -> Writer | Exception:
    """What comes of one of several writes. Errors: `_Ended`; those of the engine if there is no transaction."""
    group.begin()
    try:
        return group.do(asked)
    except DBAPIError as error:
        raise _Ended(number, refused(error) or error) from error
    except Exception as error:  # noqa: BLE001 - it is told to whoever asked for it
        return error


class Store:
    """A ledger. `after_commit` is called with each new revision once it is durable, before the writer goes on."""

    def __init__(self, engine: Engine, vocabulary: Vocabulary | None = None) -> None:
        self.engine = engine
        self.vocabulary = vocabulary or load()
        self.after_commit: list[Callable[[int], None]] = []
        self._head_file: HeadFile | None = None

    @contextmanager
    def write(
        self,
        *,
        replay: bool = False,
        dry_run: bool = False,
        idempotency: Idempotency | None = None,
        **said: Unpack[Said],
    ) -> Iterator[Writer]:
        """Open a write transaction: one revision, durable when the block ends, gone if it raises or is a `dry_run`.

        If the block adds nothing, no revision is taken, and the writer's `revision` is the newest one. With
        `idempotency` the block first looks at the writer's `replayed`: if that is there, it does nothing, and
        `revision` will be that of the result; else it sets `result`. A dry run neither looks for a result nor keeps
        one. Errors: Busy, Full, LedgerDamaged if the ledger has lost its end, and those of the verbs.
        """
        with (
            self._group() as group,
            group.write(replay=replay, dry_run=dry_run, idempotency=idempotency, **said) as writer,
        ):
            yield writer

    def carry_out(self, asked: Sequence[Asked]) -> list[Writer | Exception]:
        """Write what several ask for, one after another, and make it durable together.

        Gives what came of the first of them, as many as are done in `_STRETCH_S`: of each its writer, which is as that
        of `write`, or what it raised, which touches no other. What the engine raises ends the transaction; then the
        others are carried out again. If nothing can be made durable, or not even begun, each of them has raised that.
        """
        failed: dict[int, Exception] = {}
        while True:
            try:
                return self._carried_out(asked, failed)
            except _Ended as ended:
                failed[ended.number] = ended.error

    def _carried_out(self, asked: Sequence[Asked], failed: Mapping[int, Exception]) -> list[Writer | Exception]:
        outcomes: list[Writer | Exception] = []
        until = time.monotonic() + _STRETCH_S
        try:
            with self._group() as group:
                for number, each in enumerate(asked):
                    outcomes.append(failed[number] if number in failed else _outcome(group, number, each))
                    if time.monotonic() > until:
                        break
        except _Ended:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody's write is known to be durable
            return [failed.get(number, error) for number in range(len(outcomes) or len(asked))]
        return outcomes

    @contextmanager
    def _group(self) -> Iterator[Group]:
        """Open a transaction for writes that become durable together; and tell of them when they are."""
        acknowledged = self.head_file.read()
        with lasting(self.engine) as connection:
            group = Group(connection, self.vocabulary, partial(self._refuse_lost_end, acknowledged=acknowledged))
            yield group
            group.close()
        self.head_file.raise_to(group.head.revision, group.head.hash)
        for revision in group.revisions:
            for called_back in self.after_commit:
                called_back(revision)

    @property
    def head_file(self) -> HeadFile:
        """Where every process of this machine sees the newest revision."""
        if self._head_file is None:
            self._head_file = HeadFile.of(self.engine.url, self.head().ledger)
        return self._head_file

    def _refuse_lost_end(self, head: Head, acknowledged: int) -> None:
        """Raise LedgerDamaged rather than write again under revisions that were acknowledged once."""
        if head.revision < acknowledged:
            file = path_of(self.engine.url, head.ledger)
            raise LedgerDamaged(
                f"The ledger ends at revision {head.revision}, but revision {acknowledged} was acknowledged on this "
                f"machine. If an older state was put back on purpose, remove {file}."
            )

    def head(self) -> Head:
        """Read the newest revision."""
        with reading(self.engine) as connection:
            return Head.of(connection.execute(select(HEAD)).one())

    def history(self, kind: str, id: str, k: int | None = None) -> list[Step]:  # noqa: A002 - the product's word for it
        """Tell a record's history up to a revision, newest step first. Raises NotFound if there was none yet."""
        table = RECORDS[kind]
        columns = (table.c.version, table.c.n, table.c.written, table.c.ended)
        with reading(self.engine) as connection:
            rows = connection.execute(
                select(*columns).where(*called(kind)).order_by(table.c.version), calling(kind, id)
            ).all()
            taken = [step for step in _steps(rows) if k is None or step[2] <= k]
            if not taken:
                raise NotFound(kind, id)
            by = select(CHANGE, CONTRIBUTOR.c.id.label("contributor")).outerjoin(CONTRIBUTOR)
            whole = by.where(CHANGE.c.revision.in_({step[2] for step in taken}))
            changes: dict[int, Any] = {row.revision: row for row in connection.execute(whole)}
        return [
            Step(version, n, revision, change.at, change.contributor, op, reason_in(change, kind, id))
            for version, n, revision, op in reversed(taken)
            for change in (changes[revision],)
        ]

    def changes(self, after: int, upto: int) -> list[Change]:
        """Read the log from the first revision after one up to another, both ends of which may lie beyond it."""
        statement = select(CHANGE, CONTRIBUTOR.c.id.label("contributor")).outerjoin(CONTRIBUTOR)
        between = (CHANGE.c.revision > after, CHANGE.c.revision <= upto)
        with reading(self.engine) as connection:
            rows = connection.execute(statement.where(*between).order_by(CHANGE.c.revision)).all()
        return [
            Change(row.revision, row.at, row.contributor, row.op, row.reason, row.comment, _details(row.details))
            for row in rows
        ]

    def log(self, upto: int) -> Iterator[Entry]:
        """Read the whole log up to a revision that has been reached, piece by piece: enough to make it again."""
        return log.entries(self.engine, upto)

    def document_text(self, n: int) -> str | None:
        """Read the text of one version of a document."""
        with reading(self.engine) as connection:
            text: str | None = connection.execute(select(DOCUMENT.c.text).where(DOCUMENT.c.n == n)).scalar()
        return text

    def find_quotes(self, asked: str, limit: int = FOUND_LIMIT) -> full_text.Found:
        """Find the versions of claims whose quote has all the words, the last one perhaps only begun."""
        with reading(self.engine) as connection:
            return full_text.find(connection, "quote_words", asked, limit)

    def find_documents(self, asked: str, limit: int = FOUND_LIMIT) -> full_text.Found:
        """Find the versions of documents whose title and text have all the words, the last one perhaps only begun."""
        with reading(self.engine) as connection:
            return full_text.find(connection, "document_words", asked, limit)


def _details(kept: str | None) -> dict[str, Any] | None:
    details: dict[str, Any] | None = None if kept is None else json.loads(kept)
    return details


def _steps(rows: Sequence[Any]) -> Iterator[tuple[int, int, int, str]]:
    """Give version, row number, revision and op of each step, oldest first."""
    ended = None
    for i, row in enumerate(rows):
        op = "add" if i == 0 else "amend" if row.written == ended else "reinstate"
        yield row.version, row.n, row.written, op
        ended = row.ended
        follows = i + 1 < len(rows) and rows[i + 1].written == ended
        if ended is not None and not follows:
            yield row.version, row.n, ended, "retract"
