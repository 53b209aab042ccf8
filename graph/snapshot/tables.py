"""The ledger in memory: the growing columns of each table, the look-ups over them, and how new rows come in.

Nothing here decides what is visible; these are the rows, whoever may see them. Rows arrive in the ledger's order as a
`Batch` (one per catch-up), and only one thread brings them in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from graph import time
from graph.search import NameIndex, Spelled
from graph.snapshot.alphabet import Alphabet
from graph.snapshot.batch import (
    END_STATUSES,
    Batch,
    Pointer,
    Reasons,
    Rows,
    chain,
    claim_cores,
    fixed,
    grouped,
    numbered,
    refs,
)
from graph.snapshot.columns import NONE, OPEN, Columns, Heap, Lists
from graph.snapshot.ids import Interned, RelationIds
from graph.snapshot.kept import Shown
from graph.snapshot.slices import Ground, Slices
from graph.snapshot.versions import Versions
from graph.text import fold
from graph.vocabulary import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.snapshot.columns import Part
    from graph.vocabulary import Vocabulary

__all__ = ["Tables"]


class Tables:
    """All rows of a ledger up to `revision`."""

    def __init__(self, ledger: str, vocabulary: Vocabulary) -> None:
        self.ledger = ledger
        self.vocabulary = vocabulary
        self.revision = 0
        self.chain = b""
        """The hash that chains all changes up to the revision."""
        self.instants = Columns(at=np.int64)
        self.actors = Versions(kind=np.int8)
        self.actor_cores, self.actor_refs = Heap(), Heap()
        self.folded: list[str] = []
        """The primary name of each actor version as lists are ordered by it."""
        self.actor_ids: dict[str, int] = {}
        self.slugs: list[str] = []
        """The id of each actor version."""
        self.alphabet = Alphabet(self.folded, self.slugs)
        self.identifiers: dict[str, tuple[int, ...]] = {}
        self.names = NameIndex()
        self.documents = Versions(publisher=np.int32, published=np.int32, language=np.int32, licence=np.int32)
        self.document_cores, self.document_ids = Heap(), dict[str, int]()
        self.datasets = Versions(publisher=np.int32, licence=np.int32)
        self.dataset_cores, self.dataset_ids = Heap(), dict[str, int]()
        self.reasons: dict[tuple[str, int], str | None] = {}
        """Why a version was retracted: (table, row) -> reason."""
        self.words = Interned()
        """Languages and licences, by number."""
        self.merges = Versions(survivor=np.int32)
        self.merge_names: list[str] = []
        self.merge_ids: dict[str, int] = {}
        self.absorbed: dict[int, list[int]] = {}
        """The actors that a merge absorbed, by its record."""
        self.pointers: list[Pointer] = []
        self.relations = Versions(
            id="S16", type=np.int16, source=np.int32, target=np.int32, start=np.int32, end=np.int32,
            first_day=np.int32, last_day=np.int32, ongoing=np.bool_, about=np.int32, about_as=np.int8, pair=np.int32,
        )  # fmt: skip
        self.attributes = Heap()
        self.relation_ids = RelationIds(self.relations)
        self.by_end, self.by_about = Slices(Ground(self.relations, self.actors, vocabulary)), Lists()
        self.claims = Versions(
            tag="S8", relation=np.int32, stance=np.int8, claimant=np.int32, document=np.int32, dataset=np.int32,
            said=np.int32, confidence=np.float64, quoted=np.bool_,
        )  # fmt: skip
        self.claim_cores = Heap()
        self.by_relation, self.by_document = Lists(), Lists()
        self.shown = Shown()
        self._loading = False

    def absorb(self, batch: Batch, *, loading: bool = False) -> None:
        """Bring in a batch, except for the evidence that follows from it (`graph.snapshot.evidence`).

        While `loading`, the look-ups are left to one `pack` at the end.
        """
        self._loading = loading
        self._add_actors(batch)
        self._add_documents(batch.documents)
        self._add_datasets(batch.datasets)
        self._add_merges(batch.merges, batch.pointers)
        self._add_relations(batch.relations)
        self._add_claims(batch.claims)
        instants = batch.changes.get("at", [])
        self.instants.extend({"at": instants}, len(instants))

    def end(self, ended: dict[str, list[tuple[int, int]]], reasons: Reasons) -> None:
        """Set the ends of versions, `(n, revision)` pairs a table, and keep why what was retracted was."""
        for name, table in self.records().items():
            pairs = [(n - 1, revision) for n, revision in ended.get(name, ())]
            table.close(pairs)
            if name == "relations":
                self.by_end.unsettle(np.array([row for row, _ in pairs], np.int64))
            for row, revision in pairs:
                reason, own = reasons.get(revision, (None, {}))
                self.reasons[name, row] = own.get(f"{name[:-1]}/{self.id_of(name, row)}", reason)
        self.names = self.names.extend((), [(n - 1, revision) for n, revision in ended.get("actors", ())])
        pointers = dict(ended.get("pointers", ()))
        for pointer in self.pointers:
            pointer.ended = pointers.get(pointer.n, pointer.ended)

    def records(self) -> dict[str, Versions]:
        """The versioned tables by name."""
        return {
            "actors": self.actors,
            "documents": self.documents,
            "datasets": self.datasets,
            "relations": self.relations,
            "claims": self.claims,
            "merges": self.merges,
        }

    def id_of(self, name: str, row: int) -> str:
        """The id of the record that a version belongs to."""
        match name:
            case "actors":
                return str(orjson.loads(self.actor_refs[row])["id"])
            case "documents":
                return str(orjson.loads(self.document_cores[row])["id"])
            case "datasets":
                return str(orjson.loads(self.dataset_cores[row])["id"])
            case "relations":
                return str(self.relations.id[row].decode())
            case "merges":
                return self.merge_names[row]
        return f"{self.id_of('relations', int(self.claims.relation[row]))}.{self.claims.tag[row].decode()}"

    def parts(self) -> dict[str, Part]:
        """All that is made of arrays, by name."""
        names = (
            "instants", "actor_cores", "actor_refs", "document_cores", "dataset_cores", "attributes", "claim_cores",
            "relation_ids", "by_end", "by_about", "by_relation", "by_document",
        )  # fmt: skip
        return {**self.records(), **{name: getattr(self, name) for name in names}}

    def rest(self) -> dict[str, Any]:
        """All that is not, and does not follow from it, as JSON."""
        return {
            "words": self.words.words,
            "merges": self.merge_names,
            "absorbed": list(self.absorbed.items()),
            "pointers": [(one.n, one.absorbed, one.survivor, one.written, one.ended) for one in self.pointers],
            "reasons": [(name, row, reason) for (name, row), reason in self.reasons.items()],
        }

    def restored(self, rest: Mapping[str, Any], chain: bytes) -> None:
        """Take what `rest` gave, and find again what follows from the arrays. O(actors, documents and merges)."""
        self.words.numbers(rest["words"])
        self.merge_names = rest["merges"]
        self.merge_ids = {id_: int(first) for id_, first in zip(rest["merges"], self.merges.first, strict=True)}
        self.absorbed = dict(rest["absorbed"])
        self.pointers = [Pointer(*one) for one in rest["pointers"]]
        self.reasons = {(name, row): reason for name, row, reason in rest["reasons"]}
        self._index_actors(0)
        self._index(self.document_ids, self.documents, self.document_cores, 0)
        self._index(self.dataset_ids, self.datasets, self.dataset_cores, 0)
        self.revision, self.chain = len(self.instants), chain

    def _add_actors(self, batch: Batch) -> None:
        rows = batch.actors
        if not rows.get("n"):
            return
        begin = len(self.actors)
        names = grouped(batch.names, "actor", ("value", "lang", "kind"))
        identifiers = grouped(batch.identifiers, "actor", ("scheme", "value"))
        cores, refs = [], []
        for at, n in enumerate(rows["n"]):
            own = {key: rows[key][at] for key in ("id", "kind", "name", "description")}
            cores.append(orjson.dumps({**own, "names": names.get(n, []), "identifiers": identifiers.get(n, [])}))
            refs.append(orjson.dumps({"id": own["id"], "name": own["name"], "kind": own["kind"]}))
        self.actor_cores.extend(cores)
        self.actor_refs.extend(refs)
        self.actors.append(chain(rows) | {"kind": numbered(rows["kind"], KINDS.index)}, len(cores))
        self._index_actors(begin)

    def _index_actors(self, begin: int) -> None:
        """Note by which ids and names the actor versions from a row on are found."""
        folded, values, rows, secondary = list[str](), list[str](), list[int](), list[bool]()
        for row, record in enumerate(self.actors.first[begin:].tolist(), begin):
            core = orjson.loads(self.actor_cores[row])
            for name in (core["name"], *(other["value"] for other in core["names"])):
                secondary.append(bool(rows) and rows[-1] == row)
                folded.append(fold(name))
                values.append(name)
                rows.append(row)
            primary = folded[-1 - len(core["names"])]
            self.slugs.append(core["id"])
            self.folded.append(primary or core["name"])
            for identifier in core["identifiers"]:
                name = f"{identifier['scheme']}:{identifier['value']}"
                self.identifiers[name] = (*self.identifiers.get(name, ()), row)
            self.actor_ids.setdefault(core["id"], record)
        own, actors = np.array(rows, np.int32), self.actors
        columns = (actors.first[own], own, np.array(secondary, np.bool_), actors.written[own], actors.ended[own])
        self.names = self.names.grown(Spelled(folded, values, *columns))

    def _index(self, ids: dict[str, int], table: Versions, cores: Heap, begin: int) -> None:
        for row, record in enumerate(table.first[begin:].tolist(), begin):
            ids.setdefault(orjson.loads(cores[row])["id"], record)

    def _add_documents(self, rows: Rows) -> None:
        if not rows.get("n"):
            return
        count = len(rows["n"])
        shown = ("id", "title", "published_on", "language", "url", "sha256", "licence", "sources")
        cores = []
        for at in range(count):
            core = {key: rows[key][at] for key in shown}
            core["published_on"] = time.unpack(core["published_on"])
            core["sha256"] = core["sha256"].hex() if core["sha256"] else None
            core["sources"] = [first - 1 for first in orjson.loads(core["sources"] or "[]")]
            cores.append(orjson.dumps(core))
        self.document_cores.extend(cores)
        own = {
            "publisher": refs(rows["publisher"]),
            "published": rows["published_on"],
            "language": self.words.numbers(rows["language"]),
            "licence": self.words.numbers(rows["licence"]),
        }
        self.documents.append(chain(rows) | own, count)
        self._index(self.document_ids, self.documents, self.document_cores, len(self.documents) - count)

    def _add_datasets(self, rows: Rows) -> None:
        if not rows.get("n"):
            return
        count = len(rows["n"])
        shown = ("id", "title", "edition", "licence", "coder")
        cores = [orjson.dumps({key: rows[key][at] for key in shown}) for at in range(count)]
        self.dataset_cores.extend(cores)
        own = {"publisher": refs(rows["publisher"]), "licence": self.words.numbers(rows["licence"])}
        self.datasets.append(chain(rows) | own, count)
        self._index(self.dataset_ids, self.datasets, self.dataset_cores, len(self.datasets) - count)

    def _add_merges(self, rows: Rows, pointers: Rows) -> None:
        if rows.get("n"):
            self.merge_ids.update(zip(rows["id"], (first - 1 for first in rows["first"]), strict=True))
            self.merge_names += rows["id"]
            self.merges.append(chain(rows) | {"survivor": refs(rows["survivor"])}, len(rows["n"]))
        for at in range(len(pointers.get("n", ()))):
            n, actor, survivor = pointers["n"][at], pointers["actor"][at] - 1, pointers["survivor"][at] - 1
            self.absorbed.setdefault(pointers["merge"][at] - 1, []).append(actor)
            self.pointers.append(Pointer(n, actor, survivor, pointers["written"][at], OPEN))

    def _add_relations(self, rows: Rows) -> None:
        begin, count = len(self.relations), len(rows.get("n", ()))
        if not count:
            return
        start, end = np.array(rows["start"], np.int64), np.array(rows["end"], np.int64)
        own = {
            "id": fixed(rows["id"], 16),
            "type": numbered(rows["type"], self.vocabulary.number),
            "source": refs(rows["source"]),
            "target": refs(rows["target"]),
            "start": start,
            "end": end,
            "first_day": time.first_days(start),
            "last_day": time.last_days(end),
            "ongoing": np.asarray(rows["end_status"]) == END_STATUSES.index("ongoing"),
            "about": refs(rows["about"]),
            "about_as": rows["about_as"],
            "pair": np.zeros(count, np.int32),
        }
        self.attributes.extend([(text or "").encode() for text in rows["attributes"]])
        self.relations.append(chain(rows) | own, count)
        fresh = np.arange(begin, begin + count, dtype=np.int32)
        relations = self.relations
        if self._loading:
            return
        firsts = fresh[relations.first[fresh] == fresh]
        self.relation_ids.add(relations.id[firsts], firsts)
        spoken_of = fresh[relations.about[fresh] != NONE]
        self.by_about.add(relations.about[spoken_of], spoken_of)
        self.by_end.add(fresh)

    def pack(self) -> None:
        """Sort the look-ups that a load has left out. O(n log n)."""
        relations, claims = self.relations, self.claims
        self.relation_ids.pack()
        spoken_of = np.flatnonzero(relations.about != NONE).astype(np.int32)
        self.by_about.pack(relations.about[spoken_of], spoken_of, len(relations))
        self.by_relation.pack(claims.relation, np.arange(len(claims), dtype=np.int32), len(relations))
        printed = np.flatnonzero(claims.document != NONE).astype(np.int32)
        self.by_document.pack(claims.document[printed], printed, len(self.documents))

    def everything(self) -> np.ndarray:
        """Every relation row, runs in the default order one after another."""
        return np.concatenate(self.by_end.orders())

    def _add_claims(self, rows: Rows) -> None:
        begin, count = len(self.claims), len(rows.get("n", ()))
        if not count:
            return
        self.claim_cores.extend(claim_cores(rows))
        own = {
            "tag": fixed(rows["tag"], 8),
            "relation": refs(rows["relation"]),
            "stance": rows["stance"],
            "claimant": refs(rows["claimant"]),
            "document": refs(rows["document"]),
            "dataset": refs(rows["dataset"]),
            "said": rows["said_on"],
            "confidence": np.array(rows["confidence"], np.float64),
            "quoted": [exact is not None for exact in rows["quote_exact"]],
        }
        self.claims.append(chain(rows) | own, count)
        fresh = np.arange(begin, begin + count, dtype=np.int32)
        if not self._loading:
            self.by_relation.add(self.claims.relation[fresh], fresh)
            printed = fresh[self.claims.document[fresh] != NONE]
            self.by_document.add(self.claims.document[printed], printed)
