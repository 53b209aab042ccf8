"""One voice on one relation, in one document or dataset, with its quote: table, statement, shape."""

from typing import Annotated, Literal, Self, get_args

from pydantic import Discriminator, Tag, model_validator
from pydantic import Field as Described
from pydantic_core import PydanticCustomError
from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from graph.db.columns import Json, Real, Words, whole
from graph.models.fields import Attributes, Confidence, Context, Line, Many, Passage, Reference, Statement
from graph.models.relation import Relation, RelationPage, RelationStatement, RelationVersion, RelationVersionPage
from graph.models.shape import ActorRef, Page, Shape, VersionEntry
from graph.models.table import RecordRow, one_of, packed_date, record_args
from graph.time import PartialDate

Stance = Literal["affirms", "denies", "doubts"]
STANCES: tuple[str, ...] = get_args(Stance)

_AMENDED = text("version > 1")


class ClaimRow(RecordRow, table=True):
    """One version of a claim. Its id is `<relation id>.<tag>`.

    The tag of version 1 is derived from what makes two claims the same; only a later version can state another quote,
    so those alone are indexed by their relation besides.
    """

    __tablename__ = "claim"
    __table_args__ = record_args(
        "claim",
        Index("uq_claim_relation_tag_version", "relation", "tag", "version", unique=True),
        Index("ix_claim_amended", "relation", sqlite_where=_AMENDED, postgresql_where=_AMENDED),
        one_of("stance", STANCES, "stance"),
        packed_date("said_on", "said_on"),
        CheckConstraint("document IS NOT NULL OR dataset IS NOT NULL", name="evidence"),
        CheckConstraint(
            "quote_exact IS NOT NULL OR (quote_prefix IS NULL AND quote_suffix IS NULL AND quote_start IS NULL)",
            name="quote",
        ),
        CheckConstraint(
            "(quote_start IS NULL) = (quote_end IS NULL) AND quote_start >= 0 AND quote_end > quote_start",
            name="quote_place",
        ),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
    )

    relation: int = whole(refers="relation.n")
    tag: str = Field(sa_type=Words)
    stance: str = Field(sa_type=Words)
    claimant: int | None = whole(refers="actor.n", nullable=True)
    said_on: int | None = whole(nullable=True)
    via: str | None = Field(sa_type=Json)
    document: int | None = whole(refers="document.n", nullable=True)
    dataset: int | None = whole(refers="dataset.n", nullable=True)
    record: str | None = Field(sa_type=Words)
    quote_exact: str | None = Field(sa_type=Words)
    quote_prefix: str | None = Field(sa_type=Words)
    quote_suffix: str | None = Field(sa_type=Words)
    quote_start: int | None = whole(nullable=True)
    quote_end: int | None = whole(nullable=True)
    attributes: str | None = Field(sa_type=Json)
    confidence: float | None = Field(sa_type=Real)
    coded_by: str | None = Field(sa_type=Words)


class QuoteStatement(Statement):
    """Words of a text, and what helps to find them there: what stands beside them, or where they start and end."""

    exact: Passage
    prefix: Context | None = None
    suffix: Context | None = None
    start: Annotated[int, Described(ge=0)] | None = None
    end: Annotated[int, Described(ge=1)] | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.start is None) != (self.end is None) or (self.start or 0) >= (self.end or 1):
            raise PydanticCustomError("offsets", "Give both `start` and `end`, the end after the start, or neither.")
        return self


class KnownRelation(Statement):
    """A relation that is recorded already."""

    id: Reference


def _which(relation: object) -> str:
    named = "id" in relation if isinstance(relation, dict) else isinstance(relation, KnownRelation)
    return "#known" if named else "#stated"


class ClaimStatement(Statement):
    """All that is stated of a claim: what is claimed, who claims it, where that can be read."""

    relation: Annotated[
        Annotated[KnownRelation, Tag("#known")] | Annotated[RelationStatement, Tag("#stated")], Discriminator(_which)
    ]
    stance: Stance
    claimant: Reference | None = None
    said_on: PartialDate | None = None
    document: Reference | None = None
    dataset: Reference | None = None
    quote: QuoteStatement | None = None
    via: list[Reference] = Many
    record: Line | None = None
    attributes: Attributes = Described(default_factory=dict)
    confidence: Confidence | None = None
    coded_by: Line | None = None

    @model_validator(mode="after")
    def _evidence(self) -> Self:
        if self.document is None and self.dataset is None:
            raise PydanticCustomError("evidence", "A claim needs a `document` or a `dataset` in which it can be found.")
        return self


class Quote(Shape):
    """Words of a text. `start` and `end` count its code points; null where the text is not kept here."""

    exact: str
    prefix: str | None
    suffix: str | None
    start: int | None
    end: int | None


class ClaimDocument(Shape):
    """The document of a claim."""

    id: str
    title: str | None
    publisher: ActorRef
    published_on: str
    url: str | None


class ClaimDataset(Shape):
    """The dataset of a claim."""

    id: str
    title: str
    licence: str | None


class Claim(Shape):
    """One voice that affirms, denies or doubts a relation, in one document or dataset."""

    id: str
    relation: str
    stance: str = Described(description="affirms, denies or doubts.")
    claimant: ActorRef | None = Described(description="Whose words these are; null is the publisher's own voice.")
    said_on: str | None
    document: ClaimDocument | None
    dataset: ClaimDataset | None
    record: str | None
    via: list[ActorRef]
    quote: Quote | None
    attributes: dict[str, object]
    confidence: float | None
    coded_by: str | None
    version: int
    recorded_at: str
    retracted_at: str | None


class ClaimPage(Page):
    """A page of claims."""

    items: list[Claim]


class ClaimVersion(VersionEntry):
    """One step in a claim's history, and what was then stated of it."""

    record: Claim


class ClaimVersionPage(Page):
    """A page of a claim's history, newest first."""

    items: list[ClaimVersion]


for _waiting in (Relation, RelationPage, RelationVersion, RelationVersionPage):
    _waiting.model_rebuild(_types_namespace={"Claim": Claim, "Relation": Relation})
