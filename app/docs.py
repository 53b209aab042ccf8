"""The API's documentation as a page, from files of our own: nobody else's server is called, no script is inline."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from app import conditional
from app.negotiation import accepts_gzip

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

_FOLDER = Path(__file__).parent / "docs_assets"
_FILES = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui-bundle.js.LICENSE.txt": "text/plain; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "start.js": "text/javascript; charset=utf-8",
    "favicon-32x32.png": "image/png",
    "LICENSE": "text/plain; charset=utf-8",
    "NOTICE": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class _Asset:
    """A file as it is sent; zipped once, as the largest takes a while."""

    media_type: str
    body: bytes
    zipped: bytes
    tag: str


def routes() -> list[Route]:
    """`/docs` and the files it loads."""
    page = Route("/docs", _serving("index.html", "text/html; charset=utf-8"), methods=["GET"], name="docs")
    return [page, *(Route(f"/docs/{name}", _serving(name, kind), methods=["GET"]) for name, kind in _FILES.items())]


def _serving(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        asset = _asset(name, media_type)
        headers = {"etag": asset.tag, "cache-control": "no-cache", "vary": "Accept-Encoding"}
        known = request.headers.get("if-none-match")
        if known is not None and conditional.matches(known.encode("latin-1"), asset.tag.encode()):
            return Response(status_code=304, headers=headers)
        if accepts_gzip(request.headers.get("accept-encoding", "").encode("latin-1")):
            return Response(asset.zipped, headers={**headers, "content-encoding": "gzip"}, media_type=media_type)
        return Response(asset.body, headers=headers, media_type=media_type)

    return serve


@cache
def _asset(name: str, media_type: str) -> _Asset:
    body = (_FOLDER / name).read_bytes()
    tag = f'W/"{blake2b(body, digest_size=8).hexdigest()}"'
    return _Asset(media_type, body, gzip.compress(body, 6, mtime=0), tag)
