"""A bulk source: table, statement, shape."""

from sqlalchemy import Index
from sqlmodel import Field

from graph.db.columns import Words, whole
from graph.models.fields import Line, Reference, Slug, Statement
from graph.models.shape import ActorRef, Page, Shape, VersionEntry
from graph.models.table import RecordRow, record_args


class DatasetRow(RecordRow, table=True):
    """One version of a dataset's record; `edition` is the dataset's own version, which JSON calls `version`."""

    __tablename__ = "dataset"
    __table_args__ = record_args("dataset", Index("uq_dataset_id_version", "id", "version", unique=True))

    id: str = Field(sa_type=Words)
    title: str = Field(sa_type=Words)
    publisher: int | None = whole(refers="actor.n", nullable=True)
    edition: str | None = Field(sa_type=Words)
    licence: str | None = Field(sa_type=Words)
    coder: str | None = Field(sa_type=Words)


class DatasetStatement(Statement):
    """All that is stated of a dataset. `version` is its own edition, not that of the record."""

    id: Slug | None = None
    title: Line
    publisher: Reference | None = None
    version: Line | None = None
    licence: Line | None = None
    coder: Line | None = None


class Dataset(Shape):
    """A bulk source. `version` is the dataset's own edition, `record_version` that of this record."""

    id: str
    title: str
    publisher: ActorRef | None
    version: str | None
    licence: str | None
    coder: str | None
    record_version: int
    recorded_at: str
    retracted_at: str | None
    relations: int
    claims: int


class DatasetPage(Page):
    """A page of datasets."""

    items: list[Dataset]


class DatasetVersion(VersionEntry):
    """One step in a dataset's history, and what was then stated of it."""

    record: Dataset


class DatasetVersionPage(Page):
    """A page of a dataset's history, newest first."""

    items: list[DatasetVersion]
