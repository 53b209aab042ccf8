"""Requests at random: every parameter of every list, drawn from what is recorded, and how to send one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import orjson

from graph.queries import Answer, Reading, every
from graph.snapshot.find import ORDERS
from graph.vocabulary import KINDS, QUAD_CLASSES
from tests.histories import DAYS, TYPES
from tests.oracle.dates import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from graph.queries import Ledger
    from graph.snapshot import Snapshot
    from tests.oracle import World

Asked = dict[str, Any]
QUESTIONS = {question.name: question for question in every()}
TODAY = "2026-02-09"
FACETS = ("type", "class", "with", "status", "year")


def ask(snapshot: Snapshot, ledger: Ledger, name: str, asked: Asked) -> Answer:
    """What a question answers."""
    question = QUESTIONS[name].model_validate(asked, context={"today": date.fromisoformat(TODAY).toordinal()})
    return question.read(snapshot, ledger) if isinstance(question, Reading) else question.run(snapshot)


def told(answer: Answer) -> Any:  # noqa: ANN401 - JSON
    """An answer's JSON."""
    return orjson.loads(answer.body)


class Asker:
    """Draws requests about what is visible in a world: whatever is named exists there, so that none is refused."""

    def __init__(self, random: Random, world: World) -> None:
        self.random = random
        self.world = world
        self.actors = [
            each for each in world.records["actor"] if world.stands("actor", each) and world.actor_stands(each)
        ]
        self.identifiers = [
            f"{each['scheme']}:{each['value']}"
            for actor in self.actors
            for each in world.records["actor"][actor].said["identifiers"]
        ]
        self.asked: Asked = {}

    def actor(self) -> str:
        """An actor by its id, perhaps an absorbed one's, or by `scheme:value`."""
        if self.identifiers and self.random.random() < 0.15:
            return self.random.choice(self.identifiers)
        return self.random.choice(self.actors)

    def relations(self, *, of_actor: bool) -> Asked:
        """The main query's parameters, or those of its sister without an actor in the path."""
        self.asked = {}
        self._ends(of_actor=of_actor)
        self._own_facts()
        self._claims_facts()
        self._times()
        self._maybe(0.5, "sort", lambda: self.random.choice(ORDERS))
        self._maybe(0.2, "include", lambda: self.random.choice([["claims"], ["about"], ["claims", "about"]]))
        facets = FACETS if "actor" in self.asked or of_actor else [each for each in FACETS if each != "with"]
        self._maybe(0.3, "facets", lambda: self.random.sample(facets, 2))
        return self.asked

    def _maybe(self, share: float, name: str, value: Callable[[], Any]) -> None:
        if self.random.random() < share:
            self.asked[name] = value()

    def _some(self, choices: Sequence[str]) -> list[str]:
        """One to three of them."""
        return list(dict.fromkeys(self.random.choice(choices) for _ in range(self.random.choice([1, 1, 2, 3]))))

    def _ends(self, *, of_actor: bool) -> None:
        way = "path" if of_actor else self.random.choice(["none", "actor", "source", "target", "both", "between"])
        if way == "between":
            self.asked["between"] = [self.actor(), self.actor()]
        for name in ("source", "target"):
            if way in {name, "both"}:
                self.asked[name] = self.actor()
        if way == "actor":
            self.asked["actor"] = self.actor()
        if way in {"path", "actor"}:
            self._maybe(0.35, "with", lambda: self._some(self.actors))
            self._maybe(0.2, "with_kind", lambda: self._some(KINDS[:5]))
            self._maybe(0.3, "direction", lambda: self.random.choice(["in", "out", "any"]))
        if way != "none":
            self._maybe(0.5, "rollup", lambda: self.random.choice(["none", "representatives", "members"]))
        if way == "none":
            self._maybe(0.2, "id", lambda: self._some([*self.world.records["relation"], "0000000000000000"]))
        if not of_actor and self.world.records["relation"]:
            self._maybe(0.1, "about", lambda: self.random.choice(list(self.world.records["relation"])))

    def _own_facts(self) -> None:
        self._maybe(
            0.25, "type", lambda: self._some([*TYPES, "cameo:16", "cameo:11", "disapprove", "reduce-relations"])
        )
        self._maybe(0.1, "type_exact", lambda: True)
        self._maybe(0.15, "class", lambda: self._some(QUAD_CLASSES))
        self._maybe(0.15, "sign", lambda: self.random.choice(["positive", "negative", "neutral"]))
        self._maybe(0.1, "attr", lambda: [self.random.choice(["sector:energy", "title:minister", "sector:arm", "x:"])])
        self._maybe(0.15, "recorded_since", self._since)

    def _since(self) -> str:
        k = self.random.randint(1, max(1, self.world.k))
        instant = iso(self.world.instants[k]) if k in self.world.instants else "2020-01-01T00:00:00Z"
        return self.random.choice([str(k), instant, instant[:10], "2999-01-01", "99999999999"])

    def _claims_facts(self) -> None:
        statuses = ["disputed", "denied", "reported", "claimed", "doubted"]
        self._maybe(0.2, "status", lambda: self._some(statuses))
        self._maybe(0.2, "attested", lambda: self.random.choice(["true", "false", "any"]))
        self._maybe(0.15, "min_confidence", lambda: self.random.choice([0, 0.2, 0.25, 1]))
        self._maybe(0.15, "min_publishers", lambda: self.random.choice([1, 2]))
        self._claim_filters(0.12)
        self._maybe(0.1, "licence", lambda: self.random.choice(["CC-BY-4.0", "MIT", "CC0-1.0", "none such"]))
        self._maybe(0.15, "has_quote", lambda: self.random.choice([True, False]))

    def _claim_filters(self, share: float) -> None:
        self._maybe(share, "claimant", self.actor)
        self._maybe(share, "publisher", self.actor)
        for kind in ("document", "dataset"):
            standing = [each.id for each in self.world.standing(kind)]
            if standing and self.random.random() < share:
                self.asked[kind] = self.random.choice(standing)

    def _times(self) -> None:
        way = self.random.choice(["none", "none", "at", "from", "to", "both"])
        begin, end = sorted([self.random.choice(DAYS), self.random.choice(DAYS)], key=lambda text: text.ljust(10, "~"))
        if way == "at":
            self.asked["valid_at"] = self.random.choice([begin, "today"])
        if way in {"from", "both"}:
            self.asked["valid_from"] = min(begin, end)
        if way in {"to", "both"}:
            self.asked["valid_to"] = end
        if way != "none":
            self._maybe(0.3, "certain", lambda: True)

    def filters(self) -> Asked:
        """What narrows any question about the graph: facts, claims and clocks."""
        self.asked = {}
        self._own_facts()
        self._claims_facts()
        self._times()
        return self.asked

    def rolled_up(self) -> Asked:
        """Who is named, who stands for them, and when; an actor in the path or not."""
        self.asked = {}
        of_actor = self.random.random() < 0.6
        self._ends(of_actor=of_actor)
        self._times()
        self._maybe(0.3, "facets", lambda: ["type"])
        ends = {"actor", "source", "target", "between"} & self.asked.keys()
        named = {} if ends else {"id": self.actor()}
        for name in ("about", *(["id"] if ends else [])):
            self.asked.pop(name, None)
        return self.asked | named | {"rollup": self.random.choice(["representatives", "members"])}

    def claims(self) -> Asked:
        """The parameters of `/claims`."""
        self.asked = {}
        self._claim_filters(0.2)
        self._maybe(0.2, "stance", lambda: self._some(["affirms", "denies", "doubts"]))
        if relations := list(self.world.records["relation"]):
            self._maybe(0.2, "relation", lambda: self.random.choice(relations))
        self._maybe(0.2, "q", lambda: self.random.choice(["alpha", "bet", "gamma be", "alpha zeta"]))
        self._between("said_from", "said_to")
        return self.asked

    def _between(self, begin: str, end: str) -> None:
        self._maybe(0.2, begin, lambda: self.random.choice(DAYS))
        if begin not in self.asked:
            self._maybe(0.2, end, lambda: self.random.choice(DAYS))

    def documents(self) -> Asked:
        """The parameters of `/documents`."""
        self.asked = {}
        self._maybe(0.3, "publisher", self.actor)
        self._maybe(0.2, "language", lambda: self.random.choice(["en", "ru", "xx"]))
        self._maybe(0.2, "q", lambda: self.random.choice(["alpha", "bet", "paper alp", "delta"]))
        self._between("published_from", "published_to")
        return self.asked

    def actors_list(self) -> Asked:
        """The parameters of `/actors`."""
        self.asked = {}
        self._maybe(0.2, "q", lambda: self.random.choice(["alpha", "sam", "us alpha", "name same", "lav"]))
        self._maybe(0.2, "kind", lambda: self._some(KINDS[:5]))
        if self.identifiers:
            self._maybe(0.2, "identifier", lambda: self.random.choice(self.identifiers))
        self._maybe(0.2, "member_of", self.actor)
        self._maybe(0.2, "id", lambda: self._some(self.actors))
        self._maybe(0.2, "recorded_since", self._since)
        self._maybe(0.6, "sort", lambda: self.random.choice(["name", "-degree", "-recorded_at"]))
        return self.asked
