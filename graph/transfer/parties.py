"""Whom and what the rows of a file mean: actors and documents that are recorded, or are recorded now.

1. An actor is who has the identifier `<dataset>:<label>`; else who has the first of its further identifiers that
   anybody has. Nothing is found by being alike.
2. Otherwise it is new, unless a row only refers to it. Its id is made from its name; if that is taken, it ends in
   letters hashed from the label. Of its further identifiers it gets those that nobody has.
3. A document is the one with its id, after the dataset's; else the one that its publisher has at its address; or new.
4. What was found is remembered for the whole import, until somebody else amends or retracts an actor or a document.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from graph.models import ActorStatement, DocumentStatement
from graph.store.bulk import Known, by_identifiers, by_ids, moved_since, same_documents
from graph.text import SLUG_LENGTH, slug
from graph.time import unpack

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graph.formats.incoming import Paper, Party
    from graph.store import Writer

_LETTERS = 8
_MOST_FURTHER = 100
_REMEMBERED = 500_000


class Parties:
    """The actors and documents of one dataset, as far as they were met; and what its lines call things (`@x`)."""

    def __init__(self, dataset: str) -> None:
        self.dataset = dataset
        self.known: dict[str, Known] = {}
        self.papers: dict[str, Known] = {}
        self.named: dict[str, str] = {}
        self._elsewhere: dict[str, tuple[tuple[str, str], ...]] = {}
        """By what actors were found that have no identifier of the dataset. Kept, for later rows only name them."""
        self.taken = 0
        """How many further identifiers were not given in this batch, for somebody else had them."""
        self._revision = 0

    def begin(self, writer: Writer) -> None:
        """Begin a batch: forget what may have changed since the last one."""
        self.taken = 0
        crowded = len(self.known) + len(self.papers) > _REMEMBERED
        if crowded or (writer.before > self._revision and moved_since(writer, self._revision)):
            self.forget()
        self._revision = writer.revision

    def forget(self) -> None:
        """Forget everything, for what was recorded was taken back."""
        self.known.clear()
        self.papers.clear()

    def meet(self, writer: Writer, parties: Iterable[Party]) -> None:
        """Find these actors, and record those who are new. O(parties not met before), with four queries."""
        new = {party.label: party for party in parties if party.label not in self.known}
        if not new:
            return
        holders = by_identifiers(writer, [pair for each in new.values() for pair in self._names_of(each)])
        strangers = []
        for party in new.values():
            found = next((holders[pair] for pair in self._names_of(party) if pair in holders), None)
            if found is not None:
                self.known[party.label] = found
                if party.identifiers and (self.dataset, party.label) not in holders:
                    self._elsewhere[party.label] = party.identifiers
            elif not party.told_elsewhere:
                strangers.append(party)
        taken = set(by_ids(writer, "actor", [id_ for party in strangers for id_ in self._ids_of(party)]))
        holders |= by_identifiers(writer, [pair for party in strangers for pair in party.further])
        for party in strangers:
            found = next((holders[pair] for pair in self._names_of(party) if pair in holders), None)
            if found is None:
                free = [pair for pair in dict.fromkeys(party.further) if pair not in holders][:_MOST_FURTHER]
                self.taken += len(set(party.further)) - len(free)
                identifiers = [*self._names_of(party), *free]
                found = self._record(writer, party, identifiers, taken)
                holders |= dict.fromkeys(identifiers, found)
            self.known[party.label] = found

    def meet_papers(self, writer: Writer, papers: Iterable[Paper]) -> None:
        """Find these documents, whose publishers have been met, and record those that are new."""
        new = {paper.id: paper for paper in papers if paper.id not in self.papers}
        if not new:
            return
        by_id = by_ids(writer, "document", [self._called(paper) for paper in new.values()])
        addresses = {
            (self.known[paper.publisher.label].first, paper.url): paper
            for paper in new.values()
            if paper.url is not None
        }
        at = same_documents(writer, [pair for pair, paper in addresses.items() if self._called(paper) not in by_id])
        there = by_ids(writer, "document", at.values())
        for paper in new.values():
            id_ = self._called(paper)
            same = at.get((self.known[paper.publisher.label].first, paper.url or ""))
            found = by_id.get(id_) or (None if same is None else there[same])
            self.papers[paper.id] = found or self._record_paper(writer, id_, paper)

    def _names_of(self, party: Party) -> list[tuple[str, str]]:
        return [(self.dataset, party.label), *(party.identifiers or self._elsewhere.get(party.label, ()))]

    def _ids_of(self, party: Party) -> list[str]:
        base = party.slug or slug(party.name)
        digest = blake2b(f"{self.dataset}:{party.label}".encode(), digest_size=16).hexdigest()
        endings = (f"-{digest[:_LETTERS]}", f"-{digest}")
        return [base, *(base[: SLUG_LENGTH - len(ending)].rstrip("-") + ending for ending in endings)]

    def _record(self, writer: Writer, party: Party, having: list[tuple[str, str]], taken: set[str]) -> Known:
        id_ = next(each for each in self._ids_of(party) if each not in taken)
        taken.add(id_)
        names = [{"value": value, "lang": lang, "kind": kind} for value, lang, kind in party.names]
        identifiers = [{"scheme": scheme, "value": value} for scheme, value in having]
        statement = ActorStatement.model_validate(
            {
                "kind": party.kind,
                "name": party.name,
                "description": party.description,
                "names": names,
                "identifiers": identifiers,
            }
        )
        return Known(id_, writer.new_actor(id_, statement), party.kind)

    def _called(self, paper: Paper) -> str:
        return f"{self.dataset}-{paper.id}"

    def _record_paper(self, writer: Writer, id_: str, paper: Paper) -> Known:
        statement = DocumentStatement.model_validate(
            {
                "publisher": self.known[paper.publisher.label].id,
                "published_on": unpack(paper.published_on),
                "title": paper.title,
                "url": paper.url,
                "language": paper.language,
            }
        )
        return Known(id_, writer.new_document(id_, statement))
