"""What importing costs, beside the least that it could: bare inserts of the same rows into the same tables.

    python bench/import.py 200000                  SQLite (WAL, synchronous=FULL)
    python bench/import.py 1000000 --rounds 1
    python bench/import.py 200000 --postgresql     a server of its own, from the wheel that the tests use

Each measurement is a process of its own, and they take turns. `import` is `entente import events` of a synthetic table.
`bare` inserts the rows of `relation` and `claim` that came of it, which lie finished in memory, by sqlite3.executemany
or by COPY, into the same tables with their indexes and triggers, as many to a transaction. `pandas`, if it is
installed, reads the same file and does nothing with it. A ratio is another's time by that of `import`: 1 would be that
reading, checking, resolving, hashing and looking up what is recorded cost nothing.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import multiprocessing
import platform
import resource
import sqlite3
import statistics
import tempfile
import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import make_url

from bench import figures, filled
from bench.figures import Figure
from bench.generate import write
from graph.db import connect, upgrade
from graph.formats import importers
from graph.store import Store
from graph.store.rows import copy_rows
from graph.store.transaction import ACTOR, CLAIM, CONTRIBUTOR, DATASET, RELATION
from graph.transfer.importing import BATCH, Import, Into
from graph.transfer.reading import FileLines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine, Table

REFERRED: Final = (CONTRIBUTOR, DATASET, ACTOR)
MEASURED: Final = (RELATION, CLAIM)
_MILLION: Final = 1_000_000


class Cost(NamedTuple):
    """Seconds by the clock, seconds of the processor, and the most memory in MB, of one process."""

    wall: float
    cpu: float
    memory: float


class Watch:
    """Adds up the time of what is measured."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time of a block."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall += time.perf_counter() - wall
        self.cpu += time.process_time() - cpu


def ours(watch: Watch, url: str, file: str) -> None:
    """Import a file."""
    importer = importers()["events"]
    work = Import(Store(connect(url)), importer, Into.of(importer, "bench"))
    with watch.running():
        work.run(FileLines(Path(file)))


def bare(watch: Watch, url: str, filled: str) -> None:
    """Insert the rows that an import made in another ledger, as they are."""
    source, target = connect(filled), connect(url)
    for table in REFERRED:
        for rows in _batches(source, table):
            _insert(target, [(table, rows)])
    pairs = zip(*(_batches(source, table) for table in MEASURED), strict=False)
    if target.dialect.name != "sqlite":
        for parts in pairs:
            with watch.running():
                _insert(target, list(zip(MEASURED, parts, strict=True)))
        return
    driver = sqlite3.connect(make_url(url).database or "", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        driver.execute(f"PRAGMA {pragma}")
    for parts in pairs:
        with watch.running():
            driver.execute("BEGIN IMMEDIATE")
            for table, rows in zip(MEASURED, parts, strict=True):
                marks = ", ".join("?" * len(table.columns))
                driver.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)  # noqa: S608 - our own tables
            driver.execute("COMMIT")


def pandas(watch: Watch, _url: str, file: str) -> None:
    """Read a file."""
    reads = importlib.import_module("pandas").read_csv
    with watch.running():
        reads(file, dtype=str)


MEASURES: Final[dict[str, Callable[[Watch, str, str], None]]] = {"import": ours, "bare": bare, "pandas": pandas}


def _insert(target: Engine, parts: list[tuple[Table, list[tuple[Any, ...]]]]) -> None:
    with target.begin() as connection:
        for table, rows in parts:
            copy_rows(connection, table, rows)


def _batches(source: Engine, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    with source.connect().execution_options(yield_per=BATCH) as connection:
        rows = connection.exec_driver_sql(f"SELECT * FROM {table.name} ORDER BY n")  # noqa: S608 - our own tables
        for batch in rows.partitions(BATCH):
            yield [tuple(row) for row in batch]


def _measure(name: str, url: str, given: str, pipe: Any) -> None:  # noqa: ANN401 - a pipe's end
    watch = Watch()
    MEASURES[name](watch, url, given)
    pipe.send(Cost(watch.wall, watch.cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def measure(name: str, url: str, given: str) -> Cost:
    """Measure in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_measure, args=(name, url, given, there))
    process.start()
    there.close()
    cost: Cost = here.recv()
    process.join()
    return cost


@contextmanager
def ledgers(folder: Path, *, postgresql: bool) -> Iterator[Callable[[], str]]:
    """Give what makes an empty ledger, and its URL."""
    if not postgresql:
        yield lambda: _empty(f"sqlite:///{folder / uuid.uuid4().hex}.db")
        return
    with filled.postgresql(folder / "postgresql") as server:

        def made() -> str:
            name = f"bench_{uuid.uuid4().hex}"
            with connect(server).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
            return _empty(make_url(server).set(database=name).render_as_string(hide_password=False))

        yield made


def _empty(url: str) -> str:
    engine = connect(url)
    upgrade(engine)
    engine.dispose()
    return url


def rounds(count: int, times: int, *, postgresql: bool) -> dict[str, list[Cost]]:
    """Measure everything in turn, as often as is asked for; and the import of a tenth, for the memory it takes."""
    names = [name for name in MEASURES if name != "pandas" or importlib.util.find_spec("pandas")]
    costs: dict[str, list[Cost]] = {name: [] for name in (*names, "tenth")}
    with tempfile.TemporaryDirectory() as place, ledgers(Path(place), postgresql=postgresql) as ledger:
        files = [Path(place) / name for name in ("events.csv", "tenth.csv")]
        for file, rows in zip(files, (count, count // 10), strict=True):
            with file.open("wb") as opened:
                write(rows, 1, opened)
        costs["tenth"].append(measure("import", ledger(), str(files[1])))
        for _ in range(times):
            filled = ledger()
            for name in names:
                url = filled if name == "import" else ledger()
                costs[name].append(measure(name, url, filled if name == "bare" else str(files[0])))
    return costs


def main() -> None:
    """Print costs and ratios."""
    asked = argparse.ArgumentParser(description="Measure importing.")
    asked.add_argument("count", type=int, help="how many events")
    asked.add_argument("--rounds", type=int, default=3, help="how often [3]")
    asked.add_argument("--postgresql", action="store_true", help="on PostgreSQL, not SQLite")
    figures.option(asked)
    said = asked.parse_args()
    costs = rounds(said.count, said.rounds, postgresql=said.postgresql)
    engine = "PostgreSQL" if said.postgresql else "SQLite"
    print(f"{said.count:,} events, {engine}, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}")
    middle = {
        name: Cost(*(statistics.median(each) for each in zip(*found, strict=True))) for name, found in costs.items()
    }
    whole = middle["import"]
    for name, cost in middle.items():
        rate = said.count / cost.wall if name != "tenth" else said.count / 10 / cost.wall
        took = f"{cost.wall:8.2f} s, {cost.cpu:8.2f} s of the processor"
        told = f"{name:7} {rate:10,.0f} events/s  {took}  {cost.memory:6,.0f} MB"
        ratio = f"  {cost.wall / whole.wall:.2f} x import by the clock, {cost.cpu / whole.cpu:.2f} by the processor"
        print(told + (ratio if name in {"bare", "pandas"} else ""))
    figures.keep(measured(said.count, engine, middle), said.figures)


def measured(count: int, engine: str, middle: dict[str, Cost]) -> list[Figure]:
    """What is held to goals. The rate is, on SQLite, with a million events and with five."""
    whole, bare, tenth = middle["import"], middle["bare"], middle["tenth"]
    held = {_MILLION: "import, 1 million", 5 * _MILLION: "import, 5 million"} if engine == "SQLite" else {}
    return [
        Figure(engine, bare.wall / whole.wall, "x bare inserts", count, "import, bare"),
        Figure(f"{engine}, rate", count / whole.wall, "events/s", count, held.get(count)),
        Figure(f"{engine}, rate of bare inserts", count / bare.wall, "events/s", count),
        Figure(f"{engine}, memory", whole.memory, "MiB", count),
        Figure(engine, whole.memory / tenth.memory, "x", count, "import, memory"),
    ]


if __name__ == "__main__":
    main()
