"""What a dashboard asks of `/actors/{id}/relations`, drawn from the relations that there are; the same for one seed.

A question is drawn by a relation: its actor is one of the two ends, so who is in many relations is asked about often;
its filters are such that this relation passes. Where there are not enough different questions of a kind, each has a
last day of its own, so that nobody can answer by heart.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

import orjson

from bench.generate import DAYS, FIRST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.processes import Server

PAGE: Final = 50
KINDS: Final = (
    "no filter", "type", "class", "time span", "counterpart", "direction", "hub, three filters", "ordinary actor",
    "page 2", "deep page", "include=claims", "known_at",
)  # fmt: skip
_MANY: Final = 1000
"""The largest page that our service gives."""
_HUBS: Final = 20
_DEPTHS: Final = (1000, 100, 10, 3)

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: filters as our service names them, and where the page begins, if it is not the first.

    `cursor` says so to our service; `after` is the same for the peers: start and id of the item before the page.
    """

    actor: str
    filters: tuple[tuple[str, str], ...] = ()
    cursor: str | None = None
    after: tuple[str, str] | None = None

    @property
    def ours(self) -> str:
        """Path and query for our service."""
        return self._path([*self.filters, *([("cursor", self.cursor)] if self.cursor else [])])

    @property
    def theirs(self) -> str:
        """Path and query for the peers that are written here."""
        return self._path([*self.filters, *([("after", ",".join(self.after))] if self.after else [])])

    def _path(self, query: list[tuple[str, str]]) -> str:
        path = f"/actors/{quote(self.actor)}/relations"
        return f"{path}?{urlencode(query)}" if query else path


class Draws:
    """Questions of every kind to a service that has synthetic events."""

    def __init__(self, server: Server, count: int, seed: int = 1) -> None:
        self.server, self.count, self.chance = server, count, random.Random(seed)
        self.hubs: list[str] = [each["id"] for each in self._items(f"/actors?sort=-degree&limit={_HUBS}")]
        self.others: list[str] = [each["id"] for each in self._items(f"/actors?limit={_MANY}")]
        self.sample: list[Item] = []
        for _ in range(max(2, count // 100)):
            self.sample += self._items(f"/relations?limit=200&valid_to={self._day()}")

    def all(self) -> dict[str, list[Ask]]:
        """Up to `count` different questions of each kind."""
        drawn: dict[str, Callable[[Item], Ask]] = {
            "no filter": lambda item: Ask(self._end(item)),
            "type": lambda item: Ask(self._end(item), (("type", item["type"]), self._last())),
            "class": lambda item: Ask(self._end(item), (("class", item["class"]), self._last())),
            "time span": lambda item: Ask(self._end(item), self._span()),
            "counterpart": lambda item: Ask(item["source"]["id"], (("with", item["target"]["id"]), self._last())),
            "direction": lambda item: Ask(
                self._end(item), (("direction", self.chance.choice(("in", "out"))), self._last())
            ),
            "hub, three filters": lambda item: Ask(
                self.chance.choice(self.hubs), (("class", item["class"]), ("direction", "out"), *self._span())
            ),
            "ordinary actor": lambda _: Ask(self.chance.choice(self.others)),
            "include=claims": lambda item: Ask(self._end(item), (("include", "claims"), self._last())),
            "known_at": lambda item: Ask(self._end(item), (("known_at", item["recorded_at"]), self._last())),
        }
        asks = {kind: self._different(draw, self.count) for kind, draw in drawn.items()}
        firsts = self._different(lambda item: Ask(self._end(item), (self._last(),)), min(self.count, 2000))
        asks["page 2"] = [second for each in firsts if (second := next(self._pages(each, PAGE), None))]
        asks["deep page"] = list(self._deep())
        return {kind: asks[kind] for kind in KINDS}

    def _different(self, draw: Callable[[Item], Ask], count: int) -> list[Ask]:
        return list(dict.fromkeys(draw(self.chance.choice(self.sample)) for _ in range(count)))

    def _deep(self) -> Iterator[Ask]:
        """Page 1,000 of the greatest hubs, or the deepest of some that they have, and those after it."""
        for hub in self.hubs[:3]:
            counted = orjson.loads(self.server.get(f"/actors/{hub}/relations?limit=1&count=exact")[1])["total"]
            depth = next((depth for depth in _DEPTHS if counted > depth * PAGE), 1)
            skipped, ask = (depth - 1) * PAGE, Ask(hub)
            for limit in [_MANY] * (skipped // _MANY) + [skipped % _MANY] * bool(skipped % _MANY):
                ask = next(self._pages(ask, limit))
            yield ask
            for at, page in enumerate(self._pages(ask, PAGE)):
                if at == self.count // 10:
                    break
                yield page

    def _pages(self, ask: Ask, limit: int) -> Iterator[Ask]:
        """The pages after this one."""
        while True:
            joined = "&" if "?" in ask.ours else "?"
            page = orjson.loads(self.server.get(f"{ask.ours}{joined}limit={limit}")[1])
            if page["next"] is None:
                return
            last = page["items"][-1]
            ask = replace(ask, cursor=page["next"], after=(last["start"], last["id"]))
            yield ask

    def _items(self, path: str) -> list[Item]:
        items: list[Item] = orjson.loads(self.server.get(path)[1])["items"]
        return items

    def _end(self, item: Item) -> str:
        return str(item[self.chance.choice(("source", "target"))]["id"])

    def _last(self) -> tuple[str, str]:
        return "valid_to", self._day()

    def _day(self) -> str:
        return str(FIRST + timedelta(self.chance.randrange(DAYS // 10, DAYS)))

    def _span(self) -> tuple[tuple[str, str], tuple[str, str]]:
        begin = date.fromisoformat(self._day())
        return ("valid_from", str(begin)), ("valid_to", str(begin + timedelta(self.chance.randrange(30, 730))))
