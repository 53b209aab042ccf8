"""Processes to measure: started, asked once, and read from /proc, each with its children (so on Linux alone)."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import time
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TICKS: Final = os.sysconf("SC_CLK_TCK")
STEP_US: Final = 1e6 / _TICKS
_MIB: Final = 1024
_PATIENCE_S: Final = 600
"""As long as a server may take to come up: from a ledger of millions, with a machine that has much else to do."""
_WRONG, _AT_FAULT = 400, 500


class Memory(NamedTuple):
    """MiB of a process and its children: resident, pages that are shared counted for each; private; and its own.

    Private are also pages of mapped files that nobody else has mapped, which the system takes back as it likes; what is
    its own is in no file.
    """

    resident: float
    private: float
    own: float


class Server(NamedTuple):
    """A server that answers on the loopback."""

    port: int
    pid: int

    def get(self, path: str) -> tuple[http.client.HTTPResponse, bytes]:
        """An answer and its body. Errors: `ConnectionError` if it is none, or says what is wrong.

        Of several workers one may be ready before another, so whoever is not is asked again.
        """
        answer, body = self.ask(path)
        deadline = time.monotonic() + _PATIENCE_S
        while answer.status == HTTPStatus.SERVICE_UNAVAILABLE and time.monotonic() < deadline:
            time.sleep(0.1)
            answer, body = self.ask(path)
        if answer.status >= _WRONG:
            raise ConnectionError(f"{path} answers {answer.status}: {body[:500].decode(errors='replace')}")
        return answer, body

    def ask(self, path: str) -> tuple[http.client.HTTPResponse, bytes]:
        """Any answer and its body. Errors: `ConnectionError`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_S)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()


@contextmanager
def started(command: Sequence[str], ready: str) -> Iterator[Server]:
    """A server: it says its port in its first line, and answers `ready` with no fault of its own when it is up.

    Errors: `ConnectionError` if it does not come up.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("ENTENTE_")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=own) as process:  # noqa: S603 - a server of ours
        try:
            assert process.stdout is not None
            found = re.search(r":([0-9]+)\b", process.stdout.readline())
            if found is None:
                raise ConnectionError(f"{' '.join(command)} does not say where it answers")
            server = Server(int(found[1]), process.pid)
            _await(server, ready)
            yield server
        finally:
            process.terminate()


def _await(server: Server, path: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while server.ask(path)[0].status >= _AT_FAULT:
        if time.monotonic() > deadline:
            raise ConnectionError(f"{path} says for {_PATIENCE_S} seconds that it is not ready")
        time.sleep(0.1)


def cpu_us(process: int) -> float:
    """Microseconds of the processor that a process and its children have had, in steps of `STEP_US`."""
    ticks = 0
    for each in _tree(process):
        fields = Path(f"/proc/{each}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])  # in user mode and in the kernel
    return ticks * STEP_US


def memory(process: int) -> Memory:
    """What a process and its children hold."""
    held = {"Rss": 0, "Private_Clean": 0, "Private_Dirty": 0, "Anonymous": 0}
    for each in _tree(process):
        for line in Path(f"/proc/{each}/smaps_rollup").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(":")
            if name in held:
                held[name] += int(value.split()[0])
    resident, clean, dirty, own = held.values()
    return Memory(resident / _MIB, (clean + dirty) / _MIB, own / _MIB)


def _tree(process: int) -> list[int]:
    found = [process]
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            found += _tree(int(child))
    return found
