"""Claims: a relation is created by its first claim, and each voice is recorded once.

A claim is stated. What then happens:

1. Is it recorded already, on the relation that has or ever had the stated key? Then nothing is added, whatever was
   amended, merged or retracted since; only a plain statement of something retracted is refused.
2. Does a relation have the stated key now? Then the claim joins it, unless the relation was retracted, or is a state
   with another end. Is the key one that an amendment replaced? Refused.
3. Otherwise the relation is new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, select

from graph.errors import Conflict, Fault, Invalid
from graph.models import KnownRelation
from graph.store import full_text
from graph.store.actors import refuse_without_reason, taken
from graph.store.identity import Sameness, tags
from graph.store.quotes import Placed, place, unplaced
from graph.store.references import Found, refuse_retracted
from graph.store.relations import Proposition, RelationVerbs
from graph.store.transaction import CLAIM, DOCUMENT
from graph.text import canonical
from graph.time import pack

if TYPE_CHECKING:
    from graph.models import ClaimStatement
    from graph.vocabulary import Type


_AMENDED = select(CLAIM).where(CLAIM.c.relation == bindparam("relation"), CLAIM.c.version > 1).order_by(CLAIM.c.n)
_DATED = select(DOCUMENT.c.published_on).where(DOCUMENT.c.id == bindparam("id")).order_by(DOCUMENT.c.version.desc())
_TEXT = select(DOCUMENT.c.text).where(DOCUMENT.c.n == bindparam("n"))


class Claimed(NamedTuple):
    """What became of a claim."""

    relation_id: str
    claim_id: str
    new_relation: bool
    new_claim: bool


class Evidence(NamedTuple):
    """What a claim refers to besides its relation, found."""

    statement: ClaimStatement
    claimant: Found | None
    document: Found | None
    dataset: Found | None
    via: list[Found]

    @property
    def numbers(self) -> dict[str, object]:
        """What makes claims on one relation the same, but for the quote, as columns."""
        referred = {name: getattr(self, name) for name in ("claimant", "document", "dataset")}
        numbers = {name: None if found is None else found.first for name, found in referred.items()}
        return {"stance": self.statement.stance, "record": self.statement.record, **numbers}

    def same(self, exact: str | None) -> Sameness:
        """The same by id, with the quote."""
        claimant, document, dataset = (
            None if found is None else found.id for found in (self.claimant, self.document, self.dataset)
        )
        return Sameness(self.statement.stance, claimant, document, dataset, self.statement.record, exact)

    def refuse_retracted(self) -> None:
        """Raise Invalid if it refers to something retracted."""
        refuse_retracted([(self.claimant, "/claimant"), (self.document, "/document"), (self.dataset, "/dataset")])
        refuse_retracted([(found, f"/via/{i}") for i, found in enumerate(self.via)])


class ClaimVerbs(RelationVerbs):
    """What may be done to claims. The text that was quoted last is kept, for the next quote is often from there too."""

    _text: tuple[int, str] = (0, "")

    def claim(self, statement: ClaimStatement) -> Claimed:
        """Record a claim, and its relation if that is new. Raises Conflict naming the record that stands in the way."""
        evidence = self.evidence(statement)
        if isinstance(statement.relation, KnownRelation):
            relation = self.stated("relation", statement.relation.id, "/relation/id")
            return self._recorded(relation, evidence) or self._join(relation, evidence)
        propositions = [self.proposition(statement.relation, day, "/relation") for day in self._latest_days(evidence)]
        holders = [self.holder(each) for each in propositions]
        for each in holders:
            recorded = None if each is None else self._recorded(each, evidence)
            if recorded is not None:
                return recorded
        stated, holder = propositions[0], holders[0]
        if holder is None:
            return self._begin(stated, evidence)
        self.refuse_other_state(holder, stated)
        self.refuse_retracted_ends(stated, "/relation")
        return self._join(holder, evidence)

    def amend_claim(self, id: str, statement: ClaimStatement, *, reason: str | None = None) -> bool:  # noqa: A002 - the product's word for it
        """Write a new version of a claim, if it says anything new; with a reason, of a retracted one too.

        Who says what of which relation, and where, may not differ, nor may it become the same as another claim.
        """
        found = self.at_path("claim", id)
        relation = self.at_path("relation", found.id.partition(".")[0])
        evidence = self.evidence(statement)
        self._refuse_another_claim(found, relation, evidence)
        evidence.refuse_retracted()
        placed = self.placed(evidence)
        said = claim_columns(evidence, placed)
        if not found.retracted and content(found.row, said) == said:
            return False
        if self.replay and any(content(row, said) == said for row in self.versions(found)):
            return False
        refuse_without_reason(found, reason)
        self._refuse_unknown_attributes(relation, evidence)
        same = self._same_claim(relation, evidence, None if placed is None else placed.exact)
        if same is not None and same.first != found.first:
            raise Conflict(f'Then it would be the claim "{same.id}".', same.id)
        if not found.retracted:
            self.end(CLAIM, [found.row.n])
        of = {"relation": relation.first, "tag": found.row.tag, "first": found.first, "version": found.row.version + 1}
        self.write_claim({**of, **said})
        self.forget("claim", found.id)
        self.done("claim", found.id, reason)
        return True

    def _begin(self, stated: Proposition, evidence: Evidence) -> Claimed:
        """Record a new relation with its first claim."""
        self.refuse_misfit(stated, "/relation")
        evidence.refuse_retracted()
        self._refuse_attributes(stated.type, evidence)
        placed = self.placed(evidence)
        id_ = self.free_relation_id(stated)
        tag = next(tags(evidence.same(None if placed is None else placed.exact)))  # there is no other claim on it
        claim_id = self._add_claim(id_, self.write_relation(id_, stated), tag, evidence, placed)
        return Claimed(id_, claim_id, new_relation=True, new_claim=True)

    def _join(self, relation: Found, evidence: Evidence) -> Claimed:
        """Record a claim on a relation that there is."""
        if relation.retracted:
            raise Conflict(taken(relation), relation.id)
        evidence.refuse_retracted()
        self._refuse_unknown_attributes(relation, evidence)
        placed = self.placed(evidence)
        every = tags(evidence.same(None if placed is None else placed.exact))
        tag = next(tag for tag in every if self.find("claim", f"{relation.id}.{tag}") is None)
        claim_id = self._add_claim(relation.id, relation.first, tag, evidence, placed)
        return Claimed(relation.id, claim_id, new_relation=False, new_claim=True)

    def _recorded(self, relation: Found, evidence: Evidence) -> Claimed | None:
        """Recognise a claim: condition 1."""
        quote = evidence.statement.quote
        same = self._same_claim(relation, evidence, None if quote is None else quote.exact)
        if same is None and quote is not None:
            try:
                placed = self.placed(evidence)
            except Invalid:
                return None
            same = self._same_claim(relation, evidence, None if placed is None else placed.exact)
        if same is None:
            return None
        for found in (same, relation):
            if found.retracted and not self.replay:
                raise Conflict(taken(found), found.id)
        return Claimed(relation.id, same.id, new_relation=False, new_claim=False)

    def _same_claim(self, relation: Found, evidence: Evidence, exact: str | None) -> Found | None:
        """Find the claim on a relation that is, or ever was, the same."""
        wanted = {**evidence.numbers, "quote_exact": exact}
        for tag in tags(evidence.same(exact)):
            found = self.find("claim", f"{relation.id}.{tag}")
            if found is None:
                break
            if content(self.original(found), wanted) == wanted:
                return found
        amended = self.rows(_AMENDED, {"relation": relation.first})
        same = (row for row in amended if content(row, wanted) == wanted)
        row = next(same, None)
        return None if row is None else self.find("claim", f"{relation.id}.{row.tag}")

    def _add_claim(self, relation: str, n: int, tag: str, evidence: Evidence, placed: Placed | None) -> str:
        """Record a claim on a relation, by its id and number."""
        id_ = f"{relation}.{tag}"
        self.write_claim({"relation": n, "tag": tag, **claim_columns(evidence, placed)})
        self.forget("claim", id_)
        self.done("claim", id_, None)
        return id_

    def write_claim(self, values: dict[str, Any]) -> int:
        """Record a version of a claim, and its words where they can be searched for. Gives its number."""
        n = self.add(CLAIM, values)
        full_text.index_version(self.connection, "claim", n, values)
        return n

    def evidence(self, statement: ClaimStatement) -> Evidence:
        """Find what a claim refers to, retracted or not. Raises Invalid at the pointer of what is unknown."""
        claimant, document, dataset = (
            None if reference is None else self.stated(kind, reference, pointer)
            for kind, reference, pointer in (
                ("actor", statement.claimant, "/claimant"),
                ("document", statement.document, "/document"),
                ("dataset", statement.dataset, "/dataset"),
            )
        )
        via = [self.stated("actor", each, f"/via/{i}") for i, each in enumerate(statement.via)]
        return Evidence(statement, claimant, document, dataset, via)

    def _latest_days(self, evidence: Evidence) -> list[int | None]:
        """Give the latest day that an undated event lies on; then those that its document was once dated by."""
        if evidence.statement.said_on is not None:
            return [pack(evidence.statement.said_on)]
        if evidence.document is None:
            return [None]
        document = evidence.document
        if document.row.version == 1:
            return [document.row.published_on]
        return list(dict.fromkeys(row.published_on for row in self.rows(_DATED, {"id": document.id})))

    def placed(self, evidence: Evidence) -> Placed | None:
        """Find a claim's quote in its document's text. Raises Invalid if it is not there."""
        quote = evidence.statement.quote
        if quote is None:
            return None
        if evidence.document is None or evidence.document.row.sha256 is None:
            return unplaced(quote)
        n: int = evidence.document.row.n
        if n != self._text[0]:
            self._text = (n, self.first(_TEXT, {"n": n}).text)
        return place(quote, self._text[1], "/quote")

    def _refuse_unknown_attributes(self, relation: Found, evidence: Evidence) -> None:
        self._refuse_attributes(self.type_of(relation.row.type, "/relation"), evidence)

    def _refuse_attributes(self, type_: Type, evidence: Evidence) -> None:
        faults = type_.attribute_faults("claim", dict(evidence.statement.attributes))
        if faults:
            raise Invalid(Fault("pointer", f"/attributes/{key}", told) for key, told in faults)

    def _refuse_another_claim(self, found: Found, relation: Found, evidence: Evidence) -> None:
        wanted = content(found.row, evidence.numbers)
        differ = [name for name, value in evidence.numbers.items() if wanted[name] != value]
        stated = evidence.statement.relation
        if isinstance(stated, KnownRelation):
            of = self.stated("relation", stated.id, "/relation/id")
        else:
            of = self.holder(self.proposition(stated, self._latest_days(evidence)[0], "/relation")) or found
        if of.kind != relation.kind or of.first != relation.first:
            differ.append("relation")
        if differ:
            told = "This makes another claim: retract this one and state that one."
            raise Invalid(Fault("pointer", f"/{name}", told) for name in differ)


def claim_columns(evidence: Evidence, placed: Placed | None) -> dict[str, Any]:
    """All that is stated of a claim beside its relation, as columns."""
    statement = evidence.statement
    quote = {
        f"quote_{name}": None if placed is None else getattr(placed, name)
        for name in ("exact", "prefix", "suffix", "start", "end")
    }
    return {
        **evidence.numbers,
        **quote,
        "said_on": None if statement.said_on is None else pack(statement.said_on),
        "via": canonical([found.first for found in evidence.via]) if evidence.via else None,
        "attributes": canonical(statement.attributes) if statement.attributes else None,
        "confidence": None if statement.confidence is None else float(statement.confidence),
        "coded_by": statement.coded_by,
    }


def content(row: Any, like: dict[str, object]) -> dict[str, Any]:  # noqa: ANN401 - a row
    """What a row has in some columns."""
    return {name: getattr(row, name) for name in like}
