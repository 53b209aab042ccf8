"""A document's claims as W3C Web Annotations (https://www.w3.org/TR/annotation-model/), anchored in its text.

1. A claim's selectors are those of the text as it stands: a TextPositionSelector in code points, and a
   TextQuoteSelector with as much of the text before and after as makes it the only such place.
2. The place is where the claim recorded it, if the text still says it there; else the only place that says it. (A text
   may have been amended since, or only been added.)
3. A quote that has no such place, or whose document's text is not kept here, has the TextQuoteSelector alone, as it was
   stated; a claim without a quote has no selector: it is on the document as a whole.
4. They come in the order of the text, what has no place last, ties by claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from graph.snapshot import item
from graph.snapshot.batch import STANCES
from graph.snapshot.columns import NONE
from graph.snapshot.evidence import claims_visible

if TYPE_CHECKING:
    from graph.snapshot.view import View

__all__ = ["annotation", "claims_in", "in_order"]

_CONTEXT: Final = "http://www.w3.org/ns/anno.jsonld"
_BESIDE: Final = 32
"""Code points before and after a quote, at least, where the text has them."""


def claims_in(view: View, document: int) -> np.ndarray:
    """The visible claims in a document, unordered. O(claims in it)."""
    rows = view.tables.by_document.rows(document)
    seen: np.ndarray = rows[claims_visible(view.tables, rows, view.k)]
    return seen


def in_order(view: View, rows: np.ndarray, text: str | None) -> list[int]:
    """Claims in the order of rule 4. O(n log n), and O(length of the text) for each that is not where it was."""

    def key(row: int) -> tuple[int, str]:
        quote = _quote(view, row)
        place = _place(quote, text) if quote and text is not None else None
        return (len(text or "") if place is None else place, item.claim_id(view, row))

    return sorted(rows.tolist(), key=key)


def annotation(view: View, row: int, text: str | None) -> dict[str, Any]:
    """A claim as an annotation of its document, whose text is given if it is kept. O(length of the text)."""
    claims = view.tables.claims
    document = view.document_id(int(claims.document[row]))
    relation = item.relation_id(view, int(claims.relation[row]))
    return {
        "@context": _CONTEXT,
        "id": f"/claims/{item.claim_id(view, row)}",
        "type": "Annotation",
        "motivation": "describing",
        "body": [
            {"type": "TextualBody", "purpose": "describing", "value": _sentence(view, row), "format": "text/plain"},
            {"type": "SpecificResource", "purpose": "linking", "source": f"/relations/{relation}"},
        ],
        "target": {"source": f"/documents/{document}", "selector": _selectors(_quote(view, row), text)},
    }


def _sentence(view: View, row: int) -> str:
    """Who claims what, for a reader: `Lavrov affirms: United States – Sanction → Russia`."""
    claims, relations = view.tables.claims, view.tables.relations
    relation = relations.last_at(int(claims.relation[row]), view.k)
    claimant = int(claims.claimant[row])
    if claimant == NONE:
        document = view.tables.documents.last_at(int(claims.document[row]), view.k)
        claimant = int(view.tables.documents.publisher[document])
    label = view.vocabulary.types[relations.type[relation]].label
    ends = f"{_name(view, int(relations.source[relation]))} – {label} → {_name(view, int(relations.target[relation]))}"
    return f"{_name(view, claimant)} {STANCES[claims.stance[row]]}: {ends}"


def _name(view: View, actor: int) -> str:
    return str(orjson.loads(view.ref(actor))["name"])


def _quote(view: View, row: int) -> dict[str, Any] | None:
    quote: dict[str, Any] | None = orjson.loads(view.tables.claim_cores[row])["quote"]
    return quote


def _selectors(quote: dict[str, Any] | None, text: str | None) -> list[dict[str, Any]]:
    """Rules 1 to 3."""
    if quote is None:
        return []
    place = None if text is None else _place(quote, text)
    if text is None or place is None:
        stated = {key: quote[key] for key in ("exact", "prefix", "suffix") if quote[key] is not None}
        return [{"type": "TextQuoteSelector", **stated}]
    end = place + len(quote["exact"])
    prefix, suffix = _beside(text, place, end)
    return [
        {"type": "TextQuoteSelector", "exact": quote["exact"], "prefix": prefix, "suffix": suffix},
        {"type": "TextPositionSelector", "start": place, "end": end},
    ]


def _place(quote: dict[str, Any], text: str) -> int | None:
    """Rule 2."""
    exact, start = quote["exact"], quote["start"]
    if start is not None and text.startswith(exact, start):
        return int(start)
    place = text.find(exact)
    return place if place >= 0 and text.find(exact, place + 1) < 0 else None


def _beside(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and after a passage: as much as tells it from every other, and 32 code points at least."""
    around = _BESIDE
    while True:
        begin, stop = max(start - around, 0), min(end + around, len(text))
        passage = text[begin:stop]
        alone = text.find(passage) == begin and text.find(passage, begin + 1) < 0
        if alone or (begin, stop) == (0, len(text)):
            return text[begin:start], text[end:stop]
        around *= 2
