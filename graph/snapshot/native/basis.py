"""What `pages.c` knows of the graph: where the columns are, in the order of its structures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.snapshot.columns import packed

if TYPE_CHECKING:
    from graph.snapshot.columns import Memory
    from graph.snapshot.view import View

__all__ = ["Basis", "basis"]


class Basis:
    """All columns as they are now: whoever asks about a revision up to this one finds all there is to know in them.

    It holds the arrays, for they are exchanged as they grow. O(1).
    """

    def __init__(self, view: View) -> None:
        tables, evidence = view.tables, view.evidence
        relations, claims, actors, outcomes = tables.relations, tables.claims, tables.actors, evidence.table
        documents, datasets = tables.documents, tables.datasets
        self.revision, self.rows = tables.revision, len(relations)
        of_actors, self.levels = tables.by_end.memory
        self._memory: Memory = (
            *evidence.turns.memory,  # before what they lead to
            *relations.memory, relations.id, relations.type, relations.source, relations.target, relations.start,
            relations.end, relations.outcome, relations.ongoing,
            *relations.first.memory, *relations.about.memory, *relations.about_as.memory, *tables.attributes.memory,
            *actors.memory, actors.kind, *tables.actor_refs.memory,
            outcomes.status, outcomes.attested, outcomes.confidence, outcomes.publishers,
            *evidence.shown.memory, *tables.type_refs.memory, tables.instants.at,
            *claims.memory, *claims.first.memory, claims.tag, claims.stance, claims.relation, claims.claimant,
            claims.document, claims.dataset, claims.said, *tables.claim_cores.memory,
            *documents.memory, documents.publisher, *tables.document_cores.memory,
            *datasets.memory, *tables.dataset_cores.memory, *tables.by_relation.memory, *tables.actor_ids.memory,
            *of_actors,
        )  # fmt: skip
        self.packed = packed(self._memory)


def basis(view: View, *, anew: bool = False) -> Basis:
    """The columns that a view looks at, with every row that anybody has found so far. Hold it while it is looked at."""
    tables = view.tables
    known = tables.basis
    if (
        anew
        or known is None
        or known.revision < view.k
        or known.rows < len(tables.relations)
        or known.levels is not tables.by_end.levels  # entries are unsettled in the newest alone
    ):
        known = tables.basis = Basis(view)
    return known
