"""Synthetic events, as many as one likes, the same for the same seed: what the benchmarks import and ask.

They are like coded events of ten years: a few actors are in very many of them (one in every twelfth), most in few; who
has to do with whom has so again and again, and both ways; some of 250 types are frequent, most are rare; and they come
in the order of their days. The file is a table of the format `events`.

    python bench/generate.py 1000000 > events.csv
    python bench/generate.py 1000000 --seed 7 --output events.csv
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import numpy as np

from graph.formats.countries import countries
from graph.vocabulary import load

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER: Final = b"id,date,source,cameo,target\n"
FIRST: Final = date(2014, 1, 1)
DAYS: Final = 3652
TYPES: Final = 250
_CHUNK: Final = 50_000
_PER_ACTOR: Final = 50
_PER_DYAD: Final = 7
_ACTOR_POWER: Final = 0.85
_TYPE_POWER: Final = 1.0


def events(count: int, seed: int = 1) -> Iterator[bytes]:
    """Give the table in pieces of many whole lines, the header first. O(count) time; memory is that of the dyads."""
    chance = np.random.default_rng(seed)
    names, codes = actors(max(100, count // _PER_ACTOR)), _codes(chance)
    days = [(FIRST + timedelta(day)).isoformat() for day in range(DAYS)]
    ends = _drawn(chance, len(names), _ACTOR_POWER, 2 * max(1, count // _PER_DYAD)).reshape(2, -1)
    ends[1] += ends[0] == ends[1]  # nobody has to do with himself
    ends[1] %= len(names)
    yield HEADER
    for begin in range(0, count, _CHUNK):
        n = min(_CHUNK, count - begin)
        dyads = (ends.shape[1] * chance.random(n) ** 2).astype(np.int64)
        ways = chance.integers(0, 2, n)
        sources, targets = ends[ways, dyads].tolist(), ends[1 - ways, dyads].tolist()
        types = _drawn(chance, TYPES, _TYPE_POWER, n).tolist()
        on = (np.arange(begin, begin + n) * DAYS // count).tolist()
        rows = zip(range(begin, begin + n), on, sources, types, targets, strict=True)
        yield "".join(
            [f"{i},{days[day]},{names[a]},{codes[type_]},{names[b]}\n" for i, day, a, type_, b in rows]
        ).encode()


def actors(count: int) -> list[str]:
    """Name the actors, the most frequent first: states, then others of theirs."""
    states = [country.name for country in countries() if "," not in country.name]
    others = (f"Group {i} ({states[i % len(states)]})" for i in range(count))
    return [*states, *others][:count]


def _codes(chance: np.random.Generator) -> list[str]:
    codes = sorted(type_.codes.cameo for type_ in load().types if type_.codes.cameo is not None)
    return [codes[i] for i in chance.permutation(len(codes))[:TYPES]]


def _drawn(chance: np.random.Generator, among: int, power: float, count: int) -> np.ndarray:
    """Draw numbers below `among`, the i-th (i + 1) ** -power times as often as the first."""
    heights = np.cumsum(np.arange(1, among + 1) ** -power)
    drawn: np.ndarray = np.searchsorted(heights, chance.random(count) * heights[-1], side="right")
    return drawn


def write(count: int, seed: int, file: IO[bytes]) -> None:
    """Write the table to a file."""
    for piece in events(count, seed):
        file.write(piece)


def main() -> None:
    """Write to a file, or to standard output."""
    asked = argparse.ArgumentParser(description="Write synthetic events as CSV.")
    asked.add_argument("count", type=int, help="how many events")
    asked.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes [1]")
    asked.add_argument("--output", type=Path, help="a file [standard output]")
    said = asked.parse_args()
    with ExitStack() as stack:
        write(
            said.count,
            said.seed,
            sys.stdout.buffer if said.output is None else stack.enter_context(said.output.open("wb")),
        )


if __name__ == "__main__":
    main()
