"""What has a goal is measured by one command: figures are values, goals say which way is better, failures are told."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench import figures, filled
from bench.figures import Figure
from bench.full import Part, parts, report, run
from bench.goals import GOALS
from bench.peers import PEERS
from graph.db import connect
from graph.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

BENCH = Path(__file__).parents[1] / "bench"
COUNT = 2000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger of synthetic events."""
    place = tmp_path_factory.mktemp("full")
    filled.ledger(place / str(COUNT), COUNT)
    return place


def row(found: Sequence[Figure], what: str) -> str:
    """The row of a table that has this."""
    return next(line for line in figures.table(found).splitlines() if what in line)


def test_a_goal_is_met_at_its_bound_and_missed_by_a_factor_either_way() -> None:
    most, least = GOALS["leiden"], GOALS["export"]
    assert (most.bound, least.bound) == (1000, 200_000)
    assert most.missed_by(1000) == least.missed_by(200_000) == 1
    assert most.missed_by(1600) == least.missed_by(125_000) == pytest.approx(1.6)
    assert most.missed_by(500) == least.missed_by(400_000) == 0.5
    assert least.missed_by(0) == math.inf


def test_the_table_says_what_is_met_what_is_missed_and_what_was_not_measured() -> None:
    found = [
        Figure("Leiden", 1600, "ms", 5, "leiden"),
        Figure("ndjson", 300_000, "relations/s", 5, "export"),
        Figure("/dyads", 0.0, "of raw ASGI", 5, "route"),
        Figure("without a goal", 1, "ms", 5),
    ]
    assert row(found, "| Leiden |").endswith("| 1,600 | missed x 1.60 |")
    assert row(found, "| ndjson |").endswith("| 300,000 | met |")
    assert row(found, "| /dyads |").endswith("| 0 | missed |")
    assert row(found, str(GOALS["rollup"])).endswith("| not measured |")
    assert "without a goal" not in figures.table(found)
    assert figures.table(found).endswith(f"\n1 of {len(GOALS)} are met, 2 missed, {len(GOALS) - 3} not measured.")


def test_what_was_measured_with_several_numbers_of_relations_counts_with_the_most_of_them() -> None:
    found = [Figure("a page", value, "ms", count, "hub") for count, value in ((5, 0.3), (1, 0.1), (3, 0.15))]
    assert row(found, "| a page |").endswith("| 5 | 0.1; 0.15 | 0.3 | missed x 1.50 |")


def test_a_figure_that_is_not_in_the_unit_of_its_goal_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'s', and its goal in 'ms'"):
        Figure("Leiden", 1.0, "s", 5, "leiden")
    with pytest.raises(KeyError):
        Figure("Leiden", 1.0, "s", 5, "louvain")


def test_figures_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    found = [Figure("Leiden", 1.5, "ms", 5, "leiden"), Figure("what else", 2, "s", 7)]
    figures.keep(found, tmp_path / "one.json")
    assert figures.kept(tmp_path / "one.json") == found


def test_every_goal_is_measured_by_a_program_that_is_a_part() -> None:
    programs = {part.told[0].partition(".")[2] for part in parts(Path(), (1, 2, 3), brief=False)}
    source = "".join((BENCH / f"{program}.py").read_text(encoding="utf-8") for program in programs)
    measured = {name for name in GOALS if f'"{name}"' in source} | {f"peer {name}" for name in PEERS}
    assert measured == set(GOALS)


def test_parts_have_names_of_their_own_and_programs_that_are_there() -> None:
    everything = parts(Path("kept"), (1, 2, 3), brief=True)
    assert len({part.name for part in everything}) == len(everything)
    assert all((BENCH / f"{part.told[0].partition('.')[2]}.py").exists() for part in everything)


def test_a_part_that_fails_is_told_and_one_that_is_done_is_not_done_again(tmp_path: Path) -> None:
    good = Part("good", ("bench.questions", "5000", "--alone"))
    bad = Part("bad", ("bench.questions", "many"))
    failed = {part.name: why for part in (bad, good) if (why := run(part, tmp_path))}
    assert failed.keys() == {"bad"}
    assert "invalid int value: 'many'" in failed["bad"]
    told = report([bad, good], tmp_path, failed)
    assert "| PageRank |" in told
    assert "* `bad` failed after" in told
    done = (tmp_path / "good.json").stat().st_mtime_ns
    assert run(good, tmp_path) == ""
    assert (tmp_path / "good.json").stat().st_mtime_ns == done
    assert run(good, tmp_path, again=True) == ""
    assert (tmp_path / "good.json").stat().st_mtime_ns > done


@pytest.mark.parametrize(
    ("program", "goals"),
    [
        (("between", "URL", "--count", "5"), {"timeline", "rollup", "network", "network, longest", "path"}),
        (("questions", "2000"), {"pagerank", "pagerank, ratio", "betweenness", "leiden", "path", "paths", "pairs"}),
        (
            ("export", str(COUNT), "--folder", "FOLDER", "--formats", "ndjson", "--no-pandas", "--rounds", "1"),
            {"export", "export, memory"},
        ),
        (("writes", "URL", "--copy", "--writers", "2", "--seconds", "0.5"), {"write, shown", "write, longest"}),
    ],
    ids=lambda given: given[0] if isinstance(given, tuple) else "",
)
def test_a_program_gives_the_figures_that_are_held_to_goals(
    program: Sequence[str], goals: set[str], folder: Path, tmp_path: Path
) -> None:
    url = filled.url_of(folder / str(COUNT))
    before = Store(connect(url)).head().revision
    name, *told = [{"URL": url, "FOLDER": str(folder)}.get(each, each) for each in program]
    file = tmp_path / "figures.json"
    subprocess.run([sys.executable, "-m", f"bench.{name}", *told, "--figures", str(file)], check=True)
    assert {figure.goal for figure in figures.kept(file)} - {None} == goals
    assert Store(connect(url)).head().revision == before, "a ledger that is kept was written to"
