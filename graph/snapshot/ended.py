"""A record that reading does not show, because it was retracted or what it hangs on was: as it last stood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.snapshot import item
from graph.snapshot.columns import NONE

if TYPE_CHECKING:
    from graph.snapshot.view import View

__all__ = ["as_last_stood"]


def as_last_stood(view: View, kind: str, record_id: str) -> bytes:
    """The JSON of a record that was recorded by k; a document without its text. Errors: `NotFound`."""
    tables = view.tables
    if kind == "claim":
        return item.claim(view, tables.claims.last_at(_claim(view, record_id), view.k))
    record = view.ever_named(kind, record_id)
    if kind == "relation":
        return item.relation(view, tables.relations.last_at(record, view.k))
    if kind == "actor":
        return item.actor(view, view.actor_row(record), merged=False)
    if kind == "document":
        return item.document(view, tables.documents.last_at(record, view.k))
    return item.dataset(view, tables.datasets.last_at(record, view.k), (0, 0))


def _claim(view: View, record_id: str) -> int:
    relation, _, tag = record_id.partition(".")
    record, claims = view.tables.relation_ids.get(relation), view.tables.claims
    rows: list[int] = view.tables.by_relation.rows(record).tolist() if record != NONE else []
    return next((int(claims.first[row]) for row in rows if claims.tag[row] == tag.encode()), NONE)
