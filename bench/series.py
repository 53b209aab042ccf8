"""Series of questions to measure with, and the check that all who are measured answer them alike."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from bench.asks import Ask, Draws
from bench.load import get

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.peers import Peer
    from bench.processes import Server

MIX: Final = "the mix"
AGAIN: Final = "20 without claims, again and again"
UNCHANGED: Final = "304"
OTHERS: Final = ("/actors/{id}", "/relations/{id}", "/relations?between", "/dyads/{a}/{b}", "/suggest")
_COMPARED: Final = 4
_FEW: Final = 20
_SIZED: Final = 50


class DisagreementError(Exception):
    """A peer answers something else than our service; the message says what, and to which question."""


@dataclass(frozen=True)
class Series:
    """Requests to our service, and how large its answers are on average; `asks` is the same for peers, if they can."""

    name: str
    requests: list[bytes]
    size: int
    asks: list[Ask]


def drawn(server: Server, count: int) -> list[Series]:
    """The mix of all kinds of questions, each kind by itself, few questions again, and some other routes.

    The mix goes through most relations, so whoever keeps what he has shown keeps it in vain; with few he need not.
    """
    draws = Draws(server, count)
    kinds = draws.all()
    series = [
        Series(kind, [get(ask.ours) for ask in asks], _size(server, (ask.ours for ask in asks)), asks)
        for kind, asks in kinds.items()
    ]
    mixed = list(itertools.chain.from_iterable(kinds.values()))
    random.Random(1).shuffle(mixed)
    mix = Series(MIX, [get(ask.ours) for ask in mixed], sum(each.size for each in series) // len(series), mixed)
    known = [(ask.ours, server.get(ask.ours)[0].headers["etag"]) for ask in mixed[:count]]
    unchanged = Series(UNCHANGED, [get(path, if_none_match=tag) for path, tag in known], 0, [])
    few = [ask for ask in mixed if ("include", "claims") not in ask.filters][:_FEW]
    again = Series(AGAIN, [get(ask.ours) for ask in few], _size(server, (ask.ours for ask in few)), few)
    return [mix, *series, again, unchanged, *_others(server, draws)]


def _others(server: Server, draws: Draws) -> list[Series]:
    """Some other routes, to ordinary relations and their ends."""
    pairs = [(item["id"], item["source"]["id"], item["target"]["id"]) for item in draws.sample[: draws.count]]
    routes = (
        [f"/actors/{source}" for _, source, _ in pairs],
        [f"/relations/{relation}" for relation, _, _ in pairs],
        [f"/relations?between={source}&between={target}" for _, source, target in pairs],
        [f"/dyads/{source}/{target}" for _, source, target in pairs],
        [f"/suggest?q={target[:3]}" for _, _, target in pairs],
    )
    named = zip(OTHERS, routes, strict=True)
    return [Series(name, list(map(get, paths)), _size(server, paths), []) for name, paths in named]


def _size(server: Server, paths: Iterable[str]) -> int:
    sizes = [len(server.get(path)[1]) for path in itertools.islice(paths, _SIZED)]
    return sum(sizes) // len(sizes)


def compare(series: Sequence[Series], ours: Server, theirs: Server, peer: Peer) -> int:
    """How many of a peer's answers were held against ours, item by item. Errors: `DisagreementError`."""
    compared = [(each.size, ask) for each in series for ask in each.asks[:_COMPARED]]
    for size, ask in compared:
        told = peer.items(theirs.get(peer.path(ask, size))[1])
        meant = orjson.loads(ours.get(ask.ours)[1])["items"]
        if told != meant:
            raise DisagreementError(f"{peer.LABEL}: {ask.theirs}\n{_first_difference(told, meant)}")
    return len(compared)


def _first_difference(told: list[object], meant: list[object]) -> str:
    pairs = enumerate(itertools.zip_longest(told, meant))
    return next(f"item {at} is\n{one}\nand not\n{other}" for at, (one, other) in pairs if one != other)
