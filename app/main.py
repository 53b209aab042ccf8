"""The application: questions, health and documentation inside the envelope."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from app import conditional, docs, explorer, exports, health, imports, openapi, problems, writes
from app.access import Access
from app.envelope import Envelope, allow, instance
from app.errors import (
    BAD_REQUEST,
    BODY_TOO_LARGE,
    INTERNAL,
    METHOD_NOT_ALLOWED,
    NO_SUCH_PATH,
    UNSUPPORTED_MEDIA_TYPE,
    Refused,
)
from app.feeds import StreamDoor, StreamRoute, Streams
from app.heavy import Heavy
from app.mount import Rooms, mount
from app.params import sentence
from app.quick import Quick
from app.rates import Rates
from app.replies import Replies
from app.settings import Settings, load
from app.source import Source, following
from app.threads import Line, Threads
from graph import queries
from graph.errors import EntenteError, Fault, Invalid
from graph.memory import seldom, sparing
from graph.text import nearest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from fastapi.telemetry import TelemetryConfig
    from starlette.types import ASGIApp, Scope

    from graph.queries import Question

_STATUSES = {400: BAD_REQUEST, 413: BODY_TOO_LARGE, 415: UNSUPPORTED_MEDIA_TYPE}


class Entente(FastAPI):
    """The service as FastAPI sees it, with the envelope around all of it."""

    def __init__(self, settings: Settings, source: Source, questions: Iterable[type[Question]]) -> None:
        self.settings = settings
        self.source = source
        self.rates = Rates(settings)
        self.readers = Threads("reader", settings.readers)
        self.heavy = Heavy(settings)
        # What exports do is Python: a second thread would only take the first one's turns.
        self.exporters = Threads("export", 1, waiting=2 * exports.MOST)
        self.line = Line("writer", writes.carry_out, waiting=256)
        super().__init__(
            docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, lifespan=_lifespan, routes=None,
            telemetry=telemetry(),
        )  # fmt: skip
        self.router.routes.extend(mount(questions, source, Rooms(self.readers, self.heavy, Replies()), settings))
        desk = writes.Desk(source, Access(source, self.readers, self.rates), self.line)
        self.router.routes.extend(writes.mount(desk))
        uploads = imports.Folder(settings)
        self.imports = imports.Runner(settings, source, self.readers, uploads)
        counter = imports.Desk(source, desk.access, self.readers, self.line, uploads, self.imports)
        self.router.routes.extend(imports.mount(counter))
        self.streams = Streams(source, settings.streams)
        self.router.routes.append(StreamRoute(StreamDoor(source, self.streams, self.readers, settings)))
        self.router.routes.extend(exports.routes(source, self.exporters, settings))
        health.add(self, source)
        self.router.routes.extend(docs.routes())
        self.router.routes.extend(explorer.routes())
        self.add_route("/openapi.json", _show_openapi, include_in_schema=False)
        for kind in (EntenteError, Refused, HTTPException, RequestValidationError):
            self.add_exception_handler(kind, _problem)
        self.add_exception_handler(Exception, _pass_on)

    def build_middleware_stack(self) -> ASGIApp:
        """FastAPI's own layers inside ours, so that nothing leaves without passing the envelope."""
        short = Quick(super().build_middleware_stack(), self.router.routes)
        return Envelope(short, self.settings, self.rates, self.methods)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, written once."""
        if self.openapi_schema is None:
            self.openapi_schema = openapi.document(self)
        return self.openapi_schema

    def methods(self, scope: Scope) -> set[str]:
        """The methods that a path knows; none if there is no such path."""
        found: set[str] = set()
        for route in self.router.routes:
            match, _ = route.matches(scope)
            if match is not Match.NONE:
                found |= getattr(route, "methods", None) or set()
        return found


def create_app(
    settings: Settings | None = None,
    source: Source | None = None,
    questions: Sequence[type[Question]] | None = None,
) -> Entente:
    """The application, by default of the environment's settings and with every question there is."""
    settings = settings or load()
    source = source or Source(lambda progress: following(settings.database, progress))
    return Entente(settings, source, queries.every() if questions is None else questions)


def telemetry() -> TelemetryConfig:
    """FastAPI's own, if OpenTelemetry is set up in the environment: to ask at each request costs some 20 us."""
    asked = any(name.startswith("OTEL_") for name in os.environ)
    return {"tracing": asked, "metrics": asked, "logs": asked}


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    assert isinstance(app, Entente)  # noqa: S101 - whose lifespan this is
    seldom()
    sparing()  # before any thread has a heap of its own
    app.source.start()
    app.imports.start()
    try:
        yield {"stop": app.streams.stop}
    finally:
        app.streams.stop()
        await app.imports.stop()
        await asyncio.to_thread(app.line.close)
        await app.source.stop()
        await app.heavy.close()
        app.readers.close()
        await asyncio.to_thread(app.exporters.close)


async def _show_openapi(request: Request) -> Response:
    body = orjson.dumps(request.app.openapi())
    tag = f'W/"{blake2b(body, digest_size=8).hexdigest()}"'
    headers = {"etag": tag, "cache-control": conditional.CHECK_FIRST.decode()}
    known = request.headers.get("if-none-match")
    if known is not None and conditional.matches(known.encode("latin-1"), tag.encode()):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


async def _problem(request: Request, error: Exception) -> Response:
    """Every expected error as a problem, those of the framework included."""
    here = instance(request.scope)
    if isinstance(error, HTTPException):
        error = _of_framework(request, error)
    elif isinstance(error, RequestValidationError):
        pointers = ["".join(f"/{part}" for part in entry["loc"][1:]) for entry in error.errors()]
        found = zip(pointers, error.errors(), strict=True)
        error = Invalid([Fault("pointer", pointer, sentence(entry)) for pointer, entry in found])
    if not isinstance(error, EntenteError | Refused) or problems.kind_of(error) is INTERNAL:
        raise error
    status, headers, body = problems.reply(error, here)
    response = Response(body, status)
    response.raw_headers = list(headers)
    return response


def _of_framework(request: Request, error: HTTPException) -> Refused:
    """What the framework refuses, in our words."""
    app: Entente = request.app
    path = request.scope["path"]
    if error.status_code == METHOD_NOT_ALLOWED.status:
        allowed = allow(app.methods(request.scope))
        detail = f"{request.method} can't be asked of this path; {allowed} can."
        return Refused(METHOD_NOT_ALLOWED, detail, ((b"allow", allowed.encode()),))
    if error.status_code == NO_SUCH_PATH.status:
        meant = _path_meant(path, [route.path for route in app.router.routes if isinstance(route, Route)])
        hint = f' Was "{meant}" meant?' if meant else " /openapi.json has every path."
        return Refused(NO_SUCH_PATH, f"There is nothing here.{hint}")
    return Refused(_STATUSES.get(error.status_code, BAD_REQUEST), str(error.detail))


async def _pass_on(_: Request, error: Exception) -> Response:
    """What nobody expected goes on to the envelope, which logs it under the request's id."""
    raise error


def _path_meant(path: str, templates: Iterable[str]) -> str | None:
    """The path that was probably meant: one with the same words but for a slip in one of them, or a slash too many."""
    parts = [part for part in path.split("/") if part]
    meant = [guess for template in templates if (guess := _filled(template.split("/")[1:], parts))]
    return nearest(path, meant, 0.0)


def _filled(template: Sequence[str], parts: Sequence[str]) -> str | None:
    """The template with the path's values, if the path is it but for a slip."""
    if len(template) != len(parts):
        return None
    filled = []
    for wanted, part in zip(template, parts, strict=True):
        if wanted.startswith("{"):
            filled.append(quote(part))
        elif wanted == part or nearest(part, [wanted]):
            filled.append(wanted)
        else:
            return None
    return "/" + "/".join(filled)
