"""A connection to the database that breaks off is told as such, and the client can go on as if nothing had been."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import text

from graph.db import connect, reading
from graph.errors import OverBudget
from tests.writing import ACTOR, pen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.writing import Pen

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
COMMIT, EXECUTE = psycopg.Connection.commit, psycopg.Cursor.execute


@pytest.fixture
def client(database_url: str) -> Iterator[Pen]:
    with pen(database_url, "write", "curate") as made:
        yield made


def end_session(database: str, pid: int) -> None:
    """What an operator or a fail-over does to a session."""
    engine = connect(database)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    engine.dispose()


class Break:
    """Ends the session of the first write, at a moment of it: `begin`, `commit` or `committed`."""

    def __init__(self, database: str, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.database = database
        self.moment = moment
        self.writer: Any = None

        def execute(cursor: Any, query: Any, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 - the driver's own
            self.begun(cursor.connection, str(query))
            return EXECUTE(cursor, query, *rest, **more)

        def commit(connection: Any) -> None:  # noqa: ANN401 - the driver's own
            if connection is self.writer:
                self.ending(connection)
            COMMIT(connection)

        monkeypatch.setattr(psycopg.Cursor, "execute", execute)
        monkeypatch.setattr(psycopg.Connection, "commit", commit)

    def begun(self, connection: Any, query: str) -> None:  # noqa: ANN401 - as above
        if self.writer is None and "UPDATE head" in query:
            self.writer = connection
            if self.moment == "begin":
                end_session(self.database, connection.info.backend_pid)

    def ending(self, connection: Any) -> None:  # noqa: ANN401 - as above
        if self.moment == "committed":
            COMMIT(connection)
        end_session(self.database, connection.info.backend_pid)
        EXECUTE(connection.cursor(), "SELECT 1")  # finds the connection gone, as a COMMIT does whose answer is lost


@on_postgresql
@pytest.mark.parametrize("moment", ["begin", "commit", "committed"])
def test_a_write_lost_with_its_connection_may_be_sent_again(
    client: Pen, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    before = client.revision()
    broken = Break(client.database, moment, monkeypatch)
    lost = client.post("/actors", ACTOR, idempotency_key="k1")
    assert broken.writer is not None
    assert (lost.status_code, lost.json()["type"]) == (503, "/problems/connection-lost")
    assert int(lost.headers["retry-after"])
    again = client.post("/actors", ACTOR, idempotency_key="k1")
    assert (again.status_code, again.json()["id"]) == (201, "kirill-dmitriev-jr")
    assert (again.headers.get("idempotent-replayed") == "true") is (moment == "committed")
    assert client.revision() == before + 1
    assert client.get("/actors/kirill-dmitriev-jr").status_code == 200


@on_postgresql
def test_a_read_that_takes_too_long_is_told_to_be_narrower(database_url: str) -> None:
    engine = connect(database_url)

    def sleep() -> None:
        with reading(engine) as connection:
            connection.execute(text("SET LOCAL statement_timeout = '50ms'"))
            connection.execute(text("SELECT pg_sleep(5)"))

    with pytest.raises(OverBudget):
        sleep()
    engine.dispose()
