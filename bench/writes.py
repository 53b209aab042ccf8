"""What single writes cost over HTTP, and how soon every worker shows them.

    python -m bench.writes sqlite:///ledger.db            a ledger that has relations; it is written to
    python -m bench.writes sqlite:///ledger.db --copy     a copy of it is
    python -m bench.writes postgresql://... --workers 2 --writers 8 --seconds 10
    python -m bench.writes --postgresql 100000            a server of its own, with as many synthetic events

Each writer records one claim after another on a relation of its own between actors that there are, waits for its
acknowledgement, and then asks for it, by new connections that any worker may take, until it is shown. Printed is also
what one process needs for the same writes without HTTP, one after another: a commit each, as durable.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import numpy as np
import orjson

from bench import figures, filled
from bench.figures import Figure
from bench.processes import cpu_us, memory
from graph.db import connect
from graph.models import ClaimStatement
from graph.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.processes import Server

_ENTENTE: Final = str(Path(sys.executable).with_name("entente"))
_DATASET: Final = f"bench-writes-{time.time_ns()}"
_MS: Final = 1000
_PATIENCE_S: Final = 60
_ASKED_AGAIN: Final = 2
"""How many other connections ask for what one has written."""


@dataclass
class Written:
    """What one writer saw, milliseconds: until the acknowledgement, and from there until others were shown it."""

    acknowledged: list[float] = field(default_factory=list)
    visible: list[float] = field(default_factory=list)


def main() -> None:
    """Write, look, print."""
    asked = _asked()
    with ExitStack() as stack:
        figures.keep(_measured(_ledger(asked, stack), asked), asked.figures)


def _ledger(asked: argparse.Namespace, stack: ExitStack) -> str:
    """The URL of the ledger to write to."""
    if not asked.copy and asked.postgresql is None:
        return str(asked.database)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    if asked.postgresql is None:
        return filled.copied(asked.database, folder)
    url = stack.enter_context(filled.postgresql(folder / "server"))
    filled.imported(asked.postgresql, url, folder)
    return url


def _measured(database: str, asked: argparse.Namespace) -> list[Figure]:
    """Write, look, print, and give what is held to goals."""
    key = _key(database)
    with filled.ours(database, asked.workers) as server:
        relations = server.get("/relations?limit=1&count=exact")
        actors = _actors(server)
        spent, begun = cpu_us(server.pid), time.monotonic()
        _post(server, key, "/datasets", {"id": _DATASET, "title": "Written by a benchmark"})
        written = _all_write(server, key, actors, asked)
        took, cpu = time.monotonic() - begun, cpu_us(server.pid) - spent
        held = memory(server.pid)
    acknowledged = [one for each in written for one in each.acknowledged]
    visible = [one for each in written for one in each.visible]
    alone, rate = _alone(database, actors, asked.seconds), len(acknowledged) / took
    print(f"| {asked.writers} writers, {asked.workers} workers | {rate:,.0f} writes/s "
          f"({rate / alone:.2f} x one process without HTTP, {alone:,.0f}) "
          f"| {cpu / len(acknowledged):,.0f} us | acknowledged after {_told(acknowledged)} "
          f"| shown elsewhere {_told(visible)} ms after that | {held.private:,.0f} MiB of its own |")  # fmt: skip
    engine, goal = ("SQLite", None) if database.startswith("sqlite") else ("PostgreSQL", "write, commits")
    count = orjson.loads(relations[1])["total"]
    return [
        Figure(engine, float(np.percentile(visible, 99)), "ms", count, "write, shown"),
        Figure(engine, max(visible), "ms", count, "write, longest"),
        Figure(f"{engine}, {asked.writers} writers over HTTP", rate, "commits/s", count, goal),
        Figure(f"{engine}, one process without HTTP", alone, "commits/s", count, goal),
    ]


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("database", nargs="?", help="the URL of a ledger, which is written to")
    parser.add_argument("--copy", action="store_true", help="write to a copy of the ledger, which is one of SQLite")
    parser.add_argument("--postgresql", type=int, metavar="COUNT", help="write to as many synthetic events instead")
    parser.add_argument("--workers", type=int, default=2, help="[2]")
    parser.add_argument("--writers", type=int, default=8, help="at once [8]")
    parser.add_argument("--seconds", type=float, default=5.0, help="[5]")
    figures.option(parser)
    return parser.parse_args()


def _key(database: str) -> str:
    """A key that is good for writing."""
    command = (_ENTENTE, "keys", "create", "bench", "--scope", "write", "--database", database)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[0]  # noqa: S603 - our own command


def _actors(server: Server) -> list[str]:
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=_PATIENCE_S) as client:
        return [each["id"] for each in client.get("/actors?limit=200").json()["items"]]


def _post(server: Server, key: str, path: str, body: dict[str, Any]) -> None:
    headers = {"authorization": f"Bearer {key}"}
    httpx.post(f"http://127.0.0.1:{server.port}{path}", json=body, headers=headers).raise_for_status()


def _all_write(server: Server, key: str, actors: list[str], asked: argparse.Namespace) -> list[Written]:
    until = time.monotonic() + asked.seconds
    with ThreadPoolExecutor(asked.writers) as pool:
        own = [pool.submit(_write, server, key, _claims(actors, number), until) for number in range(asked.writers)]
        return [each.result() for each in own]


def _claims(actors: list[str], writer: int) -> Iterator[dict[str, Any]]:
    """Claims that nobody else makes: whom one criticised, each with a record of its own."""
    source, name = actors[writer % len(actors)], f"{time.time_ns()}-{writer}"
    for number in itertools.count():
        day = f"{1900 + number // 336 % 100}-{number // 28 % 12 + 1:02d}-{number % 28 + 1:02d}"
        target = actors[-1 - number % (len(actors) // 2)]
        relation = {"type": "criticize-or-denounce", "source": source, "target": target, "start": day}
        yield {"dataset": _DATASET, "record": f"{name}-{number}", "stance": "affirms", "relation": relation}


def _write(server: Server, key: str, claims: Iterator[dict[str, Any]], until: float) -> Written:
    here, written = f"http://127.0.0.1:{server.port}", Written()
    with httpx.Client(base_url=here, headers={"authorization": f"Bearer {key}"}, timeout=_PATIENCE_S) as desk:
        while time.monotonic() < until:
            begun = time.perf_counter()
            answer = desk.post("/claims", json=next(claims))
            acknowledged = time.perf_counter()
            answer.raise_for_status()
            written.acknowledged.append((acknowledged - begun) * _MS)
            written.visible += [
                _shown(server, answer.json()["relation"]["id"], time.perf_counter()) for _ in range(_ASKED_AGAIN)
            ]
    return written


def _shown(server: Server, relation: str, since: float) -> float:
    """How long it takes until whichever worker answers shows a relation, milliseconds. Errors: `TimeoutError`."""
    while time.perf_counter() < since + _PATIENCE_S:
        if server.ask(f"/relations/{relation}")[0].status == HTTPStatus.OK:
            return (time.perf_counter() - since) * _MS
    raise TimeoutError(f"{relation} is not shown within {_PATIENCE_S} s")


def _alone(database: str, actors: list[str], seconds: float) -> float:
    """How many such claims a second one process records without HTTP."""
    store, count = Store(connect(database)), 0
    begun = time.monotonic()
    for stated in _claims(actors, len(actors) // 3):
        with store.write() as writer:
            writer.claim(ClaimStatement.model_validate(stated))
        count += 1
        if time.monotonic() > begun + seconds:
            break
    store.engine.dispose()
    return count / (time.monotonic() - begun)


def _told(milliseconds: list[float]) -> str:
    median, late = np.percentile(milliseconds, (50, 99))
    return f"{median:,.1f} (p99 {late:,.1f})"


if __name__ == "__main__":
    main()
