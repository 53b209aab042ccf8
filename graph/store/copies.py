"""Copying records of another ledger under their own ids, as `graph.formats.copies` writes them.

What was checked where a record was first written is not checked again, because what it was checked against may have
changed since: the kinds of a relation's ends, or of the actors of a merge; the text that a quote was found in. But

1. an id must follow from what the record said first, or it would mean something else here than anywhere;
2. no relation may have the key of another one;
3. a quote that a contributor copies must be in the text, as in any claim; whoever holds the ledger itself is trusted.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from graph.errors import Conflict, Invalid
from graph.store.actors import taken
from graph.store.claims import ClaimVerbs, claim_columns, content
from graph.store.identity import relation_ids, tags
from graph.store.merges import MergeVerbs
from graph.store.quotes import unplaced
from graph.store.relations import stated_in
from graph.store.sources import SourceVerbs
from graph.store.transaction import CLAIM, RELATION

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from graph.models import ClaimStatement, DocumentStatement, MergeStatement, RelationStatement
    from graph.store.claims import Evidence
    from graph.store.relations import Proposition

_SALTS = 8
"""As many others may have had the same letters before."""


class CopyVerbs(MergeVerbs, SourceVerbs, ClaimVerbs):
    """What may be copied. Each verb gives the record's id, and adds nothing if it is here already."""

    def copy_document(self, id: str, statement: DocumentStatement) -> str:  # noqa: A002 - the product's word for it
        """Copy a document. Another one that says the same may be here: both were told apart by whoever amended one."""
        if self.find("document", id) is None:
            self.new_document(id, statement)
        elif not self.has_said(self.at_path("document", id), statement):
            raise Conflict(taken(self.at_path("document", id)), id)
        return id

    def copy_relation(self, id: str, first: RelationStatement, now: RelationStatement) -> str:  # noqa: A002 - as above
        """Copy a relation, which nobody claims yet. Raises Conflict if another one stands in its way."""
        began, stated = (self.proposition(each, None, "/statement") for each in (first, now))
        found = self.find("relation", id)
        if found is not None:
            if all(stated_in(row) != stated.stated for row in self.versions(found)):
                raise Conflict(taken(found), id)
            return id
        self._refuse_foreign_id(id, (letters for key in _keys(began) for letters in islice(key, _SALTS)))
        holder = self.holder(stated)
        if holder is not None:
            raise Conflict(f'The relation "{holder.id}" says the same.', holder.id)
        n = self.write_relation(id, began)
        if stated.stated != began.stated:
            self.end(RELATION, [n])
            row = self.at_path("relation", id).row
            kept = {name: getattr(row, name) for name in ("type", "source", "target", "about", "about_as")}
            self.add(RELATION, {"id": id, "first": n, "version": 2, **kept, **stated.stated._asdict()})
            self.forget("relation", id)
        self.done("relation", id, None)
        return id

    def copy_claim(self, id: str, first: ClaimStatement, now: ClaimStatement) -> str:  # noqa: A002 - as above
        """Copy a claim on a relation that is here."""
        relation = self.stated("relation", id.partition(".")[0], "/id")
        began, evidence = self.evidence(first), self.evidence(now)
        found = self.find("claim", id)
        if found is not None:
            said = self._copied(evidence)
            if not any(content(row, said) == said for row in self.versions(found)):
                raise Conflict(taken(found), id)
            return id
        exact = None if first.quote is None else first.quote.exact
        self._refuse_foreign_id(id, (f"{relation.id}.{tag}" for tag in islice(tags(began.same(exact)), _SALTS)))
        tag = id.partition(".")[2]
        said = self._copied(began)
        n = self.write_claim({"relation": relation.first, "tag": tag, **said})
        if (later := self._copied(evidence)) != said:
            self.end(CLAIM, [n])
            self.write_claim({"relation": relation.first, "tag": tag, "first": n, "version": 2, **later})
        self.forget("claim", id)
        self.done("claim", id, None)
        return id

    def copy_merge(self, survivor: str, statement: MergeStatement) -> str:
        """Copy a merge that stands, whatever kinds its actors are of by now."""
        return self.merge(survivor, statement, of_any_kind=True)

    def _copied(self, evidence: Evidence) -> dict[str, Any]:
        quote = evidence.statement.quote
        placed = self.placed(evidence) if self.by is not None or quote is None else unplaced(quote)
        return claim_columns(evidence, placed)

    def _refuse_foreign_id(self, id: str, derived: Iterable[str]) -> None:  # noqa: A002 - as above
        if id not in derived:
            raise Invalid.pointer("/id", f'"{id}" does not follow from what this said first.')


def _keys(stated: Proposition) -> Iterable[Iterable[str]]:
    """The ids that a relation may have, under each name that its type has or had."""
    for name in (stated.type.id, *stated.type.aliases):
        yield relation_ids(stated.key._replace(type=name))
