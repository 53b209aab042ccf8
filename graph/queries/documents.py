"""Documents: the list, one with its text and annotations, and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
import orjson
from pydantic import Field, model_validator

from graph import time
from graph.errors import Invalid
from graph.models import Document, DocumentPage, DocumentVersionPage
from graph.queries.scope import Answer, Known, Paged, Reading, listing
from graph.queries.scope.history import history_page
from graph.snapshot import item
from graph.snapshot.annotations import annotation, claims_in, in_order
from graph.snapshot.columns import NONE
from graph.snapshot.newest import Newest

if TYPE_CHECKING:
    from graph.queries.scope.ledger import Ledger
    from graph.snapshot import Snapshot, View

__all__ = ["Documents", "GetDocument", "ListDocumentVersions"]

_ANNOTATIONS = 500


class Documents(Paged, Reading):
    """Documents, newest publication first. Texts are left to `/documents/{id}`; `sha256` tells whether there is one.

    `q` looks in titles and texts for all its words, the last perhaps only begun, whatever the script, accents and case.
    """

    name: ClassVar[str] = "list_documents"
    path: ClassVar[str] = "/documents"
    summary: ClassVar[str] = "Documents"
    tag: ClassVar[str] = "documents"
    answer: ClassVar[type] = DocumentPage

    publisher: str | None = Field(
        None, description="Who printed it.", json_schema_extra={"examples": ["unnamed-newspaper"]}
    )
    q: str | None = Field(None, min_length=1, max_length=200, description="Words of the title or text.")
    published_from: time.PartialDate | None = Field(
        None, description="Published on or after the first day of this date."
    )
    published_to: time.PartialDate | None = Field(None, description="Published on or before the last day of this date.")
    language: str | None = Field(
        None, max_length=35, description="A language tag, exact.", json_schema_extra={"examples": ["en"]}
    )

    @model_validator(mode="after")
    def _from_before_to(self) -> Self:
        if self._first > self._last:
            raise Invalid.parameter("published_from", "begins after published_to ends; swap them.")
        return self

    @property
    def _first(self) -> int:
        return time.DAY_MIN if self.published_from is None else time.first_day(time.pack(self.published_from))

    @property
    def _last(self) -> int:
        return time.DAY_MAX if self.published_to is None else time.last_day(time.pack(self.published_to))

    def read(self, snapshot: Snapshot, ledger: Ledger) -> Answer:
        """O(documents)."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        documents = view.tables.documents
        rows = self._matching(view)
        if self.q is not None:
            rows = rows[np.isin(rows, listing.all_found(ledger.find_documents(self.q, listing.MOST_PASSAGES)))]
        published = documents.published[rows].astype(np.int64)
        keys = np.where(published == 0, np.inf, -time.first_days(published).astype(np.float64))
        listed = listing.Listed(rows, keys, lambda row: view.document_id(int(documents.first[row])))
        return listing.answer(self, snapshot, moment, listed, lambda row: item.document(view, row))

    def _matching(self, view: View) -> np.ndarray:
        documents = view.tables.documents
        rows = view.standing_rows(documents)
        published = documents.published[rows].astype(np.int64)
        mask = (time.first_days(published) <= self._last) & (time.last_days(published) >= self._first)
        if self.publisher is not None:
            mask &= view.resolve(documents.publisher[rows]) == view.actor(self.publisher, "publisher")
        if self.language is not None:
            mask &= documents.language[rows] == view.tables.words.get(self.language, NONE - 1)
        kept: np.ndarray = rows[mask]
        return kept


class GetDocument(Known, Reading):
    """One document, with its text if the service keeps it, and its claims as W3C Web Annotations.

    An annotation's target is this document: a `TextQuoteSelector` that only one place of the text fits, and a
    `TextPositionSelector` that counts code points. A claim whose words have no place in the text that is kept has the
    quote alone; one without a quote has no selector. `annotations` holds the first 500 in the order of the text, those
    without a place last; `claims` tells how many there are, `/claims?document=` pages them all.
    """

    name: ClassVar[str] = "get_document"
    path: ClassVar[str] = "/documents/{id}"
    summary: ClassVar[str] = "A document, its text, its claims as annotations"
    tag: ClassVar[str] = "documents"
    answer: ClassVar[type] = Document
    strong: ClassVar[bool] = True

    id: str = Field(description="The document's id.", json_schema_extra={"examples": ["lavrov-interview-report"]})

    def read(self, snapshot: Snapshot, ledger: Ledger) -> Answer:
        """O(claims in it), and O(length of the text) for each annotation."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        record = view.document_named(self.id)
        row = view.tables.documents.row_at(record, view.k)
        newest = Newest(view)
        newest.document(record)
        newest.claims_in(record)
        text = ledger.document_text(row + 1)
        claims = claims_in(view, record)
        shown = {
            "claims": len(claims),
            "annotations": [annotation(view, claim, text) for claim in in_order(view, claims, text)[:_ANNOTATIONS]],
        }
        body = item.document(view, row, text)[:-1] + b"," + orjson.dumps(shown)[1:]
        return Answer(body, moment.revision, newest=newest.revision)


class ListDocumentVersions(Paged, Reading):
    """A document's history, newest first: what was stated of it, by whom, when and why. Retracted ones have one too.

    Texts are left out; `sha256` tells whether they changed.
    """

    name: ClassVar[str] = "list_document_versions"
    path: ClassVar[str] = "/documents/{id}/versions"
    summary: ClassVar[str] = "History of a document"
    tag: ClassVar[str] = "documents"
    answer: ClassVar[type] = DocumentVersionPage

    id: str = Field(description="The document's id.", json_schema_extra={"examples": ["lavrov-interview-report"]})

    def read(self, snapshot: Snapshot, ledger: Ledger) -> Answer:
        """O(versions of the document)."""
        view = snapshot.view(self.moment(snapshot).revision)
        view.ever_named("document", self.id)
        return history_page(self, snapshot, ledger.history("document", self.id, view.k), item.document)
