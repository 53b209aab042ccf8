"""The limit: an ASGI application without a framework that sends constant bytes, as many as our answers have.

It answers nothing. Where there are no bytes to send, it says that nothing has changed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

    from bench.asks import Ask

LABEL: Final = "raw ASGI, constant bytes (the limit)"
_OK, _UNCHANGED = 200, 304


def app(folder: Path) -> ASGIApp:
    """Bytes; the path is their number."""
    del folder
    return _answer


def path(ask: Ask, size: int) -> str:
    """The number of bytes."""
    del ask
    return f"/{size}"


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    del receive
    if scope["type"] == "http":
        for message in _messages(scope["path"]):
            await send(message)


@cache
def _messages(path: str) -> tuple[dict[str, object], dict[str, object]]:
    size = int(path[1:] or 0)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % size)]
    start = {"type": "http.response.start", "status": _OK if size else _UNCHANGED, "headers": headers}
    return start, {"type": "http.response.body", "body": b"x" * size}
