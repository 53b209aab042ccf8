"""What single writes cost over HTTP, and how soon every worker shows them.

    python -m bench.writes sqlite:///ledger.db            a ledger that has relations; it is written to
    python -m bench.writes sqlite:///ledger.db --copy     a copy of it is
    python -m bench.writes postgresql://... --workers 2 --writers 8 --seconds 10
    python -m bench.writes --postgresql 100000            a server of its own, with as many synthetic events

Each writer records one claim after another on a relation of its own between actors that there are, waits for its
acknowledgement, and then asks for it, by new connections that any worker may take, until it is shown (`--looks 0`: only
writes). Printed is also what one process needs for the same writes without HTTP, one after another: a commit each, as
durable; and what this driver takes of the processor, for it shares the machine with what it measures.
"""

from __future__ import annotations

import argparse
import itertools
import re
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

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
_LENGTH: Final = re.compile(rb"content-length: ([0-9]+)")


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
        with closing(_Wire(server)) as wire:
            wire.post(key, "/datasets", {"id": _DATASET, "title": "Written by a benchmark"})
        spent, own, begun = cpu_us(server.pid), time.process_time(), time.monotonic()
        written = _all_write(server, key, actors, asked)
        took, cpu, own = time.monotonic() - begun, cpu_us(server.pid) - spent, time.process_time() - own
        held = memory(server.pid)
    acknowledged = [one for each in written for one in each.acknowledged]
    visible = [one for each in written for one in each.visible]
    alone, count = _alone(database, actors, asked.seconds), len(acknowledged)
    rate = count / took
    print(f"| {asked.writers} writers, {asked.workers} workers | {rate:,.0f} writes/s "
          f"({rate / alone:.2f} x one process without HTTP, {alone:,.0f}) "
          f"| {cpu / count:,.0f} us, of the driver {own * 1e6 / count:,.0f} "
          f"| acknowledged after {_told(acknowledged)} "
          f"| shown elsewhere {_told(visible) if visible else '-'} ms after that "
          f"| {held.private:,.0f} MiB of its own |")  # fmt: skip
    engine, goal = ("SQLite", None) if database.startswith("sqlite") else ("PostgreSQL", "write, commits")
    size = orjson.loads(relations[1])["total"]
    shown = [
        Figure(engine, float(np.percentile(visible, 99)), "ms", size, "write, shown"),
        Figure(engine, max(visible), "ms", size, "write, longest"),
    ] if visible else []  # fmt: skip
    return [
        *shown,
        Figure(f"{engine}, {asked.writers} writers over HTTP", rate, "commits/s", size, goal),
        Figure(f"{engine}, one process without HTTP", alone, "commits/s", size, goal),
    ]


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("database", nargs="?", help="the URL of a ledger, which is written to")
    parser.add_argument("--copy", action="store_true", help="write to a copy of the ledger, which is one of SQLite")
    parser.add_argument("--postgresql", type=int, metavar="COUNT", help="write to as many synthetic events instead")
    parser.add_argument("--workers", type=int, default=2, help="[2]")
    parser.add_argument("--writers", type=int, default=8, help="at once [8]")
    parser.add_argument("--looks", type=int, default=2, help="connections that ask for what one has written [2]")
    parser.add_argument("--seconds", type=float, default=5.0, help="[5]")
    figures.option(parser)
    return parser.parse_args()


def _key(database: str) -> str:
    """A key that is good for writing."""
    command = (_ENTENTE, "keys", "create", "bench", "--scope", "write", "--database", database)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[0]  # noqa: S603 - our own command


def _actors(server: Server) -> list[str]:
    return [each["id"] for each in orjson.loads(server.get("/actors?limit=200")[1])["items"]]


class _Wire:
    """A connection that takes little of the processor, for servers that tell the length of what they answer."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=_PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str) -> int:
        """The status of an answer. Errors: `ConnectionError`."""
        return self._ask(f"GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n".encode())[0]

    def post(self, key: str, path: str, said: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """What is answered to a write. Errors: `ConnectionError` if it is refused.

        Of several workers one may be ready before another, so whoever is not is asked again.
        """
        body = orjson.dumps(said)
        head = f"POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n"
        about = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        request = f"{head}{about}".encode() + body
        status, answer = self._ask(request)
        deadline = time.monotonic() + _PATIENCE_S
        while status == HTTPStatus.SERVICE_UNAVAILABLE and time.monotonic() < deadline:
            time.sleep(0.1)
            status, answer = self._ask(request)
        if status >= HTTPStatus.BAD_REQUEST:
            raise ConnectionError(f"{path} answers {status}: {answer.decode(errors='replace')}")
        return orjson.loads(answer)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _ask(self, request: bytes) -> tuple[int, bytes]:
        self._socket.sendall(request)
        head, body = b"", b""
        while not body and not head.endswith(b"\r\n\r\n"):
            head, parted, body = (head + self._more()).partition(b"\r\n\r\n")
            head += parted
        length = _LENGTH.search(head)
        while length is not None and len(body) < int(length[1]):
            body += self._more()
        return int(head[9:12]), body

    def _more(self) -> bytes:
        if not (more := self._socket.recv(65536)):
            raise ConnectionError("the server hung up")
        return more


def _all_write(server: Server, key: str, actors: list[str], asked: argparse.Namespace) -> list[Written]:
    until = time.monotonic() + asked.seconds
    with ThreadPoolExecutor(asked.writers) as pool:
        own = [
            pool.submit(_write, server, key, _claims(actors, number), until, asked.looks)
            for number in range(asked.writers)
        ]
        return [each.result() for each in own]


def _claims(actors: list[str], writer: int) -> Iterator[dict[str, Any]]:
    """Claims that nobody else makes: whom one criticised, each with a record of its own."""
    source, name = actors[writer % len(actors)], f"{time.time_ns()}-{writer}"
    for number in itertools.count():
        day = f"{1900 + number // 336 % 100}-{number // 28 % 12 + 1:02d}-{number % 28 + 1:02d}"
        target = actors[-1 - number % (len(actors) // 2)]
        relation = {"type": "criticize-or-denounce", "source": source, "target": target, "start": day}
        yield {"dataset": _DATASET, "record": f"{name}-{number}", "stance": "affirms", "relation": relation}


def _write(server: Server, key: str, claims: Iterator[dict[str, Any]], until: float, looks: int) -> Written:
    written = Written()
    with closing(_Wire(server)) as desk:
        while time.monotonic() < until:
            begun = time.perf_counter()
            answer = desk.post(key, "/claims", next(claims))
            acknowledged = time.perf_counter()
            written.acknowledged.append((acknowledged - begun) * _MS)
            written.visible += [_shown(server, answer["relation"]["id"], time.perf_counter()) for _ in range(looks)]
    return written


def _shown(server: Server, relation: str, since: float) -> float:
    """How long it takes until whichever worker answers shows a relation, milliseconds. Errors: `TimeoutError`."""
    while time.perf_counter() < since + _PATIENCE_S:
        with closing(_Wire(server)) as wire:
            if wire.get(f"/relations/{relation}") == HTTPStatus.OK:
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
