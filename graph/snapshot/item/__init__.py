"""Records as JSON bytes, as every answer shows them: the one place that writes an item's bytes by hand.

The fields and their order are those of the shapes in `graph.models`; a contract test reads every item back through
them.
"""

from graph.snapshot.item.claims import (
    claim,
    claim_id,
    claimed_document,
    claimed_relations,
    claims,
    embedded,
    embedded_claims,
    newest_claims,
)
from graph.snapshot.item.records import actor, dataset, document, merge, page
from graph.snapshot.item.relations import about, joined, relation, relation_id, relations

__all__ = [
    "about", "actor", "claim", "claim_id", "claimed_document", "claimed_relations", "claims", "dataset", "document",
    "embedded", "embedded_claims", "joined", "merge", "newest_claims", "page", "relation", "relation_id", "relations",
]  # fmt: skip
