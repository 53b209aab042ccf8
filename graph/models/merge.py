"""Actors that turned out to be one: tables, statement, shape."""

from typing import Annotated

from pydantic import Field as Described
from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from graph.db.columns import Words, whole
from graph.models.fields import Reason, Reference, Statement
from graph.models.shape import ActorRef, Page, Shape
from graph.models.table import PartRow, RecordRow, part_args, record_args

_STANDING = text("ended IS NULL")


class MergeRow(RecordRow, table=True):
    """One merge; undoing it ends the row. It has one version for ever: what is merged anew is a merge of its own."""

    __tablename__ = "merge"
    __table_args__ = record_args(
        "merge",
        Index("uq_merge_id_version", "id", "version", unique=True),
        CheckConstraint("version = 1", name="one_version"),
    )

    id: str = Field(sa_type=Words)
    survivor: int = whole(refers="actor.n")


class MergeAbsorbedRow(PartRow, table=True):
    """One pointer, from an absorbed actor to the merge that names its survivor. One stands at a time per actor."""

    __tablename__ = "merge_absorbed"
    __table_args__ = part_args(
        "merge_absorbed",
        Index("uq_merge_absorbed_actor", "actor", unique=True, sqlite_where=_STANDING, postgresql_where=_STANDING),
        Index("uq_merge_absorbed_merge_actor", "merge", "actor", unique=True),
    )

    merge: int = whole(refers="merge.n")
    actor: int = whole(refers="actor.n")


class MergeStatement(Statement):
    """Which actors are the surviving one."""

    absorb: Annotated[list[Reference], Described(min_length=1, max_length=100)]
    reason: Reason


class Merge(Shape):
    """One merge, undone or standing."""

    id: str
    survivor: ActorRef
    absorbed: list[ActorRef]
    revision: int
    at: str
    by: str | None
    reason: str
    undone_at: str | None


class MergePage(Page):
    """A page of merges."""

    items: list[Merge]
