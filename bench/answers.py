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

from bench import figures, filled
from bench.asks import KINDS, Ask
from bench.figures import Figure
from bench.goals import GOALS
from bench.load import Load, drive, get
from bench.peers import LIMITS, PEERS, RAW, able, limit, peer
from bench.processes import memory
from bench.series import AGAIN, MIX, OTHERS, UNCHANGED, Series, compare, drawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.processes import Server

OURS: Final = "Entente"
_CLOSE: Final = "sql"
"""The peer that is measured for every kind of question by itself; others are for the mix."""
_DRAWN: Final = 5000
_MIB, _MB = 1024**2, 1e6


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
        names = able(asked.peers, asked.count)
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
        figures.keep(measured(contenders, series, asked.count), asked.figures)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", type=int, help="how many synthetic events")
    parser.add_argument("--folder", type=Path, help="where data lies and stays [a temporary folder]")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=PEERS, help="beside which peers [all]")
    parser.add_argument("--rounds", type=int, default=3, help="[3]")
    parser.add_argument("--seconds", type=float, default=1.0, help="a stretch of the mix; half of it for others [1]")
    parser.add_argument("--drawn", type=int, default=_DRAWN, help=f"different questions of each kind [{_DRAWN}]")
    parser.add_argument("--workers", type=int, default=1, help="processes of our service [1]")
    figures.option(parser)
    return parser.parse_args()


def _contender(name: str, server: Server, ours: Server, series: Sequence[Series]) -> Contender:
    """A limit, or a peer whose answers have been held against ours, asked what it can be asked."""
    one, goal = limit(name), 0.0
    if name in PEERS:
        print(f"{one.LABEL}: {compare(series, ours, server, peer(name))} answers are as ours")
        goal = GOALS[f"peer {name}"].bound
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


def measured(contenders: Mapping[str, Contender], series: Sequence[Series], count: int) -> list[Figure]:
    """What is held to goals: shares of what constant bytes cost the processor, and what peers take of it."""
    raw, ours = contenders[RAW].loads, contenders[OURS].loads
    shares = {each.name: raw[each.name].cpu / ours[each.name].cpu for each in series}
    held = [(MIX, "query, cold"), (MIX, "query, least"), (MIX, "query"), (AGAIN, "query"), (UNCHANGED, "304")]
    own = memory(contenders[OURS].server.pid).own * _MIB / _MB
    return [
        *(Figure(name, shares[name], "of raw ASGI", count, goal) for name, goal in held),
        *(Figure(name, shares[name], "of raw ASGI", count, "route") for name in OTHERS),
        *(Figure(name, shares[name], "of raw ASGI", count) for name in shares if name in KINDS),
        *(Figure(f"{MIX}, CPU of {each.label}", each.loads[MIX].cpu, "us", count) for each in contenders.values()),
        *(
            Figure(contenders[name].label, contenders[name].loads[MIX].cpu / ours[MIX].cpu, "x our CPU", count,
                   f"peer {name}")
            for name in contenders if name in PEERS
        ),
        Figure("one that has answered all this", own, "MB", count, "private"),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
