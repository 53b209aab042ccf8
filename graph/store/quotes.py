"""Find a quote in its document's text.

1. White space is one space however long, and typographic quote marks are plain ones; nothing else is tolerated.
2. Offsets, if given, must hold just the quote. Otherwise prefix and suffix, if given, must stand beside it.
3. What is left must be one place. None, or more than one, is refused, with the nearest passage.
4. What is stored is the document's own text, and its offsets in code points.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from graph.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.models import QuoteStatement

_DOUBLE = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033"
_SINGLE = "\u2018\u2019\u201a\u201b\u2039\u203a\u2032"
_MARKS = str.maketrans(dict.fromkeys(_DOUBLE, '"') | dict.fromkeys(_SINGLE, "'"))
_AROUND = 20
_COMPARED = 300
"""As many letters of a quote are looked for by likeness, which takes their number times that of the text's."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A quote as it is stored."""

    exact: str
    prefix: str | None
    suffix: str | None
    start: int | None
    end: int | None


def unplaced(quote: QuoteStatement) -> Placed:
    """Keep a quote of a text that is not kept here as it was stated."""
    return Placed(quote.exact, quote.prefix, quote.suffix, quote.start, quote.end)


def place(quote: QuoteStatement, text: str, pointer: str) -> Placed:
    """Find the one place of a quote in a text. Raises Invalid below the pointer."""
    if quote.start is not None and quote.end is not None:
        if quote.end > len(text) or _plain(text[quote.start : quote.end]) != _plain(quote.exact):
            raise Invalid.pointer(f"{pointer}/start", "At these offsets the document says something else.")
        return Placed(text[quote.start : quote.end], quote.prefix, quote.suffix, quote.start, quote.end)
    plain, places = _with_places(text)
    found = list(islice(_places(quote, plain), 2))
    if not found:
        raise Invalid.pointer(
            f"{pointer}/exact", f"The document does not say this.{_nearest(quote, plain, text, places)}"
        )
    if len(found) > 1:
        raise Invalid.pointer(
            f"{pointer}/exact", "The document says this more than once: add prefix, suffix or offsets."
        )
    start, end = places[found[0]], places[found[0] + len(_plain(quote.exact)) - 1] + 1
    return Placed(text[start:end], quote.prefix, quote.suffix, start, end)


def _places(quote: QuoteStatement, plain: str) -> Iterator[int]:
    """Give the places in the plain text where the quote stands between its prefix and suffix."""
    exact, prefix, suffix = (_plain(part or "") for part in (quote.exact, quote.prefix, quote.suffix))
    at = plain.find(exact)
    while at >= 0:
        before, after = at - plain.startswith(" ", at - 1, at), at + len(exact)
        after += plain.startswith(" ", after)
        if plain.endswith(prefix, 0, before) and plain.startswith(suffix, after):
            yield at
        at = plain.find(exact, at + 1)


def _plain(text: str) -> str:
    return " ".join(text.translate(_MARKS).split())


@lru_cache(maxsize=2)  # a text is often quoted several times in a row
def _with_places(text: str) -> tuple[str, list[int]]:
    """Give the plain text, and where each of its letters stands in the text itself."""
    letters: list[str] = []
    places: list[int] = []
    for place_, letter in enumerate(text.translate(_MARKS)):
        if not letter.isspace():
            letters.append(letter)
        elif letters and letters[-1] != " ":
            letters.append(" ")
        else:
            continue
        places.append(place_)
    return "".join(letters), places


def _nearest(quote: QuoteStatement, plain: str, text: str, places: list[int]) -> str:
    alike = fuzz.partial_ratio_alignment(_plain(quote.exact)[:_COMPARED], plain, score_cutoff=60)
    if alike is None or not places:
        return ""
    start = places[max(alike.dest_start - _AROUND, 0)]
    end = places[min(alike.dest_end + _AROUND, len(places)) - 1] + 1
    return f' The nearest passage is "{text[start:end]}".'
