"""The ledger in memory: the growing columns of each table, the look-ups over them, and how new rows come in.

Nothing here decides what is visible; these are the rows, whoever may see them. Rows arrive in the ledger's order as a
`Batch` (one per catch-up), and only one thread brings them in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from graph import time
from graph.search import Spelled
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
from graph.snapshot.columns import NONE, OPEN, Columns, Heap, Lists, Rare, RareHeap, Texts
from graph.snapshot.ids import Interned, Lookup, RelationIds, id_in, identifiers_in
from graph.snapshot.kept import Shown
from graph.snapshot.names import Names
from graph.snapshot.relations import Relations
from graph.snapshot.slices import Ground, Slices
from graph.snapshot.versions import Versions
from graph.text import fold
from graph.vocabulary import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graph.snapshot.columns import Part
    from graph.snapshot.native import Basis
    from graph.vocabulary import Type, Vocabulary

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
        self.actor_cores, self.actor_refs, self.type_refs = Heap(), Heap(), Heap()
        """What readers see of actors, where they are named, and where types are: by version, and by number."""
        self.type_refs.extend([_type_ref(of) for of in vocabulary.types])
        self.folded = Texts()
        """The primary name of each actor version as lists are ordered by it."""
        self.slugs = Texts()
        """The id of each actor version."""
        self.actor_ids = Lookup(self.slugs, lambda slug: (slug,))
        self.alphabet = Alphabet(self.folded, self.slugs)
        self.identifiers = Lookup(self.actor_cores, lambda core: identifiers_in(orjson.loads(core)))
        self.names = Names()
        self.documents = Versions(publisher=np.int32, published=np.int32, language=np.int32, licence=np.int32)
        self.document_cores = Heap()
        self.document_ids = Lookup(self.document_cores, lambda core: (id_in(core),))
        self.datasets = Versions(publisher=np.int32, licence=np.int32)
        self.dataset_cores = Heap()
        self.dataset_ids = Lookup(self.dataset_cores, lambda core: (id_in(core),))
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
        self.relations = Relations()
        self.attributes = RareHeap()
        self.relation_ids = RelationIds(self.relations)
        self.by_end, self.by_about = Slices(Ground(self.relations, self.actors, vocabulary)), Lists()
        self.claims = Versions(
            tag="S8", relation=np.int32, stance=np.int8, claimant=np.int32, document=np.int32, dataset=np.int32,
            said=np.int32, confidence=Rare(np.float64, np.nan), quoted=np.bool_,
        )  # fmt: skip
        self.claim_cores = Heap()
        self.by_relation, self.by_document = Lists(), Lists()
        self.shown = Shown()
        self.basis: Basis | None = None
        """Where all of this is (`graph.snapshot.native`)."""
        self.sound = True
        """Whether all of this is what was once written: no byte out of files is trusted before it was checked."""
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
        self.names.index = self.names.index.extend((), [(n - 1, revision) for n, revision in ended.get("actors", ())])
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
                return self.slugs[row]
            case "documents":
                return id_in(self.document_cores[row])
            case "datasets":
                return id_in(self.dataset_cores[row])
            case "relations":
                return str(self.relations.id[row].decode())
            case "merges":
                return self.merge_names[row]
        return f"{self.id_of('relations', int(self.claims.relation[row]))}.{self.claims.tag[row].decode()}"

    def parts(self) -> dict[str, Part]:
        """All that is made of arrays, by name."""
        names = (
            "instants", "actor_cores", "actor_refs", "document_cores", "dataset_cores", "attributes", "claim_cores",
            "relation_ids", "by_end", "by_about", "by_relation", "by_document", "actor_ids", "identifiers", "slugs",
            "folded", "alphabet", "names", "document_ids", "dataset_ids",
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
        """Take what `rest` gave. O(merges and retractions)."""
        self.words.numbers(rest["words"])
        self.merge_names = rest["merges"]
        self.merge_ids = {id_: int(first) for id_, first in zip(rest["merges"], self.merges.first[:], strict=True)}
        self.absorbed = dict(rest["absorbed"])
        self.pointers = [Pointer(*one) for one in rest["pointers"]]
        self.reasons = {(name, row): reason for name, row, reason in rest["reasons"]}
        self.revision, self.chain = len(self.instants), chain

    def _add_actors(self, batch: Batch) -> None:
        rows = batch.actors
        if not rows.get("n"):
            return
        names = grouped(batch.names, "actor", ("value", "lang", "kind"))
        identifiers = grouped(batch.identifiers, "actor", ("scheme", "value"))
        said = [
            {key: rows[key][at] for key in ("id", "kind", "name", "description")}
            | {"names": names.get(n, []), "identifiers": identifiers.get(n, [])}
            for at, n in enumerate(rows["n"])
        ]
        self.actor_cores.extend(list(map(orjson.dumps, said)))
        self.actor_refs.extend([orjson.dumps({key: one[key] for key in ("id", "name", "kind")}) for one in said])
        self.actors.append(chain(rows) | {"kind": numbered(rows["kind"], KINDS.index)}, len(said))
        self._index_names(said)
        self._index(self.actor_ids, self.actors, rows["id"])

    def _index_names(self, said: Sequence[dict[str, Any]]) -> None:
        """Note by which names and identifiers the last actor versions are found."""
        folded, values, rows, secondary = list[str](), list[str](), list[int](), list[bool]()
        for row, core in enumerate(said, len(self.actors) - len(said)):
            own = [core["name"], *(other["value"] for other in core["names"])]
            values += own
            folded += map(fold, own)
            rows += [row] * len(own)
            secondary += [False, *([True] * len(core["names"]))]
            self.slugs.append(core["id"])
            self.folded.append(folded[-len(own)] or core["name"])
            for identifier in () if self._loading else identifiers_in(core):
                self.identifiers.add(identifier, row)
        versions, actors = np.array(rows, np.int32), self.actors
        columns = actors.first[versions], versions, np.array(secondary, np.bool_)
        stood = actors.written[versions], actors.ended[versions]
        self.names.index = self.names.index.grown(Spelled(folded, values, *columns, *stood))

    def _index(self, ids: Lookup[Any], table: Versions, texts: Sequence[str]) -> None:
        """Note the ids of the last rows of a table, where they begin a record."""
        if self._loading:
            return
        begin = len(table) - len(texts)
        for row, record in enumerate(table.first[begin:].tolist(), begin):
            if row == record:
                ids.add(texts[row - begin], row)

    def _add_documents(self, rows: Rows) -> None:
        if not rows.get("n"):
            return
        count = len(rows["n"])
        shown = ("id", "title", "published_on", "url", "language", "sha256", "licence", "sources")  # claims show four
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
        self._index(self.document_ids, self.documents, rows["id"])

    def _add_datasets(self, rows: Rows) -> None:
        if not rows.get("n"):
            return
        count = len(rows["n"])
        shown = ("id", "title", "licence", "edition", "coder")  # claims show three
        cores = [orjson.dumps({key: rows[key][at] for key in shown}) for at in range(count)]
        self.dataset_cores.extend(cores)
        own = {"publisher": refs(rows["publisher"]), "licence": self.words.numbers(rows["licence"])}
        self.datasets.append(chain(rows) | own, count)
        self._index(self.dataset_ids, self.datasets, rows["id"])

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
        own = {
            "id": fixed(rows["id"], 16),
            "type": numbered(rows["type"], self.vocabulary.number),
            "source": refs(rows["source"]),
            "target": refs(rows["target"]),
            "start": rows["start"],
            "end": rows["end"],
            "ongoing": np.asarray(rows["end_status"]) == END_STATUSES.index("ongoing"),
            "about": refs(rows["about"]),
            "about_as": rows["about_as"],
            "outcome": np.zeros(count, np.int32),
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
        for ids, table in (
            (self.actor_ids, self.actors),
            (self.document_ids, self.documents),
            (self.dataset_ids, self.datasets),
        ):
            ids.pack(table.records.tolist())
        self.identifiers.pack(range(len(self.actors)))
        spoken_of = relations.about.others
        self.by_about.pack(relations.about[spoken_of], spoken_of, len(relations))
        self.by_relation.pack(claims.relation, np.arange(len(claims), dtype=np.int32), len(relations))
        printed = np.flatnonzero(claims.document != NONE).astype(np.int32)
        self.by_document.pack(claims.document[printed], printed, len(self.documents))

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


def _type_ref(of: Type) -> bytes:
    """A type as relations show it: fields of JSON, without braces."""
    fields = {"type": of.id, "label": of.label, "class": of.quad_class, "sign": of.sign, "intensity": of.intensity}
    return orjson.dumps(fields)[1:-1]
