"""One relation with its claims and what is about it, and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from graph.models import Relation, RelationVersionPage
from graph.queries.scope import Answer, Known, Paged, Reading
from graph.queries.scope.history import history_page
from graph.snapshot import item
from graph.snapshot.newest import Newest

if TYPE_CHECKING:
    from graph.queries.scope.ledger import Ledger
    from graph.snapshot import Snapshot, View

__all__ = ["GetRelation", "ListRelationVersions"]

_EMBEDDED = 100


class GetRelation(Known):
    """One relation with its visible claims (the newest 100; `/claims?relation=` pages them) and what is about it.

    `about_this` holds the speech acts, retaliations and the like that refer to this relation, newest 100 first.
    """

    name: ClassVar[str] = "get_relation"
    path: ClassVar[str] = "/relations/{id}"
    summary: ClassVar[str] = "A relation, its claims, and what is about it"
    tag: ClassVar[str] = "relations"
    answer: ClassVar[type] = Relation
    strong: ClassVar[bool] = True

    id: str = Field(description="The relation's id.", json_schema_extra={"examples": ["0000h2xy63s48gea"]})

    def run(self, snapshot: Snapshot) -> Answer:
        """O(claims of the relation and of those about it)."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        record = view.relation_named(self.id)
        row = view.tables.relations.row_at(record, view.k)
        if not view.visible(np.array([row]))[0]:
            raise view.unseen("relation", self.id)
        others = view.tables.by_about.rows(record)
        extra = b"".join((
            b',"claims":[', b",".join(item.newest_claims(view, record, _EMBEDDED)),
            b'],"about_this":[', b",".join(_newest(view, others)), b"]",
        ))  # fmt: skip
        newest = Newest(view)
        for shown in (row, *others.tolist()):
            newest.relation(shown)
        return Answer(item.relation(view, row, extra), moment.revision, newest=newest.revision)


def _newest(view: View, rows: np.ndarray) -> list[bytes]:
    """The visible ones of these relations, newest first, ties by id."""
    if not len(rows):
        return []
    rows = rows[view.visible(rows)]
    relations = view.tables.relations
    return item.relations(view, rows[np.lexsort((relations.id[rows], -relations.written[rows]))][:_EMBEDDED])


class ListRelationVersions(Paged, Reading):
    """A relation's history, newest first, each version as its claims then stood. Retracted relations have one too."""

    name: ClassVar[str] = "list_relation_versions"
    path: ClassVar[str] = "/relations/{id}/versions"
    summary: ClassVar[str] = "History of a relation"
    tag: ClassVar[str] = "relations"
    answer: ClassVar[type] = RelationVersionPage

    id: str = Field(description="The relation's id.", json_schema_extra={"examples": ["0000h2xy63s48gea"]})

    def read(self, snapshot: Snapshot, ledger: Ledger) -> Answer:
        """O(versions of the relation)."""
        view = snapshot.view(self.moment(snapshot).revision)
        view.ever_named("relation", self.id)
        return history_page(self, snapshot, ledger.history("relation", self.id, view.k), item.relation)
