"""How much of the graph a dataset bears."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from graph.snapshot.view import View

__all__ = ["borne"]


def borne(view: View, dataset: int) -> tuple[int, int]:
    """How many visible relations a dataset's visible claims bear on, and how many such claims there are.

    O(claims + relations) at a revision first asked about, unless there were no claims in it yet; kept with the view.
    """
    return view.borne.get(dataset, lambda: _borne(view, dataset))


def _borne(view: View, dataset: int) -> tuple[int, int]:
    claims, relations = view.tables.claims, view.tables.relations
    if not (claims.dataset[claims.written_in(0, view.k)] == dataset).any():
        return 0, 0
    rows = view.claims
    rows = rows[claims.dataset[rows] == dataset]
    standing, named = (np.zeros(len(relations), np.bool_) for _ in range(2))
    standing[relations.first[view.standing]] = True
    named[claims.relation[rows]] = True
    return int(np.count_nonzero(standing & named)), len(rows)
