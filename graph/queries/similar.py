"""Who is like an actor: whoever has to do with the same others."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import orjson
from pydantic import Field

from graph.models import SimilarActors
from graph.queries.scope import Answer
from graph.queries.scope.whole import Measured, WholeGraph
from graph.snapshot.columns import NONE

if TYPE_CHECKING:
    from graph.snapshot import Snapshot, View
    from graph.snapshot.fold import Fold

__all__ = ["Similar"]


class Similar(WholeGraph):
    """The actors whose neighbours are most like those of one actor, whichever way the relations point.

    * `jaccard`: the neighbours that both have, over those that either has (Jaccard 1901).
    * `adamic-adar`: the neighbours that both have, each the lighter the more neighbours it has itself: one over the
      logarithm of their number (Adamic and Adar 2003).
    * `cosine`: the cosine of the angle between the two as vectors of how many relations they have with each (Salton and
      McGill 1983).

    `shared` are the neighbours that both have. Only who shares one is shown; ties by id. The first two are networkx's
    `jaccard_coefficient` and `adamic_adar_index` on the folded graph. O(neighbours of the actor's neighbours).
    """

    name: ClassVar[str] = "list_similar"
    path: ClassVar[str] = "/graph/similar/{id}"
    summary: ClassVar[str] = "Actors with similar neighbours"
    tag: ClassVar[str] = "graph"
    answer: ClassVar[type] = SimilarActors

    id: str = Field(description="The actor: its id, or scheme:value.", json_schema_extra={"examples": ["russia"]})
    measure: Literal["jaccard", "adamic-adar", "cosine"] = Field("jaccard", description="How likeness is measured.")
    top: int = Field(20, ge=1, le=1000, description="How many actors to show.")

    def named(self, view: View, fold: Fold) -> list[int] | None:
        """The actor's node, if it has one. Errors: `NotFound`, `Gone`."""
        node = fold.node(view.shown(self.id))
        return [] if node == NONE else [node]

    def measured(self, fold: Fold, nodes: list[int] | None) -> Measured:
        """The most similar nodes with their scores, and the neighbours they share with the actor."""
        if not nodes:
            return []
        from graph.snapshot import backend  # noqa: PLC0415 - as networkx in `centrality`

        (near,) = nodes
        graph = backend.undirected(fold)
        around = set(graph[near])
        ties = graph.rows.matrix()
        others = [other for other in sorted((ties[[near]] @ ties).indices.tolist()) if other != near]
        scores = self._scores(graph, near, others)
        best = sorted(others, key=lambda other: (-scores[other], other))[: self.top]
        return [(other, scores[other], sorted(around & set(graph[other]))) for other in best]

    def _scores(self, graph: Measured, near: int, others: list[int]) -> dict[int, float]:
        import networkx as nx  # noqa: PLC0415 - as in `centrality`

        if self.measure == "cosine":
            matrix = graph.rows.matrix("count")
            lengths = np.sqrt((matrix * matrix).sum(axis=1))
            products = (matrix[[near]] @ matrix).toarray()[0]  # it is symmetric
            return {other: float(products[other] / (lengths[near] * lengths[other])) for other in others}
        find = nx.jaccard_coefficient if self.measure == "jaccard" else nx.adamic_adar_index
        return {other: score for _, other, score in find(graph, [(near, other) for other in others])}

    def told(self, snapshot: Snapshot, fold: Fold, measured: Measured) -> Answer:
        """The actors by likeness. O(what is shown)."""
        view = self._view(snapshot)
        items = [
            {
                "actor": orjson.Fragment(view.ref(int(fold.actors[other]))),
                "score": score,
                "shared": [id_.decode() for id_ in fold.ids[shared].tolist()],
            }
            for other, score, shared in measured
        ]
        return Answer(orjson.dumps({"items": items, "basis": self.fold_basis(view, fold)}), view.k)
