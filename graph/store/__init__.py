"""All SQL and all writes: the ledger's verbs, and both its clocks.

`Store(engine).write(...)` opens a write transaction and gives its `Writer`; everything a writer does is one revision.
"""

from __future__ import annotations

from graph.store.actors import Added
from graph.store.claims import Claimed
from graph.store.follow import Live
from graph.store.full_text import Found
from graph.store.idempotency import Idempotency, StoredResult
from graph.store.ledger import Change, Head, Step, Store
from graph.store.writer import RETRACTABLE, Writer

__all__ = [
    "RETRACTABLE",
    "Added",
    "Change",
    "Claimed",
    "Found",
    "Head",
    "Idempotency",
    "Live",
    "Step",
    "Store",
    "StoredResult",
    "Writer",
]
