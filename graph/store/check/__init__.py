"""Read the whole ledger back, and tell whatever is not as it was written.

All is well iff

1. the engine finds its own storage sound, and its triggers still refuse to change a fact;
2. revisions are dense from 1 to the head's, their instants rise, and each was written by nobody or somebody known;
3. the rows of each table are dense, each written by the revision whose counters hold it, and ended by none or a later
   one; parts belong to the version that was written with them, and end with it;
4. each row, with its parts, has the hash that it was written with; each change has the hash of the one before it, of
   what it says, of what it ended and of what it wrote, back to the ledger's own name;
5. whatever a row refers to was recorded by then; of each record one version stands at most, the newest; ids follow from
   what first versions say; dates are dates; what has words is found by them;
6. the head is the last change; and where this machine has acknowledged a revision, that one is there: a ledger that was
   cut short is sound in itself, and only what is kept outside of it can tell.

One state of the ledger is read, once through, while others may write. Memory does not grow with it.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from graph.db import reading
from graph.store.check.findings import Findings
from graph.store.check.storage import guards, pages
from graph.store.check.streams import Reader
from graph.store.check.walk import Walk
from graph.store.head_file import Witness, path_of, witness_in
from graph.store.transaction import HEAD
from graph.vocabulary import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

__all__ = ["check"]

_UNREADABLE: Final = (SQLAlchemyError, ValueError, TypeError, OverflowError, AttributeError, KeyError)
"""What reading may raise that meets bytes which nobody wrote."""


def check(engine: Engine, progress: Callable[[int, int], None] = lambda _seen, _total: None) -> list[str]:
    """List what is damaged, a sentence each; nothing if all is well. `progress` is told rows seen, and rows in all.

    O(rows of the ledger). A database that can't be opened is damage too.
    """
    findings = Findings()
    witnesses: list[tuple[Path, Witness]] = []
    with _guarded(findings), reading(engine) as connection:
        witnesses += _witnesses(connection, engine)  # before the state that they speak of
    with _guarded(findings), reading(engine) as connection:
        for look in (guards, pages):
            for sentence in look(connection):
                findings.tell(sentence)
    with _guarded(findings), reading(engine) as connection:
        _log(connection, witnesses, findings, progress)
    return findings.all()


@contextmanager
def _guarded(findings: Findings) -> Iterator[None]:
    """Let what can't be read be a finding, and go on with what can."""
    try:
        yield
    except _UNREADABLE as error:
        findings.tell(f"The ledger can't be read on: {error}")


def _witnesses(connection: Connection, engine: Engine) -> Iterator[tuple[Path, Witness]]:
    """Give the witness of this machine, if there is one, and where it is."""
    ledger: str = connection.execute(select(HEAD.c.ledger)).scalar_one()
    file = path_of(engine.url, ledger)
    witness = witness_in(file, ledger)
    if witness is not None:
        yield file, witness


def _log(
    connection: Connection,
    witnesses: list[tuple[Path, Witness]],
    findings: Findings,
    progress: Callable[[int, int], None],
) -> None:
    head = connection.execute(select(HEAD)).first()
    if head is None:
        findings.tell("The ledger has no head.")
        return
    for file, witness in witnesses:
        if witness.revision > head.revision:
            findings.tell(
                f"The ledger ends at revision {head.revision}, but revision {witness.revision} was acknowledged on "
                f"this machine. If an older state was put back on purpose, remove {file}."
            )
    with closing(Reader(connection)) as reader:
        Walk(reader, head, load(), findings, progress).through(witnesses[0][1] if witnesses else None)
