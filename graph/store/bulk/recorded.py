"""What of a batch of claims is recorded already, and what was ever amended: the rest is plain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from sqlalchemy import literal_column, select

from graph.store.bulk.known import ask
from graph.store.transaction import RELATION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.store.transaction import Transaction

Plain: TypeAlias = tuple[int, tuple[Any, ...]] | None

_RELATIONS = (
    "SELECT held.id, held.n, held.version, held.ended, held.about, held.type, held.source, held.target, held.start, "
    'held."end", held.end_status, held.attributes FROM {json} relation AS held'
)
_CLAIMS = (
    "SELECT held.relation, held.tag, held.version, held.ended, held.stance, held.claimant, held.quote_exact, "
    "held.document, held.dataset, held.record FROM {json} claim AS held"
)
_AMENDED_CLAIMS = "SELECT DISTINCT held.relation FROM {json} claim AS held"


class Recorded(NamedTuple):
    """Relations by id and claims by (relation, tag), as far as they stand in their first version; None if they don't.

    `amended_ends` are the pairs of ends, both ways, of relations that ever were amended; `amended_claims` the numbers
    of those relations here that have an amended claim.
    """

    relations: dict[str, Plain]
    claims: dict[tuple[int, str], tuple[Any, ...] | None]
    amended_ends: set[tuple[int, int]]
    amended_claims: set[int]

    @classmethod
    def of(cls, transaction: Transaction, ids: Sequence[str], tags: Sequence[str]) -> Recorded:
        """Look up what is recorded under ids and, on their relations, under the tags that stand beside them."""
        relations: dict[str, Plain] = {}
        for id_, n, version, ended, about, *said in ask(transaction, _RELATIONS, "held.id = {one}", list(set(ids))):
            first = (version, ended, about) == (1, None, None) and id_ not in relations
            relations[id_] = (n, tuple(said)) if first else None
        pairs = [(plain[0], tag) for id_, tag in set(zip(ids, tags, strict=True)) if (plain := relations.get(id_))]
        claims: dict[tuple[int, str], tuple[Any, ...] | None] = {}
        where = "held.relation = CAST({item[0]} AS BIGINT) AND held.tag = {item[1]}"
        for n, tag, version, ended, stance, claimant, exact, *voice in ask(transaction, _CLAIMS, where, pairs):
            first = (version, ended, stance, claimant, exact) == (1, None, "affirms", None, None)
            claims[n, tag] = tuple(voice) if first and (n, tag) not in claims else None
        relation = RELATION.c
        ends = transaction.rows(
            select(relation.source, relation.target).where(relation.version > literal_column("1")).distinct()
        )
        numbers = [plain[0] for plain in relations.values() if plain]
        where = "held.relation = CAST({one} AS BIGINT) AND held.version > 1"
        amended = ask(transaction, _AMENDED_CLAIMS, where, numbers)
        both_ways = {pair for row in ends for pair in ((row.source, row.target), (row.target, row.source))}
        return cls(relations, claims, both_ways, {row.relation for row in amended})
