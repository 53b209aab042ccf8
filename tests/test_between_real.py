"""ICEWS14 between actors: totals, timelines, series, matrices and signals equal plain counts over the raw file."""

from __future__ import annotations

import gzip
import shutil
from collections import Counter, defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from graph.db import connect
from graph.models import ClaimStatement
from graph.store import Live, Store
from graph.vocabulary import load
from tests.asking import ask, told
from tests.icews import ICEWS14, needs_real_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from graph.snapshot import Snapshot

pytestmark = needs_real_data
NO_LEDGER: Any = None
OF_CAMEO = {kind.codes.cameo: kind for kind in load().types}
STATES = ("Iran", "Iraq", "China", "Japan", "South Korea")
ENVOYS = {"John Kerry": "Iran", "Barack Obama": "Japan", "Xi Jinping": "South Korea"}
"""Made up, and from March to June 2014: who stands for whom is what is tested."""


class Fact(NamedTuple):
    day: str
    source: str
    target: str
    cameo: str

    @property
    def cell(self) -> tuple[str, int]:
        kind = OF_CAMEO[self.cameo]
        return kind.quad_class, kind.tenths or 0


@pytest.fixture(scope="module")
def facts() -> list[Fact]:
    """The raw file, each fact once."""
    with gzip.open(ICEWS14, "rt", encoding="utf-8") as lines:
        names = next(lines).rstrip("\n").split("\t")
        rows = [dict(zip(names, line.rstrip("\n").split("\t"), strict=True)) for line in lines]
    return list(dict.fromkeys(Fact(row["date"], row["source"], row["target"], row["cameo"]) for row in rows))


@pytest.fixture(scope="module")
def snapshot(icews14: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """The ledger, with envoys beside what happened."""
    path = tmp_path_factory.mktemp("between") / "ledger.db"
    shutil.copy(icews14, path)
    engine = connect(f"sqlite:///{path}")
    store = Store(engine)
    with store.write() as w:
        for envoy, state in ENVOYS.items():
            acts = {
                "type": "represents",
                "source": f"icews14:{envoy}",
                "target": f"icews14:{state}",
                "start": "2014-03",
                "end": "2014-06",
            }
            w.claim(ClaimStatement.model_validate({"relation": acts, "stance": "affirms", "dataset": "icews14"}))
    live = Live(store)
    yield live.current()
    live.close()
    store.head_file.close()
    engine.dispose()


def stands_for(actor: str, day: str, *named: str) -> str | None:
    """Which of the named an actor stands for on a day, under roll-up."""
    if actor in named:
        return actor
    return ENVOYS.get(actor) if "2014-03-01" <= day <= "2014-06-30" and ENVOYS.get(actor) in named else None


def running(facts: Iterable[Fact], a: str, b: str, *, rolled_up: bool) -> Iterator[tuple[str, Fact]]:
    """The facts between two, and which way they run."""
    for fact in facts:
        ends = (fact.source, fact.target)
        if rolled_up:
            ends = tuple(stands_for(end, fact.day, a, b) or end for end in ends)  # type: ignore[assignment]  # still two
        if set(ends) == {a, b}:
            yield "a->b" if ends[0] == a else "b->a", fact


def added(cells: Iterable[tuple[Any, Fact]]) -> dict[Any, tuple[int, float]]:
    counts: Counter[Any] = Counter()
    tenths: Counter[Any] = Counter()
    for where, fact in cells:
        quad_class, intensity = fact.cell
        counts[where, quad_class] += 1
        tenths[where, quad_class] += intensity
    return {cell: (count, tenths[cell] / 10) for cell, count in counts.items()}


@pytest.mark.parametrize("rolled_up", [False, True])
@pytest.mark.parametrize(("a", "b"), [("Iran", "Iraq"), ("China", "Japan"), ("Japan", "South Korea")])
def test_totals_and_timelines_are_plain_counts(
    snapshot: Snapshot, facts: list[Fact], a: str, b: str, *, rolled_up: bool
) -> None:
    asked = {"a": f"icews14:{a}", "b": f"icews14:{b}", "rollup": "representatives" if rolled_up else "none"}
    found = list(running(facts, a, b, rolled_up=rolled_up))
    assert found
    for interval, length in (("day", 10), ("month", 7), ("year", 4)):
        answer = told(ask(snapshot, NO_LEDGER, "get_dyad", asked | {"interval": interval}))
        totals = {(row["direction"], row["class"]): (row["count"], row["intensity"]) for row in answer["totals"]}
        standing = ("a->b", "structural"), ("b->a", "structural")
        assert {cell: total for cell, total in totals.items() if cell not in standing} == added(found)
        timeline = {
            ((row["period"], row["direction"]), row["class"]): (row["count"], row["intensity"])
            for row in answer["timeline"]
            if row["class"] != "structural"
        }
        assert timeline == added(((fact.day[:length], way), fact) for way, fact in found)


def test_signals_are_what_two_loops_find(snapshot: Snapshot, facts: list[Fact]) -> None:
    """Lag and severity of every deed's nearest word, over the whole graph; ids decide only between equals."""
    words, expected = defaultdict(list), Counter[tuple[int, float]]()
    for fact in facts:
        kind = OF_CAMEO[fact.cameo]
        if kind.speech and (kind.tenths or 0) > 0:
            words[fact.source, fact.target].append((date.fromisoformat(fact.day), kind.tenths or 0))
    for fact in facts:
        kind = OF_CAMEO[fact.cameo]
        said = words[fact.source, fact.target]
        if kind.quad_class != "material-conflict" or (kind.tenths or 0) >= 0 or fact.source == fact.target or not said:
            continue
        day = date.fromisoformat(fact.day)
        lag, tenths = min((abs((day - spoken).days), -tenths) for spoken, tenths in said)
        if lag <= 180:
            expected[lag, (-(kind.tenths or 0) - tenths) / 10] += 1
    items: list[Any] = []
    asked: dict[str, Any] = {"limit": 1000, "count": "exact"}
    while len(items) < expected.total():
        page = told(ask(snapshot, NO_LEDGER, "list_signals", asked))
        items += page["items"]
        assert (page["total"], bool(page["items"])) == (expected.total(), True)
        asked["cursor"] = page["next"]
    assert asked["cursor"] is None
    assert Counter((abs(each["lag"]), each["severity"]) for each in items) == expected
    keys = [(-each["severity"], -int(each["deed"]["start"].replace("-", "")), each["deed"]["id"]) for each in items]
    assert keys == sorted(keys)


def test_a_matrix_and_a_series_are_plain_counts(snapshot: Snapshot, facts: list[Fact]) -> None:
    named = [f"icews14:{state}" for state in STATES]
    for measure in ("count", "intensity"):
        answer = told(ask(snapshot, NO_LEDGER, "get_matrix", {"actor": named, "measure": measure}))
        cells: Counter[tuple[str, str]] = Counter()
        for fact in facts:
            cells[fact.source, fact.target] += 1 if measure == "count" else fact.cell[1]
        scale = 1 if measure == "count" else 10
        square = [[0 if one == other else cells[one, other] / scale for other in STATES] for one in STATES]
        assert answer["values"] == square
    rows = told(ask(snapshot, NO_LEDGER, "get_series", {"actor": named[0], "group_by": "direction"}))["rows"]
    expected: Counter[tuple[str, str]] = Counter()
    for fact in facts:
        if STATES[0] in {fact.source, fact.target}:
            way = "any" if fact.source == fact.target else "out" if fact.source == STATES[0] else "in"
            expected[fact.day[:7], way] += 1
    expected["2014-03", "in"] += list(ENVOYS.values()).count(STATES[0])
    assert {(row["period"], row["group"]): row["value"] for row in rows} == expected
