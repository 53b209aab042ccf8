"""Reciprocity: what became of the cooperative relations that run one way between two named actors.

1. A relation from A's side to B's is *cooperative* iff its sign is positive. What runs both ways is A's and B's.
2. It is `denied` iff a visible claim of B's side denies it. A claim is its claimant's; without one it is its
   document's publisher's, who then speaks itself. It is of B's side iff that actor stands for B on a day on which it
   may have been said: in `said_on`, else on the publication of its document, else on any day.
3. Else it is `mutual` iff a relation of positive sign runs the other way, and the days between the two spans are at
   most the window. So what runs both ways is mutual by itself.
4. Else it is `one_sided`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph import time
from graph.snapshot.batch import STANCES
from graph.snapshot.columns import NONE
from graph.snapshot.evidence import claims_visible

if TYPE_CHECKING:
    from graph.snapshot.rollup import Side
    from graph.snapshot.view import View

__all__ = ["reciprocity"]

_DENIES = STANCES.index("denies")


def reciprocity(view: View, forth: np.ndarray, back: np.ndarray, there: Side, window: int) -> dict[str, int]:
    """What became of those that run `forth` to the side `there`, given those that run `back`. O(n log n)."""
    forth, back = (rows[view.vocabulary.sign[view.tables.relations.type[rows]] > 0] for rows in (forth, back))
    denied = _denied(view, forth, there)
    mutual = _answered(view, forth, back, window) & ~denied
    counts = {"mutual": int(mutual.sum()), "denied": int(denied.sum())}
    return {**counts, "one_sided": len(forth) - sum(counts.values())}


def _answered(view: View, rows: np.ndarray, others: np.ndarray, window: int) -> np.ndarray:
    """Which rows have another within so many days: of those that began by then the one that lasts longest tells."""
    relations = view.tables.relations
    first = relations.first_days(others)
    order = np.argsort(first, kind="stable")
    begun = np.searchsorted(first[order], relations.last_days(rows) + window, "right")
    longest = np.concatenate(([NONE], np.maximum.accumulate(relations.last_days(others[order]))))
    result: np.ndarray = (begun > 0) & (longest[begun] >= relations.first_days(rows) - window)
    return result


def _denied(view: View, rows: np.ndarray, side: Side) -> np.ndarray:
    """Rule 2."""
    tables, claims = view.tables, view.tables.claims
    where, own = tables.by_relation.gather(tables.relations.first[rows])
    denying = (claims.stance[own] == _DENIES) & claims_visible(tables, own, view.k)
    where, own = where[denying], own[denying]
    voice, said = claims.claimant[own].astype(np.int64), claims.said[own].astype(np.int64)
    printed = claims.document[own] != NONE
    versions = tables.documents.rows_at(claims.document[own[printed]], view.k)
    voice[printed] = np.where(voice[printed] == NONE, tables.documents.publisher[versions], voice[printed])
    said[printed] = np.where(said[printed] == time.UNDATED, tables.documents.published[versions], said[printed])
    at, begin, end = side.join(view.resolve(voice))
    theirs = (begin <= time.last_days(said)[at]) & (end >= time.first_days(said)[at])
    mask = np.zeros(len(rows), np.bool_)
    mask[where[at[theirs]]] = True
    return mask
