"""Which relations may count otherwise at one revision than at another: all that whoever carries forward looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.snapshot.columns import NONE, distinct
from graph.snapshot.evidence import resolution
from graph.snapshot.find import Wanted, matching
from graph.snapshot.lineup import Gathered, Runs

if TYPE_CHECKING:
    from graph.snapshot.versions import Versions
    from graph.snapshot.view import View

__all__ = ["counting", "touched"]


def touched(before: View, after: View) -> np.ndarray | None:
    """Relation records that may count otherwise at the later view; None if that may be any.

    Of what a relation is counted by, its own versions move, those of the claims on it, and those of their documents
    and datasets. Merges and retracted actors bear on all that they are an end or a claimant of.
    """
    tables, since, upto = after.tables, before.k + 1, after.k
    moved_actors = set(tables.actors.missing(before.k)) ^ set(tables.actors.missing(after.k))
    if moved_actors or resolution(tables, before.k) != resolution(tables, after.k):
        return None
    relations, claims = tables.relations, tables.claims
    found = [relations.first[_written_or_ended(relations, since, upto)]]
    found.append(claims.relation[_written_or_ended(claims, since, upto)])
    for kind in ("documents", "datasets"):
        table: Versions = getattr(tables, kind)
        moved = table.first[_written_or_ended(table, since, upto)]
        moved = moved[table.written[moved] < since]  # what is new has only new claims
        if len(moved):
            found.append(claims.relation[np.isin(getattr(claims, kind[:-1]), moved)])
    records: np.ndarray = distinct(relations.first[np.concatenate(found)])
    return records


def _written_or_ended(table: Versions, since: int, upto: int) -> np.ndarray:
    return np.concatenate((table.written_in(since, upto), table.ended_in(since, upto))).astype(np.int64)


def counting(view: View, records: np.ndarray, wanted: Wanted) -> np.ndarray:
    """The versions of relation records that stand at the view and match."""
    rows = _standing(view, records)
    return matching(view, Runs(view, [Gathered(view.tables, rows)], None), wanted).rows


def _standing(view: View, records: np.ndarray) -> np.ndarray:
    """The version of each relation that stands at the view, of those that one does."""
    relations = view.tables.relations
    records = records[relations.written[records] <= view.k]
    rows = relations.rows_at(records, view.k)
    standing: np.ndarray = rows[(rows != NONE) & (relations.ended[rows] > view.k)]
    return standing
