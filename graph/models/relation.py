"""One typed, directed, dated proposition: table, statement, shape."""

from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from pydantic import Field as Described
from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from graph.db.columns import Json, Words, whole
from graph.models.fields import Attributes, Line, Reference, Statement
from graph.models.shape import ActorRef, Page, Shape, VersionEntry
from graph.models.table import RecordRow, one_of, packed_date, record_args
from graph.time import PartialDate

if TYPE_CHECKING:
    from graph.models.claim import Claim  # a claim states a relation, and a relation shows its claims

EndStatus = Literal["ended", "ongoing", "unknown"]
AboutAs = Literal["content", "evidence", "response", "retaliation", "condition"]
END_STATUSES: tuple[str, ...] = get_args(EndStatus)
ABOUT_AS: tuple[str, ...] = get_args(AboutAs)

_AMENDED = text("version > 1")


class RelationRow(RecordRow, table=True):
    """One version of a relation. Its ends are actors as the writer named them; reading resolves merges.

    Version 1 is found by its id, which is derived from its key; only a later version can state another key, so those
    alone are indexed by their ends.
    """

    __tablename__ = "relation"
    __table_args__ = record_args(
        "relation",
        Index("uq_relation_id_version", "id", "version", unique=True),
        Index("ix_relation_amended", "source", "target", "type", sqlite_where=_AMENDED, postgresql_where=_AMENDED),
        packed_date("start", "start"),
        packed_date("end", "end"),
        one_of("end_status", END_STATUSES, "end_status"),
        CheckConstraint("""(end_status = 'ended') = ("end" IS NOT NULL)""", name="ended"),
        one_of("about_as", ABOUT_AS, "about_as"),
        CheckConstraint("(about IS NULL) = (about_as IS NULL) AND about < first", name="about"),
    )

    id: str = Field(sa_type=Words)
    type: str = Field(sa_type=Words)
    source: int = whole(refers="actor.n")
    target: int = whole(refers="actor.n")
    start: int | None = whole(nullable=True)
    end: int | None = whole(nullable=True)
    end_status: str = Field(sa_type=Words)
    attributes: str | None = Field(sa_type=Json)
    about: int | None = whole(refers="relation.n", nullable=True)
    about_as: str | None = Field(sa_type=Words)


class AboutStatement(Statement):
    """What a relation is about: another relation, and in which way."""

    relation: Reference
    as_: AboutAs = Described(alias="as")


class RelationStatement(Statement):
    """All that is stated of a relation. `end_status` follows from `end`, unless it is `ongoing`."""

    type: Line
    source: Reference
    target: Reference
    start: PartialDate | None = None
    end: PartialDate | None = None
    end_status: EndStatus | None = None
    attributes: Attributes = Described(default_factory=dict)
    about: AboutStatement | None = None


class About(Shape):
    """What a relation is about."""

    relation: str
    as_: str = Described(alias="as", description="content, evidence, response, retaliation or condition.")


class Stances(Shape):
    """How many visible claims affirm, deny and doubt a relation."""

    affirms: int
    denies: int
    doubts: int


class Relation(Shape):
    """One typed, directed, dated proposition, with what its claims make of it."""

    absent_unless_asked: ClassVar[frozenset[str]] = frozenset({"claims", "about_relation", "about_this"})

    id: str
    type: str = Described(description="An id of the vocabulary; see /types.")
    label: str
    class_: str = Described(alias="class", description="The quad class of the type.")
    sign: int
    intensity: float | None
    source: ActorRef
    target: ActorRef
    direction: str | None = Described(description="Seen from the actor asked about: out, in or any; null without one.")
    start: str | None
    end: str | None
    end_status: str
    attributes: dict[str, object]
    about: About | None
    status: str = Described(description="disputed, denied, reported, claimed or doubted.")
    attested: bool
    confidence: float | None
    stances: Stances
    publishers: int
    version: int
    recorded_at: str
    retracted_at: str | None
    claims: "list[Claim] | None" = Described(default=None, description="Only with include=claims: the newest 20.")
    about_relation: "Relation | None" = Described(default=None, description="Only with include=about.")
    about_this: "list[Relation] | None" = Described(
        default=None, description="Only for one relation: what is about it."
    )


class RelationPage(Page):
    """A page of relations."""

    absent_unless_asked: ClassVar[frozenset[str]] = frozenset({"facets"})

    items: list[Relation]
    facets: dict[str, dict[str, int]] | None = Described(default=None, description="Only for the facets asked for.")


class RelationVersion(VersionEntry):
    """One step in a relation's history, and what it then said."""

    record: Relation


class RelationVersionPage(Page):
    """A page of a relation's history, newest first."""

    items: list[RelationVersion]
