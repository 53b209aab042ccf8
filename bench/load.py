"""A load driver: a few connections on the loopback, each of which asks its next question when the last one is answered.

What is measured: requests a second and latencies as the client sees them, and what the server's processes spent of the
processor meanwhile, which does not depend on how fast the client is or on what else the machine does.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import uvloop

from bench.processes import STEP_US, cpu_us

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECTIONS: Final = 8
_MS: Final = 1000
_LAST_CHUNK: Final = b"0\r\n\r\n"
_PATIENCE_S: Final = 60
"""As long as the slowest answer may take after the end of a stretch."""


@dataclass
class Load:
    """What stretches of load came to, added up; latencies in milliseconds, the processor's time in microseconds."""

    requests: int = 0
    seconds: float = 0.0
    cpu_us: float = 0.0
    bytes: int = 0
    latencies: list[float] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)

    def add(self, other: Load) -> None:
        """Put another stretch of the same to it."""
        self.requests += other.requests
        self.seconds += other.seconds
        self.cpu_us += other.cpu_us
        self.bytes += other.bytes
        self.latencies += other.latencies
        self.statuses |= other.statuses

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def cpu(self) -> float:
        """Microseconds of the server's processor for each request; of all at least a step of the kernel's count."""
        return max(self.cpu_us, STEP_US) / self.requests

    @property
    def size(self) -> float:
        """Bytes of a body, on average."""
        return self.bytes / self.requests

    def percentile(self, share: float) -> float:
        """A percentile of the latencies, milliseconds."""
        return float(np.percentile(self.latencies, share))


def drive(port: int, process: int, requests: Iterator[bytes], seconds: float) -> Load:
    """Load the server of a process (its children count as well) for so long, with what comes next of `requests`.

    Errors: `TimeoutError` if it stops answering.
    """
    return uvloop.run(_drive(port, process, requests, seconds))


async def _drive(port: int, process: int, requests: Iterator[bytes], seconds: float) -> Load:
    load, loop = Load(), asyncio.get_running_loop()
    spent, began = cpu_us(process), time.perf_counter()
    connected = [
        await loop.create_connection(lambda: _Client(requests, load, began + seconds), "127.0.0.1", port)
        for _ in range(CONNECTIONS)
    ]
    async with asyncio.timeout(seconds + _PATIENCE_S):
        await asyncio.gather(*(client.done for _, client in connected))
    load.seconds = time.perf_counter() - began
    load.cpu_us = cpu_us(process) - spent
    return load


class _Client(asyncio.Protocol):
    """One connection. An answer ends by its Content-Length or its last chunk, and a 304 with its head."""

    def __init__(self, requests: Iterator[bytes], load: Load, until: float) -> None:
        self._requests, self._load, self._until = requests, load, until
        self._head, self._left, self._sent = b"", 0, 0.0
        self._chunked = self._in_body = False
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # of a socket, but uvloop's is no child of asyncio's
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed a connection that was in use"))

    def data_received(self, data: bytes) -> None:
        if not self._in_body:
            self._head += data
            head, end, data = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            self._head, self._in_body = b"", True
            self._begin(head.lower())
        self._left -= len(data)
        self._load.bytes += len(data)
        if data.endswith(_LAST_CHUNK) if self._chunked else self._left <= 0:
            self._in_body = False
            self._load.requests += 1
            self._load.latencies.append((time.perf_counter() - self._sent) * _MS)
            self._ask()

    def _begin(self, head: bytes) -> None:
        self._load.statuses.add(int(head[9:12]))
        self._chunked = b"transfer-encoding: chunked" in head
        self._left = int(head.partition(b"content-length: ")[2].partition(b"\r")[0] or 0)

    def _ask(self) -> None:
        self._sent = time.perf_counter()
        if self._sent > self._until and self._load.requests:  # on a busy machine to connect may take that long
            self.done.set_result(None)
            self._transport.close()
            return
        self._transport.write(next(self._requests))


def get(path: str, **headers: str) -> bytes:
    """The bytes of a GET, e.g. `get("/actors/us", if_none_match=tag)`."""
    told = (f"{name.replace('_', '-')}: {value}" for name, value in headers.items())
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: bench", *told, "", "")).encode()
