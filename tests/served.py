"""A real server: the console script, a port, a database of its own."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

SCRIPTS = Path(sys.executable).parent
PATIENCE_S = 120
"""As long as a server may take to come up or go down on a machine that has much else to do."""


@contextmanager
def served(ledger: Path | str, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A real server on a free port, and where it answers; the ledger by its URL, or by the folder of its file."""
    database = ledger if isinstance(ledger, str) else f"sqlite:///{ledger}/entente.db"
    command = [str(SCRIPTS / "entente"), "serve", "--port", "0", "--database", database, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            found = re.search(r"http://[0-9.:]+", first)
            assert found, first + process.stdout.read()
            here = found[0]
            deadline = time.monotonic() + PATIENCE_S
            workers = int(options[options.index("--workers") + 1]) if "--workers" in options else 1
            ready: set[str] = set()
            while len(ready) < workers:
                answer = httpx.get(f"{here}/readyz", timeout=PATIENCE_S)
                if answer.status_code == 200:
                    ready.add(answer.headers["x-request-id"][:8])  # the half of a request's id that names its process
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield here, process
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
