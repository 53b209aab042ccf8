"""A page as lines of JSON: the same items, the next page in the Link header alone, and tags of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson

from app import problems
from app.negotiation import LINES

if TYPE_CHECKING:
    from app.problems import Reply

_MARK = b"-lines"
_TAG = re.compile(rb'(?:W/)?"[^"]*"')


def known(if_none_match: bytes | None) -> bytes | None:
    """Of the tags that a client knows those of lines, as the page itself has them."""
    if if_none_match is None or if_none_match.strip() == b"*":
        return if_none_match
    tags = [tag for tag in _TAG.findall(if_none_match) if tag.endswith(_MARK + b'"')]
    return b",".join(tag.removesuffix(_MARK + b'"') + b'"' for tag in tags)


def reply(page: Reply) -> Reply:
    """The answer that holds a page, as lines."""
    body = page.body
    if body:
        body = b"".join(orjson.dumps(item) + b"\n" for item in orjson.loads(body)["items"])
    headers: list[tuple[bytes, bytes]] = []
    for name, value in page.headers:
        match name:
            case b"content-type":
                headers.append((name, LINES[0].encode()))
            case b"content-length":
                headers.append((name, b"%d" % len(body)))
            case b"etag":
                headers.append((name, value.removesuffix(b'"') + _MARK + b'"'))
            case _:
                headers.append((name, value))
    return problems.Reply(page.status, tuple(headers), body)
