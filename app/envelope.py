"""What surrounds every request, whoever answers it: one pure ASGI layer, outermost.

1. The request has an id: the client's `X-Request-ID` if it is sane, else a new one; the answer carries it.
2. URL, headers and body are bounded. The body is counted as it streams, whatever its Content-Length says.
3. HEAD is GET without the body. OPTIONS is answered here, for browsers (CORS) and for the curious.
4. Every answer carries the security headers, and those of CORS where the origin may read.
5. gzip where it was asked for, except for an answer with a strong ETag (those bytes are that tag's).
6. What is counted (`app/rates.py`) says in its answer how the limits stand.
7. An error that nobody expected is logged with its traceback and the request's id, and told as 500 with the id alone.

Nothing here, nor below, looks at the Host header.
"""

from __future__ import annotations

import logging
import os
import re
from functools import cache
from itertools import count
from typing import TYPE_CHECKING

from app import problems, rates, zipping
from app.errors import BAD_REQUEST, BODY_TOO_LARGE, HEADERS_TOO_LARGE, NO_SUCH_PATH, URL_TOO_LONG, Refused
from app.negotiation import accepts_gzip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, MutableMapping
    from typing import Any

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from app.problems import Reply
    from app.rates import Rates, Standing
    from app.settings import Settings

log = logging.getLogger("entente")

READS = "GET, HEAD, OPTIONS"
WHOLE = "entente.whole"
"""Where a request's scope holds how a whole reply is sent at once; False, and nothing was sent, if it can't be."""
WIRE = "entente.wire"
"""Likewise a head that is spelled out and a body, for those who serve that way (`app.wire`)."""
UPLOADS = "/imports"
"""The one path whose bodies have a bound of their own."""
_count = count(1)
_SANE_ID = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:\-]{0,63}")
_BESIDE = 4
"""Bytes of a header beside its name and value."""
_CSP = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"frame-ancestors 'none'; base-uri 'none'"
)
SECURITY = (
    (b"content-security-policy", _CSP),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
_EXPOSED = (
    b"ETag, Link, Entente-Revision, X-Request-ID, X-Loss-Report, Content-Disposition, Retry-After, " + rates.FIELDS
)
_ALLOWED = b"Accept, Accept-Language, Content-Type, If-None-Match, Entente-Min-Revision, X-Request-ID"


class Envelope:
    """The layer; `methods` names the methods that a path knows (none: no such path)."""

    def __init__(self, app: ASGIApp, settings: Settings, counted: Rates, methods: Callable[[Scope], set[str]]) -> None:
        self.app = app
        self.settings = settings
        self.rates = counted
        self.methods = methods
        self._any_origin = "*" in settings.cors_origins
        self._origins = frozenset(origin.encode() for origin in settings.cors_origins)
        self._constant = SECURITY + (_cors(b"*") if self._any_origin else ())
        self.constant_lines = spelled(self._constant)
        """What every answer carries where it does not differ by who asks."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; other kinds of traffic (start and stop, web sockets) pass through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(self, scope, receive, send)
        scope[rates.STANDING], scope[WHOLE] = exchange.rates, exchange.whole
        try:
            self.rates.count_address(scope)
            self._check_size(scope, exchange)
            if scope["method"] == "OPTIONS":
                await exchange.reply(self._options(scope, exchange))
                return
            asked = {**scope, "method": "GET", "entente.head": True} if exchange.head else scope
            await self.app(asked, exchange.receive, exchange.send)
            exchange.check_body()
        except Refused as refused:
            if exchange.started:
                raise
            await exchange.reply(problems.reply(refused, instance(scope)))
        except Exception:
            log.exception("request %s failed: %s %s", exchange.id.decode(), scope["method"], instance(scope))
            if exchange.started:
                raise
            await exchange.reply(problems.internal(instance(scope), exchange.id.decode()))
        finally:
            del scope[WHOLE]  # which holds the scope

    def _check_size(self, scope: Scope, exchange: _Exchange) -> None:
        settings = self.settings
        url = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
        if url > settings.max_url:
            raise Refused(URL_TOO_LONG, f"The URL has {url} bytes; at most {settings.max_url} are read.")
        if exchange.size > settings.max_headers:
            most = settings.max_headers
            raise Refused(HEADERS_TOO_LARGE, f"The headers have {exchange.size} bytes; at most {most} are read.")
        if exchange.length and not exchange.length.isdigit():
            raise Refused(BAD_REQUEST, "Content-Length is not a number.")
        if exchange.length and int(exchange.length) > exchange.most:
            raise body_too_large(exchange.most)

    def _options(self, scope: Scope, exchange: _Exchange) -> Reply:
        """A preflight is answered for any path, so that the browser gets to see the 404; a plain OPTIONS is honest."""
        if exchange.preflight and exchange.origin:
            headers: list[tuple[bytes, bytes]] = []
            if self.allows(exchange.origin):
                headers = [
                    (b"access-control-allow-methods", READS.encode()),
                    (b"access-control-allow-headers", _ALLOWED),
                    (b"access-control-max-age", b"86400"),
                ]
            vary = b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
            return problems.Reply(204, ((b"vary", vary), *headers), b"")
        methods = {"GET"} if scope["path"] == "*" else self.methods(scope)
        if not methods:
            raise Refused(NO_SUCH_PATH, "There is nothing here.")
        return problems.Reply(204, ((b"allow", allow(methods).encode()),), b"")

    def allows(self, origin: bytes) -> bool:
        """Whether pages of this origin may read."""
        return self._any_origin or origin in self._origins

    def headers(self, origin: bytes) -> tuple[tuple[bytes, bytes], ...]:
        """What every answer carries; who asks decides only where the origins that may read are listed."""
        if not self._any_origin and origin in self._origins:
            return self._constant + _cors(origin)
        return self._constant

    @property
    def origin_matters(self) -> bool:
        """Whether answers differ by who asks."""
        return bool(self._origins) and not self._any_origin


class _Exchange:
    """One request and its answer on their way through the envelope."""

    __slots__ = (
        "_envelope",
        "_held",
        "_read",
        "_receive",
        "_send",
        "_wire",
        "_zip",
        "head",
        "id",
        "length",
        "most",
        "origin",
        "preflight",
        "rates",
        "refused",
        "size",
        "started",
    )

    def __init__(self, envelope: Envelope, scope: Scope, receive: Receive, send: Send) -> None:
        self._envelope = envelope
        self._receive = receive
        self._send = send
        self._wire: Callable[[int, bytes, bytes], bool] | None = scope.pop(WIRE, None)  # or they would hold each other
        self._held: MutableMapping[str, Any] | None = None
        self._read = 0
        self._zip = False
        settings = envelope.settings
        self.most = settings.max_upload if _takes_files(scope) else settings.max_body
        self.head = scope["method"] == "HEAD"
        self.started = False
        self.preflight = False
        self.refused = False
        self.rates: list[Standing] = []
        self.id = self.length = self.origin = b""
        self.size = 0
        for name, value in scope["headers"]:
            self.size += len(name) + len(value) + _BESIDE
            if name == b"accept-encoding":
                self._zip = accepts_gzip(value)
            elif name == b"origin":
                self.origin = value
            elif name == b"content-length":
                self.length = value
            elif name == b"x-request-id" and _SANE_ID.fullmatch(value):
                self.id = value
            elif name == b"access-control-request-method":
                self.preflight = True
        self.id = self.id or new_id()

    async def receive(self) -> Message:
        """The next part of the body, counted. Errors: `Refused` once it is too large."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._read += len(message.get("body", b""))
            if self._read > self.most:
                self.refused = True
                raise body_too_large(self.most)
        return message

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer, with the headers that all answers carry.

        Whoever read a body that was too large may have taken our refusal for a fault in its JSON; we answer instead.
        """
        if self.refused:
            return
        if message["type"] == "http.response.start":
            message["headers"] = self._headers(message["headers"])
            if self._zip and zipping.may_be(message["headers"]):
                self._held = message
                return
            self.started = True
            await self._send(message)
            return
        if self._held is not None:
            held, self._held = self._held, None
            body = message.get("body", b"")
            if not message.get("more_body") and len(body) >= zipping.SMALLEST:
                body = await zipping.zipped(body)
                held["headers"] = zipping.relabelled(held["headers"], len(body))
                message = {**message, "body": body}
            self.started = True
            await self._send(held)
        if self.head:
            message = {**message, "body": b""}
        await self._send(message)

    def whole(self, reply: Reply) -> bool:
        """Send a whole reply at once, if nothing of it depends on who asks; whether it was."""
        if self._wire is None or self._zip or self.head or self.refused or self._envelope.origin_matters:
            return False
        own = (*reply.headers, (b"x-request-id", self.id), *rates.fields(self.rates))
        lines = spelled(own)
        if lines.count(b"\n") != len(own):
            raise ValueError("A line break in a header would begin another one.")
        self.started = self._wire(reply.status, lines + self._envelope.constant_lines, reply.body)
        return self.started

    def check_body(self) -> None:
        """Errors: `Refused`, if the body was too large and whoever read it thought otherwise of it."""
        if self.refused and not self.started:
            raise body_too_large(self.most)

    async def reply(self, reply: Reply) -> None:
        """Answer with what the envelope itself has to say."""
        self.refused = False
        self._held = None
        await self.send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        await self.send({"type": "http.response.body", "body": reply.body})

    def _headers(self, given: Any) -> list[tuple[bytes, bytes]]:  # noqa: ANN401 - any iterable of pairs
        headers = [*given, (b"x-request-id", self.id), *self._envelope.headers(self.origin), *rates.fields(self.rates)]
        return zipping.varied(headers, b"Origin") if self._envelope.origin_matters else headers


def _takes_files(scope: Scope) -> bool:
    """Whether a request's body goes to disk as it streams, and not into memory."""
    return scope["method"] == "POST" and scope["path"].removeprefix(scope.get("root_path", "")) == UPLOADS  # type: ignore[no-any-return]  # a scope is untyped


def spelled(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Headers as they stand on the wire, a line each."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])


def new_id() -> bytes:
    """An id for a request that brought none: unique among processes by its first half, in order by its second."""
    return b"%s%08x" % (_process_part(), next(_count) & 0xFFFFFFFF)


@cache
def _process_part() -> bytes:
    return os.urandom(4).hex().encode()


os.register_at_fork(after_in_child=_process_part.cache_clear)


def _cors(origin: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"access-control-allow-origin", origin), (b"access-control-expose-headers", _EXPOSED))


def instance(scope: Scope) -> str:
    """The path of a request as it was sent: the `instance` of its problems."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.decode("ascii", "replace")


def allow(methods: set[str]) -> str:
    """The Allow header for the methods that a path knows."""
    known = {*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])}
    order = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
    return ", ".join(sorted(known, key=lambda name: (order.index(name) if name in order else len(order), name)))


def body_too_large(most: int) -> Refused:
    """The refusal of a body."""
    return Refused(BODY_TOO_LARGE, f"The body is larger than {most} bytes.")
