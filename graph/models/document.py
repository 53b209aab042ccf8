"""A published text: table, statement, shape."""

from typing import ClassVar

from pydantic import Field as Described
from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from graph.db.columns import Digest, Json, Words, whole
from graph.models.annotation import Annotation
from graph.models.fields import FullText, Language, Line, Many, Reference, Slug, Statement, Url
from graph.models.shape import ActorRef, Page, Shape, VersionEntry
from graph.models.table import RecordRow, packed_date, record_args
from graph.time import PartialDate


def _index(name: str, *columns: str, where: str) -> Index:
    return Index(f"ix_document_{name}", *columns, sqlite_where=text(where), postgresql_where=text(where))


class DocumentRow(RecordRow, table=True):
    """One version of a document. Its publisher and sources are actors as the writer named them, never resolved."""

    __tablename__ = "document"
    __table_args__ = record_args(
        "document",
        Index("uq_document_id_version", "id", "version", unique=True),
        _index("publisher_sha256", "publisher", "sha256", where="sha256 IS NOT NULL"),
        _index("publisher_url", "publisher", "url", where="url IS NOT NULL"),
        _index("publisher_published_on", "publisher", "published_on", where="title IS NOT NULL"),
        packed_date("published_on", "published_on"),
        CheckConstraint("(text IS NULL) = (sha256 IS NULL) AND length(sha256) = 32", name="text"),
    )

    id: str = Field(sa_type=Words)
    title: str | None = Field(sa_type=Words)
    publisher: int = whole(refers="actor.n")
    published_on: int = whole()
    language: str | None = Field(sa_type=Words)
    url: str | None = Field(sa_type=Words)
    text: str | None = Field(sa_type=Words)
    sha256: bytes | None = Field(sa_type=Digest)
    sources: str | None = Field(sa_type=Json)
    licence: str | None = Field(sa_type=Words)


class DocumentStatement(Statement):
    """All that is stated of a document. Its publisher is an actor, even where the text does not name it."""

    id: Slug | None = None
    title: Line | None = None
    publisher: Reference
    published_on: PartialDate
    language: Language | None = None
    url: Url | None = None
    text: FullText | None = None
    sources: list[Reference] = Many
    licence: Line | None = None


class Document(Shape):
    """A published text: who printed it, when, and whom it relied on."""

    absent_unless_asked: ClassVar[frozenset[str]] = frozenset({"claims", "annotations"})

    id: str
    title: str | None
    publisher: ActorRef
    published_on: str
    language: str | None
    url: str | None
    text: str | None
    sha256: str | None
    sources: list[ActorRef]
    licence: str | None
    version: int
    recorded_at: str
    retracted_at: str | None
    claims: int | None = Described(default=None, description="Only for one document: how many visible claims it holds.")
    annotations: list[Annotation] | None = Described(
        default=None,
        description="Only for one document: its visible claims as W3C Web Annotations, the first 500 of the text.",
    )


class DocumentPage(Page):
    """A page of documents."""

    items: list[Document]


class DocumentVersion(VersionEntry):
    """One step in a document's history, and what was then stated of it."""

    record: Document


class DocumentVersionPage(Page):
    """A page of a document's history, newest first."""

    items: list[DocumentVersion]
