"""Who belongs together: communities of the folded graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import orjson
from pydantic import Field

from graph.models import Communities as Shown
from graph.queries.scope import Answer
from graph.queries.scope.whole import Measured, WholeGraph

if TYPE_CHECKING:
    from graph.snapshot import Snapshot
    from graph.snapshot.fold import Fold

__all__ = ["Communities"]


class Communities(WholeGraph):
    """Groups of actors that have more to do with each other than with others, whichever way and however friendly.

    An edge weighs as many relations as there are between the two; ask with `sign=positive` for groups of friends.

    * `leiden`: moves actors, then parts of groups, while modularity grows; groups are connected (Traag, Waltman and van
      Eck 2019). The fastest; a million pairs take about a second.
    * `louvain`: moves actors, then groups, while modularity grows (Blondel and others 2008), by networkx's own code.
    * `label-propagation`: each actor joins most of its neighbours, until none wants to (Raghavan and others 2007), by
      networkx's own code.

    All of them draw lots, and the same `seed` draws the same. `modularity` compares what lies inside the groups with
    chance (Newman 2006). Groups by size, then by their first id; actors by id. O(pairs) a round.
    """

    name: ClassVar[str] = "get_communities"
    path: ClassVar[str] = "/graph/communities"
    summary: ClassVar[str] = "Groups of actors"
    tag: ClassVar[str] = "graph"
    answer: ClassVar[type] = Shown

    method: Literal["louvain", "leiden", "label-propagation"] = Field("leiden", description="How groups are found.")
    seed: int = Field(1, ge=0, le=2**32 - 1, description="Which lots are drawn.")

    def measured(self, fold: Fold, nodes: list[int] | None) -> Measured:
        """Modularity, and the groups as sorted nodes."""
        del nodes
        import networkx as nx  # noqa: PLC0415 - as in `centrality`

        from graph.snapshot import backend  # noqa: PLC0415 - as networkx

        if not len(fold):
            return 0.0, []
        graph = backend.undirected(fold)
        find = {
            "louvain": nx.community.louvain_communities,
            "leiden": nx.community.leiden_communities,
            "label-propagation": nx.community.asyn_lpa_communities,
        }[self.method]
        groups = sorted((sorted(group) for group in find(graph, weight="count", seed=self.seed)), key=_largest)
        return nx.community.modularity(graph, groups, weight="count"), groups

    def told(self, snapshot: Snapshot, fold: Fold, measured: Measured) -> Answer:
        """The groups with their actors named. O(actors)."""
        view = self._view(snapshot)
        modularity, groups = measured
        shown = [
            {
                "id": place,
                "size": len(group),
                "actors": [orjson.Fragment(view.ref(actor)) for actor in fold.actors[group].tolist()],
            }
            for place, group in enumerate(groups, 1)
        ]
        basis = self.fold_basis(view, fold)
        told = {"method": self.method, "modularity": modularity, "groups": shown, "basis": basis}
        return Answer(orjson.dumps(told), view.k)


def _largest(group: list[int]) -> tuple[int, int]:
    return -len(group), group[0]
