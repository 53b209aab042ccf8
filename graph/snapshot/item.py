"""Records as JSON bytes, as every answer shows them: the one place that writes an item's bytes by hand.

The fields and their order are those of the shapes in `graph.models`; a contract test reads every item back through
them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from graph import time
from graph.snapshot.batch import ABOUT_AS, STANCES
from graph.snapshot.columns import NONE
from graph.snapshot.evidence import STATUSES, claims_visible
from graph.snapshot.lineup import EITHER, IN, OUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from graph.snapshot.versions import Versions
    from graph.snapshot.view import View

__all__ = [
    "about", "actor", "claim", "claim_id", "claimed_document", "claimed_relations", "claims", "dataset", "document",
    "merge", "newest_claims", "page", "relation", "relation_id", "relations",
]  # fmt: skip

_DIRECTIONS: Final = {OUT: b'"out"', IN: b'"in"', EITHER: b'"any"', None: b"null"}
_END_STATUS: Final = (b'"unknown"', b'"ongoing"', b'"ended"')
_EMBEDDED_CLAIMS: Final = 20
_KEY: Final = 5 * 4
"""Bytes of the five numbers that an item is made of."""


def relation(view: View, row: int, side: int | None = None, extra: bytes = b"") -> bytes:
    """One version of a relation, as its claims stand at k. `extra` is what is embedded, e.g. `,"claims":[...]`."""
    return relations(view, np.array([row], np.int32), [side], [extra])[0]


def relations(
    view: View, rows: np.ndarray, sides: Sequence[int | None] | None = None, extras: Sequence[bytes] | None = None
) -> list[bytes]:
    """Versions of relations as `relation` shows one; `sides` and `extras` have one for each, if given.

    What comes before and after the direction follows from five numbers: the row, its evidence, the rows that name its
    ends, and when it ended if that is known at k. Under these it is kept, for either end and for every k.
    """
    table = view.tables.relations
    evidence = view.evidence.at(table.first[rows], view.k)
    ends = view.naming(np.concatenate((table.source[rows], table.target[rows])))
    ended = table.ended[rows]
    made_of = np.empty((len(rows), 5), np.int32)
    made_of[:, 0], made_of[:, 1], made_of[:, 2], made_of[:, 3] = rows, evidence, ends[: len(rows)], ends[len(rows) :]
    made_of[:, 4] = np.where(ended <= view.k, ended, NONE)
    packed, kept = made_of.tobytes(), view.tables.kept
    keys = [packed[at : at + _KEY] for at in range(0, len(packed), _KEY)]
    found = [kept.get(key) for key in keys]
    missing = [at for at, halves in enumerate(found) if halves is None]
    if missing:
        for at, halves in zip(missing, _halves(view, made_of[missing]), strict=True):
            found[at] = halves
            kept.keep(keys[at], halves)
    directions = [_DIRECTIONS[side] for side in sides] if sides is not None else [b"null"] * len(keys)
    if extras is None:
        return [halves[0] + side + halves[1] + b"}" for halves, side in zip(found, directions, strict=True) if halves]
    shown = zip(found, directions, extras, strict=True)
    return [halves[0] + side + halves[1] + extra + b"}" for halves, side, extra in shown if halves]


def _halves(view: View, made_of: np.ndarray) -> list[tuple[bytes, bytes]]:
    """Items up to their direction, and after it, but for the last brace."""
    tables, table = view.tables, view.tables.relations
    rows, named = made_of[:, 0], np.unique(made_of[:, 2:4])
    refs = dict(zip(named.tolist(), tables.actor_refs.many(named), strict=True))
    instants = tables.instants.at[table.written[rows] - 1]
    own = (table.id, table.type, table.start, table.end, table.ongoing, table.version)
    columns = [*(column[rows].tolist() for column in own), instants.tolist(), tables.attributes.many(rows)]
    types = view.vocabulary.types
    halves = []
    for (_, _, source, target, ended), about, told, (id_, kind, start, end, ongoing, version, at, attributes) in zip(
        made_of.tolist(), _abouts(view, rows), _told(view, made_of[:, 1]), zip(*columns, strict=True), strict=True
    ):
        of = types[kind]
        before = b'{"id":"%b",%b,"source":%b,"target":%b,"direction":' % (
            id_, _type_json(of.id, of.label, of.quad_class, of.sign, of.intensity), refs[source], refs[target],
        )  # fmt: skip
        after = (
            b',"start":%b,"end":%b,"end_status":%b,"attributes":%b,"about":%b,%b,"version":%d,"recorded_at":%b,"retracted_at":%b'
            % (
                _date(start), _date(end), _END_STATUS[2 if end else ongoing], attributes or b"{}", about, told, version,
                _instant(at), b"null" if ended == NONE else _instant(view.snapshot.instant(ended)),
            )
        )  # fmt: skip
        halves.append((before, after))
    return halves


def relation_id(view: View, record: int) -> str:
    """The id of a relation record."""
    return str(view.tables.relations.id[record].decode())


@lru_cache(maxsize=1024)
def _type_json(id_: str, label: str, quad_class: str, sign: int, intensity: float | None) -> bytes:
    shown = {"type": id_, "label": label, "class": quad_class, "sign": sign, "intensity": intensity}
    return orjson.dumps(shown)[1:-1]


@lru_cache(maxsize=65_536)
def _date(packed: int) -> bytes:
    return f'"{time.unpack(packed)}"'.encode() if packed else b"null"


@lru_cache(maxsize=65_536)
def _instant(us: int) -> bytes:
    return f'"{time.iso(us)}"'.encode()


def _abouts(view: View, rows: np.ndarray) -> list[bytes]:
    """What each is about, by id."""
    relations = view.tables.relations
    told, about = [b"null"] * len(rows), relations.about[rows]
    for at in np.flatnonzero(about != NONE).tolist():
        named = {"relation": relation_id(view, int(about[at])), "as": ABOUT_AS[relations.about_as[rows[at]]]}
        told[at] = orjson.dumps(named)
    return told


def _told(view: View, evidence: np.ndarray) -> list[bytes]:
    """What the claims come to, of rows of the evidence."""
    table = view.evidence.table
    columns = (table.status, table.attested, table.publishers, *(getattr(table, stance) for stance in STANCES))
    confidence = [None if each != each else each for each in table.confidence[evidence].tolist()]  # noqa: PLR0124 - NaN
    own = zip(confidence, *(column[evidence].tolist() for column in columns), strict=True)
    return [_evidence_json(*each) for each in own]


@lru_cache(maxsize=4096)
def _evidence_json(confidence: float | None, status: int, attested: int, publishers: int, *stances: int) -> bytes:
    shown = {
        "status": STATUSES[status],
        "attested": bool(attested),
        "confidence": confidence,
        "stances": dict(zip(STANCES, stances, strict=True)),
        "publishers": publishers,
    }
    return orjson.dumps(shown)[1:-1]


def _clocks(view: View, table: Versions, row: int) -> dict[str, Any]:
    """Version, and the instants at which it was recorded and, if k knows of it, retracted or replaced."""
    ended = int(table.ended[row])
    return {
        "version": int(table.version[row]),
        "recorded_at": time.iso(view.snapshot.instant(int(table.written[row]))),
        "retracted_at": time.iso(view.snapshot.instant(ended)) if ended <= view.k else None,
    }


def about(view: View, row: int) -> bytes:
    """The relation that this one is about, if it is about one that is visible."""
    record = int(view.tables.relations.about[row])
    if record == NONE:
        return b"null"
    standing = np.array([view.tables.relations.row_at(record, view.k)])
    if standing[0] == NONE or not view.visible(standing)[0]:
        return b"null"
    return relation(view, int(standing[0]))


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
            "claimant": _ref(view, claimant),
            "said_on": time.unpack(said) if said else None,
            "document": claimed_document(view, document),
            "dataset": _claimed_dataset(view, dataset),
            "record": core["record"],
            "via": [_ref(view, actor) for actor in core["via"]],
            "quote": core["quote"],
            "attributes": core["attributes"],
            "confidence": None if np.isnan(confidence) else confidence,
            "coded_by": core["coded_by"],
            "version": version,
            "recorded_at": orjson.Fragment(_instant(view.snapshot.instant(written))),
            "retracted_at": orjson.Fragment(_instant(view.snapshot.instant(ended))) if ended <= view.k else None,
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


def claims(view: View, row: int) -> bytes:
    """The newest claims on a relation, as they are embedded in it: `,"claims":[...]`."""
    return _embedded(view, np.array([row]))[0]


def _embedded(view: View, rows: np.ndarray) -> list[bytes]:
    where, own = _newest_claims(view, view.tables.relations.first[rows], _EMBEDDED_CLAIMS)
    shown: list[list[bytes]] = [[] for _ in range(len(rows))]
    for at, told in zip(where.tolist(), _claims(view, own), strict=True):
        shown[at].append(told)
    return [b',"claims":[' + b",".join(each) + b"]" for each in shown]


def claimed_relations(view: View, rows: np.ndarray, sides: Sequence[int | None] | None = None) -> list[bytes]:
    """Versions of relations with their newest claims: what was counted, and whose word there is for it."""
    return relations(view, rows, sides, _embedded(view, rows)) if len(rows) else []


def _ref(view: View, actor: int) -> orjson.Fragment | None:
    return None if actor == NONE else orjson.Fragment(view.ref(actor))


def claimed_document(view: View, record: int) -> dict[str, Any] | None:
    """A document as its claims name it."""
    if record == NONE:
        return None
    row = view.tables.documents.last_at(record, view.k)
    core = orjson.loads(view.tables.document_cores[row])
    return {
        "id": core["id"],
        "title": core["title"],
        "publisher": _ref(view, int(view.tables.documents.publisher[row])),
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


def actor(view: View, row: int, *, merged: bool = True) -> bytes:
    """One version of an actor; a survivor shows besides the names and identifiers of those it has absorbed."""
    tables = view.tables
    core = orjson.loads(tables.actor_cores[row])
    for absorbed in view.own(int(tables.actors.first[row]))[1:] if merged else ():
        other = orjson.loads(tables.actor_cores[view.actor_row(absorbed)])
        known = {name["value"] for name in core["names"]} | {core["name"]}
        theirs = [{"value": other["name"], "lang": None, "kind": "alias"}, *other["names"]]
        core["names"] += [name for name in theirs if name["value"] not in known]
        core["identifiers"] += other["identifiers"]
    return orjson.dumps(core | _clocks(view, tables.actors, row))


def document(view: View, row: int, text: str | None = None) -> bytes:
    """One version of a document. Lists leave its text to `GET /documents/{id}`."""
    tables = view.tables
    core = orjson.loads(tables.document_cores[row])
    shown = {
        "id": core["id"],
        "title": core["title"],
        "publisher": _ref(view, int(tables.documents.publisher[row])),
        "published_on": core["published_on"],
        "language": core["language"],
        "url": core["url"],
        "text": text,
        "sha256": core["sha256"],
        "sources": [_ref(view, source) for source in core["sources"]],
        "licence": core["licence"],
    }
    return orjson.dumps(shown | _clocks(view, tables.documents, row))


def dataset(view: View, row: int, counts: tuple[int, int]) -> bytes:
    """One version of a dataset, with how many visible relations and claims it bears."""
    tables = view.tables
    core = orjson.loads(tables.dataset_cores[row])
    clocks = _clocks(view, tables.datasets, row)
    shown = {
        "id": core["id"],
        "title": core["title"],
        "publisher": _ref(view, int(tables.datasets.publisher[row])),
        "version": core["edition"],
        "licence": core["licence"],
        "coder": core["coder"],
        "record_version": clocks.pop("version"),
        **clocks,
        "relations": counts[0],
        "claims": counts[1],
    }
    return orjson.dumps(shown)


def merge(view: View, record: int, by: str | None, reason: str | None) -> bytes:
    """A merge, standing or undone at k: those it named, under their own names. Who and why are the ledger's to say."""
    tables = view.tables
    written, ended = int(tables.merges.written[record]), int(tables.merges.ended[record])
    named = (int(tables.merges.survivor[record]), *tables.absorbed[record])
    survivor, *absorbed = (orjson.Fragment(tables.actor_refs[view.actor_row(actor)]) for actor in named)
    return orjson.dumps(
        {
            "id": tables.merge_names[record],
            "survivor": survivor,
            "absorbed": absorbed,
            "revision": written,
            "at": time.iso(view.snapshot.instant(written)),
            "by": by,
            "reason": reason,
            "undone_at": time.iso(view.snapshot.instant(ended)) if ended <= view.k else None,
        }
    )


def page(items: Iterable[bytes], following: str | None, total: int | None, extra: bytes = b"") -> bytes:
    """A page of a list."""
    tail = orjson.dumps({"next": following, "total": total})[1:]
    return b"".join((b'{"items":[', b",".join(items), b"],", tail[:-1], extra, b"}"))
