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


@contextmanager
def served(tmp_path: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A real server on a free port, and where it answers."""
    command = [
        str(SCRIPTS / "entente"),
        "serve",
        "--port",
        "0",
        "--database",
        f"sqlite:///{tmp_path}/entente.db",
        *options,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            found = re.search(r"http://[0-9.:]+", first)
            assert found, first + process.stdout.read()
            here = found[0]
            deadline = time.monotonic() + 120
            workers = int(options[options.index("--workers") + 1]) if "--workers" in options else 1
            ready: set[str] = set()
            while len(ready) < workers:
                answer = httpx.get(f"{here}/readyz", timeout=120)
                if answer.status_code == 200:
                    ready.add(answer.headers["x-request-id"][:8])  # the half of a request's id that names its process
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield here, process
        finally:
            process.terminate()
            process.wait(15)
