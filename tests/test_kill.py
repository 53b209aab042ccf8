"""The service is killed in the middle of its work: what it acknowledged is there, and nothing is half there.

More rounds than CI needs: `make kill-test`, which is `KILL_ROUNDS=200 pytest tests/test_kill.py`.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any

import httpx

from app import serve
from app.settings import load
from app.source import prepare
from graph.store import Store
from graph.store.check import check
from tests.writing import make_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from sqlalchemy import Engine

ROUNDS = int(os.environ.get("KILL_ROUNDS", "3"))
WRITERS = 4
LONGEST_S = 0.5
START_S = 120.0
WHOLE = {"actor", "document", "relation", "claim"}
"""What each write of the load records, in one revision."""

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["app.main", "app.wire", "uvloop", "graph.store", __name__])


@dataclass
class Load:
    """What was asked for, and at which revision it was acknowledged."""

    sent: set[str] = field(default_factory=set)
    acknowledged: dict[str, int] = field(default_factory=dict)
    first: threading.Event = field(default_factory=threading.Event)


def answering(database: str, port: Connection) -> None:
    """A process that serves a ledger, and tells on which port."""
    settings = load({"ENTENTE_DATABASE_URL": database, "ENTENTE_PORT": "0", "ENTENTE_LOG_LEVEL": "error"})
    taken = serve.listen(settings)
    port.send(taken.getsockname()[1])
    serve.run(settings, taken)


@contextmanager
def service(database: str) -> Iterator[tuple[str, BaseProcess]]:
    """A service that is ready, and is killed when the block ends, if it was not before."""
    ours, its = FORKS.Pipe()
    process = FORKS.Process(target=answering, args=(database, its))
    process.start()
    try:
        assert ours.poll(START_S)
        here = f"http://127.0.0.1:{ours.recv()}"
        deadline = time.monotonic() + START_S
        while httpx.get(f"{here}/readyz", timeout=START_S).status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield here, process
    finally:
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL


def lines(name: str) -> bytes:
    """A batch that is one thing: somebody, a text, and what they say in it of the United States."""
    said = f"{name} said: «They break what they sign»."
    relation = {"type": "accuse", "source": "@a", "target": "us"}
    quote = {"exact": "They break what they sign"}
    stated = [
        {"op": "actor", "as": "a", "id": name, "kind": "person", "name": name},
        {"op": "document", "as": "d", "id": f"{name}-text", "publisher": "@a", "published_on": "2026-02", "text": said},
        {"op": "claim", "relation": relation, "stance": "affirms", "document": "@d", "quote": quote},
    ]
    return "\n".join(map(json.dumps, stated)).encode()


def write(here: str, key: str, prefix: str, load: Load) -> None:
    """Write, one after the other, until nobody answers."""
    headers = {"authorization": f"Bearer {key}", "content-type": "application/x-ndjson"}
    with httpx.Client(base_url=here, headers=headers, timeout=30) as client:
        for number in count():
            name = f"{prefix}-{number}"
            load.sent.add(name)
            try:
                answer = client.post("/batch", content=lines(name))
            except httpx.TransportError:
                return
            assert answer.status_code == 200, answer.text
            load.acknowledged[name] = answer.json()["revision"]
            load.first.set()


def written_until_killed(here: str, process: BaseProcess, key: str, prefix: str, moment_s: float) -> Load:
    """Let several clients write, kill the service at some moment, and tell what they were told."""
    load = Load()
    with ThreadPoolExecutor(WRITERS) as pool:
        done = [pool.submit(write, here, key, f"{prefix}-{writer}", load) for writer in range(WRITERS)]
        load.first.wait(30)
        time.sleep(moment_s)
        process.kill()
        for writer in done:
            writer.result()
    return load


def recorded(here: str, after: int) -> dict[int, dict[str, Any]]:
    """What each revision recorded, by kind, as the log tells it."""
    told: dict[int, dict[str, Any]] = {}
    path: str | None = f"/changes?after={after}&limit=1000"
    while path:
        page = httpx.get(f"{here}{path}", timeout=30)
        for change in page.json()["items"]:
            told.setdefault(change["revision"], {})[change["record"]] = change["after"]
        path = page.links["next"]["url"] if "next" in page.links else None
    return told


def look(here: str, begin: int, load: Load) -> int:
    """Each write is there as a whole or not at all, each acknowledged one at its revision; the newest revision."""
    found = recorded(here, begin)
    assert sorted(found) == list(range(begin + 1, begin + 1 + len(found)))
    for made in found.values():
        assert made.keys() == WHOLE, "nothing is half there"
        assert made["document"]["id"] == f"{made['actor']['id']}-text"
        assert made["claim"]["relation"] == made["relation"]["id"]
        assert made["claim"]["quote"]["start"] == len(f"{made['actor']['id']} said: «")
    at = {made["actor"]["id"]: revision for revision, made in found.items()}
    assert load.acknowledged.items() <= at.items(), "what was acknowledged is there"
    assert at.keys() <= load.sent
    assert len(at) - len(load.acknowledged) <= WRITERS, "one at most that each had not been told of"
    return begin + len(found)


def test_what_was_acknowledged_outlives_the_process(database_url: str, engine: Engine) -> None:
    prepare(database_url, sample=True)
    key, random = make_key(database_url, "write"), Random()
    revision, load, acknowledged, unsure = Store(engine).head().revision, Load(), 0, 0
    for number in range(ROUNDS + 1):
        with service(database_url) as (here, process):
            before, revision = revision, look(here, revision, load)
            acknowledged += len(load.acknowledged)
            unsure += revision - before - len(load.acknowledged)
            if number < ROUNDS:
                load = written_until_killed(here, process, key, f"n{number}", random.uniform(0, LONGEST_S))
        assert check(engine) == []
    print(f"{ROUNDS} kills, {acknowledged} acknowledged writes there, {unsure} more of which nobody was told")  # noqa: T201 - for whoever asked for many rounds
    assert acknowledged >= ROUNDS
