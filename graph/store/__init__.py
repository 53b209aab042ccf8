"""All SQL and all writes: the ledger's verbs, and both its clocks.

`Store(engine).write(...)` opens a write transaction and gives its `Writer`; everything a writer does is one revision.
`Store(engine).carry_out(...)` does several such writes in one transaction, each with a revision of its own.
"""

from __future__ import annotations

from graph.store.actors import Added
from graph.store.claims import Claimed
from graph.store.follow import Live
from graph.store.full_text import Found
from graph.store.group import Asked
from graph.store.idempotency import Idempotency, StoredResult
from graph.store.ledger import Change, Step, Store
from graph.store.transaction import Head
from graph.store.writer import RETRACTABLE, Writer

__all__ = [
    "RETRACTABLE",
    "Added",
    "Asked",
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
