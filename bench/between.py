"""Questions about a few actors (dyads, networks, paths, signals) on a ledger: how long each takes, asked again.

Asked of the busiest actors, and of any. Times are of the processor, in one thread, the answer's bytes included.

    python bench/generate.py 1000000 --output events.csv
    entente --database sqlite:///events.db import events events.csv --dataset events
    python bench/between.py sqlite:///events.db
    python bench/between.py sqlite:///events.db --count 400     more of each kind, for the 99th percentile
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bench import figures
from bench.figures import Figure
from bench.opened import opened
from graph.db import connect
from graph.queries import Question, every
from graph.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.snapshot import Snapshot

_BUSY: Final = 200
_TIMELINE: Final = "timeline of two of the 200 busiest"
_ROLLED_UP: Final = "all between two of these, rolled up"
_RINGS: Final = "two rings around any actor"
_PATH: Final = "a shortest path"
_HELD: Final = {
    (_TIMELINE, "p99"): "timeline",
    (_ROLLED_UP, "p99"): "rollup",
    (_RINGS, "p50"): "network",
    (_RINGS, "longest"): "network, longest",
    (_PATH, "p50"): "path",
}
_QUESTIONS: Final = {each.name: each for each in every()}


def series(ids: list[str], count: int, seed: int = 1) -> Iterator[tuple[str, list[Question]]]:
    """What is asked, by name: `ids` are actors that have relations, the busiest first."""
    chance = np.random.default_rng(seed)
    dyads = [{"a": ids[i], "b": ids[j]} for i, j in chance.integers(0, min(_BUSY, len(ids)), (count, 2)) if i != j]
    some = [ids[i] for i in chance.integers(0, len(ids), count)]
    ends = [{"source": a, "target": b} for a, b in zip(some[1:], some, strict=False) if a != b]
    yield (
        _TIMELINE,
        _asked("get_series", [{"actor": d["a"], "with": [d["b"]]} for d in dyads]),
    )
    yield "all between two of these", _asked("get_dyad", dyads)
    yield _ROLLED_UP, _asked("get_dyad", [each | {"rollup": "representatives"} for each in dyads])
    yield "all between the two busiest", _asked("get_dyad", [{"a": ids[0], "b": ids[1]}])
    yield "these, rolled up", _asked("get_dyad", [{"a": ids[0], "b": ids[1], "rollup": "representatives"}])
    yield _RINGS, _asked("get_network", [{"id": each, "depth": 2} for each in some])
    yield "two rings around the busiest", _asked("get_network", [{"id": ids[0], "depth": 2}])
    yield _PATH, _asked("list_paths", [each | {"k": 1} for each in ends])
    yield "signals around the busiest", _asked("list_signals", [{"actor": ids[0]}])


def _asked(name: str, all_of: list[dict[str, Any]]) -> list[Question]:
    return [_QUESTIONS[name].model_validate(each) for each in all_of]


def measured(snapshot: Snapshot, questions: list[Question], rounds: int) -> np.ndarray:
    """Milliseconds of each run, but for a first one of each question, after which there is whatever it missed."""
    spent = []
    for question in questions:
        question.run(snapshot)
        snapshot.folds.catch_up(snapshot)
        for _ in range(rounds):
            began = time.thread_time()
            question.run(snapshot)
            spent.append((time.thread_time() - began) * 1_000)
    return np.array(spent)


def told(name: str, spent: np.ndarray, relations: int) -> list[Figure]:
    """What a series came to."""
    values = {"p50": np.percentile(spent, 50), "p99": np.percentile(spent, 99), "longest": spent.max()}
    titled = {_PATH: "with what it rests on"}.get(name, name)
    return [
        Figure(f"{titled}, {which}", float(value), "ms", relations, _HELD.get((name, which)))
        for which, value in values.items()
    ]


def main() -> None:
    """Measure the ledgers that are named."""
    asked = argparse.ArgumentParser(description="Measure questions about a few actors.")
    asked.add_argument("database", nargs="+", help="a ledger's URL")
    asked.add_argument("--count", type=int, default=20, help="how many questions a series has at most [20]")
    asked.add_argument("--rounds", type=int, default=3, help="how often each is asked [3]")
    figures.option(asked)
    said, found = asked.parse_args(), []
    for database in said.database:
        live = opened(Store(connect(database)))
        snapshot = live.current()
        view = snapshot.view(snapshot.revision)
        ids = [view.actor_id(actor) for actor in np.argsort(-view.degrees).tolist() if view.degrees[actor]]
        print(f"\n{len(snapshot.tables.relations):,} relations, {len(ids):,} actors")
        for name, questions in series(ids, said.count):
            spent = measured(snapshot, questions, said.rounds)
            print(f"  {name:36} p50 {np.percentile(spent, 50):9.2f} ms   p99 {np.percentile(spent, 99):9.2f} ms")
            found += told(name, spent, len(snapshot.tables.relations))
        live.close()
    figures.keep(found, said.figures)


if __name__ == "__main__":
    main()
