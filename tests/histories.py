"""Random histories: what anybody may do to a ledger, done through its verbs and noted down as it is done.

What is done is drawn from what the notes allow, and each verb must do what the rules of identity say it does. Names,
dates and words come from small pools, so that things meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from graph.models import (
    ActorStatement,
    ClaimStatement,
    DatasetStatement,
    DocumentStatement,
    MergeStatement,
    RelationStatement,
)
from tests.oracle import Event, World, first_day, last_day
from tests.oracle.identity import fits, has_lapsed, holder_of, is_claimed, same
from tests.oracle.world import VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random
    from typing import TypeVar

    from graph.store import Store, Writer
    from graph.vocabulary import Type

    T = TypeVar("T")
    Verb = Literal["state", "retract", "merge", "undo"]

Said = dict[str, Any]

FIRST = {
    "us": "state", "russia": "state", "brics": "bloc", "gazprom": "organization", "lavrov": "person", "trump": "person",
    "putin": "person", "rebels": "group", "paper": "unknown",
}  # fmt: skip
LATER = ("china", "reuters", "dmitriev", "somebody", "eu")
TYPES = (
    "accuse", "accuse", "make-optimistic-comment", "express-intent-to-cooperate", "consult", "provide-aid",
    "reduce-relations-unspecified", "impose-embargo-boycott-or-sanctions", "sanction", "sanction",
    "represents", "represents", "holds-office", "holds-office", "part-of", "part-of", "employed-by", "employed-by",
    "member-of", "member-of", "allied-with", "at-war-with", "associate-of", "owns",
)  # fmt: skip
ACTING = (
    "represents", "represents", "holds-office", "part-of", "part-of", "employed-by", "member-of", "member-of",
    "allied-with", "accuse", "provide-aid",
)  # fmt: skip
"""Among these many act for each other, and some for more than one."""
DATES = (
    None, None, "2024", "2025", "2025-01", "2025-02", "2025-01-31", "2025-02-01", "2025-02-28", "2025-03-01",
    "2025-12-31", "2026-01-01", "2026", "2026-02-09",
)  # fmt: skip
DAYS = tuple(date for date in DATES if date)
WORDS = ("alpha", "beta", "gamma", "delta")
ATTRIBUTES = {"sanction": ("sector", "energy", "arms"), "holds-office": ("title", "minister", "president")}
MERGED_KINDS = 2


class History:
    """A ledger, and the notes of all that was done to it."""

    def __init__(
        self, store: Store, random: Random, types: tuple[str, ...] = TYPES, first: dict[str, str] = FIRST
    ) -> None:
        self.store = store
        self.random = random
        self.types = types
        self.first = first
        self.events: list[Event] = []
        self.instants: dict[int, int] = {}
        self.revision = 0
        self.stated: list[tuple[ClaimStatement, str]] = []
        """Every claim as it was stated, and the id that it got."""
        self._pending: list[Event] = []
        self._counter = 0

    def world(self, k: int | None = None) -> World:
        """What the notes say of a revision."""
        return World(self.events, self.revision if k is None else k, self.instants)

    def begin(self, claims: int = 4) -> None:
        """Record a few actors, a document, a dataset, and claims."""
        with self.store.write() as w:
            for id_, kind in self.first.items():
                self._state_actor(w, id_, self._actor(id_, kind), new=True)
            self._new_document(w)
            self._new_dataset(w)
            for _ in range(claims):
                self._claim(w)
            self._keep(w)

    def step(self) -> None:
        """One to three verbs in one revision, sometimes none."""
        with self.store.write(reason="because") as w:
            for _ in range(self.random.choice([1, 1, 1, 2, 3])):
                self.random.choice(VERBS)(self, w)
            self._keep(w)

    def repeat(self) -> None:
        """State every claim ever made again: nothing is added, whatever happened since."""
        with self.store.write(replay=True) as w:
            for statement, claim_id in self.stated:
                assert w.claim(statement).claim_id == claim_id
            assert w.wrote == 0

    def _keep(self, w: Writer) -> None:
        """Close the revision in the notes, as the writer will in the ledger. One without effect is none."""
        assert bool(w.wrote) == bool(self._pending)
        if self._pending:
            self.revision += 1
            assert w.revision == self.revision
            self.instants[self.revision] = w.at
        self.events += self._pending
        self._pending = []

    def _note(self, verb: Verb, kind: str, id_: str, said: Said | None = None) -> None:
        self._pending.append(Event(self.revision + 1, verb, kind, id_, said or {}))

    @property
    def _now(self) -> World:
        return World(self.events + self._pending, self.revision + 1, self.instants)

    def _pick(self, choices: Sequence[T]) -> T | None:
        return self.random.choice(choices) if choices else None

    # Actors

    def _actor(self, id_: str, kind: str) -> Said:
        names = [
            {"value": f"{word} {id_}", "lang": self.random.choice([None, "en"]), "kind": "alias"}
            for word in self.random.sample(WORDS, self.random.choice([0, 0, 1, 2]))
        ]
        held = [i for record in self._now.standing("actor") if record.id != id_ for i in record.said["identifiers"]]
        free = [i for i in ({"scheme": "wikidata", "value": f"Q{n}"} for n in range(9)) if i not in held]
        identifiers = self.random.sample(free, min(len(free), self.random.choice([0, 1, 1, 2])))
        name = self.random.choice([id_, f"{self.random.choice(WORDS)} {id_}", "same name"])
        return {
            "kind": kind,
            "name": name.title(),
            "description": self.random.choice([None, "A description."]),
            "names": names,
            "identifiers": identifiers,
        }

    def _state_actor(self, w: Writer, id_: str, said: Said, *, new: bool) -> None:
        statement = ActorStatement.model_validate({"id": id_, **said})
        if new:
            assert w.add_actor(statement) == (id_, True)
        elif not w.amend_actor(id_, statement, reason="because"):
            assert said == self._now.records["actor"][id_].said
            return
        self._note("state", "actor", id_, said)

    def _new_actor(self, w: Writer) -> None:
        id_ = self._pick([name for name in LATER if name not in self._now.records["actor"]])
        if id_ is not None:
            kind = self.random.choice(["state", "organization", "person", "unknown"])
            self._state_actor(w, id_, self._actor(id_, kind), new=True)

    def _amend_actor(self, w: Writer) -> None:
        """Another name, perhaps another kind; a retracted one is reinstated by it."""
        now = self._now
        record = self._pick([each for each in now.records["actor"].values() if each.id not in now.pointers])
        if record is not None:
            kind = self.random.choice([record.said["kind"]] * 4 + ["unknown", "person", "organization"])
            self._state_actor(w, record.id, self._actor(record.id, kind), new=False)

    def _merge(self, w: Writer) -> None:
        now = self._now
        survivor = self._pick(now.standing("actor"))
        if survivor is None:
            return
        above = [survivor.id]
        while above[-1] in now.pointers:
            above.append(now.pointers[above[-1]])
        fit = [
            each.id
            for each in now.standing("actor")
            if each.id not in {*above, *now.pointers}
            and len({each.said["kind"], survivor.said["kind"]} - {"unknown"}) < MERGED_KINDS
        ]
        absorb = self.random.sample(fit, min(len(fit), self.random.choice([1, 1, 2])))
        if absorb:
            id_ = w.merge(survivor.id, MergeStatement(absorb=absorb, reason="the same"))
            self._note("merge", "merge", id_, {"survivor": survivor.id, "absorb": absorb})

    def _undo_merge(self, w: Writer) -> None:
        done = [event.id for event in self.events + self._pending if event.verb == "merge"]
        undone = {event.id for event in self.events + self._pending if event.verb == "undo"}
        id_ = self._pick([each for each in done if each not in undone])
        if id_ is not None:
            assert w.undo_merge(id_, "not the same")
            self._note("undo", "merge", id_)

    # Documents and datasets

    def _actor_id(self) -> str:
        """Somebody who may be spoken of, by the own id even if absorbed."""
        return self.random.choice(self._now.standing("actor")).id

    def _document(self, number: int) -> Said:
        return {
            "title": self.random.choice([None, f"Alpha paper {number}", f"Beta paper {number}"]),
            "publisher": self._actor_id(),
            "published_on": self.random.choice(DAYS),
            "language": self.random.choice([None, "en", "ru"]),
            "url": f"https://example.org/{number}",
            "text": self.random.choice([None, f"alpha beta gamma delta {number}"]),
            "sources": self.random.sample(["reuters", "paper"], 1) * (self._now.stands("actor", "reuters")),
            "licence": self.random.choice([None, "CC-BY-4.0", "CC0-1.0"]),
        }

    def _new_document(self, w: Writer) -> None:
        self._counter += 1
        said = self._document(self._counter)
        if not all(self._now.stands("actor", each) for each in said["sources"]):
            said["sources"] = []
        id_ = f"d{self._counter}"
        assert w.add_document(DocumentStatement.model_validate({"id": id_, **said})) == (id_, True)
        self._note("state", "document", id_, said)

    def _new_dataset(self, w: Writer) -> None:
        self._counter += 1
        id_, said = f"set{self._counter}", self._dataset()
        assert w.add_dataset(DatasetStatement.model_validate({"id": id_, **said})) == (id_, True)
        self._note("state", "dataset", id_, said)

    def _dataset(self) -> Said:
        return {
            "title": self.random.choice(["Events", "Other events"]),
            "publisher": self.random.choice([None, self._actor_id()]),
            "version": self.random.choice([None, "2"]),
            "licence": self.random.choice([None, "CC-BY-4.0", "MIT"]),
            "coder": None,
        }

    def _amend_source(self, w: Writer) -> None:
        """Another publisher or date; a retracted one is reinstated by it."""
        now = self._now
        kind = self.random.choice(["document", "dataset"])
        record = self._pick(list(now.records[kind].values()))
        if record is None:
            return
        if kind == "document":
            fresh = self._document(0) | {key: record.said[key] for key in ("url", "text", "sources")}
            if not all(now.stands("actor", each) for each in fresh["sources"]):
                return
            written = w.amend_document(record.id, DocumentStatement.model_validate(fresh), reason="because")
        else:
            fresh = self._dataset()
            written = w.amend_dataset(record.id, DatasetStatement.model_validate(fresh), reason="because")
        assert written == (record.retracted is not None or fresh != record.said)
        if written:
            self._note("state", kind, record.id, fresh)

    # Relations and claims

    def _claim(self, w: Writer) -> None:
        """A claim, on a relation that it makes or that there is."""
        now = self._now
        evidence = self._evidence()
        if evidence is None:
            return
        standing = now.standing("relation")
        if standing and self.random.random() < 0.4:
            relation = self.random.choice(standing)
            said = evidence | {"relation": relation.id}
            if not is_claimed(now, said):
                statement = ClaimStatement.model_validate(said | {"relation": {"id": relation.id}})
                result = w.claim(statement)
                assert (result.relation_id, result.new_relation, result.new_claim) == (relation.id, False, True)
                self._note("state", "claim", result.claim_id, self._placed(said))
                self.stated.append((statement, result.claim_id))
            return
        proposition = self._proposition(evidence)
        if proposition is not None:
            self._propose(w, proposition, evidence)

    def _propose(self, w: Writer, proposition: Said, evidence: Said) -> None:
        """Claim by stating the relation: a new one, one that is known, or none because something stands in the way."""
        now = self._now
        holder = holder_of(now, proposition)
        said = evidence | {"relation": holder.id if holder else ""}
        if holder is None:
            self._note_claim(w, proposition, evidence, new=True)
        elif is_claimed(now, said):
            if not has_lapsed(now, holder, said):
                result = w.claim(self._statement(proposition, evidence))
                assert (result.relation_id, result.new_relation, result.new_claim) == (holder.id, False, False)
        elif holder.retracted is None and holder.said == proposition:
            self._note_claim(w, proposition, evidence, new=False)

    def _note_claim(self, w: Writer, proposition: Said, evidence: Said, *, new: bool) -> None:
        statement = self._statement(proposition, evidence)
        result = w.claim(statement)
        assert (result.new_relation, result.new_claim) == (new, True)
        self.stated.append((statement, result.claim_id))
        if new:
            assert result.relation_id not in self._now.records["relation"]
            self._note("state", "relation", result.relation_id, proposition)
        self._note("state", "claim", result.claim_id, self._placed(evidence | {"relation": result.relation_id}))

    def _evidence(self) -> Said | None:
        now = self._now
        document, dataset = self._pick(now.standing("document")), self._pick(now.standing("dataset"))
        how = self.random.choice(["document", "document", "document", "dataset", "both"])
        document, dataset = document if how != "dataset" else None, dataset if how != "document" else None
        if document is None and dataset is None:
            return None
        quote = self.random.choice([None, None, "alpha", "beta gamma", "delta"])
        return {
            "stance": self.random.choice(["affirms"] * 5 + ["denies", "doubts"]),
            "claimant": self.random.choice([None, None, self._actor_id(), self._actor_id()]),
            "document": document and document.id,
            "dataset": dataset and dataset.id,
            "record": self.random.choice([None, None, "r1", "r2"]),
            "quote": quote and {"exact": quote, "prefix": None, "suffix": None, "start": None, "end": None},
            **self._beside(),
        }

    def _beside(self) -> Said:
        """What an amendment of a claim may change, the quote apart."""
        return {
            "said_on": self.random.choice(DATES),
            "via": self.random.choice([[], [self._actor_id()]]),
            "attributes": self.random.choice([{}, {}, {"note": "noted"}]),
            "confidence": self.random.choice([None, 0.0, 0.25, 0.9]),
            "coded_by": self.random.choice([None, "a hand"]),
        }

    def _placed(self, said: Said) -> Said:
        """A quote's place in the text, where the document has one."""
        document = self._now.records["document"].get(said["document"])
        if said["quote"] is None or document is None or document.said["text"] is None:
            return said
        exact = said["quote"]["exact"]
        start = document.said["text"].index(exact)
        return said | {"quote": said["quote"] | {"start": start, "end": start + len(exact)}}

    def _proposition(self, evidence: Said) -> Said | None:
        now, kind = self._now, VOCABULARY.get(self.random.choice(self.types))
        sources, targets = (
            [each.id for each in now.standing("actor") if not allowed or each.said["kind"] in allowed]
            for allowed in (kind.source_kinds, kind.target_kinds)
        )
        source, target, about = self._pick(sources), self._pick(targets), self._pick(now.standing("relation"))
        if source is None or target is None:
            return None
        dates = self._dates(kind, self._latest(evidence))
        if about is None or kind.temporality == "state" or self.random.random() < 0.6:
            said_about = None
        else:
            said_about = {"relation": about.id, "as": self.random.choice(["content", "response"])}
        return dates and {"type": kind.id, "source": source, "target": target, "about": said_about, **dates}

    def _latest(self, evidence: Said) -> str | None:
        """The latest day on which what is told there can have happened."""
        document = self._now.records["document"].get(evidence["document"])
        published: str | None = document.said["published_on"] if document else None
        return evidence["said_on"] or published

    def _statement(self, proposition: Said, evidence: Said) -> ClaimStatement:
        """A claim as it may be stated: the end of an event may be left out where it follows from the rest."""
        relation = proposition
        follows = proposition["start"] or self._latest(evidence)
        if VOCABULARY.get(relation["type"]).temporality == "event" and proposition["end"] == follows:
            relation = proposition | self.random.choice([{}, {"end": None, "end_status": None}])
        return ClaimStatement.model_validate(evidence | {"relation": relation})

    def _dates(self, kind: Type, latest: str | None) -> Said | None:
        """Dates and attributes; an event that nobody dated lies on the latest day that it can."""
        start, end, status = self.random.choice(DATES), self.random.choice(DATES), None
        if kind.temporality == "event":
            end = end or start or latest
            if end is None:
                return None
        elif end is None:
            status = self.random.choice(["ongoing", "unknown"])
        if start is not None and end is not None and last_day(end) < first_day(start):
            start, end = end, start
        key, *values = ATTRIBUTES.get(kind.id, ("",))
        attributes = self.random.choice([{}, *({key: value} for value in values)])
        return {"start": start, "end": end, "end_status": status or "ended", "attributes": attributes}

    def _amend_relation(self, w: Writer) -> None:
        """Other dates or attributes; a retracted one is reinstated by it."""
        now = self._now
        record = self._pick(list(now.records["relation"].values()))
        if record is None:
            return
        dates = self._dates(VOCABULARY.get(record.said["type"]), None)
        if dates is None:
            return
        fresh = record.said | self.random.choice([dates, {}])
        holder = holder_of(now, fresh)
        if (holder and holder.id != record.id) or not fits(now, fresh):
            return
        written = w.amend_relation(record.id, RelationStatement.model_validate(fresh), reason="because")
        assert written == (record.retracted is not None or fresh != record.said)
        if written:
            self._note("state", "relation", record.id, fresh)

    def _amend_claim(self, w: Writer) -> None:
        now = self._now
        record = self._pick(list(now.records["claim"].values()))
        if record is None:
            return
        fresh = record.said | self.random.choice([self._beside(), {"quote": None}, {"confidence": 0.5}, {}])
        others = [each for each in now.events if each.kind == "claim" and each.verb == "state" and each.id != record.id]
        if any(same(each.said) == same(fresh) for each in others):
            return
        named = [("actor", fresh["claimant"]), ("document", fresh["document"]), ("dataset", fresh["dataset"])]
        named += [("actor", each) for each in fresh["via"]]
        if not all(id_ is None or now.stands(kind, id_) for kind, id_ in named):
            return
        statement = ClaimStatement.model_validate(fresh | {"relation": {"id": record.said["relation"]}})
        written = w.amend_claim(record.id, statement, reason="because")
        assert written == (record.retracted is not None or fresh != record.said)
        if written:
            self._note("state", "claim", record.id, fresh)

    def _retract(self, w: Writer) -> None:
        now = self._now
        kind = self.random.choice(["actor", "actor", "document", "dataset", "relation", "claim", "claim"])
        record = self._pick([each for each in now.standing(kind) if each.id not in now.pointers])
        if record is not None:
            assert w.retract(kind, record.id, "because")
            self._note("retract", kind, record.id)


VERBS = [
    *[History._claim] * 9,
    *[History._retract] * 3,
    *[History._amend_relation] * 2,
    *[History._merge] * 2,
    History._undo_merge,
    History._amend_claim,
    History._amend_actor,
    History._amend_source,
    History._new_actor,
    History._new_document,
    History._new_dataset,
]
