"""The main query without HTTP: how it grows from one ledger to a larger one, hubs and ordinary actors, all filters.

    python bench/relations.py sqlite:///small.db sqlite:///large.db
    python bench/relations.py sqlite:///large.db --from-the-ledger

Ledgers are given from small to large; `bench/generate.py` and `entente import events` make them. Each question is asked
of each ledger in turns. What counts is the processor's time of the thread that answers, in milliseconds: the median,
and behind it how many times that of the first ledger. Before that come starts, by processes of their own, and memory;
and, if starts are from the ledger, what the service says of itself until it is ready, on the smallest ledger.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from http import HTTPStatus
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from bench import figures, filled
from bench.figures import Figure
from bench.opened import opened
from bench.processes import memory
from graph.db import connect
from graph.queries import every
from graph.store import Live, Store
from graph.store.folders import Folders
from graph.time import day_text

if TYPE_CHECKING:
    from collections.abc import Iterator

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
_DEEP: Final = "hub, page 1,000"
_MANY: Final = 50_000
"""Candidates from which on another sort is not for the event loop."""
_HELD: Final = {
    "hub": (
        "type", "type that nothing has", "class, sign, direction", "counterpart", "time span",
        "status that nothing has", "five filters and a time span",
    ),
    "hub, past": ("half as long ago", "five filters, half as long ago"),
    "hub, count": ("count", "count of five filters", *(f"facet {facet}" for facet in _FACETS), "five facets"),
    "hub, sort": tuple(f"sort={sort}" for sort in _SORTS),
}  # fmt: skip
"""Which questions about a hub are held to which goal."""
_MIB, _MB = 1024**2, 1e6


class Start(NamedTuple):
    """Seconds by the clock, seconds of the processor, and MiB that are private and that are its own."""

    seconds: float
    cpu: float
    private: float
    own: float


class Asked:
    """The questions to one ledger, by what they are called, and what they took."""

    def __init__(self, url: str) -> None:
        self.live = opened(Store(connect(url)))
        self.snapshot: Snapshot = self.live.current()
        self.questions: dict[str, list[Question]] = {name: [self._ask(**of)] for name, of in self._hub().items()}
        self.questions[_DEEP] = [self._deep()]
        self.questions["ordinary actors"] = [self._ask(id=each) for each in self._ordinary()]
        self.took: dict[str, list[float]] = {name: [] for name in self.questions}

    def round(self) -> None:
        """Ask everything once."""
        for name, questions in self.questions.items():
            for question in questions:
                begun = time.thread_time()
                question.run(self.snapshot)
                self.took[name].append((time.thread_time() - begun) * 1000)

    @property
    def relations(self) -> int:
        """How many there are."""
        return len(self.snapshot.tables.relations)

    def figures(self, first: Asked) -> list[Figure]:
        """What is held to goals, growth by the first ledger's."""
        count, goals = self.relations, {f"hub, {of}": goal for goal, each in _HELD.items() for of in each}
        middle = {title: median(took) for title, took in self.took.items()}
        sorts = [self.questions[f"hub, sort={sort}"][0].effort(self.snapshot) >= _MANY for sort in _SORTS]
        columns, heaps = self.memory()
        return [
            *(Figure(title, took, "ms", count, goals.get(title)) for title, took in middle.items()),
            Figure("page 1,000 of a hub", middle[_DEEP] / middle["hub, no filter"], "x", count, "hub, deep"),
            *([Figure("other sorts of a hub", sum(sorts) / len(sorts), "of all", count, "hub, aside")]
              if self.degree >= _MANY else []),
            *([Figure("ordinary actors", self.p99() / first.p99(), "x", count, "growth")] if first is not self else []),
            Figure("columns", columns, "bytes", count, "columns"),
            Figure("heaps", heaps, "bytes", count),
        ]  # fmt: skip

    def p99(self) -> float:
        """Milliseconds for an ordinary actor."""
        return quantiles(self.took["ordinary actors"], n=100)[-1]

    def memory(self) -> tuple[float, float]:
        """How large what is mapped is: bytes a version in columns, and in heaps."""
        columns, heaps = 0, 0
        for part in (self.snapshot.tables.parts() | self.snapshot.evidence.parts()).values():
            for name, array in part.arrays().items():
                columns, heaps = (columns, heaps + array.nbytes) if name == "bytes" else (columns + array.nbytes, heaps)
        return columns / self.relations, heaps / self.relations

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
        if not len(found):  # in a small ledger nobody is between
            found = np.flatnonzero(self._counts)
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


def start(url: str) -> Start:
    """Start on a ledger, in this process."""
    begun, used = time.monotonic(), time.process_time()
    live = Live(Store(connect(url)))
    seconds, cpu = time.monotonic() - begun, time.process_time() - used
    held = memory(os.getpid())
    live.close()
    return Start(seconds, cpu, held.private, held.own)


def starts(url: str, *, from_the_ledger: bool) -> Iterator[tuple[str, Start]]:
    """Start processes on a ledger, the first without mapped files if wanted, and print what they took."""
    if from_the_ledger:
        _unmap(url)
    for title in ["start from the ledger"] * from_the_ledger + ["mapped start"] * _STARTS:
        command = (sys.executable, __file__, "--start", url)
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603 - this script
        took = Start(*json.loads(told))
        print(f"{url}: {title}: {took.seconds:.2f} s, {took.cpu:.2f} s of the processor; "
              f"{took.own:.0f} MiB of its own, {took.private:.0f} with files that nobody else has mapped",
              flush=True)  # fmt: skip
        yield title, took


def _unmap(url: str) -> None:
    store = Store(connect(url))
    shutil.rmtree(Folders.of(store.engine.url, store.head().ledger).path, ignore_errors=True)
    store.engine.dispose()


def told(url: str) -> float:
    """How many of the answers of /readyz, while a service starts from the ledger, are 503 and say how far it is."""
    _unmap(url)
    with filled.ours(url, ready="/healthz") as server:
        answers = [server.ask("/readyz")]
        while answers[-1][0].status != HTTPStatus.OK:
            answers.append(server.ask("/readyz"))
    loading = [(answer.status, json.loads(body).get("detail", "")) for answer, body in answers[:-1]]
    good = sum(status == HTTPStatus.SERVICE_UNAVAILABLE and any(map(str.isdigit, told)) for status, told in loading)
    print(f"{url}: of {len(loading)} answers of /readyz while it starts {good} are 503 and say how far it is; "
          f"the last: {loading[-1] if loading else None}")  # fmt: skip
    return good / len(loading) if loading else 0.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ledgers", nargs="*", metavar="URL", help="from small to large")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--from-the-ledger", action="store_true", help="begin without mapped files")
    parser.add_argument("--start", help=argparse.SUPPRESS)
    figures.option(parser)
    given = parser.parse_args()
    if given.start:
        print(json.dumps(start(given.start)))
        return
    began = [list(starts(url, from_the_ledger=given.from_the_ledger)) for url in given.ledgers]
    all_asked = [Asked(url) for url in given.ledgers]
    for asked in all_asked:
        columns, heaps = asked.memory()
        print(f"{asked.relations:,} relations, the hub in {asked.degree:,}; "
              f"{columns:.0f} bytes a version in columns, {heaps:.0f} in heaps")  # fmt: skip
    for _ in range(given.rounds):
        for asked in all_asked:
            asked.round()
    print(f"{'':36}" + "".join(f"{asked.relations:20,}" for asked in all_asked))
    for title in all_asked[0].took:
        row(title, [median(asked.took[title]) for asked in all_asked])
    row("ordinary actors, p99", [asked.p99() for asked in all_asked])
    found = [figure for asked in all_asked for figure in asked.figures(all_asked[0])]
    for asked, each in zip(all_asked, began, strict=True):
        found += _of_starts(each, asked.relations)
        asked.live.close()
    if given.from_the_ledger:
        found.append(Figure("/readyz", told(given.ledgers[0]), "of all", all_asked[0].relations, "start, told"))
    figures.keep(found, given.figures)


def _of_starts(began: list[tuple[str, Start]], relations: int) -> Iterator[Figure]:
    mapped = [took for title, took in began if title == "mapped start"]
    seconds, own = median(each.seconds for each in mapped), median(each.own for each in mapped) * _MIB / _MB
    yield Figure("mapped start", seconds, "s", relations, "start, mapped")
    yield Figure("one that has just started", own, "MB", relations, "private")
    for title, took in began[:-_STARTS]:
        yield Figure(title, took.seconds, "s", relations, "start, ledger")


def row(title: str, values: list[float]) -> None:
    """Print milliseconds, and how many times the first."""
    print(f"{title:36}" + "".join(f"{value:10.3f} ({value / values[0]:5.1f} x)" for value in values))


if __name__ == "__main__":
    main()
