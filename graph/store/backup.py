"""A copy of a ledger that is known to be good.

1. It is one state of the ledger, taken by the engine's own backup while others write: a file that is merely copied
   misses what stands beside it in the log.
2. It is written under another name, read back whole, and has its name only when nothing was found in it.
3. It ends no earlier than what this machine has acknowledged.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from graph.db import connect
from graph.errors import Invalid, LedgerDamaged
from graph.store.check import check
from graph.store.head_file import path_of, witness_in
from graph.store.ledger import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

__all__ = ["backup"]


def backup(engine: Engine, path: Path, progress: Callable[[int, int], None] = lambda _seen, _total: None) -> int:
    """Copy an SQLite ledger to a new file and check the copy, telling `progress`; the revision it ends with.

    O(rows of the ledger). Errors: `Invalid` on another engine or if there is such a file, `LedgerDamaged` if the copy
    is not sound, for then neither is the ledger, OSError.
    """
    if engine.dialect.name != "sqlite":
        raise Invalid.parameter("database", "Only SQLite is copied here; take PostgreSQL's own pg_dump.")
    if path.exists():
        raise Invalid.parameter("file", f"{path} is there already; name a new file.")
    ledger = Store(engine).head().ledger
    witness = witness_in(path_of(engine.url, ledger), ledger)
    acknowledged = 0 if witness is None else witness.revision
    part = path.with_name(f"{path.name}.part")
    try:
        _copy(engine, part)
        revision = _sound(part, acknowledged, progress)
        os.link(part, path)  # which, unlike a renaming, never takes the place of another file
    finally:
        for left in (part, *(part.with_name(part.name + more) for more in ("-wal", "-shm"))):
            with suppress(FileNotFoundError):
                left.unlink()
    return revision


def _copy(engine: Engine, path: Path) -> None:
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(path)) as copy, engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.backup(copy)


def _sound(path: Path, acknowledged: int, progress: Callable[[int, int], None]) -> int:
    copy = connect(f"sqlite:///{path}")
    try:
        found = check(copy, progress)
        revision = Store(copy).head().revision
    finally:
        copy.dispose()
    if revision < acknowledged:
        found.append(f"The copy ends at revision {revision}, but revision {acknowledged} was acknowledged.")
    if found:
        raise LedgerDamaged("The copy is not sound, and was not kept: " + " ".join(found))
    return revision
