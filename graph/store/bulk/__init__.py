"""Very many claims in one transaction: what the verb `claim` does, done for thousands of statements at a time."""

from __future__ import annotations

from graph.store.bulk.claims import Outcome, Statement, claim_all
from graph.store.bulk.known import Known, by_identifiers, by_ids, moved_since, same_documents

__all__ = ["Known", "Outcome", "Statement", "by_identifiers", "by_ids", "claim_all", "moved_since", "same_documents"]
