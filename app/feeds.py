"""The log as it happens: `/changes/stream`, Server-Sent Events.

1. An event is a change; its id is the change's position in the log. A client that comes back says the last id that it
   saw (`Last-Event-ID`, which browsers send by themselves) and is told all that followed, once: positions are for ever,
   and each is told from one complete revision. Without an id the stream begins after `?after=`, by default the start.
2. A stretch of the log that the filters leave out is an id without data, so that coming back need not pass it again.
3. A comment is sent every so often, for those between us and the client who close what is silent.
4. Streams wait for news together: one look at the head for all of a process's streams, none if there are none.
5. A stream ends when the client leaves, and when the server stops: the client comes back, perhaps to another worker. A
   worker holds a bounded number of them; one more is told to come back later.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from inspect import cleandoc
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, cast

from fastapi.routing import APIRoute
from starlette.responses import Response

from app import problems
from app.envelope import instance
from app.errors import BUSY, INTERNAL, NOT_ACCEPTABLE, Refused
from app.negotiation import accepts_events
from app.openapi import parameters
from app.params import Reader
from graph.errors import Behind, Busy, EntenteError, Fault, Invalid
from graph.queries.changes import Changes, changes_after
from graph.snapshot.log import Position

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from starlette.types import Receive, Scope, Send

    from app.settings import Settings
    from app.source import Source
    from app.threads import Threads
    from graph.queries.changes import Told

PATH: Final = "/changes/stream"
NAME: Final = "follow_changes"
LAST_ID: Final = "Last-Event-ID"
_LOOK_S: Final = 0.05
_AT_ONCE: Final = 100
_AGAIN_S: Final = 0.2
_PAGED: Final = ("limit", "cursor", "count", "known_at")
_LAST_ID: Final[dict[str, Any]] = {
    "name": LAST_ID,
    "in": "header",
    "required": False,
    "description": "The id of the last event that was seen; goes before `after`.",
    "example": "1.0",
    "schema": {"type": "string"},
}
_CONTENT: Final = {"text/event-stream": {"schema": {"description": "Each event's data is a change, as JSON."}}}
_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # a proxy that gathers answers would hold the news back
)


class Streams:
    """The streams of this process: how many, what they wait for, and the end of all."""

    def __init__(self, source: Source, most: int) -> None:
        self._source = source
        self._most = most
        self._open = 0
        self._watch: asyncio.Task[None] | None = None
        self.news = asyncio.Event()
        """Set once there may be a later revision, or the end is near; another one takes its place."""
        self.stopping = False

    def stop(self) -> None:
        """End them all, and begin no other."""
        self.stopping = True
        self.news.set()

    def enter(self) -> None:
        """One more. Errors: `Refused` if there are too many."""
        if self.stopping or self._open >= self._most:
            why = "The server is stopping." if self.stopping else f"There are {self._open} streams already."
            raise Refused(BUSY, f"{why} Come back after a while.", ((b"retry-after", b"5"),))
        self._open += 1
        if self._watch is None:
            self._watch = asyncio.get_running_loop().create_task(self._look())

    def leave(self) -> None:
        """One less."""
        self._open -= 1
        if not self._open and self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _look(self) -> None:
        """Wake all streams at each new revision."""
        seen = self._source.current().revision
        while not self.stopping:
            await asyncio.sleep(_LOOK_S)
            newest = self._source.current().revision
            if newest != seen and not self.stopping:
                seen = newest
                told, self.news = self.news, asyncio.Event()
                told.set()


class StreamDoor:
    """`/changes/stream` as an ASGI application."""

    def __init__(self, source: Source, streams: Streams, readers: Threads, settings: Settings) -> None:
        self._source = source
        self._streams = streams
        self._readers = readers
        self._reader = Reader(Changes)
        self._wait_s = settings.min_revision_wait / 1000
        self._heartbeat_s = settings.heartbeat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one GET, for as long as it takes."""
        try:
            question, after = await self._asked(scope)
            self._streams.enter()
        except (EntenteError, Refused) as error:
            if problems.kind_of(error) is INTERNAL:
                raise
            refusal = problems.reply(error, instance(scope))
            await send({"type": "http.response.start", "status": refusal.status, "headers": refusal.headers})
            await send({"type": "http.response.body", "body": refusal.body})
            return
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            if not scope.get("entente.head"):
                await until_left(self._events(question, after), receive, send)
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._streams.leave()

    async def _asked(self, scope: Scope) -> tuple[Changes, Position]:
        """What to tell, and after which position. Errors: `Invalid`, `Behind`, `NotReady`, `Refused`."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if not accepts_events(headers.get(b"accept", b"")):
            raise Refused(NOT_ACCEPTABLE, "This is a stream of events; accept text/event-stream.")
        question = cast("Changes", self._reader.read({}, scope["query_string"], 0).question)
        if paged := question.model_fields_set & set(_PAGED):
            raise Invalid(
                Fault("parameter", name, "a stream has no pages, and is always as known now.") for name in sorted(paged)
            )
        snapshot = self._source.current()
        last_id = headers.get(LAST_ID.lower().encode(), b"").strip().decode("latin-1")
        after = Position.parse(last_id) if last_id else question.begin(snapshot)
        if after is None:
            raise Invalid.parameter(LAST_ID, f'"{last_id[:50]}" is no position: send the id of an event, such as 12.3.')
        deadline = time.monotonic() + self._wait_s
        while snapshot.revision < after.revision:
            if time.monotonic() >= deadline:
                raise Behind(snapshot.revision, after.revision)
            await asyncio.sleep(_LOOK_S)
            snapshot = self._source.current()
        for _ in question.found(snapshot, Position(snapshot.revision), snapshot.revision):
            pass  # whoever a filter names must be known before the stream begins
        return question, after

    async def _events(self, question: Changes, after: Position) -> AsyncGenerator[bytes, None]:
        """The stream's bytes: what there is, then what comes."""
        yield b"retry: 1000\n\n"
        told, walked = after, -1
        while not self._streams.stopping:
            news = self._streams.news  # before the look at the head, so that none is slept through
            snapshot = self._source.current()
            if snapshot.revision == walked:
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), self._heartbeat_s)
                    continue
                yield b": nothing new\n\n"
                continue
            changes = changes_after(question, snapshot, self._source.ledger, told)
            while block := await self._next(changes):
                if events := b"".join(_event(each, told) for each in block):
                    yield events
                told = block[-1].position
            walked = snapshot.revision

    async def _next(self, changes: Iterator[Told]) -> list[Told]:
        """The next changes, a block at a time, read in a thread."""
        while not self._streams.stopping:
            with suppress(Busy):
                return await self._readers.run(lambda: list(islice(changes, _AT_ONCE)))
            await asyncio.sleep(_AGAIN_S)
        return []


class StreamRoute(APIRoute):
    """A route of FastAPI's in the OpenAPI document, and the bare door on the wire."""

    def __init__(self, door: StreamDoor) -> None:
        taken = [parameter for parameter in parameters(Changes) if parameter["name"] not in _PAGED]
        super().__init__(
            PATH,
            _no_parameters,
            methods=["GET"],
            response_class=Response,
            response_description="One change an event, as JSON; the event's id is the change's position.",
            summary="The log as it happens",
            description=cleandoc(StreamRoute.DESCRIPTION),
            tags=[Changes.tag],
            operation_id=NAME,
            name=NAME,
            openapi_extra={"parameters": [*taken, _LAST_ID], "responses": {"200": {"content": _CONTENT}}},
        )
        self.app = door

    DESCRIPTION = """\
    Server-Sent Events: each change once, in the order of the log, beginning after `after`. A client that comes back
    sends the id of the last event that it saw as `Last-Event-ID`, and misses nothing. Comments keep the connection
    alive. There is a bound on how many may follow at a time: 503 beyond it.
    """


async def until_left(events: AsyncGenerator[bytes, None], receive: Receive, send: Send) -> None:
    """Send what there is until it ends, or the client leaves."""

    async def tell() -> None:
        async for body in events:
            await send({"type": "http.response.body", "body": body, "more_body": True})

    async def left() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    telling, leaving = asyncio.create_task(tell()), asyncio.create_task(left())
    try:
        await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if telling.done():
            telling.result()
    finally:
        telling.cancel()
        leaving.cancel()
        await asyncio.gather(telling, leaving, return_exceptions=True)
        await events.aclose()


def _event(told: Told, before: Position) -> bytes:
    """One event; or an id alone, if revisions passed of which nothing is told."""
    if told.body is not None:
        return b"id: %s\ndata: %s\n\n" % (str(told.position).encode(), told.body)
    if told.position.revision > before.revision:
        return b"id: %s\n\n" % str(told.position).encode()
    return b""


def _no_parameters() -> None:
    """FastAPI reads the parameters of a route from a function's signature; these are in `openapi_extra`."""
