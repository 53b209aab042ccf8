"""A write as an ASGI application.

The steps of an answer, in order; each may end it:

1. the ledger is open (503), Accept leaves room for JSON (406);
2. a key was sent that stands (401), with room in its limit (429), and it has the scope (403);
3. the body is of the media type (415), no larger than may be (413), and it makes an order (422);
4. what the order is about was ever recorded (404), and `If-Match` names it (428, 412);
5. in the write transaction, whose first statement locks the ledger: the same request was answered before, by its
   idempotency key; `If-Match` names the record as it is now (412); the verb finds nothing to refuse (404 to 422);
6. the transaction is durable (503, 507), and the snapshot of this process has reached its revision.

All from 4 on happens in one thread, and for all orders that wait together: one transaction, each with a revision of its
own (`Store.carry_out`). Only the first of a transaction can be an order that compares a record with the snapshot, for
that knows nothing which is not durable; or a batch, for it takes long. A client that leaves before its body has come
has asked for nothing; one that leaves later is not waited for, and what it asked for is done as a whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from app import access, conditional, problems
from app.envelope import instance
from app.errors import INTERNAL, NOT_ACCEPTABLE, Refused
from app.negotiation import accepts_json
from app.writes.asked import Headers, parameters
from graph.errors import EntenteError, Invalid
from graph.store import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.types import Receive, Scope, Send

    from app.access import Access
    from app.problems import Reply
    from app.source import Source
    from app.threads import Line
    from app.writes.asked import Parameters
    from graph.store import Idempotency, Writer
    from graph.store.keys import Holder

_T = TypeVar("_T")

DRY_RUN = b"application/vnd.entente.dry-run+json"
JSON = b"application/json"


class ClientLeft(Exception):  # noqa: N818 - named for what is the case
    """Nobody is there any more to be answered."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What all writes share."""

    source: Source
    access: Access
    line: Line[Order, Reply]


@dataclass(frozen=True, slots=True)
class Request:
    """A write as it came in, from somebody who may write."""

    method: str
    path: str
    named: str
    root: str
    holder: Holder
    headers: Headers
    parameters: Parameters
    body: bytes

    def idempotency(self, comment: str | None) -> Idempotency | None:
        """The idempotency key, bound to all that makes a request another one. Errors: `Invalid`."""
        said = (self.method, self.path, repr(self.parameters), comment or "")
        return self.headers.idempotency(*(part.encode() for part in said), self.body)


class Came(NamedTuple):
    """What a write came to: a status, what the answer is made of, and the newest revision then."""

    status: int
    result: Mapping[str, Any]
    revision: int
    replayed: bool


class Order:
    """What a request asks for, read as far as it can be without the ledger."""

    op: str
    reason: str | None = None
    comment: str | None = None

    def __init__(self, request: Request, source: Source) -> None:
        self.request = request
        self.source = source

    @property
    def goes_first(self) -> bool:
        """Whether nothing may be in its transaction before it."""
        raise NotImplementedError  # pragma: no cover - each kind of order knows

    def prepare(self) -> None:
        """Step 4. Errors: `NotFound`, `Refused`."""

    def do(self, writer: Writer) -> tuple[int, dict[str, Any]]:
        """Step 5: a status, and what the answer is made of."""
        raise NotImplementedError  # pragma: no cover - each kind of order does something

    def answer(self, came: Came) -> Reply:
        """The answer to what was done, or would have been."""
        raise NotImplementedError  # pragma: no cover - as above

    def asked(self) -> Asked:
        """What is asked of the ledger, after step 4. Errors: those of `prepare`; `Invalid`."""
        self.prepare()
        return Asked(
            self.do,
            self.request.parameters.dry_run,
            self.request.idempotency(self.comment),
            {
                "by": self.request.holder.contributor,
                "op": self.op,
                "reason": self.reason,
                "comment": self.comment,
            },
        )

    def answered(self, writer: Writer) -> Reply:
        """The answer, after step 6. Errors: those of showing it."""
        if writer.replayed is not None:
            return self.answer(Came(writer.replayed.status, writer.replayed.result, writer.revision, replayed=True))
        status, result = writer.result or (0, {})
        return self.answer(Came(status, result, writer.revision, replayed=False))


def carry_out(orders: Sequence[Order]) -> list[Reply | Exception]:
    """Steps 4 to 6 for the first of the orders, as many as become durable together: the reply to each, or its error."""
    together = [orders[0], *takewhile(lambda order: not order.goes_first, orders[1:])]
    asked = [_tried(order.asked) for order in together]
    store = orders[0].source.store
    wrote = iter(store.carry_out([each for each in asked if isinstance(each, Asked)]))
    replies: list[Reply | Exception] = []
    for order, each in zip(together, asked, strict=True):
        came = next(wrote, None) if isinstance(each, Asked) else each
        if came is None:  # there was no time left for it
            break
        replies.append(came if isinstance(came, Exception) else _tried(partial(order.answered, came)))
    return replies


def _tried(call: Callable[[], _T]) -> _T | Exception:
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - the door tells it
        return error


@dataclass(frozen=True, slots=True)
class Door:
    """One kind of write: who may, what it takes, and how a request becomes an order."""

    desk: Desk
    order: Callable[[Request, Source], Order]
    scope: str
    takes: tuple[str, ...]
    media: tuple[str, ...]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        seen: tuple[int | None, str] = (None, "")
        try:
            snapshot = self.desk.source.current()
            seen = (snapshot.revision, snapshot.ledger)
            reply = await self._reply(scope, receive)
        except ClientLeft:
            return
        except (EntenteError, Refused) as error:
            if problems.kind_of(error) is INTERNAL:
                raise
            reply = problems.reply(error, instance(scope), *seen)
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        headers = Headers(scope)
        if not accepts_json(headers.all("Accept")):
            raise Refused(NOT_ACCEPTABLE, "Only JSON can be had here; accept application/json.")
        holder = await self.desk.access.holder(headers.each("Authorization"), scope)
        access.require(holder, self.scope)
        if self.media:
            headers.refuse_other_media(*self.media)
        request = Request(
            method=scope["method"],
            path=scope["path"],
            named=scope.get("path_params", {}).get("id", ""),
            root=scope.get("root_path", ""),
            holder=holder,
            headers=headers,
            parameters=parameters(scope["query_string"], self.takes),
            body=await _body(receive),
        )
        if request.body and not self.media:
            raise Invalid.pointer("", "This takes no body; a reason is given as ?reason=...")
        return await self.desk.line.join(self.order(request, self.desk.source))


def reply(came: Came, body: bytes, media: bytes = JSON, more: problems.Headers = ()) -> Reply:
    """The answer to a write."""
    headers: problems.Headers = (
        (b"content-type", media),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", conditional.CHECK_FIRST),
        (b"vary", b"Accept, Accept-Encoding"),
        (b"entente-revision", b"%d" % came.revision),
        *more,
    )
    if came.replayed:
        headers = (*headers, (b"idempotent-replayed", b"true"))
    return problems.Reply(came.status, headers, body)


async def _body(receive: Receive) -> bytes:
    """The body as a whole. Errors: `ClientLeft`; `Refused` if it is too large."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
