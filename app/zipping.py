"""Answers in gzip: which may be, and how their headers change."""

from __future__ import annotations

import asyncio
import gzip
from typing import Final

SMALLEST: Final = 1024
"""Bytes from which on it is worth it."""
_LARGEST_HERE: Final = 128 * 1024
_LEVEL: Final = 5
_TEXTUAL: Final = (b"application/json", b"application/problem+json", b"text/")


async def zipped(body: bytes) -> bytes:
    """The body in gzip; a large one elsewhere, so that others need not wait."""
    if len(body) > _LARGEST_HERE:
        return await asyncio.to_thread(gzip.compress, body, _LEVEL, mtime=0)
    return gzip.compress(body, _LEVEL, mtime=0)


def may_be(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether an answer is text whose tag, if it has one, allows other bytes, and is not encoded already."""
    textual = False
    for name, value in headers:
        if name == b"content-type":
            textual = value.startswith(_TEXTUAL)
        elif name == b"content-encoding" or (name == b"etag" and not value.startswith(b"W/")):
            return False
    return textual


def relabelled(headers: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    """The headers of a body that was zipped, and what it is now long."""
    kept = [(name, value) for name, value in headers if name != b"content-length"]
    return varied([*kept, (b"content-encoding", b"gzip"), (b"content-length", b"%d" % length)], b"Accept-Encoding")


def varied(headers: list[tuple[bytes, bytes]], by: bytes) -> list[tuple[bytes, bytes]]:
    """The headers with `Vary` naming one header more."""
    for place, (name, value) in enumerate(headers):
        if name == b"vary":
            if by.lower() not in value.lower():
                headers[place] = (name, value + b", " + by)
            return headers
    return [*headers, (b"vary", by)]
