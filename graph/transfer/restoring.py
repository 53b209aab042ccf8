"""A whole log meets an empty ledger: `graph.formats.log` reads it, `graph.store.restore` makes the ledger anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.formats import log
from graph.store.restore import restore
from graph.transfer.counts import COUNTED, Counts

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.formats.incoming import Lines
    from graph.store import Store
    from graph.store.restore import Restored

__all__ = ["rebuild"]


def rebuild(store: Store, lines: Lines, counted: Callable[[Counts], None]) -> Counts:
    """Make a ledger from its log, and tell how far it is. Raises Invalid if that can't be: see `graph.store.restore`.

    What is new is counted in versions.
    """
    return _counts(restore(store, log.read(lines), lambda done: counted(_counts(done))))


def _counts(done: Restored) -> Counts:
    relations, claims, actors, documents = (done.new[name] for name in COUNTED)
    return Counts(
        done.lines, done.lines - done.known, done.known, 0, relations, claims, actors, documents, done.revision
    )
