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
    from collections.abc import Callable, Iterator

    from graph.formats.outgoing import Selection
    from graph.snapshot import View

_REMEMBERED: Final = 50_000
_PLAIN: Final = ',"via":[],"quote":null,"attributes":{},"coded_by":null}'
_BLANK: Final = '{"record":null' + _PLAIN


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
    shown = ~np.isin(selection.view.tables.relations.first[rows], bare)
    where, claims = selection.claims(rows)
    where, claims = where[shown[where]], claims[shown[where]]
    lines = records.relations(rows)
    for at, line in zip(where.tolist(), records.claims(claims), strict=True):
        lines[at] += line
    return "".join(lines).encode()


class _Records:
    """Lines for the records of one view."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._tables = view.tables
        self._types = [kind.id for kind in view.vocabulary.types]
        self._actors = _Remembered(view.actor_id)
        self._starts, self._ends = _dating("start"), _dating("end")
        self._named = {
            "claimant": _naming("claimant", view.actor_id),
            "document": _naming("document", view.document_id),
            "dataset": _naming("dataset", view.dataset_id),
            "said": _dating("said_on"),
        }

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

    def relations(self, rows: np.ndarray) -> list[str]:
        """Relations, without their claims."""
        relations = self._tables.relations
        firsts, said = relations.first[rows], self._stated(rows)
        lines = [
            f'{{"op":"copy","record":"relation","id":"{id_}","statement":{{{stated}}}}}\n'
            for id_, stated in zip(_texts(relations.id[rows]), said, strict=True)
        ]
        amended = np.flatnonzero(firsts != rows)
        for at, before in zip(amended.tolist(), self._stated(firsts[amended]), strict=True):
            if before != said[at]:
                lines[at] = f'{lines[at][:-2]},"first":{{{before}}}}}\n'
        return lines

    def _stated(self, rows: np.ndarray) -> list[str]:
        """What versions of relations state, but for the braces."""
        relations = self._tables.relations
        names = ("type", "source", "target", "start", "end")
        types, actors, starts, ends = self._types, self._actors, self._starts, self._ends
        said = [
            f'"type":"{types[type_]}","source":"{actors[source]}","target":"{actors[target]}"{starts[start]}{ends[end]}'
            for type_, source, target, start, end in zip(
                *(getattr(relations, name)[rows].tolist() for name in names), strict=True
            )
        ]
        for at in np.flatnonzero(relations.ongoing[rows] | (relations.about[rows] != NONE)).tolist():
            said[at] += self._special(int(rows[at]))
        for at, attributes in enumerate(self._tables.attributes.many(rows)):
            if attributes:
                said[at] += f',"attributes":{attributes.decode()}'
        return said

    def _special(self, row: int) -> str:
        relations = self._tables.relations
        said = ',"end_status":"ongoing"' if relations.ongoing[row] else ""
        if relations.about[row] == NONE:
            return said
        about = {"relation": relations.id[relations.about[row]].decode(), "as": ABOUT_AS[relations.about_as[row]]}
        return f'{said},"about":{orjson.dumps(about).decode()}'

    def claims(self, rows: np.ndarray) -> list[str]:
        """Claims."""
        claims, relations = self._tables.claims, self._tables.relations
        firsts, said = claims.first[rows], self._claimed(rows)
        ids, tags = _texts(relations.id[claims.relation[rows]]), _texts(claims.tag[rows])
        lines = [
            f'{{"op":"copy","record":"claim","id":"{id_}.{tag}","statement":{{"relation":{{"id":"{id_}"}},{claimed}}}}}\n'
            for id_, tag, claimed in zip(ids, tags, said, strict=True)
        ]
        amended = np.flatnonzero(firsts != rows)
        for at, before in zip(amended.tolist(), self._claimed(firsts[amended]), strict=True):
            if before != said[at]:
                lines[at] = f'{lines[at][:-2]},"first":{{"relation":{{"id":"{ids[at]}"}},{before}}}}}\n'
        return lines

    def _claimed(self, rows: np.ndarray) -> list[str]:
        """What versions of claims state, but for the braces and the relation."""
        claims = self._tables.claims
        claimants, documents, datasets, days = self._named.values()
        cores = b"\n".join(self._tables.claim_cores.many(rows)).decode().split("\n") if len(rows) else []
        beside = [
            "" if core == _BLANK else f",{core[1 : -len(_PLAIN)]}" if core.endswith(_PLAIN) else self._beside(core)
            for core in cores
        ]
        names = ("stance", *self._named)
        return [
            f"{_STANCES[stance]}{claimants[claimant]}{documents[document]}{datasets[dataset]}{days[on]}{rest}"
            for stance, claimant, document, dataset, on, rest in zip(
                *(getattr(claims, name)[rows].tolist() for name in names), beside, strict=True
            )
        ]

    def _beside(self, core: str) -> str:
        """What only readers see of a claim that has more than a record."""
        said: dict[str, Any] = orjson.loads(core)
        said["via"] = [self._name(actor) for actor in said["via"]]
        if said["quote"]:
            said["quote"] = {key: value for key, value in said["quote"].items() if value is not None}
        kept = {key: value for key, value in said.items() if value not in (None, [], {})}
        return f",{orjson.dumps(kept)[1:-1].decode()}" if kept else ""

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

    def _name(self, actor: int) -> str | None:
        return None if actor == NONE else self._actors[actor]


class _Remembered(dict[int, str]):
    """What is said of a number, worked out once; it begins anew when it holds very many."""

    def __init__(self, say: Callable[[int], str]) -> None:
        super().__init__()
        self._say = say

    def __missing__(self, number: int) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[number] = said = self._say(number)
        return said


_STANCES: Final = tuple(f'"stance":"{stance}"' for stance in STANCES)


def _naming(key: str, name: Callable[[int], str]) -> _Remembered:
    return _Remembered(lambda record: "" if record == NONE else f',"{key}":"{name(record)}"')


def _dating(key: str) -> _Remembered:
    return _Remembered(lambda packed: f',"{key}":"{time.unpack(packed)}"' if packed else "")


def _texts(column: np.ndarray) -> list[str]:
    """Letters of a fixed number, as texts."""
    texts: list[str] = column.astype(f"U{column.dtype.itemsize}").tolist()
    return texts


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
