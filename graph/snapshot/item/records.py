"""Actors, documents, datasets and merges as JSON bytes, and pages of anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from graph import time
from graph.snapshot.item.shown import clocks, ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graph.snapshot.view import View

__all__ = ["actor", "dataset", "document", "merge", "page"]


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
    return orjson.dumps(core | clocks(view, tables.actors, row))


def document(view: View, row: int, text: str | None = None) -> bytes:
    """One version of a document. Lists leave its text to `GET /documents/{id}`."""
    tables = view.tables
    core = orjson.loads(tables.document_cores[row])
    shown = {
        "id": core["id"],
        "title": core["title"],
        "publisher": ref(view, int(tables.documents.publisher[row])),
        "published_on": core["published_on"],
        "language": core["language"],
        "url": core["url"],
        "text": text,
        "sha256": core["sha256"],
        "sources": [ref(view, source) for source in core["sources"]],
        "licence": core["licence"],
    }
    return orjson.dumps(shown | clocks(view, tables.documents, row))


def dataset(view: View, row: int, counts: tuple[int, int]) -> bytes:
    """One version of a dataset, with how many visible relations and claims it bears."""
    tables = view.tables
    core = orjson.loads(tables.dataset_cores[row])
    own = clocks(view, tables.datasets, row)
    shown = {
        "id": core["id"],
        "title": core["title"],
        "publisher": ref(view, int(tables.datasets.publisher[row])),
        "version": core["edition"],
        "licence": core["licence"],
        "coder": core["coder"],
        "record_version": own.pop("version"),
        **own,
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


def page(items: Iterable[bytes] | memoryview, following: str | None, total: int | None, extra: bytes = b"") -> bytes:
    """A page of a list; of items, or of what is all of them already, with commas."""
    tail = orjson.dumps({"next": following, "total": total})[1:]
    told = items if isinstance(items, memoryview) else b",".join(items)
    return b"".join((b'{"items":[', told, b"],", tail[:-1], extra, b"}"))
