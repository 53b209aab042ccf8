"""Records as lines of JSON that make the same records in another ledger, under the same ids: our own lossless form.

    {"op": "copy", "record": kind, "id": ..., "statement": {...}, "first"?: {...}}

Each line is a record as it stands at one revision; its clocks are left to the ledger that takes it. Who is referred to
comes before whoever refers to it: actors, datasets, documents, then each relation with its claims. `first` is what a
relation or claim said before it was amended, because its id is derived from that. Actors that were merged come under
their own names, with the merges as lines after all that; last come the retractions of those whom something still names.

A relation that is only spoken of has no claims here, and so is not shown there either. `graph.formats.ndjson` reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from graph import time
from graph.formats.outgoing import Exporter, joined
from graph.formats.referred import Referred
from graph.snapshot.batch import ABOUT_AS, STANCES
from graph.snapshot.columns import NONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.formats.outgoing import Selection
    from graph.snapshot import View

_PLAIN: Final = b'"via":[],"quote":null,"attributes":{},"coded_by":null}'


def write(selection: Selection) -> Iterator[bytes]:
    """Write a selection. Reads it twice: what it refers to comes first."""
    referred, view = Referred(selection), selection.view
    records = _Records(view)
    yield from joined(map(records.actor, np.flatnonzero(referred.actors).tolist()))
    yield from joined(map(records.dataset, np.flatnonzero(referred.datasets).tolist()))
    documents = np.flatnonzero(referred.documents).tolist()
    yield from joined(records.document(record, selection) for record in documents)
    for rows in _with(view, selection.blocks(), referred.relations):
        yield _relations(selection, records, rows, referred.relations)
    yield from joined(map(records.merge, referred.merges))
    gone = sorted(record for record in view.tables.actors.missing(view.k) if referred.actors[record])
    yield from joined(map(records.retraction, gone))


def _with(view: View, blocks: Iterator[np.ndarray], others: np.ndarray) -> Iterator[np.ndarray]:
    """The blocks, with other records where they belong in the order of recording."""
    relations, done = view.tables.relations, 0
    for rows in blocks:
        due = int(np.searchsorted(others, relations.first[rows[-1]]))
        if due > done:
            more = np.concatenate((rows, relations.rows_at(others[done:due], view.k)))
            yield more[np.argsort(relations.first[more])]
        else:
            yield rows
        done = due
    if done < len(others):
        yield relations.rows_at(others[done:], view.k)


def _relations(selection: Selection, records: _Records, rows: np.ndarray, bare: np.ndarray) -> bytes:
    """A block of relations, each followed by its claims."""
    relations = selection.view.tables.relations
    shown = ~np.isin(relations.first[rows], bare)
    where, claims = selection.claims(rows)
    where, claims = where[shown[where]], claims[shown[where]]
    lines = records.relations(rows)
    told = records.claims(claims)
    out, at = [], 0
    for line, count in zip(lines, np.bincount(where, minlength=len(rows)).tolist(), strict=True):
        out.append(line)
        out += told[at : at + count]
        at += count
    return b"".join(out)


class _Records:
    """Lines for the records of one view."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._tables = view.tables
        self._ids: dict[int, bytes] = {}
        self._documents: dict[int, bytes] = {}
        self._datasets: dict[int, bytes] = {}
        self._dates: dict[int, bytes] = {}

    def actor(self, record: int) -> bytes:
        """One actor under its own name, absorbed or not. What one who was retracted was called is free again."""
        core = orjson.loads(self._tables.actor_cores[self._view.actor_row(record)])
        if self._tables.actors.row_at(record, self._view.k) == NONE:
            core["identifiers"] = []
        return _line("actor", core.pop("id"), core)

    def dataset(self, record: int) -> bytes:
        """One dataset."""
        row = self._tables.datasets.last_at(record, self._view.k)
        core = orjson.loads(self._tables.dataset_cores[row])
        publisher = int(self._tables.datasets.publisher[row])
        said = {"title": core["title"], "publisher": self._name(publisher), "version": core["edition"]}
        return _line("dataset", core["id"], said | {key: core[key] for key in ("licence", "coder")})

    def document(self, record: int, selection: Selection) -> bytes:
        """One document, with its text."""
        row = self._tables.documents.last_at(record, self._view.k)
        core = orjson.loads(self._tables.document_cores[row])
        said = {key: core[key] for key in ("title", "published_on", "language", "url", "licence")}
        said["publisher"] = self._name(int(self._tables.documents.publisher[row]))
        said["text"] = None if core["sha256"] is None else selection.texts(row + 1)
        said["sources"] = [self._name(source) for source in core["sources"]]
        return _line("document", core["id"], said)

    def relations(self, rows: np.ndarray) -> list[bytes]:
        """Relations, without their claims."""
        relations = self._tables.relations
        lines = []
        stated = self._stated(rows)
        firsts = relations.first[rows]
        amended = np.flatnonzero(firsts != rows).tolist()
        first = dict(zip(amended, self._stated(firsts[amended]), strict=True)) if amended else {}
        for at, (id_, said) in enumerate(zip(relations.id[rows].tolist(), stated, strict=True)):
            before = first.get(at, said)
            more = b"" if before == said else b',"first":{' + before + b"}"
            lines.append(b'{"op":"copy","record":"relation","id":"%b","statement":{%b}%b}\n' % (id_, said, more))
        return lines

    def _stated(self, rows: np.ndarray) -> list[bytes]:
        """What versions of relations state, but for the braces."""
        relations, heap = self._tables.relations, self._tables.attributes
        types, name, date = [kind.id.encode() for kind in self._view.vocabulary.types], self._actor, self._date
        columns = [getattr(relations, key)[rows].tolist() for key in ("type", "source", "target", "start", "end")]
        plain = (relations.ongoing[rows] | (relations.about[rows] != NONE)).tolist()
        found = []
        for row, type_, source, target, start, end, special in zip(rows.tolist(), *columns, plain, strict=True):
            said = b'"type":"%b","source":"%b","target":"%b"' % (types[type_], name(source), name(target))
            if start:
                said += b',"start":' + date(start)
            if end:
                said += b',"end":' + date(end)
            if special:
                said += self._special(row)
            attributes = heap[row]
            found.append(said + b',"attributes":' + attributes if attributes else said)
        return found

    def _special(self, row: int) -> bytes:
        relations = self._tables.relations
        said = b',"end_status":"ongoing"' if relations.ongoing[row] else b""
        if relations.about[row] == NONE:
            return said
        about = {"relation": relations.id[relations.about[row]].decode(), "as": ABOUT_AS[relations.about_as[row]]}
        return said + b',"about":' + orjson.dumps(about)

    def claims(self, rows: np.ndarray) -> list[bytes]:
        """Claims."""
        claims, relations = self._tables.claims, self._tables.relations
        said = self._claimed(rows)
        firsts = claims.first[rows]
        amended = np.flatnonzero(firsts != rows).tolist()
        first = dict(zip(amended, self._claimed(firsts[amended]), strict=True)) if amended else {}
        lines = []
        ids = zip(relations.id[claims.relation[rows]].tolist(), claims.tag[rows].tolist(), said, strict=True)
        for at, (relation, tag, statement) in enumerate(ids):
            before = first.get(at, statement)
            more = b"" if before == statement else b',"first":{"relation":{"id":"%b"},%b}' % (relation, before)
            lines.append(
                b'{"op":"copy","record":"claim","id":"%b.%b","statement":{"relation":{"id":"%b"},%b}%b}\n'
                % (relation, tag, relation, statement, more)
            )
        return lines

    def _claimed(self, rows: np.ndarray) -> list[bytes]:
        """What versions of claims state, but for the braces and the relation."""
        claims, cores = self._tables.claims, self._tables.claim_cores
        names = ("stance", "claimant", "document", "dataset", "said", "confidence")
        columns = [getattr(claims, name)[rows].tolist() for name in names]
        found = []
        for row, stance, claimant, document, dataset, said_on, confidence in zip(rows.tolist(), *columns, strict=True):
            said = _STANCES[stance]
            if claimant != NONE:
                said += b',"claimant":"%b"' % self._actor(claimant)
            if document != NONE:
                said += b',"document":"%b"' % self._document(document)
            if dataset != NONE:
                said += b',"dataset":"%b"' % self._dataset(dataset)
            if said_on:
                said += b',"said_on":' + self._date(said_on)
            if confidence == confidence:  # noqa: PLR0124 - a number: somebody gave one
                said += b',"confidence":%b' % orjson.dumps(confidence)
            found.append(said + self._beside(cores[row]))
        return found

    def _beside(self, core: bytes) -> bytes:
        """What only readers see of a claim."""
        if core.endswith(_PLAIN):
            record = core[1 : -len(_PLAIN) - 1]
            return b"" if record == b'"record":null' else b"," + record
        said: dict[str, Any] = orjson.loads(core)
        said["via"] = [self._name(actor) for actor in said["via"]]
        if said["quote"]:
            said["quote"] = {key: value for key, value in said["quote"].items() if value is not None}
        kept = {key: value for key, value in said.items() if value not in (None, [], {})}
        return b"," + orjson.dumps(kept)[1:-1] if kept else b""

    def merge(self, record: int) -> bytes:
        """One merge that stands."""
        survivor, *absorbed = (
            self._name(actor) for actor in (int(self._tables.merges.survivor[record]), *self._tables.absorbed[record])
        )
        said = {"survivor": survivor, "absorb": absorbed, "reason": "Merged where this was copied from."}
        return orjson.dumps({"op": "copy", "record": "merge", "statement": said}) + b"\n"

    def retraction(self, record: int) -> bytes:
        """The end of an actor that something still names."""
        row = self._view.actor_row(record)
        reason = self._tables.reasons.get(("actors", row)) or "Retracted where this was copied from."
        return orjson.dumps({"op": "retract", "record": "actor", "id": self._name(record), "reason": reason}) + b"\n"

    def _actor(self, record: int) -> bytes:
        name = self._ids.get(record)
        if name is None:
            name = self._ids[record] = self._view.actor_id(record).encode()
        return name

    def _document(self, record: int) -> bytes:
        name = self._documents.get(record)
        if name is None:
            name = self._documents[record] = self._view.document_id(record).encode()
        return name

    def _dataset(self, record: int) -> bytes:
        name = self._datasets.get(record)
        if name is None:
            name = self._datasets[record] = self._view.dataset_id(record).encode()
        return name

    def _name(self, actor: int) -> str | None:
        return None if actor == NONE else self._actor(actor).decode()

    def _date(self, packed: int) -> bytes:
        text = self._dates.get(packed)
        if text is None:
            text = self._dates[packed] = f'"{time.unpack(packed)}"'.encode()
        return text


_STANCES: Final = tuple(f'"stance":"{stance}"'.encode() for stance in STANCES)


def _line(kind: str, id_: str, said: dict[str, Any]) -> bytes:
    """A line of a record of one version; what is not stated is left out."""
    stated = {key: value for key, value in said.items() if value is not None and value != []}
    return orjson.dumps({"op": "copy", "record": kind, "id": id_, "statement": stated}) + b"\n"


EXPORTER = Exporter(
    "ndjson",
    "statements as lines of JSON, our own form: makes the same records, under the same ids, in another ledger",
    "application/x-ndjson",
    "ndjson",
    write,
    leaves_out=("version", "recorded_at", "retracted_at"),
)
