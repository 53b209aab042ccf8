"""What answers are measured with: peers that answer as the service does, and a driver that counts what it is told."""

from __future__ import annotations

import itertools
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from bench import figures, filled
from bench.asks import KINDS
from bench.load import drive, get
from bench.peers import LIMITS, Peer, limit, peer
from bench.series import AGAIN, MIX, UNCHANGED, DisagreementError, Series, compare, drawn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.processes import Server

COUNT = 3000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of synthetic events, and the tables of the SQL written by hand, filled from its answers."""
    place = tmp_path_factory.mktemp("bench")
    filled.fill(["sql"], place / str(COUNT), filled.ledger(place / str(COUNT), COUNT))
    return place


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Server]:
    """The service with these events."""
    with filled.ours(filled.ledger(folder / str(COUNT), COUNT)) as server:
        yield server


@pytest.fixture(scope="module")
def series(service: Server) -> list[Series]:
    """Questions to it."""
    return drawn(service, 30)


@pytest.fixture(scope="module")
def sql(folder: Path) -> Iterator[Server]:
    """The SQL written by hand, with the same relations."""
    with filled.theirs("sql", folder / str(COUNT)) as server:
        yield server


def test_every_kind_of_question_is_asked_and_answered(service: Server, series: list[Series]) -> None:
    assert {each.name for each in series} >= {MIX, AGAIN, UNCHANGED, *KINDS}
    for each in series:
        load = drive(service.port, service.pid, itertools.cycle(each.requests), 0.1)
        assert load.statuses == ({304} if each.name == UNCHANGED else {200}), each.name
        assert load.requests == len(load.latencies) > 0


def test_sql_by_hand_answers_as_the_service_does(service: Server, sql: Server, series: list[Series]) -> None:
    assert compare(series, service, sql, peer("sql")) >= 4 * len(KINDS)


def test_a_peer_that_answers_something_else_is_found_out(service: Server, sql: Server, series: list[Series]) -> None:
    one = peer("sql")
    backwards = {"LABEL": "backwards", "path": one.path, "items": lambda body: cast("Any", one.items(body))[::-1]}
    with pytest.raises(DisagreementError, match="backwards"):
        compare(series, service, sql, cast("Peer", SimpleNamespace(**backwards)))


def test_a_peer_that_is_not_installed_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ladybug", None)
    monkeypatch.delitem(sys.modules, "bench.peers.cypher", raising=False)
    with pytest.raises(LookupError, match="cypher is left out: the package ladybug is not installed"):
        peer("cypher")


def test_the_limits_send_as_many_bytes_as_they_are_told_to(folder: Path, series: list[Series]) -> None:
    mix = series[0]
    for name in LIMITS:
        with filled.theirs(name, folder) as server:
            requests = [get(limit(name).path(ask, mix.size)) for ask in mix.asks]
            load = drive(server.port, server.pid, itertools.cycle(requests), 0.1)
            assert load.bytes == load.requests * mix.size > 0


def test_the_table_has_a_row_for_each_who_is_measured(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    options = ("--folder", str(folder), "--peers", "sql", "--rounds", "1", "--seconds", "0.1", "--drawn", "20",
               "--figures", str(file))  # fmt: skip
    command = [sys.executable, "-m", "bench.answers", str(COUNT), *options]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for label in ("Entente", *(limit(name).LABEL for name in (*LIMITS, "sql")), *KINDS, UNCHANGED):
        assert f"| {label} |" in told
    held = {figure.goal for figure in figures.kept(file)} - {None}
    assert held == {"query, cold", "query, least", "query", "304", "route", "peer sql", "private"}
