"""`entente import`: a summary on one side, what went wrong on the other, and no bar where nobody sees it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING

from bench.generate import events
from tests.served import SCRIPTS
from tests.test_cli import run  # noqa: F401 - the fixture

if TYPE_CHECKING:
    from pathlib import Path

    from tests.test_cli import Run


def test_importing_is_told_in_a_sentence(run: Run, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    path = tmp_path / "talks.csv"
    path.write_text("date,source,relation,target\n2014-01-02,Russia,Consult,China\n14-01-02,Russia,Consult,China\n")
    rejects = tmp_path / "rejects.ndjson"
    status, told, wrong = run("import", "events", str(path), "--rejects", str(rejects))
    assert (status, told) == (
        0,
        f"{path}: 2 lines, 1 added, 0 known, 1 rejected. New: 1 relations, 1 claims, 2 actors.\n",
    )
    assert wrong == f'{path}:3: date: "14-01-02" has a year of two digits: write 2014-01-31.\n'
    assert json.loads(rejects.read_text())["line"] == 3
    assert "Nothing is new." in run("import", "events", str(path))[1]
    _, told, _ = run("ask", "list-relations", "--source", "iso3:RUS")
    assert json.loads(told)["items"][0]["target"] == {"id": "china", "name": "China", "kind": "state"}


def test_what_is_wrong_with_the_command_is_told(run: Run, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    path = tmp_path / "2014.csv"
    path.write_text("date,source,relation,target\n2014-01-02,Russia,Consult,\n")
    for arguments, wrong in (
        (("icew", str(path)), 'Was "icews" meant?'),
        (("events",), "Name the files"),
        (("countries", str(path)), "takes no file"),
        (("events", "none.csv"), "There is no file"),
        (("events", str(path)), '"2014" is no id of a dataset'),
    ):
        status, _, told = run("import", *arguments)
        assert status == 2
        assert wrong in told
    status, _, told = run("import", "events", str(path), "--dataset", "d", "--on-error", "abort")
    assert (status, told) == (1, "Line 2, target: The row has no target. Nothing was imported.\n")


def test_countries_come_with_the_program(run: Run) -> None:  # noqa: F811 - the fixture
    assert run("import", "countries")[1] == "countries: 249 lines, 249 added, 0 known, 0 rejected. New: 249 actors.\n"
    for asked in ("Zwitserland", "швейцария", "Swiss"):
        found = json.loads(run("ask", "suggest", "--q", asked[:5])[1])["items"]
        assert not found or found[0]["id"] == "switzerland" or asked == "Zwitserland"


def test_an_import_that_was_killed_is_finished_by_saying_it_again(run: Run, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    path, database = tmp_path / "d.csv", tmp_path / "killed.db"
    path.write_bytes(b"".join(events(60_000)))
    command = [str(SCRIPTS / "entente"), "import", "events", str(path), "--database", f"sqlite:///{database}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while recorded(database) < 20_000:
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
    before = recorded(database)
    assert 20_000 <= before < 60_000
    told = run("import", "events", str(path), "--database", f"sqlite:///{database}")[1]
    assert f"60,000 lines, {60_000 - before:,} added, {before:,} known, 0 rejected" in told
    assert recorded(database) == 60_000
    assert run("check", "--database", f"sqlite:///{database}")[0] == 0


def recorded(database: Path) -> int:
    """How many claims a ledger holds."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT claims FROM head").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
