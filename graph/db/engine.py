"""Connections, and the two transactions there are: one that reads a single state, one that writes alone.

1. SQLAlchemy opens no transaction on SQLite before a SELECT, so every BEGIN is our own: BEGIN IMMEDIATE to write, BEGIN
   to read. On PostgreSQL readers are REPEATABLE READ and read only; writers queue on the head row.
2. On SQLite one thread of a process writes at a time. Between processes BEGIN IMMEDIATE waits as long again.
3. Whoever waits in vain raises Busy; a full disk raises Full. Either way nothing was written. A read that takes longer
   than the engine allows raises OverBudget.
4. A connection that breaks off raises Lost. If that was at COMMIT, nobody can tell whether it was made.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.exc import DBAPIError

from graph.errors import Busy, EntenteError, Full, Invalid, Lost, OverBudget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

log = logging.getLogger("entente")

WAIT_S = 5.0
"""How long a writer waits for the others, in the process and again between processes."""

_POSTGRESQL_SETTINGS = {
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
}
_TOO_LONG = "57014"  # statement timeout
_BUSY_STATES = {"55P03", "40001", "40P01", _TOO_LONG}  # lock timeout, serialization, deadlock
_LOST_STATES = ("08", "57P")  # no connection; the server goes down, or an operator ended the session
_FULL_STATES = {"53100"}
_WRITES, _WAIT = "entente_writes", "entente_wait"

_writer_locks: dict[str, threading.Lock] = {}


def connect(url: str, *, wait_s: float = WAIT_S) -> Engine:
    """Make the engine of a ledger: `sqlite:///path/to/file` or `postgresql://user@host/name`. Nothing is opened yet."""
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, wait_s)
    engine = create_engine(parsed.set(drivername="postgresql+psycopg"), paramstyle="format", pool_pre_ping=True)
    settings = {"lock_timeout": f"{round(wait_s * 1000)}ms", **_POSTGRESQL_SETTINGS}

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
        connection.autocommit = True
        for name, value in settings.items():
            connection.execute(f"SET {name} = '{value}'")
        connection.autocommit = False

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Hold one state of the ledger, for as long as the block lasts."""
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == _TOO_LONG:
            raise OverBudget("The database did not answer in time. Ask a narrower question.") from error
        raise (refused(error) or error) from error


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a write transaction, alone on SQLite. What the block has not made durable by its end is rolled back."""
    lock = _writer_locks.setdefault(str(engine.url), threading.Lock()) if engine.dialect.name == "sqlite" else None
    if lock is not None and not lock.acquire(timeout=engine.get_execution_options()[_WAIT]):
        raise Busy
    try:
        with engine.connect().execution_options(**{_WRITES: True}) as connection:
            try:
                connection.begin()
                yield connection
            except DBAPIError:
                if not connection.in_transaction():  # a COMMIT that is refused leaves SQLite in it
                    connection.invalidate()
                raise
    except DBAPIError as error:
        raise (refused(error) or error) from error
    finally:
        if lock is not None:
            lock.release()


def refused(error: DBAPIError) -> EntenteError | None:
    """Say what an engine's refusal means, if the ledger is busy, the disk full or the connection gone."""
    sqlite_name = getattr(error.orig, "sqlite_errorname", "")
    state = getattr(error.orig, "sqlstate", None)
    if sqlite_name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or state in _BUSY_STATES:
        return Busy()
    if sqlite_name.startswith("SQLITE_FULL") or state in _FULL_STATES:
        return Full()
    if error.connection_invalidated or (state or "").startswith(_LOST_STATES):
        log.warning("the connection to the database broke off: %s", error.orig)
        return Lost()
    return None


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except Exception as error:
        raise _bad_url() from error
    if backend not in {"sqlite", "postgresql"}:
        raise _bad_url()
    if backend == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise Invalid.parameter("database", "SQLite needs a file: write sqlite:///path/to/entente.db.")
    return parsed


def _bad_url() -> Invalid:
    return Invalid.parameter("database", "Write sqlite:///path/to/entente.db or postgresql://user@host/name.")


def _sqlite(url: URL, wait_s: float) -> Engine:
    engine = create_engine(url, connect_args={"timeout": wait_s}, execution_options={_WAIT: wait_s})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA recursive_triggers=ON")  # or INSERT OR REPLACE would delete unseen
        if connection.execute("PRAGMA foreign_keys").fetchone() != (1,):
            raise RuntimeError("this SQLite does not enforce foreign keys")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
