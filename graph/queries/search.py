"""One box for everything, and names as they are typed."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import orjson
from pydantic import Field

from graph.models import ActorRef, Claim
from graph.models.claim import ClaimDocument
from graph.models.shape import Page, Shape
from graph.queries.scope import Answer, Known, Reading
from graph.queries.scope.filters import Kind
from graph.search import highlight
from graph.snapshot import item
from graph.snapshot.columns import NONE
from graph.snapshot.evidence import claims_visible
from graph.text import words
from graph.vocabulary import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graph.queries.scope.ledger import Ledger
    from graph.search import Hit
    from graph.snapshot import Snapshot, View

__all__ = ["Search", "Suggest"]

_MOST_TEXTS = 1_000
_SNIPPET = 240


class SearchHit(Shape):
    """One thing found. `highlight` has `[start, end)` code points of `text`; `kind` tells which field is filled."""

    kind: str = Field(description="actor, quote or document.")
    id: str
    score: float = Field(description="From 0 to 1; 1 is an exact name.")
    text: str = Field(description="What matched: a name, a quote, or a document's title or the passage of its text.")
    highlight: list[list[int]]
    actor: ActorRef | None
    claim: Claim | None
    document: ClaimDocument | None


class SearchPage(Page):
    """What was found, best first. There is one page; narrow the words to see other things."""

    items: list[SearchHit]


class Suggestion(ActorRef):
    """An actor whose name goes on as typed; `matched` is that name."""

    matched: str


class SuggestionPage(Page):
    """Actors whose names go on as typed, best first. There is one page; type on to see others."""

    items: list[Suggestion]


class Search(Known, Reading):
    """Actors by any of their names, quotes and documents by their words: one list, best first.

    Names are found in any script, without accents, in any order of words and with typing errors; quotes and documents
    by all words, the last perhaps only begun.
    """

    name: ClassVar[str] = "search"
    path: ClassVar[str] = "/search"
    summary: ClassVar[str] = "Find actors, quotes and documents"
    tag: ClassVar[str] = "search"
    answer: ClassVar[type] = SearchPage

    q: str = Field(
        min_length=1, max_length=200, description="What to look for.", json_schema_extra={"examples": ["lavrov"]}
    )
    kind: tuple[Literal["actor", "quote", "document"], ...] = Field((), description="Only these kinds of hits.")
    limit: int = Field(20, ge=1, le=100, description="How many hits at most.")

    def read(self, snapshot: Snapshot, ledger: Ledger) -> Answer:
        """O(names) where no name goes on as asked; texts through the ledger's full-text index."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        kinds = self.kind or ("actor", "quote", "document")
        hits: list[dict[str, Any]] = []
        if "actor" in kinds:
            hits += self._actors(view)
        if "quote" in kinds:
            hits += self._quotes(view, ledger)
        if "document" in kinds:
            hits += self._documents(view, ledger)
        hits.sort(key=lambda hit: -hit["score"])
        body = item.page((orjson.dumps(hit) for hit in hits[: self.limit]), None, None)
        return Answer(body, moment.revision)

    def _hit(self, kind: str, record: str, score: float, text: str, **shown: object) -> dict[str, Any]:
        return {
            "kind": kind,
            "id": record,
            "score": round(score, 4),
            "text": text,
            "highlight": highlight(text, self.q),
            "actor": None,
            "claim": None,
            "document": None,
            **shown,
        }

    def _actors(self, view: View) -> list[dict[str, Any]]:
        found = view.tables.names.index.fuzzy(self.q, view.k, 2 * self.limit, view.tables.slugs.__getitem__)
        return [
            self._hit("actor", view.actor_id(actor), hit.score, hit.name, actor=orjson.Fragment(view.ref(actor)))
            for actor, hit in islice(_seen(view, found), self.limit)
        ]

    def _quotes(self, view: View, ledger: Ledger) -> list[dict[str, Any]]:
        rows = np.asarray(ledger.find_quotes(self.q, _MOST_TEXTS).numbers) - 1
        rows = rows[rows < view.tables.claims.reach(view.k)]
        rows = rows[claims_visible(view.tables, rows, view.k)]
        texts = [(row, orjson.loads(view.tables.claim_cores[row])["quote"]["exact"]) for row in rows.tolist()]
        hits = [
            self._hit(
                "quote", item.claim_id(view, row), self._share(text), text, claim=orjson.Fragment(item.claim(view, row))
            )
            for row, text in texts
        ]
        return sorted(hits, key=lambda hit: (-hit["score"], hit["id"]))[: self.limit]

    def _documents(self, view: View, ledger: Ledger) -> list[dict[str, Any]]:
        rows = np.asarray(ledger.find_documents(self.q, _MOST_TEXTS).numbers) - 1
        rows = rows[np.isin(rows, view.standing_rows(view.tables.documents))]
        hits = []
        for row in rows.tolist():
            core = orjson.loads(view.tables.document_cores[row])
            title = core["title"] or ""
            text = title if highlight(title, self.q) else self._passage(ledger.document_text(row + 1) or title)
            record = int(view.tables.documents.first[row])
            shown = orjson.dumps(item.claimed_document(view, record))
            hits.append(self._hit("document", core["id"], self._share(text), text, document=orjson.Fragment(shown)))
        return sorted(hits, key=lambda hit: (-hit["score"], hit["id"]))[: self.limit]

    def _share(self, text: str) -> float:
        """How much of a text the words looked for make up, in the range below names that match: 0.3 to 0.8."""
        return 0.3 + 0.5 * min(1.0, len(words(self.q)) / max(1, len(words(text))))

    def _passage(self, text: str) -> str:
        """The part of a long text around the first word found."""
        if len(text) <= _SNIPPET:
            return text
        found = highlight(text, self.q)
        begin = max(0, (found[0][0] if found else 0) - _SNIPPET // 3)
        return text[begin : begin + _SNIPPET]


class Suggest(Known):
    """Actors whose name goes on as typed, for a box with completion. Built for a key stroke."""

    name: ClassVar[str] = "suggest"
    path: ClassVar[str] = "/suggest"
    summary: ClassVar[str] = "Complete an actor's name"
    tag: ClassVar[str] = "search"
    answer: ClassVar[type] = SuggestionPage

    q: str = Field(
        min_length=1, max_length=200, description="What was typed so far.", json_schema_extra={"examples": ["lav"]}
    )
    kind: tuple[Kind, ...] = Field((), description="Only actors of these kinds.")
    limit: int = Field(10, ge=1, le=50, description="How many suggestions at most.")

    def run(self, snapshot: Snapshot) -> Answer:
        """O(names that go on as typed), few of them ranked."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        kinds = {KINDS.index(kind) for kind in self.kind}
        found = (
            (actor, hit)
            for actor, hit in _seen(view, view.tables.names.index.prefix(self.q, view.k, view.tables.slugs.__getitem__))
            if not kinds or int(view.tables.actors.kind[view.actor_row(actor)]) in kinds
        )
        items = [
            orjson.dumps({**orjson.loads(view.ref(actor)), "matched": hit.name})
            for actor, hit in islice(found, self.limit)
        ]
        return Answer(item.page(items, None, None), moment.revision)


def _seen(view: View, hits: Iterable[Hit]) -> Iterable[tuple[int, Hit]]:
    """Hits on visible actors, absorbed ones as their survivors, each once."""
    shown = set()
    for hit in hits:
        actor = view.resolved.get(hit.actor, hit.actor)
        if actor not in shown and view.tables.actors.row_at(actor, view.k) != NONE:
            shown.add(actor)
            yield actor, hit
