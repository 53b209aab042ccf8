"""The terminal: every question can be asked, what goes wrong is a sentence, and the server comes and goes in order."""

import json
import os
import re
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from app import cli
from graph import queries
from graph.db import connect
from graph.store import Store
from tests.conftest import TEMPLATE, named
from tests.served import served

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command in this process; its status, and what it wrote to each side."""
    monkeypatch.setenv("ENTENTE_DATABASE_URL", f"sqlite:///{tmp_path}/entente.db")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["entente", *arguments])
        status = 0
        try:
            cli.main()
        except SystemExit as left:
            status = int(left.code or 0)
        written = capsys.readouterr()
        return status, written.out, written.err

    return run


def test_a_new_database_has_to_be_migrated_first(run: Run, tmp_path: Path) -> None:
    status, _, said = run("stats")
    assert status == 1
    assert "entente migrate" in said
    status, told, _ = run("migrate")
    assert (status, told) == (0, f"sqlite:///{tmp_path}/entente.db is up to date.\n")
    status, told, _ = run("stats")
    assert status == 0
    assert json.loads(told)["revision"] == 0


def test_every_question_is_a_command(run: Run) -> None:
    status, told, _ = run("ask", "--help")
    assert status == 0
    for question in queries.every():
        assert question.name.replace("_", "-") in told


@pytest.fixture
def sampled(run: Run, tmp_path: Path) -> Run:
    """The commands, on the sample graph."""
    from app.source import prepare  # noqa: PLC0415 - beside its only use

    prepare(f"sqlite:///{tmp_path}/entente.db", sample=True)
    return run


def test_a_question_is_answered_as_json(sampled: Run) -> None:
    status, told, _ = sampled("ask", "list-actor-relations", "russia", "--type", "sanction", "--valid-at", "2026-02-09")
    assert status == 0
    (item,) = json.loads(told)["items"]
    assert (item["source"]["id"], item["target"]["id"]) == ("us", "russia")
    assert told.endswith("}\n")


def test_another_name_of_an_actor_is_followed(sampled: Run) -> None:
    status, told, _ = sampled("ask", "get-actor", "iso3:RUS")
    assert (status, json.loads(told)["id"]) == (0, "russia")


def test_flags_and_several_values(sampled: Run) -> None:
    options = ("--type", "sanction", "--type", "accuse", "--certain", "--valid-at", "2026", "--no-has-quote")
    status, told, _ = sampled("ask", "list-actor-relations", "us", *options)
    assert status == 0
    assert {item["type"] for item in json.loads(told)["items"]} <= {"sanction", "accuse"}


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("ask", "list-actor-relations", "russia", "--type", "sanctoin"), 2, '"sanction"'),
        (("ask", "list-actor-relations", "russia", "--class", "hostile"), 2, "class: "),
        (("ask", "list-actor-relations", "russia", "--valid-at", "soon"), 2, "valid_at: "),
        (("ask", "list-actor-relations", "russia", "--limit", "0"), 2, "limit: must be at least 1."),
        (("ask", "list-actor-relations", "rusia"), 1, '"russia"'),
        (("ask", "list-actor-relations", "russia", "--tpye", "x"), 2, "--type"),
        (("stats", "--database", "postgresql://me:hunter2@127.0.0.1:1/x"), 1, "me:***@127.0.0.1"),
        (("stats", "--database", "sqlite:////nowhere/at/all.db"), 1, "unable to open"),
        (("stats", "--database", "mysql://x"), 2, "ENTENTE_DATABASE_URL"),
        (("serve", "--port", "70000"), 2, "ENTENTE_PORT must be at most 65535"),
        (("serve", "--host", "203.0.113.1"), 1, "is no address of this machine"),
    ],
)
def test_what_goes_wrong_is_a_sentence(sampled: Run, arguments: tuple[str, ...], status: int, words: str) -> None:
    left, told, said = sampled(*arguments)
    assert (left, told) == (status, "")
    assert words in said
    assert "Traceback" not in said
    assert "hunter2" not in said


def test_an_unknown_variable_stops_every_command(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTENTE_PROT", "1")
    status, _, said = run("serve")
    assert status == 2
    assert "ENTENTE_PROT is not a setting: did you mean ENTENTE_PORT?" in said


def test_a_port_that_is_taken_is_told(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, _, said = run("serve", "--port", str(port))
    assert status == 1
    assert f"Port {port} on 127.0.0.1 is taken" in said
    assert "--port" in said


def test_the_ledger_of_ones_own_is_made_where_data_belongs(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ENTENTE_DATABASE_URL")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert run("migrate")[0] == 0
    assert (tmp_path / "share" / "entente" / "entente.db").is_file()


def test_the_openapi_document_is_printed(run: Run) -> None:
    assert json.loads(run("openapi")[1])["info"]["title"] == "Entente"


def test_the_server_loads_the_sample_answers_and_goes_in_order(tmp_path: Path) -> None:
    with served(tmp_path) as (here, process):
        answer = httpx.get(f"{here}/actors/russia/relations", params={"type": "sanction"})
        assert [item["source"]["id"] for item in answer.json()["items"]] == ["us"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) in (0, -signal.SIGTERM)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{here}/healthz")
    with served(tmp_path) as (here, _):  # the sample is loaded once
        assert httpx.get(f"{here}/stats").json()["revision"] == 1


def test_several_workers_answer_on_one_port_with_the_same_settings(tmp_path: Path) -> None:
    with served(tmp_path, "--workers", "2", "--no-sample") as (here, _):
        assert httpx.get(f"{here}/stats", timeout=30).json()["revision"] == 0
        assert os.environ.get("ENTENTE_WORKERS") is None


def test_a_backup_is_a_sound_copy_of_all_that_was_acknowledged(sampled: Run, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    told = f"{copy} is a sound copy of sqlite:///{tmp_path}/entente.db, up to revision 1.\n"
    with closing(sqlite3.connect(tmp_path / "entente.db")):  # so that what was written stays beside the file
        assert sampled("backup", str(copy)) == (0, told, "")
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy.db"]
    assert sampled("check", "--database", f"sqlite:///{copy}")[0] == 0
    assert sampled("stats", "--database", f"sqlite:///{copy}")[1] == sampled("stats")[1]
    status, _, said = sampled("backup", str(copy))
    assert (status, "is there already" in said) == (2, True)


def test_a_copy_that_is_not_sound_is_not_kept(sampled: Run, tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/entente.db")
    store = Store(engine)
    store.head_file.raise_to(2, bytes(16))
    engine.dispose()
    status, _, said = sampled("backup", str(tmp_path / "copy.db"))
    assert (status, "ends at revision 1, but revision 2 was acknowledged" in said) == (1, True)
    assert not list(tmp_path.glob("copy*"))


def test_another_engine_has_a_backup_of_its_own(postgresql_server: str, run: Run, tmp_path: Path) -> None:
    status, _, said = run("backup", str(tmp_path / "copy.db"), "--database", named(postgresql_server, TEMPLATE))
    assert (status, "pg_dump" in said) == (2, True)


def test_a_sound_ledger_is_called_sound_and_a_damaged_one_is_not(sampled: Run, tmp_path: Path) -> None:
    assert sampled("check") == (0, f"sqlite:///{tmp_path}/entente.db is sound.\n", "")
    with closing(sqlite3.connect(tmp_path / "entente.db")) as connection:
        triggers = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for trigger in triggers:
            connection.execute(f'DROP TRIGGER "{trigger}"')
        connection.execute("UPDATE actor SET name = 'Somebody else' WHERE id = 'lavrov'")
        connection.commit()
    status, told, _ = sampled("check")
    assert status == 1
    assert re.search(r"actor lavrov version 1 .* does not say what was written\.", told)
