"""What may be kept and for how long: entity tags, 304, Cache-Control, Link.

* A list or question has a *weak* tag, made of what decides its answer (ledger, revision, address, vocabulary, version
  of the program), so that it can be compared before any work is done.
* A single record has a *strong* tag, made of the newest revision that touched what it shows, so that unrelated writes
  leave it alone and a writer can name the version it has seen.
* An answer is immutable iff its moment is pinned and it does not depend on the day it was asked.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from graph import vocabulary

if TYPE_CHECKING:
    from graph.queries import Moment

_TAG = re.compile(rb'(?:W/)?("[^"]*")')
_URI = re.compile(rb"[A-Za-z0-9\-._~!$&'()*+,;=:@/?%]*")
_KEPT_IN_URI = "-._~!$&'()*+,;=:@/?%"
IMMUTABLE = b"public, max-age=86400, immutable"
CHECK_FIRST = b"no-cache"


@lru_cache(maxsize=64)
def shape(ledger: str = "") -> str:
    """What changes every tag: the ledger (its revisions are numbers of its own), the vocabulary, the program."""
    return blake2b(f"{version('entente')} {vocabulary.load().hash} {ledger}".encode(), digest_size=4).hexdigest()


def mark(path: bytes, query: bytes, today: int) -> str:
    """What an address asks for, as letters: the same whatever the order of its parameters.

    `today`, the day as an ordinal, is a part of it where the address may speak of that.
    """
    day = b"%d" % today if b"today" in query or b"%" in query else b""
    return blake2b(b"\0".join((path, day, *sorted(query.split(b"&")))), digest_size=8).hexdigest()


def weak(revision: int, mark: str, ledger: str) -> bytes:
    """The tag of a list or question."""
    return f'W/"{revision}-{mark}-{shape(ledger)}"'.encode()


def strong(newest: int, ledger: str) -> bytes:
    """The tag of a single record, last touched by revision `newest`."""
    return f'"{newest}-{shape(ledger)}"'.encode()


def matches(if_none_match: bytes, tag: bytes) -> bool:
    """Whether a cached copy is still good: weak comparison (RFC 9110, 13.1.2), lists and `*` included."""
    if if_none_match == tag or if_none_match.strip() == b"*":
        return True
    return tag.removeprefix(b"W/") in _TAG.findall(if_none_match)


def cache_control(moment: Moment, *, relative: bool = False) -> bytes:
    """How long an answer may be kept: not for ever, if it can change or depends on the day it was asked."""
    return IMMUTABLE if moment.pinned and not relative else CHECK_FIRST


def next_link(path: bytes, query: bytes, cursor: str) -> bytes:
    """The Link header of a page: the same request with the next cursor (RFC 8288)."""
    if b"cursor" in query or b"%" in query:
        parts = query.split(b"&")
        query = b"&".join([part for part in parts if unquote_to_bytes(part.partition(b"=")[0]) != b"cursor"])
    target = b"%b?%b%bcursor=%b" % (path, query, b"&" if query else b"", cursor.encode())
    return b'<%b>; rel="next"' % uri(target)


def uri(raw: bytes) -> bytes:
    """A path and query as they may stand in a header: whatever a URI can't hold is percent-encoded."""
    if _URI.fullmatch(raw):
        return raw
    return quote(raw, safe=_KEPT_IN_URI).encode()
