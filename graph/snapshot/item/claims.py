"""Claims as JSON bytes, alone or embedded in the relations that they are on."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from graph.snapshot.batch import STANCES
from graph.snapshot.columns import NONE
from graph.snapshot.evidence import claims_visible
from graph.snapshot.item import compiled
from graph.snapshot.item.compiled import Shown
from graph.snapshot.item.relations import about, relation_id, relations
from graph.snapshot.item.shown import clocked, date, named, ref

if TYPE_CHECKING:
    from collections.abc import Collection

    from graph.snapshot.view import View

__all__ = [
    "claim", "claim_id", "claimed_document", "claimed_relations", "claims", "embedded", "embedded_claims",
    "newest_claims",
]  # fmt: skip

_EMBEDDED_CLAIMS: Final = 20
_STANCES: Final = tuple(b'","stance":"%b","claimant":' % stance.encode() for stance in STANCES)


def claim_id(view: View, row: int) -> str:
    """`<relation id>.<tag>`."""
    claims = view.tables.claims
    return f"{relation_id(view, int(claims.relation[row]))}.{claims.tag[row].decode()}"


def claim(view: View, row: int) -> bytes:
    """One version of a claim, the documents and actors that it names as at k."""
    return claims(view, np.array([row], np.int32))[0]


def claims(view: View, rows: np.ndarray) -> list[bytes]:
    """Versions of claims as `claim` shows one."""
    if not len(rows):
        return []
    found = compiled.claims(view, rows)
    return _claims(view, rows) if found is None else found.items()


def _claims(view: View, rows: np.ndarray) -> list[bytes]:
    if not len(rows):
        return []
    tables, table, rows = view.tables, view.tables.claims, rows.astype(np.intp)
    relations = tables.relations.id[table.relation[rows].astype(np.intp)].tolist()
    records, coders = zip(*(_parted(view, core) for core in tables.claim_cores.many(rows)), strict=True)
    fragments = (
        repeat(b'{"id":"'), relations, repeat(b"."), table.tag[rows].tolist(), repeat(b'","relation":"'), relations,
        map(_STANCES.__getitem__, table.stance[rows].tolist()), named(view, _naming(view, table.claimant[rows])),
        repeat(b',"said_on":'), map(date, table.said[rows].tolist()),
        repeat(b',"document":'), _documents(view, table.document[rows]),
        repeat(b',"dataset":'), _datasets(view, table.dataset[rows]), repeat(b","), records,
        repeat(b',"coded_by":'), coders,
        clocked(view, table, rows), repeat(b"}"),
    )  # fmt: skip
    return list(map(b"".join, zip(*fragments)))  # noqa: B905 - some are endless


def _parted(view: View, core: bytes) -> tuple[bytes, bytes]:
    """What only a reader sees, as it is shown: the fields up to the confidence, and the coder after that.

    A quotation mark inside of a string has a backslash before it, so what begins a field is found by its bytes: `via`
    comes first, after a string at most, and the coder last; before it a confidence, or attributes.
    """
    told, _, coder = core[1:-1].rpartition(b',"coded_by":')
    told += b',"confidence":null' if told.endswith(b"}") else b""
    before, _, after = told.partition(b',"via":[')
    if after.startswith(b"]"):
        return told, coder
    numbers, _, rest = after.partition(b"]")
    via = b",".join(view.ref(int(number)) for number in numbers.split(b","))
    return b'%b,"via":[%b]%b' % (before, via, rest), coder


def _naming(view: View, actors: np.ndarray) -> np.ndarray:
    """The rows that name actors; `NONE` where nobody is."""
    return np.where(actors == NONE, NONE, view.naming(actors))


def _documents(view: View, records: np.ndarray) -> list[bytes]:
    """Documents as their claims name them; null for `NONE`."""
    documents = view.tables.documents
    if not len(documents):
        return [b"null"] * len(records)
    rows = np.where(records == NONE, NONE, documents.rows_at(records, view.k))
    keys = list(zip(rows.tolist(), _naming(view, documents.publisher[rows]).tolist(), strict=True))
    return view.tables.shown.documents.many(keys, lambda key: orjson.dumps(_document(view, key[0])))


def _datasets(view: View, records: np.ndarray) -> list[bytes]:
    """Datasets as their claims name them; null for `NONE`."""
    datasets = view.tables.datasets
    if not len(datasets):
        return [b"null"] * len(records)
    rows = np.where(records == NONE, NONE, datasets.rows_at(records, view.k))
    return view.tables.shown.datasets.many(
        rows, len(datasets), lambda new: [orjson.dumps(_dataset(view, row)) for row in new.tolist()]
    )


def newest_claims(view: View, record: int, limit: int) -> list[bytes]:
    """The visible claims on a relation, newest first, ties by id."""
    table, rows = view.tables.claims, view.tables.by_relation.rows(record)
    rows = rows[claims_visible(view.tables, rows, view.k)]
    return claims(view, rows[np.lexsort((table.tag[rows], -table.written[rows]))][:limit])


def _newest_claims(view: View, records: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """The newest visible claims on many relations: the place of each in `records`, ascending, and its row."""
    where, rows = view.tables.by_relation.gather(records)
    seen = claims_visible(view.tables, rows, view.k)
    where, rows = where[seen], rows[seen]
    claims = view.tables.claims
    order = np.lexsort((claims.tag[rows], -claims.written[rows], where))
    where, rows = where[order], rows[order]
    first = np.arange(len(where)) - np.searchsorted(where, where) < limit
    return where[first], rows[first]


def embedded_claims(view: View, rows: np.ndarray) -> Shown | list[bytes]:
    """The newest claims on each relation, as they are embedded in it: `,"claims":[...]`."""
    if (found := compiled.embedded(view, rows)) is not None:
        return found
    where, own = _newest_claims(view, view.tables.relations.first[rows], _EMBEDDED_CLAIMS)
    shown: list[list[bytes]] = [[] for _ in range(len(rows))]
    for at, told in zip(where.tolist(), _claims(view, own), strict=True):
        shown[at].append(told)
    return [b',"claims":[' + b",".join(each) + b"]" for each in shown]


def embedded(view: View, rows: np.ndarray, include: Collection[str]) -> Shown | list[bytes]:
    """What is embedded in relations: `claims`, what each is `about`, or both."""
    if "about" not in include:
        return embedded_claims(view, rows)
    abouts = [b',"about_relation":' + about(view, row) for row in rows.tolist()]
    if "claims" not in include:
        return abouts
    found = embedded_claims(view, rows)
    fields = found.fields() if isinstance(found, Shown) else found
    return [one + other for one, other in zip(fields, abouts, strict=True)]


def claimed_relations(view: View, rows: np.ndarray, sides: np.ndarray | None = None) -> list[bytes]:
    """Versions of relations with their newest claims: what was counted, and whose word there is for it."""
    return relations(view, rows, sides, embedded_claims(view, rows)) if len(rows) else []


def claimed_document(view: View, record: int) -> dict[str, Any] | None:
    """A document as its claims name it."""
    return None if record == NONE else _document(view, view.tables.documents.last_at(record, view.k))


def _document(view: View, row: int) -> dict[str, Any] | None:
    if row == NONE:
        return None
    core = orjson.loads(view.tables.document_cores[row])
    return {
        "id": core["id"],
        "title": core["title"],
        "publisher": ref(view, int(view.tables.documents.publisher[row])),
        "published_on": core["published_on"],
        "url": core["url"],
    }


def _dataset(view: View, row: int) -> dict[str, Any] | None:
    if row == NONE:
        return None
    core = orjson.loads(view.tables.dataset_cores[row])
    return {key: core[key] for key in ("id", "title", "licence")}
