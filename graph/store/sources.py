"""Documents and datasets: where claims can be found.

A document stated again without an id is the same one iff its publisher and its text are; if no text is stated, its
publisher and URL; if neither is, its publisher, title and day.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from graph.errors import Conflict
from graph.store import full_text
from graph.store.actors import Added, free_ids, refuse_other_id, refuse_without_reason, taken
from graph.store.references import Found, References, refuse_retracted
from graph.store.transaction import DATASET, DOCUMENT
from graph.text import canonical, slug
from graph.time import pack

if TYPE_CHECKING:
    from graph.models import DatasetStatement, DocumentStatement

_TABLES = {"document": DOCUMENT, "dataset": DATASET}


class _Stated(NamedTuple):
    """A statement as columns, and whom it refers to, with the pointers to say so."""

    said: dict[str, Any]
    refers_to: list[tuple[Found | None, str]]


class SourceVerbs(References):
    """What may be done to documents and datasets."""

    def add_document(self, statement: DocumentStatement) -> Added:
        """Record a document, or recognise it. Raises Conflict naming who has the id."""
        stated = self._document(statement)
        same = self._same_document(stated.said)
        if same is not None:
            if statement.id not in {None, same.id}:
                raise Conflict(f'The same document is recorded as "{same.id}".', same.id)
            if same.retracted and not self.replay:
                raise Conflict(taken(same), same.id)
            return Added(same.id, new=False)
        title = statement.title or f"{statement.publisher} {statement.published_on}"
        return self._add("document", statement.id, slug(title, default="document"), stated)

    def new_document(self, id: str, statement: DocumentStatement) -> int:  # noqa: A002 - the product's word for it
        """Record a document under an id that none has, which is known to be another than all there are."""
        stated = self._document(statement)
        refuse_retracted(stated.refers_to)
        n = self._write("document", {"id": id, **stated.said})
        self.done("document", id, None)
        return n

    def has_said(self, found: Found, statement: DocumentStatement) -> bool:
        """Whether a document says this, or ever did."""
        stated = self._document(statement)
        return any(_content(row, stated) == stated.said for row in self.versions(found))

    def amend_document(self, id: str, statement: DocumentStatement, *, reason: str | None = None) -> bool:  # noqa: A002 - the product's word for it
        """Write a new version of a document, if it says anything new; with a reason, of a retracted one too."""
        found = self.at_path("document", id)
        refuse_other_id(found, statement.id)
        return self._amend(found, self._document(statement), reason)

    def add_dataset(self, statement: DatasetStatement) -> Added:
        """Record a dataset. Raises Conflict naming who has the id."""
        return self._add("dataset", statement.id, slug(statement.title, default="dataset"), self._dataset(statement))

    def amend_dataset(self, id: str, statement: DatasetStatement, *, reason: str | None = None) -> bool:  # noqa: A002 - the product's word for it
        """Write a new version of a dataset, if it says anything new; with a reason, of a retracted one too."""
        found = self.at_path("dataset", id)
        refuse_other_id(found, statement.id)
        return self._amend(found, self._dataset(statement), reason)

    def _add(self, kind: str, given: str | None, base: str, stated: _Stated) -> Added:
        for id_ in [given] if given is not None else free_ids(base):
            found = self.find(kind, id_)
            if found is None:
                refuse_retracted(stated.refers_to)
                self._write(kind, {"id": id_, **stated.said})
                self.done(kind, id_, None)
                return Added(id_, new=True)
            if self.replay and any(_content(row, stated) == stated.said for row in self.versions(found)):
                return Added(id_, new=False)
            if given is not None:
                raise Conflict(taken(found), found.id)
        raise Conflict(f'No id is left that is like "{base}"; give one.')

    def _amend(self, found: Found, stated: _Stated, reason: str | None) -> bool:
        versions = self.versions(found)
        if not found.retracted and _content(versions[-1], stated) == stated.said:
            return False
        if self.replay and any(_content(row, stated) == stated.said for row in versions):
            return False
        refuse_without_reason(found, reason)
        refuse_retracted(stated.refers_to)
        if not found.retracted:
            self.end(_TABLES[found.kind], [found.row.n])
        of = {"first": found.first, "version": found.row.version + 1}
        self._write(found.kind, {"id": found.id, **of, **stated.said})
        self.done(found.kind, found.id, reason)
        return True

    def _write(self, kind: str, values: dict[str, Any]) -> int:
        n = self.add(_TABLES[kind], values)
        full_text.index_version(self.connection, kind, n, values)
        self.forget(kind, values["id"])
        return n

    def _same_document(self, said: dict[str, Any]) -> Found | None:
        for column, also in (("sha256", ()), ("url", ()), ("title", ("published_on",))):
            if said[column] is not None:
                same = [DOCUMENT.c[name] == said[name] for name in ("publisher", column, *also)]
                row = self.first(select(DOCUMENT.c.id).where(*same).order_by(DOCUMENT.c.n).limit(1))
                return None if row is None else self.find("document", row.id)
        return None

    def _document(self, statement: DocumentStatement) -> _Stated:
        publisher = self.stated("actor", statement.publisher, "/publisher")
        sources = [
            (self.stated("actor", each, f"/sources/{i}"), f"/sources/{i}") for i, each in enumerate(statement.sources)
        ]
        text = statement.text
        said = {
            "title": statement.title,
            "publisher": publisher.first,
            "published_on": pack(statement.published_on),
            "language": statement.language,
            "url": statement.url,
            "text": text,
            "sha256": None if text is None else sha256(text.encode()).digest(),
            "sources": canonical([source.first for source, _ in sources]) if sources else None,
            "licence": statement.licence,
        }
        return _Stated(said, [(publisher, "/publisher"), *sources])

    def _dataset(self, statement: DatasetStatement) -> _Stated:
        publisher = None if statement.publisher is None else self.stated("actor", statement.publisher, "/publisher")
        said = {
            "title": statement.title,
            "publisher": None if publisher is None else publisher.first,
            "edition": statement.version,
            "licence": statement.licence,
            "coder": statement.coder,
        }
        return _Stated(said, [(publisher, "/publisher")])


def _content(row: Any, stated: _Stated) -> dict[str, Any]:  # noqa: ANN401 - a row
    return {name: getattr(row, name) for name in stated.said}
