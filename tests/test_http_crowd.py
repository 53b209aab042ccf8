"""Many write and many read at once, through two workers: nothing is lost, nobody sees an error, and the log is whole.

A longer crowd than CI needs: `CROWD_ROUNDS=60 pytest tests/test_http_crowd.py`.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from app.source import prepare
from tests.served import served
from tests.test_http_feeds import following
from tests.writing import make_key

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITERS, READERS = 8, 8
ROUNDS = int(os.environ.get("CROWD_ROUNDS", "8"))
SHARED = [f"shared-{number}" for number in range(3)]
LAST = "last"
PATHS = (
    *("/actors/russia/relations?rollup=representatives", "/relations?limit=5", "/actors?q=shared", "/stats"),
    *("/claims?limit=5", "/search?q=shared", "/actors/us/neighbors", "/changes?limit=5"),
)


@pytest.fixture
def crowded(database_url: str) -> Iterator[tuple[str, str]]:
    """Where two workers answer on a ledger with actors that everybody amends, and a key."""
    prepare(database_url, sample=True)
    key = make_key(database_url, "write", "curate")
    with served(database_url, "--no-sample", "--workers", "2") as (here, _):
        with client(here, key) as desk:
            for name in SHARED:
                desk.post("/actors", json=stated(name, 0)).raise_for_status()
        yield here, key


def client(here: str, key: str) -> httpx.Client:
    return httpx.Client(base_url=here, headers={"authorization": f"Bearer {key}"}, timeout=60)


def stated(name: str, count: int) -> dict[str, Any]:
    return {"id": name, "kind": "person", "name": name, "description": str(count)}


@dataclass
class Written:
    """What one writer came to: the (actor, tag) of each replacement that won, and the answers by idempotency key."""

    won: list[tuple[str, str]] = field(default_factory=list)
    twins: list[tuple[str, bytes]] = field(default_factory=list)


def write(here: str, key: str, seed: int) -> Written:
    """Raise counters that others raise too, and record somebody whom a twin records with the same key, in turn."""
    random, written = Random(seed), Written()
    for number in range(ROUNDS):
        name = random.choice(SHARED)
        with client(here, key) as desk:  # a connection each time: any worker may answer
            answer, tag = raised(desk, name)
        if answer.status_code == 200:
            written.won.append((name, tag))
        with client(here, key) as other:
            seen = other.get(f"/actors/{name}")
            assert int(seen.headers["entente-revision"]) >= int(answer.headers["entente-revision"])
        twin = f"twin-{seed // 2}-{number}"
        with client(here, key) as desk:
            said = {"kind": "person", "name": twin}
            made = desk.post("/actors", json=said, headers={"idempotency-key": twin})
            assert made.status_code == 201, made.text
            written.twins.append((twin, made.content))
    return written


def raised(desk: httpx.Client, name: str) -> tuple[httpx.Response, str]:
    """The answer to a counter's replacement by the next number, and the tag that it went by."""
    shown = desk.get(f"/actors/{name}")
    assert shown.status_code == 200, shown.text
    said = stated(name, int(shown.json()["description"]) + 1)
    answer = desk.put(f"/actors/{name}", json=said, headers={"if-match": shown.headers["etag"]})
    assert answer.status_code in {200, 412}, answer.text
    return answer, shown.headers["etag"]


def look(here: str, seed: int, done: threading.Event) -> int:
    """Ask this and that until everybody has written; revisions never fall for one who names the last it has seen."""
    random, newest, asked = Random(seed), 0, 0
    while not done.is_set():
        with httpx.Client(base_url=here, timeout=60) as reader:
            answer = reader.get(random.choice(PATHS), headers={"entente-min-revision": str(newest)})
        assert answer.status_code == 200, answer.text
        assert int(answer.headers["entente-revision"]) >= newest
        newest, asked = int(answer.headers["entente-revision"]), asked + 1
    return asked


def follow(here: str, begin: int, told: list[dict[str, Any]]) -> None:
    """The stream, left and taken up again, until it has told of the last write."""
    last = str(begin)
    while True:
        with following(here, last_event_id=last) as stream:
            for _ in range(1 + len(told) % 5):
                told.append(stream.next())
                if told[-1]["id"] == LAST:
                    return
            last = stream.last


def crowd(here: str, key: str) -> list[Written]:
    """What all writers came to, while as many read."""
    done = threading.Event()
    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        readers = [pool.submit(look, here, seed, done) for seed in range(READERS)]
        writers = [pool.submit(write, here, key, seed) for seed in range(WRITERS)]
        try:
            written = [writer.result(240) for writer in writers]
        finally:
            done.set()
        assert all(reader.result(60) for reader in readers)
    return written


def test_a_crowd_loses_nothing(crowded: tuple[str, str]) -> None:
    here, key = crowded
    begin = int(httpx.get(f"{here}/stats").headers["entente-revision"])
    told: list[dict[str, Any]] = []
    follower = threading.Thread(target=follow, args=(here, begin, told))
    follower.start()
    try:
        written = crowd(here, key)
    finally:
        with client(here, key) as desk:
            desk.post("/actors", json=stated(LAST, 0)).raise_for_status()
        follower.join(60)
    with client(here, key) as desk:
        counts = Counter({name: int(desk.get(f"/actors/{name}").json()["description"]) for name in SHARED})
        page = desk.get("/changes", params={"after": begin, "limit": 1000}).json()["items"]
        lines = desk.get("/changes", params={"after": begin, "limit": 1000}, headers={"accept": "application/x-ndjson"})
    won = [one for writer in written for one in writer.won]
    twins = {one for writer in written for one in writer.twins}
    assert max(Counter(won).values()) == 1, "of those who saw the same tag, one wins"
    assert counts == Counter(actor for actor, _ in won), "no update is lost"
    assert len(twins) == WRITERS // 2 * ROUNDS, "twins are told the same"
    assert [change["revision"] for change in page] == list(range(begin + 1, begin + len(won) + len(twins) + 2))
    assert told == page
    assert [orjson.loads(line) for line in lines.text.splitlines()] == page
