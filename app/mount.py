"""Every question as an endpoint, by one loop.

FastAPI declares parameters at a cost that exceeds the query's own, so a question's route declares none: `params.Reader`
turns the query string into the question, and `openapi.operation` writes the same model into the OpenAPI document.
The steps of an answer, in order; each may end it:

1. Accept leaves room for JSON, or for another form of the answer if it can be had as such (406);
2. the client's copy of a list has the tag that this address has now (304): no work at all;
3. the same was answered before (`replies`), or the question has a way to be answered as it is spelled (`at_once`);
4. the parameters make a question (400, 404, 422);
5. there is a snapshot, and it has reached `Entente-Min-Revision` (503);
6. the client's copy of a list is still good (304);
7. the question answers: on the event loop if it is pure, in one of a few threads if it reads the ledger or looks at
   very many relations, within a budget and only as long as the client waits if it could cost anything (`heavy`);
8. the record has another name (307), or the client's copy of it is still good (304).
"""

from __future__ import annotations

import asyncio
import re
import time
from inspect import cleandoc
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from app import conditional, lines, problems
from app.envelope import WHOLE, instance
from app.errors import BAD_REQUEST, INTERNAL, NOT_ACCEPTABLE, Refused
from app.negotiation import accepts_json, preferred, prefers_lines
from app.openapi import operation
from app.params import Asked, Reader
from app.replies import Known, not_modified
from graph.errors import Behind, EntenteError, Invalid
from graph.queries import Bounded, Reading, WholeGraph

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.types import Receive, Scope, Send

    from app.heavy import Heavy
    from app.problems import Headers, Reply
    from app.replies import Replies
    from app.settings import Settings
    from app.source import Source
    from app.threads import Threads
    from graph.queries import Answer, Moment, Question
    from graph.snapshot import Snapshot

_DAY_S = 86_400
_EPOCH_DAY = 719_163  # 1970-01-01 as an ordinal
_POLL_S = 0.005
_MOMENT = 50_000
"""As many relations are looked at while nobody else is answered: it takes a millisecond or two."""
_REVISION = re.compile(rb"[0-9]{1,18}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


class Rooms(NamedTuple):
    """Where answers come about that don't on the event loop."""

    readers: Threads
    heavy: Heavy
    replies: Replies


class Door:
    """One kind of question as an ASGI application."""

    def __init__(self, question: type[Question], source: Source, rooms: Rooms, settings: Settings) -> None:
        self.question = question
        self.reader = Reader(question)
        self.source = source
        self.rooms = rooms
        self.wait_s = settings.min_revision_wait / 1000
        self.pure = not issubclass(question, Reading | Bounded | WholeGraph)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one GET."""
        visit = Visit(scope, receive)
        try:
            reply = (self._prompt(visit) if self._takes_json(visit) else None) or await self._reply(visit)
        except (EntenteError, Refused) as error:
            if problems.kind_of(error) is INTERNAL:
                raise
            reply = problems.reply(error, instance(scope), visit.revision, visit.ledger)
        whole = scope.get(WHOLE)
        if whole is None or not whole(reply):
            await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
            await send({"type": "http.response.body", "body": reply.body})

    def _takes_json(self, visit: Visit) -> bool:
        """Whether there is no other form that the client may like better."""
        question, accept = self.question, visit.accept
        return not question.media and accepts_json(accept) and not (question.lines and prefers_lines(accept))

    async def _reply(self, visit: Visit) -> Reply:
        if self._takes_json(visit):
            return await self._asked(visit)
        if self.question.lines and prefers_lines(visit.accept):
            visit.if_none_match = lines.known(visit.if_none_match)
            return lines.reply(self._prompt(visit) or await self._asked(visit))
        if not self.question.media:
            raise Refused(NOT_ACCEPTABLE, "Only JSON can be had here; accept application/json.")
        visit.query = self._formed(visit)
        return self._prompt(visit) or await self._asked(visit)

    def _formed(self, visit: Visit) -> bytes:
        """The query, with the form that Accept likes best if it names none itself. Errors: `Refused`."""
        if b"format=" in visit.query:
            return visit.query
        plain, *others = self.question.media
        liked = preferred(visit.accept, (plain, *others))
        if liked in others:
            return b"&".join(filter(None, (visit.query, b"format=" + self.question.media[liked].encode())))
        if liked is None and not accepts_json(visit.accept):
            raise Refused(NOT_ACCEPTABLE, f"What can be had here is {', '.join(self.question.media)}.")
        return visit.query

    async def _asked(self, visit: Visit) -> Reply:
        """Steps 4 to 8."""
        today = _today()
        asked = self.reader.read(visit.path_values(), visit.query, today)
        question = asked.question
        least = visit.least_revision()
        snapshot = await reaching(self.source, least, self.wait_s)
        if isinstance(question, WholeGraph) and not least:
            snapshot = self.rooms.heavy.settled(question, snapshot)
        visit.revision, visit.ledger = snapshot.revision, snapshot.ledger
        moment = question.moment(snapshot)
        visit.revision = moment.revision
        if question.strong:
            return await self._record(visit, asked, snapshot, moment)
        return await self._list(visit, asked, snapshot, moment, today)

    def _prompt(self, visit: Visit) -> Reply | None:
        """Steps 2 and 3: what can be told before the question is read, if there is a snapshot already that will do."""
        today = _today()
        if visit.if_none_match is not None and (unchanged := self._unchanged(visit, today)):
            return unchanged
        snapshot = self.source.newest if self.pure else None
        if snapshot is None or snapshot.revision < visit.least_revision():
            return None
        if known := self.rooms.replies.find(snapshot, visit.path, visit.query, today):
            return known.to(visit.if_none_match)
        return self._at_once(visit, snapshot, today)

    def _at_once(self, visit: Visit, snapshot: Snapshot, today: int) -> Reply | None:
        answered = self.question.at_once(visit.path_values(), visit.query, snapshot)
        if answered is None:
            return None
        answer, moment = answered
        tag = conditional.weak(answer.revision, conditional.mark(visit.path, visit.query, today), snapshot.ledger)
        return self._told(visit, snapshot, _listed(visit, answer, tag, conditional.cache_control(moment)))

    def _unchanged(self, visit: Visit, today: int) -> Reply | None:
        """Step 2, where what may be kept follows from the address alone."""
        if self.question.strong or b"known_at" in visit.query or visit.least_revision():
            return None
        snapshot = self.source.current()
        tag = conditional.weak(snapshot.revision, conditional.mark(visit.path, visit.query, today), snapshot.ledger)
        return not_modified(tag, conditional.CHECK_FIRST, snapshot.revision) if visit.if_none_match == tag else None

    async def _list(self, visit: Visit, asked: Asked, snapshot: Snapshot, moment: Moment, today: int) -> Reply:
        """A list or any other question: its tag is known beforehand, but for `*` there must be an answer."""
        question = asked.question
        tag = conditional.weak(moment.revision, conditional.mark(visit.path, visit.query, today), visit.ledger)
        kept = conditional.cache_control(moment, relative=question.relative)
        known = visit.if_none_match
        if known is not None and known != b"*" and conditional.matches(known, tag):
            return not_modified(tag, kept, moment.revision)
        answer = await self._answer(visit, question, snapshot)
        return self._told(visit, snapshot, _listed(visit, answer, tag, kept, asked.day if question.relative else None))

    async def _record(self, visit: Visit, asked: Asked, snapshot: Snapshot, moment: Moment) -> Reply:
        """A single record: its tag is made of what it shows."""
        answer = await self._answer(visit, asked.question, snapshot)
        if answer.location is not None:
            return self._elsewhere(visit, answer)
        tag = conditional.strong(moment.revision if answer.newest is None else answer.newest, visit.ledger)
        question = asked.question
        kept = conditional.cache_control(moment, relative=question.relative)
        day = asked.day if question.relative else None
        return self._told(visit, snapshot, Known(_ok(answer, tag, kept, None), tag, kept, answer.revision, day))

    def _told(self, visit: Visit, snapshot: Snapshot, known: Known) -> Reply:
        if self.pure:
            self.rooms.replies.keep(snapshot, visit.path, visit.query, known)
        return known.to(visit.if_none_match)

    async def _answer(self, visit: Visit, question: Question, snapshot: Snapshot) -> Answer:
        if isinstance(question, Reading):
            return await self.rooms.readers.run(question.read, snapshot, self.source.ledger)
        if isinstance(question, Bounded | WholeGraph):
            return await self.rooms.heavy.answer(question, snapshot, visit.receive)
        if question.effort(snapshot) > _MOMENT:
            return await self.rooms.heavy.aside(question, snapshot)
        return question.run(snapshot)

    def _elsewhere(self, visit: Visit, answer: Answer) -> Reply:
        """A redirect to the record's own id. A merge can be undone, so nobody may keep it."""
        here = re.sub(r"{\w+}", quote(answer.location or "", safe=":"), self.question.path, count=1)
        target = visit.root + here.encode() + (b"?" + visit.query if visit.query else b"")
        headers: Headers = (
            (b"location", conditional.uri(target)),
            (b"content-length", b"0"),
            (b"cache-control", conditional.CHECK_FIRST),
            (b"entente-revision", b"%d" % answer.revision),
            problems.VARY,
        )
        return problems.Reply(307, headers, b"")


async def reaching(source: Source, least: int, wait_s: float) -> Snapshot:
    """The newest snapshot, of revision `least` or later. Errors: `Behind`, `NotReady`."""
    snapshot = source.current()
    if snapshot.revision >= least:
        return snapshot
    deadline = time.monotonic() + wait_s
    while snapshot.revision < least:
        if time.monotonic() >= deadline:
            raise Behind(snapshot.revision, least)
        await asyncio.sleep(_POLL_S)
        snapshot = source.current()
    return snapshot


def _today() -> int:
    """The day, as an ordinal."""
    return int(time.time()) // _DAY_S + _EPOCH_DAY


class Visit:
    """What a door looks at in a request."""

    __slots__ = (
        "_raw_revision", "_values", "accept", "if_none_match", "ledger", "path", "query", "receive", "revision", "root",
    )  # fmt: skip

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.receive = receive
        self.path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
        self.root: bytes = scope.get("root_path", "").encode()
        self.query: bytes = scope["query_string"]
        self.revision: int | None = None
        self.ledger = ""
        self.accept = b""
        self.if_none_match: bytes | None = None
        self._raw_revision: bytes | None = None
        self._values: Mapping[str, str] = scope.get("path_params", {})
        for name, value in scope["headers"]:
            if name == b"accept":
                self.accept = self.accept + b"," + value if self.accept else value
            elif name == b"if-none-match":
                self.if_none_match = self.if_none_match + b"," + value if self.if_none_match else value.strip()
            elif name == b"entente-min-revision":
                self._raw_revision = value

    def path_values(self) -> Mapping[str, str]:
        """The path's parameters. Errors: `Refused` if the path is no text."""
        if b"%" in self.path:
            try:
                text = unquote_to_bytes(self.path).decode()
            except UnicodeDecodeError:
                raise Refused(BAD_REQUEST, "The path is not UTF-8.") from None
            if _CONTROL.search(text):
                raise Refused(BAD_REQUEST, "The path has a control character in it.")
        return self._values

    def least_revision(self) -> int:
        """What `Entente-Min-Revision` asks for, 0 without it."""
        if self._raw_revision is None:
            return 0
        if not _REVISION.fullmatch(self._raw_revision):
            raise Invalid.parameter("Entente-Min-Revision", "must be the number of a revision.")
        return int(self._raw_revision)


class QuestionRoute(APIRoute):
    """A route of FastAPI's in the OpenAPI document, and the bare door on the wire."""

    def __init__(self, door: Door) -> None:
        self.door = door
        question = door.question
        super().__init__(
            question.path,
            _no_parameters,
            methods=["GET"],
            response_model=question.answer,
            response_class=JSONResponse,
            response_description="The answer.",
            summary=question.summary,
            description=cleandoc(question.__doc__ or ""),
            tags=[question.tag],
            operation_id=question.name,
            name=question.name,
            openapi_extra=operation(question),
        )
        self.app = door


def mount(questions: Iterable[type[Question]], source: Source, rooms: Rooms, settings: Settings) -> list[QuestionRoute]:
    """The routes of all questions."""
    return [QuestionRoute(Door(question, source, rooms, settings)) for question in questions]


def _no_parameters() -> None:
    """FastAPI reads the parameters of a route from a function's signature; these are in `openapi_extra`."""


def _listed(visit: Visit, answer: Answer, tag: bytes, kept: bytes, day: int | None = None) -> Known:
    """A list that was answered, with the way to its next page; good on a day, if it said `today`."""
    link = conditional.next_link(visit.path, visit.query, answer.next) if answer.next else None
    return Known(_ok(answer, tag, kept, link), tag, kept, answer.revision, day)


def _ok(answer: Answer, tag: bytes, kept: bytes, link: bytes | None) -> Reply:
    headers: Headers = (
        (b"content-type", answer.media.encode()),
        (b"content-length", b"%d" % len(answer.body)),
        (b"etag", tag),
        (b"cache-control", kept),
        problems.VARY,
        (b"entente-revision", b"%d" % answer.revision),
    )
    return problems.Reply(200, (*headers, (b"link", link)) if link else headers, answer.body)
