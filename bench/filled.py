"""The same relations for everybody: a ledger of synthetic events, and the peers' folders, filled from its answers.

A folder is made once; what is finished says so by a file, and is kept as long as the folder is.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson

from bench.generate import write
from bench.peers import PEERS, filling
from bench.processes import started

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from bench.asks import Item
    from bench.processes import Server

_ENTENTE: Final = str(Path(sys.executable).with_name("entente"))
_DONE: Final = "done"
_SEED: Final = 1


def ledger(folder: Path, count: int) -> str:
    """The URL of a ledger that holds so many synthetic events, imported by our own importer."""
    place = folder / "entente"
    url = f"sqlite:///{(place / 'ledger.db').resolve()}"
    if not (place / _DONE).exists():
        place.mkdir(parents=True, exist_ok=True)
        table = place / "events.csv"
        with table.open("wb") as out:
            write(count, _SEED, out)
        subprocess.run([_ENTENTE, "import", "events", str(table), "--database", url], check=True)  # noqa: S603 - our own command
        table.unlink()
        (place / _DONE).touch()
    return url


def ours(url: str, workers: int = 1) -> AbstractContextManager[Server]:
    """Our service on a free port."""
    options = ("--port", "0", "--workers", str(workers), "--no-sample", "--database", url)
    return started((_ENTENTE, "serve", *options), ready="/readyz")


def theirs(name: str, folder: Path) -> AbstractContextManager[Server]:
    """A peer on a free port."""
    place = folder / PEERS.get(name, "")
    return started((sys.executable, "-m", "bench.peers", name, str(place)), ready="/")


def fill(names: Sequence[str], folder: Path, url: str) -> None:
    """Fill the folders that these peers read, all of them in one walk through all relations."""
    wanted = sorted({PEERS[name] for name in names})
    missing = [name for name in wanted if not (folder / name / _DONE).exists()]
    if not missing:
        return
    for name in missing:
        (folder / name).mkdir(parents=True)
    begun = [filling(name, folder / name) for name in missing]
    with ours(url) as server:
        for items in _relations(server):
            for each in begun:
                each.add(items)
    for name, each in zip(missing, begun, strict=True):
        each.close()
        (folder / name / _DONE).touch()


def _relations(server: Server) -> Iterator[list[Item]]:
    """All relations with their claims, a page at a time."""
    following = ""
    while following is not None:
        cursor = f"&cursor={following}" if following else ""
        page = orjson.loads(server.get(f"/relations?include=claims&limit=1000{cursor}")[1])
        yield page["items"]
        following = page["next"]
