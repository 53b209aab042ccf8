"""Files that are part of the package, as they are sent: read once, zipped once, each with a tag."""

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

_MEDIA_TYPES = {
    "": "text/plain; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    zipped: bytes
    tag: str


def routes(prefix: str, folder: Path) -> list[Route]:
    """A path for every file of a folder whose kind has a media type, but for pages: they have paths of their own."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix in _MEDIA_TYPES)
    names = [(path, path.relative_to(folder).as_posix()) for path in found if path.suffix != ".html"]
    return [Route(f"{prefix}/{name}", serving(path), methods=["GET"]) for path, name in names]


def serving(path: Path, vary: str = "Accept-Encoding") -> Callable[[Request], Awaitable[Response]]:
    """What answers with a file; 304 to a client that has it."""
    media_type = _MEDIA_TYPES[path.suffix]

    async def serve(request: Request) -> Response:
        file = _file(path)
        headers = {"etag": file.tag, "cache-control": "no-cache", "vary": vary}
        known = request.headers.get("if-none-match")
        if known is not None and conditional.matches(known.encode("latin-1"), file.tag.encode()):
            return Response(status_code=304, headers=headers)
        if accepts_gzip(request.headers.get("accept-encoding", "").encode("latin-1")):
            return Response(file.zipped, headers={**headers, "content-encoding": "gzip"}, media_type=media_type)
        return Response(file.body, headers=headers, media_type=media_type)

    return serve


@cache
def _file(path: Path) -> _File:
    body = path.read_bytes()
    return _File(body, gzip.compress(body, 6, mtime=0), f'W/"{blake2b(body, digest_size=8).hexdigest()}"')
