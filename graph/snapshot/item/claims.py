"""Claims as JSON bytes, alone or embedded in the relations that they are on."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from graph import time
from graph.snapshot.batch import STANCES
from graph.snapshot.columns import NONE
from graph.snapshot.evidence import claims_visible
from graph.snapshot.item.relations import relation_id, relations
from graph.snapshot.item.shown import instant, ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.snapshot.view import View

__all__ = ["claim", "claim_id", "claimed_document", "claimed_relations", "claims", "newest_claims"]

_EMBEDDED_CLAIMS: Final = 20


def claim_id(view: View, row: int) -> str:
    """`<relation id>.<tag>`."""
    claims = view.tables.claims
    return f"{relation_id(view, int(claims.relation[row]))}.{claims.tag[row].decode()}"


def claim(view: View, row: int) -> bytes:
    """One version of a claim, the documents and actors that it names as at k."""
    return _claims(view, np.array([row], np.int32))[0]


def _claims(view: View, rows: np.ndarray) -> list[bytes]:
    """The same of many, column by column."""
    claims, cores = view.tables.claims, view.tables.claim_cores
    relations = view.tables.relations.id[claims.relation[rows]].tolist()
    own = (
        claims.tag, claims.stance, claims.claimant, claims.said, claims.document, claims.dataset, claims.confidence,
        claims.version, claims.written, claims.ended,
    )  # fmt: skip
    shown = []
    columns = zip(rows.tolist(), relations, *(column[rows].tolist() for column in own), strict=True)
    for row, relation, tag, stance, claimant, said, document, dataset, confidence, version, written, ended in columns:
        core = orjson.loads(cores[row])
        told = {
            "id": f"{relation.decode()}.{tag.decode()}",
            "relation": relation.decode(),
            "stance": STANCES[stance],
            "claimant": ref(view, claimant),
            "said_on": time.unpack(said) if said else None,
            "document": claimed_document(view, document),
            "dataset": _claimed_dataset(view, dataset),
            "record": core["record"],
            "via": [ref(view, actor) for actor in core["via"]],
            "quote": core["quote"],
            "attributes": core["attributes"],
            "confidence": None if np.isnan(confidence) else confidence,
            "coded_by": core["coded_by"],
            "version": version,
            "recorded_at": orjson.Fragment(instant(view.snapshot.instant(written))),
            "retracted_at": orjson.Fragment(instant(view.snapshot.instant(ended))) if ended <= view.k else None,
        }
        shown.append(orjson.dumps(told))
    return shown


def newest_claims(view: View, record: int, limit: int) -> list[int]:
    """The visible claims on a relation, newest first, ties by id."""
    return _newest_claims(view, np.array([record]), limit)[1].tolist()  # type: ignore[no-any-return]  # numpy's stubs


def _newest_claims(view: View, records: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """The same of many relations: the place of each claim in `records`, ascending, and its row."""
    where, rows = view.tables.by_relation.gather(records)
    seen = claims_visible(view.tables, rows, view.k)
    where, rows = where[seen], rows[seen]
    claims = view.tables.claims
    order = np.lexsort((claims.tag[rows], -claims.written[rows], where))
    where, rows = where[order], rows[order]
    first = np.arange(len(where)) - np.searchsorted(where, where) < limit
    return where[first], rows[first]


def claims(view: View, rows: np.ndarray) -> list[bytes]:
    """The newest claims on each relation, as they are embedded in it: `,"claims":[...]`."""
    where, own = _newest_claims(view, view.tables.relations.first[rows], _EMBEDDED_CLAIMS)
    shown: list[list[bytes]] = [[] for _ in range(len(rows))]
    for at, told in zip(where.tolist(), _claims(view, own), strict=True):
        shown[at].append(told)
    return [b',"claims":[' + b",".join(each) + b"]" for each in shown]


def claimed_relations(view: View, rows: np.ndarray, sides: Sequence[int | None] | None = None) -> list[bytes]:
    """Versions of relations with their newest claims: what was counted, and whose word there is for it."""
    return relations(view, rows, sides, claims(view, rows)) if len(rows) else []


def claimed_document(view: View, record: int) -> dict[str, Any] | None:
    """A document as its claims name it."""
    if record == NONE:
        return None
    row = view.tables.documents.last_at(record, view.k)
    core = orjson.loads(view.tables.document_cores[row])
    return {
        "id": core["id"],
        "title": core["title"],
        "publisher": ref(view, int(view.tables.documents.publisher[row])),
        "published_on": core["published_on"],
        "url": core["url"],
    }


def _claimed_dataset(view: View, record: int) -> orjson.Fragment | None:
    cores, datasets = view.tables.dataset_cores, view.tables.datasets
    return None if record == NONE else _dataset_ref(cores[datasets.last_at(record, view.k)])


@lru_cache(maxsize=1024)
def _dataset_ref(core: bytes) -> orjson.Fragment:
    own = orjson.loads(core)
    return orjson.Fragment(orjson.dumps({key: own[key] for key in ("id", "title", "licence")}))
