"""Questions about the whole graph: what they measure is the fold of all relations that count, whoever is at the ends.

Such a question is answered in three steps, so that the second can run in another process, which can be ended:

1. `fold`: the relations that count, folded (`graph.snapshot.fold`), and the nodes of the actors that it names;
2. `measured`: a pure function of both, by networkx on the folded graph;
3. `told`: the measure as the answer shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graph.queries.scope.graph import GraphQuestion
from graph.snapshot.tally import day_or_none

if TYPE_CHECKING:
    from graph.queries.scope.question import Answer
    from graph.snapshot import Snapshot, View
    from graph.snapshot.fold import Fold

__all__ = ["Measured", "WholeGraph"]

Measured = Any
"""What a question makes of a fold: plain values, which another process can send."""


class WholeGraph(GraphQuestion):
    """A question about all relations that count. Roll-up is none of its parameters: it names nobody to stand for."""

    def run(self, snapshot: Snapshot) -> Answer:
        """All three steps here and now, however long they take."""
        fold = self.fold(snapshot)
        return self.told(snapshot, fold, self.measured(fold, self.named(self._view(snapshot), fold)))

    def fold(self, snapshot: Snapshot) -> Fold:
        """The first step. O(pairs) if an earlier revision is folded, else O(relations). Errors: `Invalid`."""
        view = self._view(snapshot)
        return snapshot.folds.at(view, self.wanted(view))

    def named(self, view: View, fold: Fold) -> list[int] | None:
        """The nodes of the actors that the question names; None if it names none. Errors: `Invalid`, `NotFound`."""
        del view, fold
        return None

    def measured(self, fold: Fold, nodes: list[int] | None) -> Measured:
        """The second step: it sees nothing but the fold. Errors: `Invalid`, `OverBudget`."""
        raise NotImplementedError(self.name)  # pragma: no cover - as `Question.run`

    def told(self, snapshot: Snapshot, fold: Fold, measured: Measured) -> Answer:
        """The third step."""
        raise NotImplementedError(self.name)  # pragma: no cover - as `Question.run`

    def fold_basis(self, view: View, fold: Fold) -> dict[str, Any]:
        """What was counted, and how large the folded graph is: for `graph.models.FoldBasis`."""
        told = self.told_basis(view, fold.relations, day_or_none(fold.first), day_or_none(fold.last))
        return told | {"actors": len(fold), "pairs": int(fold.pairs.nnz)}

    def _view(self, snapshot: Snapshot) -> View:
        return snapshot.view(self.moment(snapshot).revision)
