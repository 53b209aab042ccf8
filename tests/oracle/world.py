"""What is recorded, as known at one revision: the statements up to it, replayed one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from graph.vocabulary import Type, load
from tests.oracle.dates import span

if TYPE_CHECKING:
    from collections.abc import Iterable

VOCABULARY = load()
KINDS = ("actor", "document", "dataset", "relation", "claim")


@dataclass(frozen=True)
class Event:
    """One thing that was done: a record stated (anew), retracted; actors merged; a merge undone."""

    revision: int
    verb: Literal["state", "retract", "merge", "undo"]
    kind: str
    id: str
    said: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """The newest version of a record. `retracted` is the revision that ended its life, if it has ended."""

    id: str
    said: dict[str, Any]
    version: int
    revision: int
    retracted: int | None = None


class World:
    """Everything recorded up to revision `k`. `instants` are those of all revisions, microseconds."""

    def __init__(self, events: Iterable[Event], k: int, instants: dict[int, int]) -> None:
        self.k = k
        self.instants = instants
        self.events = [event for event in events if event.revision <= k]
        self.records: dict[str, dict[str, Record]] = {kind: {} for kind in KINDS}
        self.pointers: dict[str, str] = {}
        """Absorbed actor -> the actor that it was merged into."""
        merges: dict[str, list[str]] = {}
        for event in self.events:
            own = self.records.get(event.kind, {})
            if event.verb == "state":
                version = own[event.id].version + 1 if event.id in own else 1
                own[event.id] = Record(event.id, event.said, version, event.revision)
            elif event.verb == "retract":
                own[event.id] = replace(own[event.id], retracted=event.revision)
            elif event.verb == "merge":
                merges[event.id] = event.said["absorb"]
                self.pointers.update(dict.fromkeys(event.said["absorb"], event.said["survivor"]))
            else:
                for absorbed in merges[event.id]:
                    del self.pointers[absorbed]

    def stands(self, kind: str, id_: str) -> bool:
        """Whether a record has been recorded and not retracted."""
        return id_ in self.records[kind] and self.records[kind][id_].retracted is None

    def standing(self, kind: str) -> list[Record]:
        """All records of a kind that have not been retracted."""
        return [record for record in self.records[kind].values() if record.retracted is None]

    # Actors

    def resolve(self, actor: str) -> str:
        """The survivor of an actor; the actor itself if it has not been absorbed."""
        while actor in self.pointers:
            actor = self.pointers[actor]
        return actor

    def called(self, text: str) -> str | None:
        """The actor, merges resolved, that an id or `scheme:value` means."""
        if ":" in text:
            scheme, value = text.split(":", 1)
            for record in self.standing("actor"):
                if {"scheme": scheme, "value": value} in record.said["identifiers"]:
                    return self.resolve(record.id)
            return None
        return self.resolve(text) if text in self.records["actor"] else None

    def kind_of(self, actor: str) -> str:
        """The kind of an actor, merges resolved."""
        kind: str = self.records["actor"][self.resolve(actor)].said["kind"]
        return kind

    # Claims and what they come to

    def actor_stands(self, actor: str) -> bool:
        """Whether an actor, merges resolved, is visible."""
        return self.stands("actor", self.resolve(actor))

    def claim_visible(self, claim: Record) -> bool:
        """Nothing that the claim needs has been retracted."""
        said = claim.said
        return (
            claim.retracted is None
            and (said["claimant"] is None or self.actor_stands(said["claimant"]))
            and (said["document"] is None or self.stands("document", said["document"]))
            and (said["dataset"] is None or self.stands("dataset", said["dataset"]))
        )

    @cached_property
    def visible_claims(self) -> list[Record]:
        """Every visible claim."""
        return [claim for claim in self.records["claim"].values() if self.claim_visible(claim)]

    @cached_property
    def _bearing(self) -> dict[str, list[Record]]:
        bearing: dict[str, list[Record]] = {}
        for claim in self.visible_claims:
            bearing.setdefault(claim.said["relation"], []).append(claim)
        return bearing

    def bearing(self, relation: str) -> list[Record]:
        """The visible claims that bear on a relation."""
        return self._bearing.get(relation, [])

    def vouched(self, claim: Record) -> bool:
        """Whether the publisher speaks itself, or reports the words of the one whose speech act it is."""
        if claim.said["claimant"] is None:
            return True
        relation = self.records["relation"][claim.said["relation"]]
        own = self.resolve(claim.said["claimant"]) == self.resolve(relation.said["source"])
        return own and type_of(relation).speech

    def attested(self, relation: str) -> bool:
        """Whether some visible affirming claim is vouched."""
        return any(claim.said["stance"] == "affirms" and self.vouched(claim) for claim in self.bearing(relation))

    def status(self, relation: str) -> str:
        """The first status that fits."""
        stances = {claim.said["stance"] for claim in self.bearing(relation)}
        if {"affirms", "denies"} <= stances:
            return "disputed"
        if "denies" in stances:
            return "denied"
        if self.attested(relation):
            return "reported"
        return "claimed" if "affirms" in stances else "doubted"

    def confidence(self, relation: str) -> float | None:
        """The highest confidence of the affirming claims; None if none gives one."""
        affirming = [claim for claim in self.bearing(relation) if claim.said["stance"] == "affirms"]
        return max((c.said["confidence"] for c in affirming if c.said["confidence"] is not None), default=None)

    def publisher_of(self, claim: Record) -> str | None:
        """The publisher of a claim's document, merges resolved."""
        document = claim.said["document"]
        return None if document is None else self.resolve(self.records["document"][document].said["publisher"])

    def publishers(self, relation: str) -> int:
        """How many distinct publishers, or datasets where there is no document, affirm a relation."""
        voices = set()
        for claim in self.bearing(relation):
            if claim.said["stance"] == "affirms":
                publisher = self.publisher_of(claim)
                voices.add(("dataset", claim.said["dataset"]) if publisher is None else ("publisher", publisher))
        return len(voices)

    # Relations

    def relation_visible(self, relation: Record) -> bool:
        """Visible, whatever the day."""
        ends = relation.said["source"], relation.said["target"]
        return relation.retracted is None and all(map(self.actor_stands, ends)) and bool(self.bearing(relation.id))

    @cached_property
    def visible_relations(self) -> list[Record]:
        """Every visible relation, whatever the day."""
        return [relation for relation in self.records["relation"].values() if self.relation_visible(relation)]

    def ends(self, relation: Record) -> tuple[str, str]:
        """Source and target, merges resolved."""
        return self.resolve(relation.said["source"]), self.resolve(relation.said["target"])


def type_of(relation: Record) -> Type:
    """The type of a relation."""
    return VOCABULARY.get(relation.said["type"])


def below(type_id: str, wanted: str) -> bool:
    """Whether a type is another one or a descendant of it."""
    step: str | None = type_id
    while step is not None:
        if step == wanted:
            return True
        step = VOCABULARY.get(step).parent
    return False


def covers(relation: Record, day: int) -> bool:
    """Whether a relation may cover a day."""
    first, last = span(relation.said)
    return first <= day <= last
