"""What is measured, as values: written down by each program that measures, gathered and held against the goals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from bench.goals import GOALS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

_MUCH = 10
_UNKNOWN = "not measured"


@dataclass(frozen=True, slots=True)
class Figure:
    """What came of a measurement, with so many relations; `goal` names what it is held to in `bench.goals`, if it is.

    Errors: `ValueError` if the goal is in another unit, `KeyError` if there is no such goal.
    """

    name: str
    value: float
    unit: str
    relations: int
    goal: str | None = None

    def __post_init__(self) -> None:
        if self.goal and GOALS[self.goal].unit != self.unit:
            raise ValueError(f"{self.name} is in {self.unit!r}, and its goal in {GOALS[self.goal].unit!r}")


def option(parser: argparse.ArgumentParser) -> None:
    """Let a program be told where to write its figures."""
    parser.add_argument("--figures", type=Path, metavar="FILE", help="write what is measured there as JSON, besides")


def keep(figures: Iterable[Figure], file: Path | None) -> None:
    """Write figures to a file, if one is named."""
    if file is not None:
        file.write_bytes(orjson.dumps(list(figures), option=orjson.OPT_INDENT_2))


def kept(file: Path) -> list[Figure]:
    """Read figures that were written."""
    return [Figure(**each) for each in orjson.loads(file.read_bytes())]


def table(figures: Sequence[Figure]) -> str:
    """All goals in Markdown: what was measured, met or missed by which factor, and how many rows are which.

    A figure that was measured with several numbers of relations is held to its goal with the most of them.
    """
    rows = [row for name in GOALS for row in _rows(name, figures)]
    met, unknown = (sum(row.endswith(f"| {each} |") for row in rows) for each in ("met", _UNKNOWN))
    head = "| work | goal | of | relations | with fewer | measured | |\n|---|---|---|---|---|---|---|"
    counted = f"{met} of {len(rows)} are met, {len(rows) - met - unknown} missed, {unknown} {_UNKNOWN}."
    return "\n".join([head, *rows, "", counted])


def _rows(name: str, figures: Sequence[Figure]) -> list[str]:
    goal, found = GOALS[name], dict[str, list[Figure]]()
    for figure in sorted(figures, key=lambda each: each.relations):
        if figure.goal == name:
            found.setdefault(figure.name, []).append(figure)
    if not found:
        return [f"| {goal.work} | {goal} | | | | | {_UNKNOWN} |"]
    return [
        f"| {goal.work} | {goal} | {what} | {most.relations:,} | {'; '.join(_told(each.value) for each in fewer)} "
        f"| {_told(most.value)} | {_verdict(goal.missed_by(most.value))} |"
        for what, (*fewer, most) in found.items()
    ]


def _verdict(factor: float) -> str:
    if factor <= 1:
        return "met"
    if factor == math.inf:
        return "missed"
    return f"missed x {factor:.2f}" if factor < _MUCH else f"missed x {factor:,.0f}"


def _told(value: float) -> str:
    """Three digits that count, or all of a whole number's."""
    return f"{value:,.0f}" if abs(value) >= _MUCH**2 else f"{value:.3g}"
