"""The visible graph as a file: `/exports/{format}`, streamed.

1. The parameters are read, the revision is decided, the client's copy is compared (304) before any work is done; what
   the filters name is looked up before the answer begins, so that a wrong name is a problem and no broken file.
2. Parts are made in threads of their own, a few milliseconds of work each, one when the client has taken the one
   before. So an export holds up neither the event loop nor the ledger's readers, and memory does not grow with it.
3. gzip where it is asked for, as it streams.
4. As many files are written at a time as is bounded; one more is told to come back.
5. A client that leaves ends the work. If it fails on the way, the connection is broken off: half a file must not look
   like a whole one.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, Final, cast

import orjson
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app import conditional, problems
from app.envelope import instance
from app.errors import INTERNAL, NOT_FOUND, Refused
from app.feeds import until_left
from app.mount import Visit, reaching
from app.negotiation import accepts_gzip
from app.openapi import parameters
from app.params import Reader
from app.replies import not_modified
from graph import formats
from graph.errors import Busy, EntenteError
from graph.formats.jsonld import CONTEXT
from graph.time import day_of
from graph.transfer.exporting import Export

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from starlette.types import Receive, Scope, Send

    from app.problems import Headers
    from app.settings import Settings
    from app.source import Source
    from app.threads import Threads

LOSS: Final = "X-Loss-Report"
MOST: Final = 16
"""As many files are written at a time; each has at most one part in the making."""
_ZIP_LEVEL: Final = 5
_GZIP: Final = 31  # zlib's word for: with gzip's header


class ExportDoor:
    """`/exports/{format}` as an ASGI application."""

    def __init__(self, source: Source, threads: Threads, settings: Settings) -> None:
        self._source = source
        self._threads = threads
        self._reader = Reader(Export)
        self._wait_s = settings.min_revision_wait / 1000
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one GET."""
        visit = Visit(scope, receive)
        try:
            headers, parts = await self._begun(scope, visit)
        except (EntenteError, Refused) as error:
            if problems.kind_of(error) is INTERNAL:
                raise
            refusal = problems.reply(error, instance(scope), visit.revision, visit.ledger)
            await send({"type": "http.response.start", "status": refusal.status, "headers": refusal.headers})
            await send({"type": "http.response.body", "body": refusal.body})
            return
        self._open += 1
        try:
            await send({"type": "http.response.start", "status": 304 if parts is None else 200, "headers": headers})
            if parts is not None and not scope.get("entente.head"):
                await until_left(self._sent(parts), receive, send)
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._open -= 1

    async def _begun(self, scope: Scope, visit: Visit) -> tuple[Headers, Iterator[bytes] | None]:
        """The answer's headers and the parts of its body; no parts if the client's copy is good."""
        today = day_of(time.time_ns() // 1000)
        export = cast("Export", self._reader.read(visit.path_values(), visit.query, today).question)
        exporter = formats.exporters().get(export.format)
        if exporter is None:
            raise Refused(
                NOT_FOUND, f'There is no format "{export.format}"; there are {", ".join(formats.exporters())}.'
            )
        snapshot = await reaching(self._source, visit.least_revision(), self._wait_s)
        visit.revision, visit.ledger = snapshot.revision, snapshot.ledger
        moment = export.moment(snapshot)
        visit.revision = moment.revision
        tag = conditional.weak(moment.revision, conditional.mark(visit.path, visit.query, today), visit.ledger)
        kept = conditional.cache_control(moment, relative=export.relative)
        if visit.if_none_match is not None and conditional.matches(visit.if_none_match, tag):
            return not_modified(tag, kept, moment.revision).headers, None
        if self._open >= MOST:
            raise Busy
        parts = await self._threads.run(export.parts, snapshot, self._source.ledger)
        zipped = accepts_gzip(dict(scope["headers"]).get(b"accept-encoding", b""))
        headers: Headers = (
            (b"content-type", exporter.media_type.encode()),
            (b"content-disposition", b'attachment; filename="%b"' % _file_name(export, moment.revision).encode()),
            (LOSS.lower().encode(), export.loss),
            (b"etag", tag),
            (b"cache-control", kept),
            problems.VARY,
            (b"entente-revision", b"%d" % moment.revision),
            *(((b"content-encoding", b"gzip"),) if zipped else ()),
        )
        return headers, _zipped(parts) if zipped else parts

    async def _sent(self, parts: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
        """The body, each part made in a thread."""
        while (part := await self._threads.run(next, parts, None)) is not None:
            yield part
            await asyncio.sleep(0)


class ExportRoute(APIRoute):
    """A route of FastAPI's in the OpenAPI document, and the bare door on the wire."""

    def __init__(self, door: ExportDoor) -> None:
        super().__init__(
            Export.path,
            _no_parameters,
            methods=["GET"],
            response_class=Response,
            response_description="The file, of one revision.",
            summary=Export.summary,
            description=cleandoc(Export.__doc__ or ""),
            tags=[Export.tag],
            operation_id=Export.name,
            name=Export.name,
            openapi_extra={"parameters": _parameters(), "responses": {"200": _answer()}},
        )
        self.app = door


async def _show_context(_: Request) -> Response:
    headers = {"cache-control": conditional.CHECK_FIRST.decode()}
    return Response(orjson.dumps({"@context": CONTEXT}), headers=headers, media_type="application/ld+json")


def routes(source: Source, threads: Threads, settings: Settings) -> list[BaseRoute]:
    """The files, and the context that the terms of JSON-LD have."""
    context = Route("/contexts/entente.jsonld", _show_context, methods=["GET"], include_in_schema=False)
    return [ExportRoute(ExportDoor(source, threads, settings)), context]


def _file_name(export: Export, revision: int) -> str:
    """What a browser calls the file."""
    return f"entente-{revision}.{formats.exporters()[export.format].suffix}"


def _zipped(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same in gzip, which may keep some of it for the next part."""
    packer = zlib.compressobj(_ZIP_LEVEL, zlib.DEFLATED, _GZIP)
    for part in parts:
        if packed := packer.compress(part):
            yield packed
    yield packer.flush()


def _parameters() -> list[dict[str, Any]]:
    declared = parameters(Export)
    for parameter in declared:
        if parameter["name"] == "format":
            parameter["schema"]["enum"] = list(formats.exporters())
    return declared


def _answer() -> dict[str, Any]:
    """The media types of all formats: a generated client takes them as they are."""
    content: dict[str, Any] = {}
    for exporter in formats.exporters().values():
        media_type = exporter.media_type.partition(";")[0]
        kind = "object" if media_type.endswith("+json") else "string"
        declared = content.setdefault(media_type, {"schema": {"type": kind}})
        told = declared["schema"].get("description")
        declared["schema"]["description"] = f"{told} {exporter.summary}." if told else f"{exporter.summary}."
    headers = {
        "ETag": "Of this file; weak.",
        "Entente-Revision": "The one complete revision that the file is of.",
        LOSS: "What the format can't carry, as JSON: `format`, `leaves_out`, `alters`.",
        "Content-Disposition": "A name for the file.",
    }
    described = {name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()}
    return {"headers": described, "content": content}


def _no_parameters() -> None:
    """FastAPI reads the parameters of a route from a function's signature; these are in `openapi_extra`."""
