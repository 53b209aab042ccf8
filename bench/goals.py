"""What is to be reached: every goal once, as a value. A figure that is measured names the goal that it is held to.

Ratios are of what is measured side by side in one run. Where a goal is said in words, its bound is set here, and why.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple


class Goal(NamedTuple):
    """A bound on figures of one kind: the work that it is about, what is measured, and which way is better."""

    work: str
    what: str
    bound: float
    unit: str
    at_least: bool = False

    def missed_by(self, value: float) -> float:
        """How many times too much or too little a value is; at most 1 if the goal is met."""
        if not self.at_least:
            return value / self.bound
        return self.bound / value if value else math.inf

    def __str__(self) -> str:
        return f"{self.what}: at {'least' if self.at_least else 'most'} {self.bound:,g} {self.unit}".rstrip()


def _at_most(bound: float, unit: str, work: str, what: str) -> Goal:
    return Goal(work, what, bound, unit)


def _at_least(bound: float, unit: str, work: str, what: str) -> Goal:
    return Goal(work, what, bound, unit, at_least=True)


_QUERY: Final = "main query over HTTP"
_PEERS: Final = "against peers"
_GROWTH: Final = "growth"
_MEMORY: Final = "memory"
_START: Final = "start"
_IMPORT: Final = "import"
_WRITE: Final = "a write"
_QUESTIONS: Final = "questions"
_EXPORT: Final = "export"

GOALS: Final = {
    "query, cold": _at_least(0.11, "of raw ASGI", _QUERY, "with cold item bytes"),
    "query, least": _at_least(0.17, "of raw ASGI", _QUERY, "different questions"),
    "query": _at_least(0.25, "of raw ASGI", _QUERY, "with its caches"),
    "304": _at_least(0.8, "of raw ASGI", _QUERY, "nothing new"),
    "route": _at_least(0.1, "of raw ASGI", "other routes", "the same bytes"),
    "peer sql": _at_least(4, "x our CPU", _PEERS, "SQL by hand"),
    "peer datasette": _at_least(15, "x our CPU", _PEERS, "Datasette"),
    "peer cypher": _at_least(15, "x our CPU", _PEERS, "ladybug"),
    "peer orm": _at_least(50, "x our CPU", _PEERS, "SQLModel"),
    "peer sparql": _at_least(300, "x our CPU", _PEERS, "oxigraph"),
    "growth": _at_most(2, "x", _GROWTH, "p99 by that of the smallest ledger"),
    "hub": _at_most(0.2, "ms", _GROWTH, "a page of a hub"),
    "hub, past": _at_most(0.3, "ms", _GROWTH, "a page of a hub in the past"),
    "hub, count": _at_most(1, "ms", _GROWTH, "counts and facets of a hub"),
    "hub, sort": _at_most(15, "ms", _GROWTH, "other sorts of a hub"),
    "hub, aside": _at_least(1, "of all", _GROWTH, "other sorts of over 50,000 candidates off the event loop"),
    # "Costs what page 1 costs": within a tenth, which is what two measurements of one page differ by.
    "hub, deep": _at_most(1.1, "x", _GROWTH, "page 1,000 by page 1"),
    "columns": _at_most(150, "bytes", _MEMORY, "a version with one claim in mapped columns"),
    "pairs": _at_most(18, "bytes", _MEMORY, "a folded pair"),
    "private": _at_most(150, "MB", _MEMORY, "private memory of a worker"),
    "start, mapped": _at_most(1, "s", _START, "with mapped files"),
    "start, ledger": _at_most(45, "s", _START, "from the ledger alone"),
    "start, told": _at_least(1, "of all", _START, "answers of /readyz meanwhile that are 503 with progress"),
    "import, bare": _at_least(0.33, "x bare inserts", _IMPORT, "into the indexed ledger"),
    "import, 1 million": _at_least(30_000, "events/s", _IMPORT, "a million, SQLite"),
    "import, 5 million": _at_least(25_000, "events/s", _IMPORT, "five million, SQLite"),
    # "Flat": ten times the rows may bring new actors, whose names are remembered, but not rows that are held.
    "import, memory": _at_most(1.25, "x", _IMPORT, "memory by that of a tenth of the file"),
    "write, shown": _at_most(50, "ms", _WRITE, "p99 until every worker shows it"),
    # A snapshot that is built anew takes as long as a start, so a write that is shown sooner had none built for it.
    "write, longest": _at_most(1_000, "ms", _WRITE, "longest until shown, as no snapshot is built anew"),
    "write, commits": _at_least(600, "commits/s", _WRITE, "PostgreSQL"),
    "timeline": _at_most(0.5, "ms", _QUESTIONS, "p99 of a timeline of a dyad"),
    "network": _at_most(2, "ms", _QUESTIONS, "p50 of a network of 2 hops"),
    "network, longest": _at_most(15, "ms", _QUESTIONS, "longest of a network of 2 hops"),
    "path": _at_most(0.5, "ms", _QUESTIONS, "shortest path"),
    "paths": _at_most(10, "ms", _QUESTIONS, "all shortest paths"),
    "pagerank": _at_most(30, "ms", _QUESTIONS, "PageRank"),
    "pagerank, ratio": _at_least(100, "x", _QUESTIONS, "PageRank, networkx's time by ours"),
    "betweenness": _at_least(30, "x", _QUESTIONS, "sampled betweenness, networkx's time by ours"),
    "leiden": _at_most(1_000, "ms", _QUESTIONS, "Leiden"),
    "rollup": _at_most(20, "ms", _QUESTIONS, "p99 of roll-up"),
    "export": _at_least(200_000, "relations/s", _EXPORT, "NDJSON"),
    # "Constant": what is being written and read at one time, and not what has been.
    "export, memory": _at_most(16, "MiB", _EXPORT, "own memory grown by, at most"),
}
"""By the names that figures have for them, in the order of the table."""
