"""Who is central: networkx's measures on the folded graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Literal

import orjson
from pydantic import Field

from graph.errors import OverBudget
from graph.models import Centralities
from graph.queries.scope import Answer
from graph.queries.scope.whole import Measured, WholeGraph

if TYPE_CHECKING:
    from graph.snapshot import Snapshot
    from graph.snapshot.fold import Fold

__all__ = ["Centrality"]

_EXACT: Final = 1_000
"""Up to so many actors betweenness is exact."""
_FEWEST_SAMPLED: Final = 50
_PAIRS_PASSED: Final = 20_000_000
"""How many pairs the sampled sources of betweenness may pass over in all."""
_SEED: Final = 1
_ITERATIONS: Final = 10_000

Graph = Measured


class Centrality(WholeGraph):
    """The most central actors, by a measure of networkx's on the folded graph: one edge an ordered pair, no loops.

    * `degree`: the other actors that it has relations from or to, each way counted, over all others there are
      (Freeman 1979); with a weight, the sum of the weights.
    * `pagerank`: the share of time that a walk along the relations spends there (Page and others 1999), alpha 0.85;
      with a weight, the walk prefers heavier edges.
    * `betweenness`: the share of shortest paths between others that lead through it (Brandes 2001); of more than 1,000
      actors only the paths from a sample are followed, the same each time, and `sampled` says from how many.
    * `closeness`: how near others are to it, along the relations (Wasserman and Faust 1994).
    * `eigenvector`: having to do with those who themselves are central (Bonacich 1972), whichever way relations point.

    `weight=count` weighs an edge by its relations, `weight=intensity` by how intense they are in all, whichever way:
    the absolute value of the sum. For betweenness and closeness an edge is as long as one over its weight. Ties by id.

    Degree, PageRank and eigenvector cost O(pairs) an iteration; closeness and exact betweenness O(actors x pairs). With
    a weight these two run networkx's own code, for which a large graph is over the budget: narrow it by filters.
    """

    name: ClassVar[str] = "get_centrality"
    path: ClassVar[str] = "/graph/centrality"
    summary: ClassVar[str] = "The most central actors"
    tag: ClassVar[str] = "graph"
    answer: ClassVar[type] = Centralities

    measure: Literal["degree", "pagerank", "betweenness", "closeness", "eigenvector"] = Field(
        "pagerank", description="What makes an actor central."
    )
    weight: Literal["none", "count", "intensity"] = Field("none", description="What an edge weighs.")
    top: int = Field(20, ge=1, le=1000, description="How many actors to show.")

    def measured(self, fold: Fold, nodes: list[int] | None) -> Measured:
        """The scores of the most central nodes, and from how many paths were followed if that was a sample."""
        del nodes
        scores, sampled = (self._scores(fold), self._sampled(fold)) if len(fold) else ({}, None)
        best = sorted(scores, key=lambda node: (-scores[node], node))[: self.top]
        return [(node, scores[node]) for node in best], sampled

    def _sampled(self, fold: Fold) -> int | None:
        if self.measure != "betweenness" or len(fold) <= _EXACT:
            return None
        sample = min(len(fold), max(_FEWEST_SAMPLED, _PAIRS_PASSED // fold.pairs.nnz))
        return sample if sample < len(fold) else None

    def _scores(self, fold: Fold) -> dict[int, float]:
        import networkx as nx  # noqa: PLC0415 - it takes half a second, and is not for whoever only declares questions

        from graph.snapshot import backend  # noqa: PLC0415 - as networkx

        weight = {"none": None, "count": "count", "intensity": "strength"}[self.weight]
        distance = weight and f"{weight}_distance"
        found: dict[int, float]
        graph = backend.undirected(fold) if self.measure == "eigenvector" else backend.directed(fold)
        match self.measure:
            case "degree":
                found = dict(graph.degree(weight=weight)) if weight else nx.degree_centrality(graph)
            case "pagerank":
                found = nx.pagerank(graph, alpha=0.85, weight=weight)
            case "betweenness":
                found = nx.betweenness_centrality(graph, k=self._sampled(fold), weight=distance, seed=_SEED)
            case "closeness":
                found = nx.closeness_centrality(graph, distance=distance)
            case "eigenvector":
                try:
                    found = nx.eigenvector_centrality(graph, max_iter=_ITERATIONS, weight=weight)
                except nx.PowerIterationFailedConvergence as error:
                    raise OverBudget("The scores do not settle. Ask for another measure, or narrower.") from error
        return found

    def told(self, snapshot: Snapshot, fold: Fold, measured: Measured) -> Answer:
        """The actors by score. O(top)."""
        view = self._view(snapshot)
        scores, sampled = measured
        items = [
            {"actor": orjson.Fragment(view.ref(int(fold.actors[node]))), "score": float(score)}
            for node, score in scores
        ]
        basis = self.fold_basis(view, fold)
        told = {"measure": self.measure, "items": items, "sampled": sampled, "basis": basis}
        return Answer(orjson.dumps(told), view.k)
