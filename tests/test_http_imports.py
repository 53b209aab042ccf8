"""Files sent over HTTP: streamed to disk, imported as jobs that outlive their process, told, and taken back."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from app.imports import Folder
from app.settings import Settings, load
from graph.db import connect
from graph.store import Store, jobs
from graph.store.check import check
from graph.transfer.jobs import do, holding
from tests.writing import make_key, pen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.writing import Pen

HEADER = b"id,date,source,cameo,target\n"


def table(rows: int, bad: int = 0) -> bytes:
    """A table of events, the last of which can't go in."""
    good = [b"%d,2014-01-%02d,Actor %d,040,Actor %d\n" % (i, i % 28 + 1, i % 7, i % 5 + 7) for i in range(rows)]
    return HEADER + b"".join(good) + b"x,14-01-02,a,040,b\n" * bad


@pytest.fixture
def desk(database_url: str) -> Iterator[Pen]:
    with pen(database_url, "write", "curate", sample=False) as client:
        yield client


def finished(desk: Pen, job: str) -> dict[str, Any]:
    """What a job came to."""
    deadline = time.monotonic() + 300
    while (told := desk.get(f"/imports/{job}").json())["state"] in {"waiting", "running"}:
        assert time.monotonic() < deadline, told
        time.sleep(0.05)
    return dict(told)


def gone(file: Path) -> bool:
    """Whether a file is thrown away, as it soon must be."""
    deadline = time.monotonic() + 60
    while file.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not file.exists()


def send(desk: Pen, body: bytes, query: str = "format=events&dataset=d", **headers: str) -> Any:  # noqa: ANN401 - an answer
    return desk.write("POST", f"/imports?{query}", body, **{"content_type": "application/octet-stream", **headers})


def test_a_file_is_imported_watched_and_taken_back(desk: Pen) -> None:
    answer = send(desk, gzip.compress(table(40, bad=3)))
    assert answer.status_code == 202
    job = answer.json()["id"]
    assert answer.headers["location"] == f"/imports/{job}"
    told = finished(desk, job)
    counted = {name: told[name] for name in ("state", "lines", "added", "known", "rejected")}
    assert counted == {"state": "done", "lines": 43, "added": 40, "known": 0, "rejected": 3}
    assert told["new"] == {"relations": 40, "claims": 40, "actors": 12, "documents": 0}
    page = desk.get(f"/imports/{job}/rejects?limit=2&count=exact").json()
    assert (len(page["items"]), page["total"]) == (2, 3)
    assert page["items"][0] == {"line": 42, "column": "date", "reason": page["items"][0]["reason"]}
    assert "two digits" in page["items"][0]["reason"]
    assert [each["line"] for each in desk.get(f"/imports/{job}/rejects?cursor={page['next']}").json()["items"]] == [44]
    assert desk.get("/relations?count=exact&limit=1").json()["total"] == 40
    again = finished(desk, send(desk, table(40)).json()["id"])
    assert (again["added"], again["known"], again["first_revision"]) == (0, 40, None)
    assert [each["id"] for each in desk.get("/imports").json()["items"]] == [again["id"], job]
    _undone(desk, job)


def _undone(desk: Pen, job: str) -> None:
    path = f"/imports/{job}"
    tag = desk.get(path).headers["etag"]
    before = desk.get("/stats").json()["revision"]
    assert desk.write("DELETE", f"{path}?reason=x").status_code == 428
    assert desk.write("DELETE", path, if_match=tag).status_code == 422
    assert desk.write("DELETE", f"{path}?reason=x", if_match='"old"').status_code == 412
    answer = desk.write("DELETE", f"{path}?reason=The wrong file.", if_match=tag)
    assert (answer.status_code, answer.json()["state"], answer.json()["undone_revision"]) == (200, "undone", before + 1)
    assert desk.get("/relations?count=exact").json()["total"] == 0
    assert desk.get(f"/relations?count=exact&known_at={before}").json()["total"] == 40
    change = desk.get(f"/changes?after={before}").json()["items"]
    assert {(each["op"], each["by"], each["reason"]) for each in change} == {
        ("retract", desk.get(path).json()["by"], "The wrong file.")
    }
    assert desk.get("/actors?count=exact&limit=1").json()["total"] == 12
    again = desk.write("DELETE", f"{path}?reason=x", if_match=answer.headers["etag"])
    assert (again.status_code, desk.get("/stats").json()["revision"]) == (200, before + 1)


@pytest.mark.parametrize(
    ("query", "body", "status", "told"),
    [
        ("format=event&dataset=d", b"x", 422, 'Was "events" meant?'),
        ("format=events", b"x", 422, "dataset"),
        ("dataset=d", b"x", 422, "format"),
        ("format=events&dataset=2014", b"x", 422, "no id of a dataset"),
        ("format=events&dataset=d&dateset=d", b"x", 422, 'Was "dataset" meant?'),
        ("format=events&dataset=d&on_error=stop", b"x", 422, "on_error"),
        ("format=events&dataset=d", b"", 422, "empty"),
        ("format=countries", b"x", 422, "takes no file"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_request_is_told(desk: Pen, query: str, body: bytes, status: int, told: str) -> None:
    answer = send(desk, body, query)
    assert answer.status_code == status
    assert told in answer.json()["detail"]
    assert desk.get("/imports").json()["items"] == []


def test_who_may_import(desk: Pen, database_url: str) -> None:
    assert send(desk, table(1), authorization="").status_code == 401
    writer = {"authorization": f"Bearer {make_key(database_url, 'write', name='Another')}"}
    refused = send(desk, b"{}", "format=ndjson", **writer)
    assert (refused.status_code, "curate" in refused.text) == (403, True)
    taken = send(desk, table(1), **writer)
    assert taken.status_code == 202
    finished(desk, taken.json()["id"])
    assert desk.write("DELETE", f"/imports/{taken.json()['id']}?reason=x", **writer).status_code == 403
    form = desk.write(
        "POST", "/imports?format=events&dataset=d", table(1), content_type="multipart/form-data; boundary=x"
    )
    assert form.status_code == 415
    assert desk.get("/imports/i9").status_code == 404
    assert desk.get("/imports/9").status_code == 404
    assert desk.get("/imports?state=ready").status_code == 422
    assert desk.get("/imports?cursor=x").status_code == 400


def test_with_abort_nothing_comes_in_and_the_line_is_told(desk: Pen) -> None:
    told = finished(desk, send(desk, table(40, bad=1), "format=events&dataset=d&on_error=abort").json()["id"])
    assert (told["state"], told["added"], told["rejected"]) == ("failed", 0, 1)
    assert "Line 42, date" in told["problem"]
    assert desk.get(f"/imports/{told['id']}/rejects").json()["items"][0]["line"] == 42
    assert desk.get("/stats").json()["revision"] == 0 or desk.get("/relations").json()["items"] == []
    good = finished(desk, send(desk, table(40), "format=events&dataset=d&on_error=abort").json()["id"])
    assert (good["state"], good["added"], good["first_revision"]) == ("done", 40, good["last_revision"])


def test_bombs_and_too_large_files_are_cut_off(database_url: str) -> None:
    bomb = gzip.compress(HEADER + b"x" * 30_000_000)
    with pen(database_url, "write", sample=False, max_upload=str(len(bomb))) as desk:
        told = finished(desk, send(desk, bomb).json()["id"])
        assert (told["state"], "cut off" in told["problem"], "DELETE" in told["problem"]) == ("failed", True, True)
        assert send(desk, bomb + b"x").status_code == 413
        assert gone(Folder(load({"ENTENTE_DATABASE_URL": database_url})).file(1))


def test_a_file_whose_import_ended_before_it_was_thrown_away_goes_at_the_next_start(
    waiting: tuple[Store, int, Path], database_url: str
) -> None:
    store, job, file = waiting
    jobs.finish(store, job, "It was stopped.")
    unknown = file.with_name(file.name.replace("-i1", "-i2"))
    unknown.write_bytes(b"whose request is not answered yet")
    with pen(database_url, sample=False, uploads=str(file.parent)):
        assert gone(file)
    assert unknown.exists()


def test_the_same_request_is_one_import(desk: Pen) -> None:
    first, second = (send(desk, table(3), idempotency_key="k") for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert send(desk, table(4), idempotency_key="k").status_code == 422
    assert len(desk.get("/imports").json()["items"]) == 1
    finished(desk, first.json()["id"])


def test_other_clients_write_between_batches(desk: Pen) -> None:
    job = send(desk, table(40_000)).json()["id"]
    wrote = 0
    while desk.get(f"/imports/{job}").json()["state"] in {"waiting", "running"}:
        assert desk.post("/actors", {"kind": "person", "name": f"Somebody {wrote}"}).status_code == 201
        wrote += 1
    assert wrote > 2
    assert finished(desk, job)["added"] == 40_000


# Killed


@pytest.fixture
def waiting(database_url: str, tmp_path: Path) -> Iterator[tuple[Store, int, Path]]:
    """A job that nobody has begun, with 50,000 rows; its ledger and its file."""
    engine = connect(database_url)
    store = Store(engine)
    with store.write() as writer:
        writer.add_contributor("ann", "Ann")
    file = Folder(settings(database_url, tmp_path / "uploads")).file(1)
    file.parent.mkdir()
    file.write_bytes(table(50_000, bad=1))
    with store.write(by="ann") as writer:
        assert jobs.add(writer, jobs.Asked("events", "d", "reject", 1, {"title": "D"})) == 1
    yield store, 1, file
    engine.dispose()


def settings(database: str, folder: Path) -> Settings:
    return load({"ENTENTE_DATABASE_URL": database, "ENTENTE_UPLOADS": str(folder)})


def killed(store: Store, job: int, work: Settings, after: int) -> None:
    """Do a job in a process of its own, which is killed once it has dealt with so many lines."""
    environment = {**os.environ, **work.as_variables()}
    with subprocess.Popen([sys.executable, "-m", "app.imports.work", str(job)], env=environment) as process:
        while jobs.get(store, job).lines < after:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_an_import_that_was_killed_goes_on_to_the_same_result(
    waiting: tuple[Store, int, Path], database_url: str
) -> None:
    store, job, file = waiting
    for lines in (10_000, 20_000):
        killed(store, job, settings(database_url, file.parent), lines)
        told = jobs.get(store, job)
        assert (told.state, told.added >= lines) == ("running", True)
    do(store, job, file)
    told = jobs.get(store, job)
    assert (told.state, told.lines, told.added, told.known, told.rejected) == ("done", 50_001, 50_000, 0, 1)
    assert told.new["claims"] == store.head().counts["claims"] == 50_000
    assert not file.exists()
    assert jobs.rejects(store, job, 0, 9).total == 1
    assert check(store.engine, lambda *_: None) == []
    with store.write(by="ann", op="undo", reason="x") as writer:
        assert jobs.undo(writer, job)
    assert check(store.engine, lambda *_: None) == []


def test_an_import_that_kills_its_process_every_time_is_given_up(waiting: tuple[Store, int, Path]) -> None:
    store, job, file = waiting
    for _ in range(jobs.MOST_TRIES):
        assert jobs.begin(store, job) is not None
    do(store, job, file)
    told = jobs.get(store, job)
    assert (told.state, "send the file again" in (told.problem or "")) == ("interrupted", True)


def test_two_processes_do_not_do_one_import(waiting: tuple[Store, int, Path]) -> None:
    store, job, file = waiting
    with holding(file) as held:
        assert held
        do(store, job, file)
        assert jobs.get(store, job).state == "waiting"
