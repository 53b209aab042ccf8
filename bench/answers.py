"""What answers cost over HTTP, beside the limits and beside other ways to store and ask the same relations.

    python -m bench.answers 100000                        in a temporary folder
    python -m bench.answers 1000000 --folder kept         made once in kept/1000000, and used again
    python -m bench.answers 100000 --peers sql --rounds 5 --seconds 2

All servers hold the same synthetic relations and are asked the same questions of a dashboard (`bench/asks.py`), in
turns, by connections that wait for each answer; before that, their answers are compared, field by field. Pages have 50
items; no answer is compressed. The processor's time is that of the server's processes, by the kernel's count.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import filled
from bench.asks import Ask
from bench.load import Load, drive, get
from bench.peers import LIMITS, MOST, PEERS, RAW, limit, peer
from bench.processes import memory
from bench.series import MIX, Series, compare, drawn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bench.processes import Server

OURS: Final = "Entente"
_CLOSE: Final = "sql"
"""The peer that is measured for every kind of question by itself; others are for the mix."""
_DRAWN: Final = 5000


@dataclass
class Contender:
    """A server that is measured: what it is asked in each series, and what came of it."""

    server: Server
    label: str
    goal: float = 0.0
    requests: dict[str, Iterator[bytes]] = field(default_factory=dict)
    loads: dict[str, Load] = field(default_factory=dict)

    def ask(self, series: Series, requests: Sequence[bytes]) -> None:
        """Have it asked these, over and over."""
        self.requests[series.name], self.loads[series.name] = itertools.cycle(requests), Load()

    def measure(self, name: str, seconds: float) -> None:
        """Add one stretch of a series, if it is asked that."""
        if name in self.requests:
            self.loads[name].add(drive(self.server.port, self.server.pid, self.requests[name], seconds))


def main() -> None:
    """Make what is not there yet, compare, measure, print."""
    asked = _asked()
    with ExitStack() as stack:
        folder = Path(asked.folder or stack.enter_context(tempfile.TemporaryDirectory())) / str(asked.count)
        names = _able(asked.peers, asked.count)
        url = filled.ledger(folder, asked.count)
        filled.fill(names, folder, url)
        ours = Contender(stack.enter_context(filled.ours(url, asked.workers)), OURS)
        series = drawn(ours.server, asked.drawn)
        for each in series:
            ours.ask(each, each.requests)
        contenders = {OURS: ours} | {
            name: _contender(name, stack.enter_context(filled.theirs(name, folder)), ours.server, series)
            for name in (*LIMITS, *names)
        }
        measure(list(contenders.values()), series, asked.rounds, asked.seconds)
        print(f"\n{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {platform.machine()}, "
              f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {asked.count:,} relations\n")  # fmt: skip
        print_mix(contenders)
        print_series(contenders, series)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", type=int, help="how many synthetic events")
    parser.add_argument("--folder", type=Path, help="where data lies and stays [a temporary folder]")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=PEERS, help="beside which peers [all]")
    parser.add_argument("--rounds", type=int, default=3, help="[3]")
    parser.add_argument("--seconds", type=float, default=1.0, help="a stretch of the mix; half of it for others [1]")
    parser.add_argument("--drawn", type=int, default=_DRAWN, help=f"different questions of each kind [{_DRAWN}]")
    parser.add_argument("--workers", type=int, default=1, help="processes of our service [1]")
    return parser.parse_args()


def _able(names: Iterable[str], count: int) -> list[str]:
    """The peers that are installed and can hold so much; the others are told."""
    found = []
    for name in names:
        try:
            label = peer(name).LABEL
        except LookupError as missing:
            print(missing)
            continue
        if count > MOST.get(name, count):
            print(f"{label} is left out: to fill it with more than {MOST[name]:,} relations would take hours.")
            continue
        found.append(name)
    return found


def _contender(name: str, server: Server, ours: Server, series: Sequence[Series]) -> Contender:
    """A limit, or a peer whose answers have been held against ours, asked what it can be asked."""
    one, goal = limit(name), 0.0
    if name in PEERS:
        print(f"{one.LABEL}: {compare(series, ours, server, peer(name))} answers are as ours")
        goal = peer(name).GOAL
    contender = Contender(server, one.LABEL, goal)
    for each in series:
        asks = [Ask("")] if name == RAW else each.asks
        if asks and (name in {RAW, _CLOSE} or each.name == MIX):
            contender.ask(each, [get(one.path(ask, each.size)) for ask in asks])
    return contender


def measure(contenders: Sequence[Contender], series: Sequence[Series], rounds: int, seconds: float) -> None:
    """Every series, the contenders in turns, after a first stretch in which each reads what it reads but once."""
    for contender in contenders:
        contender.measure(MIX, seconds)
        contender.loads[MIX] = Load()
    for _ in range(rounds):
        for each in series:
            for contender in contenders:
                contender.measure(each.name, seconds if each.name == MIX else seconds / 2)


def print_mix(contenders: Mapping[str, Contender]) -> None:
    """One row for each who is measured, for the mix of all kinds of questions."""
    raw, ours = contenders[RAW].loads[MIX].cpu, contenders[OURS].loads[MIX].cpu
    print("| the mix | requests/s | CPU, us | of raw ASGI | x Entente's CPU (goal) | p50, ms | p99, ms | KB "
          "| resident, private MiB |\n|---|---|---|---|---|---|---|---|---|")  # fmt: skip
    for contender in sorted(contenders.values(), key=lambda each: each.loads[MIX].cpu):
        load, held = contender.loads[MIX], memory(contender.server.pid)
        goal = f" ({contender.goal:g})" if contender.goal else ""
        print(f"| {contender.label} | {load.rate:,.0f} | {load.cpu:,.0f} | {raw / load.cpu:.3f} "
              f"| {load.cpu / ours:.2f}{goal} | {load.percentile(50):.2f} | {load.percentile(99):.1f} "
              f"| {load.size / 1000:.1f} | {held.resident:,.0f}, {held.private:,.0f} |")  # fmt: skip


def print_series(contenders: Mapping[str, Contender], series: Sequence[Series]) -> None:
    """One row for each kind of question and each other route, for our service beside the limit and SQL."""
    print("\n| Entente | requests/s | CPU, us | of raw ASGI | SQL's CPU, x Entente's | p50, ms | p99, ms | KB |")
    print("|---|---|---|---|---|---|---|---|")
    for name in (each.name for each in series if each.name != MIX):
        load, raw = contenders[OURS].loads[name], contenders[RAW].loads[name]
        beside = contenders[_CLOSE].loads.get(name) if _CLOSE in contenders else None
        print(f"| {name} | {load.rate:,.0f} | {load.cpu:,.0f} | {raw.cpu / load.cpu:.3f} "
              f"| {f'{beside.cpu / load.cpu:.2f}' if beside else ''} | {load.percentile(50):.2f} "
              f"| {load.percentile(99):.1f} | {load.size / 1000:.1f} |")  # fmt: skip


if __name__ == "__main__":
    main()
