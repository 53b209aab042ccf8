"""What exporting costs, beside the least that it could: rows out of SQLite written as JSON, and a data frame as CSV.

    python bench/export.py 200000                  a synthetic table is imported first, then exported in every format
    python bench/export.py 1000000 --rounds 1
    python bench/export.py 200000 --postgresql     the ledger is a server of its own, from the wheel that the tests use
    python bench/export.py 5000000 --folder .bench --formats ndjson csv      the ledger is kept, as `bench.answers` does

The snapshot is loaded once, and not followed, so that nothing is written or mapped beside; then formats take turns,
`rounds` times. `relations/s` is the median; `grown` is by how much the process's own memory grew at most while it
wrote, in MiB: pages of files that are mapped are the system's, which takes them back as it likes. `sqlite3 + orjson`
reads each relation with its claim by one join and dumps the row; it does not decide who may be seen. If pandas is
installed, `pandas to_csv` writes the same relations from a data frame in memory, and `pandas to_json` reads the table
that was exported as `csv` and writes its rows as lines of JSON. The ratio is the time of `sqlite3 + orjson` by that of
the format beside which it stands: 1 would be that all but reading and writing rows cost nothing.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import platform
import sqlite3
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from bench import figures, filled
from bench.figures import Figure
from bench.generate import events
from bench.opened import opened
from graph import formats
from graph.db import connect, upgrade
from graph.store import Store
from graph.transfer.exporting import Export
from graph.transfer.importing import Import, Into

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graph.snapshot import Snapshot

_JOINED: Final = (
    "SELECT r.id, r.type, s.id, t.id, r.start, r.end, r.attributes, c.tag, c.stance, c.record, c.attributes "
    "FROM relation r JOIN actor s ON s.n = r.source JOIN actor t ON t.n = r.target "
    "JOIN claim c ON c.relation = r.n ORDER BY r.n"
)
_MIB: Final = 1024


class Run(NamedTuple):
    """One writing: seconds, bytes, relations, and KiB grown at most."""

    seconds: float
    size: int
    relations: int
    grown: int


class Loaded(NamedTuple):
    """What an export reads: a snapshot that nobody follows, and its ledger."""

    snapshot: Snapshot
    store: Store


def main() -> None:
    """Import, export in turns, print a table."""
    asked = _asked()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        if asked.folder is None:
            store = stack.enter_context(_filled(Path(folder), asked.count, postgresql=asked.postgresql))
        else:
            store = Store(connect(filled.ledger(asked.folder / str(asked.count), asked.count)))
            stack.callback(store.engine.dispose)
        live = opened(store)
        live.close()
        loaded = Loaded(live.current(), store)
        relations = len(loaded.snapshot.tables.relations)
        works = {name: _format(loaded, name) for name in asked.formats}
        if not asked.postgresql:
            works["sqlite3 + orjson"] = _bare(Path(store.engine.url.database or ""))
        if importlib.util.find_spec("pandas") and not asked.no_pandas:
            works["pandas to_csv"] = _frame(loaded, Path(folder) / "frame.csv")
            works["pandas to_json"] = _lines(loaded, Path(folder))
        runs: dict[str, list[Run]] = {name: [] for name in works}
        for _ in range(asked.rounds):
            for name, work in works.items():
                runs[name].append(_measured(work, relations))
    _print(asked, relations, runs)
    figures.keep(_figures(relations, runs), asked.figures)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=200_000, help="rows of the synthetic table")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--formats", nargs="+", default=list(formats.exporters()), choices=list(formats.exporters()))
    parser.add_argument("--no-pandas", action="store_true", help="it takes 3 GB a million relations")
    ledgers = parser.add_mutually_exclusive_group()
    ledgers.add_argument("--postgresql", action="store_true")
    ledgers.add_argument("--folder", type=Path, help="where the ledger is kept, or made and kept")
    figures.option(parser)
    return parser.parse_args()


@contextmanager
def _filled(folder: Path, count: int, *, postgresql: bool) -> Iterator[Store]:
    """A ledger that holds the synthetic table."""
    with ExitStack() as stack:
        server = stack.enter_context(filled.postgresql(folder / "server")) if postgresql else None
        engine = connect(server or f"sqlite:///{folder / 'ledger.db'}")
        stack.callback(engine.dispose)
        upgrade(engine)
        table = folder / "events.csv"
        with table.open("wb") as out:
            out.writelines(events(count))
        importer = formats.importers()["events"]
        with table.open("rb") as lines:
            Import(Store(engine), importer, Into.of(importer, "bench")).run(lines)
        yield Store(engine)


def _format(loaded: Loaded, name: str) -> Callable[[], int]:
    def work() -> int:
        export = Export.model_validate({"format": name}, context={"today": 1})
        return sum(map(len, export.parts(*loaded)))

    return work


def _bare(file: Path) -> Callable[[], int]:
    def work() -> int:
        connection = sqlite3.connect(file)
        try:
            return sum(len(orjson.dumps(row)) + 1 for row in connection.execute(_JOINED))
        finally:
            connection.close()

    return work


def _frame(loaded: Loaded, file: Path) -> Callable[[], int]:
    pandas = importlib.import_module("pandas")
    told = Export.model_validate({"format": "csv"}, context={"today": 1}).select(*loaded).told()
    rows = [
        (each.id, each.start, each.end, each.source.name, each.type.id, each.target.name, each.status, each.recorded_at)
        for block in told
        for each in block
    ]
    frame = pandas.DataFrame(rows)

    def work() -> int:
        frame.to_csv(file, index=False)
        return file.stat().st_size

    return work


def _lines(loaded: Loaded, folder: Path) -> Callable[[], int]:
    pandas = importlib.import_module("pandas")
    table, lines = folder / "told.csv", folder / "told.jsonl"
    export = Export.model_validate({"format": "csv"}, context={"today": 1})
    with table.open("wb") as out:
        out.writelines(export.parts(*loaded))

    def work() -> int:
        pandas.read_csv(table, dtype=str).to_json(lines, orient="records", lines=True)
        return lines.stat().st_size

    return work


def _measured(work: Callable[[], int], relations: int) -> Run:
    before, ended = _kib("RssAnon"), threading.Event()
    with ThreadPoolExecutor(1) as beside:
        most = beside.submit(_most, ended)
        begun = time.perf_counter()
        size = work()
        seconds = time.perf_counter() - begun
        ended.set()
        return Run(seconds, size, relations, most.result() - before)


def _most(ended: threading.Event) -> int:
    """The most memory of its own that the process has meanwhile, looked at 50 times a second."""
    most = _kib("RssAnon")
    while not ended.wait(0.02):
        most = max(most, _kib("RssAnon"))
    return most


def _kib(name: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise LookupError(name)


def _print(asked: argparse.Namespace, relations: int, runs: dict[str, list[Run]]) -> None:
    ledger = "PostgreSQL" if asked.postgresql else "SQLite"
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {platform.machine()}, {ledger}")
    print(f"{relations:,} relations with a claim each; {asked.rounds} rounds in turns")
    print(f"{'':18} {'relations/s':>12} {'MB':>7} {'grown MiB':>10} {'sqlite3 + orjson':>17}")
    bare = runs.get("sqlite3 + orjson")
    for name, each in runs.items():
        seconds = statistics.median(run.seconds for run in each)
        grown = max(run.grown for run in each) / _MIB
        ratio = f"{statistics.median(run.seconds for run in bare) / seconds:.2f}" if bare else ""
        print(f"{name:18} {relations / seconds:12,.0f} {each[0].size / 1e6:7.1f} {grown:10.1f} {ratio:>17}")


def _figures(relations: int, runs: dict[str, list[Run]]) -> Iterator[Figure]:
    """Rates, and by how much memory grew at most; of `ndjson` both are held to goals."""
    for name, each in runs.items():
        rate, grown = relations / statistics.median(run.seconds for run in each), max(run.grown for run in each) / _MIB
        goals = ("export", "export, memory") if name == "ndjson" else (None, None)
        yield Figure(name, rate, "relations/s", relations, goals[0])
        yield Figure(name, grown, "MiB", relations, goals[1])


if __name__ == "__main__":
    main()
