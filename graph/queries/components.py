"""What the graph falls into: its components."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import orjson

from graph.models import ComponentPage
from graph.queries.scope import Answer, Paged, listing
from graph.queries.scope.whole import Measured, WholeGraph

if TYPE_CHECKING:
    from graph.snapshot import Snapshot
    from graph.snapshot.fold import Fold

__all__ = ["Components"]


class Components(WholeGraph, Paged):
    """Sets of actors that are connected, whichever way the relations point, the largest first, ties by the first id.

    Who has no relation with another is in none of them. By networkx's `weakly_connected_components` on the folded graph
    (a search by breadth, Tarjan 1972). O(pairs).
    """

    name: ClassVar[str] = "list_components"
    path: ClassVar[str] = "/graph/components"
    summary: ClassVar[str] = "Connected components"
    tag: ClassVar[str] = "graph"
    answer: ClassVar[type] = ComponentPage

    def measured(self, fold: Fold, nodes: list[int] | None) -> Measured:
        """The components as sorted nodes."""
        del nodes
        import networkx as nx  # noqa: PLC0415 - as in `centrality`

        from graph.snapshot import backend  # noqa: PLC0415 - as networkx

        return [sorted(component) for component in nx.weakly_connected_components(backend.directed(fold))]

    def told(self, snapshot: Snapshot, fold: Fold, measured: Measured) -> Answer:
        """The page of components. O(components + actors shown)."""
        moment = self.moment(snapshot)
        sizes = np.array([len(component) for component in measured], np.float64)
        listed = listing.Listed(np.arange(len(sizes)), -sizes, lambda at: str(fold.ids[measured[at][0]].decode()))

        def shown(at: int) -> bytes:
            ids = [id_.decode() for id_ in fold.ids[measured[at]].tolist()]
            return orjson.dumps({"size": len(ids), "actors": ids})

        basis = self.fold_basis(snapshot.view(moment.revision), fold)
        return listing.answer(self, snapshot, moment, listed, shown, {"basis": basis})
