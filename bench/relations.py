"""The main query without HTTP: how it grows from one ledger to a larger one, hubs and ordinary actors, all filters.

    python bench/relations.py sqlite:///small.db sqlite:///large.db
    python bench/relations.py sqlite:///large.db --from-the-ledger

Ledgers are given from small to large; `bench/generate.py` and `entente import events` make them. Each question is asked
of each ledger in turns. What counts is the processor's time of the thread that answers, in milliseconds: the median,
and behind it how many times that of the first ledger. Before that come starts, by processes of their own, and memory.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from graph.db import connect
from graph.queries import every
from graph.store import Live, Store
from graph.store.folders import Folders
from graph.time import day_text

if TYPE_CHECKING:
    from graph.queries import Question
    from graph.snapshot import Snapshot

_QUESTION: Final = next(question for question in every() if question.name == "list_actor_relations")
_CONTEXT: Final = {"today": 740_000}
_ACTORS: Final = 200
_PAGE: Final = 50
_PAGES: Final = 1_000
_STARTS: Final = 3
_SORTS: Final = ("start", "-recorded_at", "-confidence", "-intensity")
_FACETS: Final = ("type", "class", "with", "status", "year")


class Asked:
    """The questions to one ledger, by what they are called, and what they took."""

    def __init__(self, url: str) -> None:
        self.live = Live(Store(connect(url)))
        self.snapshot: Snapshot = self.live.current()
        self.questions: dict[str, list[Question]] = {name: [self._ask(**of)] for name, of in self._hub().items()}
        self.questions["hub, page 1,000"] = [self._deep()]
        self.questions["ordinary actors"] = [self._ask(id=each) for each in self._ordinary()]
        self.took: dict[str, list[float]] = {name: [] for name in self.questions}

    def round(self) -> None:
        """Ask everything once."""
        for name, questions in self.questions.items():
            for question in questions:
                begun = time.thread_time()
                question.run(self.snapshot)
                self.took[name].append((time.thread_time() - begun) * 1000)

    def _hub(self) -> dict[str, dict[str, Any]]:
        tables = self.snapshot.tables
        self._counts = tables.by_end.counts(np.arange(len(tables.actors)))
        hub = int(self._counts.argmax())
        run = max(tables.by_end.runs(hub), key=len)
        self.hub, self.degree = self._id(hub), int(self._counts[hub])
        days = -run.key[len(run) * 6 // 10], -run.key[len(run) * 5 // 10]
        span = {"valid_from": day_text(int(days[0])), "valid_to": day_text(int(days[1]))}
        common = tables.vocabulary.types[int(np.bincount(run.type).argmax())]
        far = self._id(int(np.bincount(run.far).argmax()))
        five = {"class": [common.quad_class], "sign": "positive", "direction": "out", "with": [far]}
        asked: dict[str, dict[str, Any]] = {
            "no filter": {},
            "type": {"type": [common.id]},
            "type that nothing has": {"type": ["cameo:20"]},
            "class, sign, direction": {key: five[key] for key in ("class", "sign", "direction")},
            "counterpart": {"with": [far]},
            "time span": span,
            "status that nothing has": {"status": ["denied"]},
            "five filters and a time span": five | span,
            "half as long ago": {"known_at": str(self.snapshot.revision // 2)},
            "five filters, half as long ago": five | span | {"known_at": str(self.snapshot.revision // 2)},
            "include=claims": {"include": ["claims"]},
            "count": {"count": "exact"},
            "count of five filters": five | {"count": "exact"},
            **{f"facet {facet}": {"facets": [facet]} for facet in _FACETS},
            "five facets": {"facets": list(_FACETS)},
            **{f"sort={sort}": {"sort": sort} for sort in _SORTS},
        }
        return {f"hub, {name}": {"id": self.hub, **of} for name, of in asked.items()}

    def _ordinary(self) -> list[str]:
        found = np.flatnonzero((self._counts >= _PAGE) & (self._counts < self._counts.max() // 50))
        return [self._id(actor) for actor in np.random.default_rng(1).choice(found, _ACTORS).tolist()]

    def _deep(self) -> Question:
        """Page 1,000 of the hub, or its last."""
        limit, cursor = 1000, None
        for _ in range(min(_PAGES * _PAGE, self.degree - _PAGE) // limit):
            cursor = (
                self._ask(id=self.hub, limit=limit, **({"cursor": cursor} if cursor else {})).run(self.snapshot).next
            )
        return self._ask(id=self.hub, **({"cursor": cursor} if cursor else {}))

    def _ask(self, **asked: Any) -> Question:  # noqa: ANN401 - whatever may be asked
        return _QUESTION.model_validate(asked, context=dict(_CONTEXT))

    def _id(self, actor: int) -> str:
        return self.snapshot.view(self.snapshot.revision).actor_id(actor)


def tell_start(url: str) -> None:
    """Say how long a start takes, how much of the processor, and how much memory is not shared."""
    begun, used = time.monotonic(), time.process_time()
    live = Live(Store(connect(url)))
    print(f"{time.monotonic() - begun:.2f} s, {time.process_time() - used:.2f} s of the processor", end="; ")
    rollup = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    own = sum(int(line.split()[1]) for line in rollup if line.startswith("Private_"))
    print(f"{own / 1024:.0f} MiB of its own")
    live.close()


def starts(url: str, name: str, *, from_the_ledger: bool) -> None:
    """Start processes on a ledger, the first without mapped files if wanted."""
    if from_the_ledger:
        store = Store(connect(url))
        shutil.rmtree(Folders.of(store.engine.url, store.head().ledger).path, ignore_errors=True)
        _start(url, f"{name}: start from the ledger")
    for _ in range(_STARTS):
        _start(url, f"{name}: mapped start")


def _start(url: str, title: str) -> None:
    print(title, end=": ", flush=True)
    subprocess.run([sys.executable, __file__, "--start", url], check=True)  # noqa: S603 - this script


def memory(asked: Asked) -> str:
    """How large what is mapped is: bytes a version in columns, and in heaps."""
    columns, heaps = 0, 0
    for part in (asked.snapshot.tables.parts() | asked.snapshot.evidence.parts()).values():
        for name, array in part.arrays().items():
            columns, heaps = (columns, heaps + array.nbytes) if name == "bytes" else (columns + array.nbytes, heaps)
    versions = len(asked.snapshot.tables.relations)
    return f"{columns / versions:.0f} bytes a version in columns, {heaps / versions:.0f} in heaps"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ledgers", nargs="*", metavar="URL", help="from small to large")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--from-the-ledger", action="store_true", help="begin without mapped files")
    parser.add_argument("--start", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.start:
        tell_start(given.start)
        return
    names = [Path(url).stem for url in given.ledgers]
    for name, url in zip(names, given.ledgers, strict=True):
        starts(url, name, from_the_ledger=given.from_the_ledger)
    all_asked = [Asked(url) for url in given.ledgers]
    for name, asked in zip(names, all_asked, strict=True):
        relations = len(asked.snapshot.tables.relations)
        print(f"{name}: {relations:,} relations, the hub in {asked.degree:,}; {memory(asked)}")
    for _ in range(given.rounds):
        for asked in all_asked:
            asked.round()
    print(f"{'':36}" + "".join(f"{name:>20}" for name in names))
    for title in all_asked[0].took:
        row(title, [median(asked.took[title]) for asked in all_asked])
    row("ordinary actors, p99", [quantiles(asked.took["ordinary actors"], n=100)[-1] for asked in all_asked])
    for asked in all_asked:
        asked.live.close()


def row(title: str, values: list[float]) -> None:
    """Print milliseconds, and how many times the first."""
    print(f"{title:36}" + "".join(f"{value:10.3f} ({value / values[0]:5.1f} x)" for value in values))


if __name__ == "__main__":
    main()
