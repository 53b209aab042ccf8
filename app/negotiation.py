"""What a client accepts: media types and encodings with their weights (RFC 9110, 12.4 and 12.5).

Lenient where the header is unreadable, strict where it says no: a refusal needs a header that can be read and leaves
JSON out.
"""

from __future__ import annotations

import re
from functools import lru_cache

_WEIGHT = re.compile(r"\s*q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE)
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
"""What lines of JSON are called; the first is our own name for them."""
_JSON = ("application/json", "text/json", "application/*", "*/*")


@lru_cache(maxsize=256)
def accepts_json(header: bytes) -> bool:
    """Whether an Accept header leaves room for JSON; an empty or unreadable one does."""
    weights = _weights(header)
    if not weights:
        return True
    for name in ("application/json", "application/*", "*/*"):  # the most specific that is named decides
        if name in weights:
            return weights[name] > 0
    return any(weight > 0 for name, weight in weights.items() if name in _JSON or name.endswith("+json"))


@lru_cache(maxsize=256)
def preferred(header: bytes, offered: tuple[str, ...]) -> str | None:
    """Which of the media types offered an Accept header likes best, the first of equals; None if it wants none."""
    weights = _weights(header) or {"*/*": 1.0}

    def weight(name: str) -> float:
        ranges = (name, f"{name.partition('/')[0]}/*", "*/*")  # the most specific that is named decides
        return next((weights[each] for each in ranges if each in weights), 0.0)

    best = max(offered, key=weight)
    return best if weight(best) > 0 else None


@lru_cache(maxsize=256)
def prefers_lines(header: bytes) -> bool:
    """Whether an Accept header asks for lines of JSON, and not for JSON rather."""
    weights = _weights(header)
    lines = max((weights[name] for name in LINES if name in weights), default=0.0)
    return lines > 0 and lines >= weights.get("application/json", 0.0)


@lru_cache(maxsize=256)
def prefers_page(header: bytes) -> bool:
    """Whether an Accept header asks for a page, as browsers do, and not for JSON rather."""
    weights = _weights(header)
    page = weights.get("text/html", 0.0)
    return page > 0 and page > weights.get("application/json", 0.0)


@lru_cache(maxsize=256)
def accepts_events(header: bytes) -> bool:
    """Whether an Accept header leaves room for a stream of events; an empty one does."""
    weights = _weights(header)
    for name in ("text/event-stream", "text/*", "*/*"):
        if name in weights:
            return weights[name] > 0
    return not weights


@lru_cache(maxsize=256)
def accepts_gzip(header: bytes) -> bool:
    """Whether an Accept-Encoding header asks for gzip, and not for the plain bytes rather."""
    weights = _weights(header)
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _weights(header: bytes) -> dict[str, float]:
    """Each range of a header with its weight; the media types' other parameters are left aside."""
    found: dict[str, float] = {}
    for part in header.decode("latin-1").split(","):
        name, *parameters = part.split(";")
        if not name.strip():
            continue
        weight = 1.0
        for parameter in parameters:
            if match := _WEIGHT.fullmatch(parameter):
                weight = float(match[1])
        found[name.strip().lower()] = weight
    return found
