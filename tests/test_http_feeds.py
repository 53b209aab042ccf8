"""The log over HTTP: as lines of JSON, and as a stream of events that nobody who comes back misses or sees twice."""

from __future__ import annotations

import json
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from app.source import prepare
from tests.served import served
from tests.writing import ACTOR, make_key, pen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.writing import Pen

LINES = {"accept": "application/x-ndjson"}
WRITES = 60


@pytest.fixture
def client(database_url: str) -> Iterator[Pen]:
    with pen(database_url, "write", "curate") as made:
        yield made


def test_a_page_of_the_log_can_be_had_as_lines(client: Pen) -> None:
    client.post("/actors", ACTOR)
    page = client.get("/changes?limit=5")
    lines = client.get("/changes?limit=5", LINES)
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in lines.text.splitlines()] == page.json()["items"]
    assert lines.headers["link"] == page.headers["link"]
    tag = lines.headers["etag"]
    assert tag != page.headers["etag"]
    assert client.get("/changes?limit=5", {**LINES, "if-none-match": tag}).status_code == 304
    assert client.get("/changes?limit=5", {**LINES, "if-none-match": tag}).headers["etag"] == tag
    assert client.get("/changes?limit=5", {**LINES, "if-none-match": page.headers["etag"]}).status_code == 200
    assert client.get("/changes?limit=5", {"if-none-match": tag}).status_code == 200
    assert client.get("/actors", LINES).status_code == 406
    assert client.get("/changes", {"accept": "application/x-ndjson;q=0.5, application/json"}).json()["items"]


def test_the_log_as_lines_from_page_to_page_is_the_whole_log(client: Pen) -> None:
    for number in range(3):
        client.post("/actors", {**ACTOR, "name": f"A{number}"})
    told, path = [], "/changes?limit=7&after=1"
    while path:
        answer = client.get(path, LINES)
        told += [json.loads(line)["id"] for line in answer.text.splitlines()]
        path = answer.links.get("next", {}).get("url", "")
    assert told == ["a0", "a1", "a2"]


@pytest.mark.parametrize(
    ("query", "headers", "status", "word"),
    [
        ("?limit=3", {}, 422, "limit"),
        ("?known_at=1", {}, 422, "known_at"),
        ("?aftr=3", {}, 422, "after"),
        ("?after=x", {}, 422, "after"),
        ("?after=999", {}, 422, "not reached"),
        ("?actor=rusia", {}, 422, "russia"),
        ("", {"last-event-id": "x"}, 422, "Last-Event-ID"),
        ("", {"last-event-id": "999.1"}, 503, "999"),
        ("", {"accept": "application/json"}, 406, "text/event-stream"),
    ],
)
def test_what_cannot_be_followed_is_said_before_the_stream_begins(
    client: Pen, query: str, headers: dict[str, str], status: int, word: str
) -> None:
    answer = client.get(f"/changes/stream{query}", headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert word in answer.text


def test_head_of_a_stream_ends(client: Pen) -> None:
    answer = client.ask("HEAD", "/changes/stream")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


class Follower:
    """Reads one stream, event by event."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        self.last = ""

    def next(self) -> dict[str, Any]:
        """The next change."""
        for line in self.lines:
            if line.startswith("id: "):
                self.last = line[4:]
            elif line.startswith("data: "):
                change: dict[str, Any] = json.loads(line[6:])
                assert change["position"] == self.last
                return change
        raise EOFError


@contextmanager
def following(here: str, query: str = "", **headers: str) -> Iterator[Follower]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with httpx.stream("GET", f"{here}/changes/stream{query}", headers=sent, timeout=20) as answer:
        assert answer.status_code == 200, answer.read()
        yield Follower(answer.iter_lines())


@pytest.fixture
def desk(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, httpx.Client]]:
    """A server of two workers, and a client that may write."""
    monkeypatch.setenv("ENTENTE_HEARTBEAT", "1")
    monkeypatch.setenv("ENTENTE_STREAMS", "3")
    prepare(database_url, sample=False)
    key = make_key(database_url, "write", "curate")
    with (
        served(database_url, "--workers", "2", "--no-sample") as (here, _),
        httpx.Client(base_url=here, headers={"authorization": f"Bearer {key}"}, timeout=30) as writer,
    ):
        yield here, writer


def test_changes_come_as_they_happen_before_and_after(desk: tuple[str, httpx.Client]) -> None:
    here, writer = desk
    made = writer.post("/actors", json=ACTOR)
    with following(here) as told:
        first = told.next()
        assert (first["op"], first["record"], first["by"]) == ("add", "actor", "tester")
        assert (first["before"], first["after"]) == (None, made.json())
        headers = {"if-match": made.headers["etag"], "x-comment": "the other spelling"}
        amended = writer.put(made.headers["location"], json={**ACTOR, "name": "K. Dmitriev"}, headers=headers)
        second = told.next()
        assert (second["op"], second["comment"]) == ("amend", "the other spelling")
        assert second["after"] == amended.json()
        assert second["before"]["name"] == ACTOR["name"]
        deadline = time.monotonic() + 10
        while not next(told.lines).startswith(":"):
            assert time.monotonic() < deadline, "a silent stream says that it is alive"
        last = told.last
    writer.post("/actors", json=ACTOR)
    with following(here, last_event_id=last) as told:
        assert told.next()["revision"] == second["revision"] + 1
    with following(here, f"?after={second['revision']}&actor={made.json()['id']}") as told:
        tag = writer.get(made.headers["location"]).headers["etag"]
        writer.delete(made.headers["location"], params={"reason": "x"}, headers={"if-match": tag})
        assert told.next()["op"] == "retract"


def test_nobody_who_comes_back_misses_a_change_or_sees_one_twice(desk: tuple[str, httpx.Client]) -> None:
    here, writer = desk
    begin = int(writer.get("/stats").headers["entente-revision"])

    def write(number: int) -> None:
        names = [f"N {number} {part}" for part in range(1 + number % 3)]
        lines = "\n".join(json.dumps({"op": "actor", "kind": "person", "name": name}) for name in names)
        writer.post("/batch", content=lines, headers={"content-type": "application/x-ndjson"}).raise_for_status()

    expected = sum(1 + number % 3 for number in range(WRITES))
    told: list[dict[str, Any]] = []

    def follow() -> None:
        last = str(begin)
        while len(told) < expected:
            with following(here, last_event_id=last) as stream:
                for _ in range(1 + len(told) % 7):  # leaves after a few, wherever that is, and comes back
                    if len(told) < expected:
                        told.append(stream.next())
                last = stream.last

    follower = threading.Thread(target=follow)
    follower.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(WRITES)))
    follower.join(60)
    assert not follower.is_alive(), len(told)
    places = [tuple(map(int, change["position"].split("."))) for change in told]
    assert places == sorted(set(places))
    assert len({change["id"] for change in told}) == expected
    page = writer.get("/changes", params={"after": begin, "limit": 1000}).json()["items"]
    assert page == told


def test_streams_are_bounded_and_end_with_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTENTE_STREAMS", "2")
    with served(tmp_path) as (here, process), following(here) as one, following(here, "?after=1") as other:
        one.next()
        with httpx.stream("GET", f"{here}/changes/stream", timeout=20) as refused:
            assert refused.status_code == 503
            assert int(refused.headers["retry-after"])
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        for each in (one, other):
            assert not [line for line in each.lines if line.startswith("event:")]
        assert process.wait(10) == 0
        assert time.monotonic() - began < 5, "the server does not wait for streams"


def test_a_client_that_leaves_makes_room_for_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTENTE_STREAMS", "1")
    with served(tmp_path) as (here, _):
        for _ in range(5):
            deadline = time.monotonic() + 10
            while True:
                with httpx.stream("GET", f"{here}/changes/stream", timeout=20) as answer:
                    if answer.status_code == 200:
                        assert Follower(answer.iter_lines()).next()
                        break
                assert time.monotonic() < deadline
                time.sleep(0.02)
