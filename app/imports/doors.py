"""The paths of imports as ASGI applications: one that takes files in, one that takes back, three that tell."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import orjson

from app import access, conditional, problems
from app.envelope import UPLOADS as PATH
from app.envelope import instance
from app.errors import INTERNAL, NOT_ACCEPTABLE, STALE, UNSUPPORTED_MEDIA_TYPE, Refused
from app.imports.asked import Paged, Wanted, given
from app.negotiation import accepts_json
from app.writes.asked import Headers, parameters
from app.writes.door import ClientLeft
from graph.errors import EntenteError, Invalid
from graph.store import jobs

__all__ = ["PATH", "Desk", "JobDoor", "JobsDoor", "RejectsDoor", "UndoDoor", "UploadDoor"]

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from app.access import Access
    from app.imports.folder import Folder, Upload
    from app.imports.runner import Runner
    from app.problems import Reply
    from app.source import Source
    from app.threads import Threads
    from graph.models import ImportJob
    from graph.store.jobs import Told
    from graph.store.keys import Holder

_AT_ONCE: Final = 2**20
"""As many bytes are gathered before they are written in one go, in a thread."""
_FORMS: Final = ("multipart/",)
_CURATED: Final = frozenset({"ndjson"})
"""Formats whose lines may retract and merge."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What all of them share."""

    source: Source
    access: Access
    readers: Threads
    line: Threads
    folder: Folder
    runner: Runner


@dataclass(frozen=True, slots=True)
class Door:
    """One path and method."""

    desk: Desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            revision = self.desk.source.current().revision
            headers = Headers(scope)
            _refuse_other_answers(headers)
            reply = await self.answer(scope, headers, receive)
            reply = reply._replace(headers=(*reply.headers, (b"entente-revision", b"%d" % revision)))
        except ClientLeft:
            return
        except (EntenteError, Refused) as error:
            if problems.kind_of(error) is INTERNAL:
                raise
            reply = problems.reply(error, instance(scope))
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def answer(self, scope: Scope, headers: Headers, receive: Receive) -> Reply:
        """The answer. Errors: `EntenteError`, `Refused`."""
        raise NotImplementedError  # pragma: no cover - each door has an answer


class UploadDoor(Door):
    """POST /imports: the file goes to disk as it comes, and then is a job."""

    async def answer(self, scope: Scope, headers: Headers, receive: Receive) -> Reply:
        """Take a file in."""
        holder = await self.desk.access.holder(headers.each("Authorization"), scope)
        access.require(holder, "write")
        wanted = Wanted.of(scope["query_string"])
        if wanted.importer.name in _CURATED:
            access.require(holder, "curate")
        _refuse_forms(headers)
        upload = await asyncio.to_thread(self.desk.folder.begin)
        try:
            await self._take(upload, receive)
            _refuse_other_size(upload.size, wanted)
            n = await self.desk.line.run(self._keep, upload, wanted, holder, headers)
        except BaseException:
            await asyncio.to_thread(upload.drop)
            raise
        self.desk.runner.wake()
        job = await self.desk.readers.run(jobs.get, self.desk.source.store, n)
        return _reply(202, job, location=scope.get("root_path", "") + f"{PATH}/{job.id}")

    async def _take(self, upload: Upload, receive: Receive) -> None:
        """Write the body to disk. Errors: `ClientLeft`; `Refused` if it is too large, `Full`."""
        parts, size = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size >= _AT_ONCE or not message.get("more_body", False):
                await asyncio.to_thread(upload.take, b"".join(parts))
                parts, size = [], 0
            if not message.get("more_body", False):
                return

    def _keep(self, upload: Upload, wanted: Wanted, holder: Holder, headers: Headers) -> int:
        """Make a job of a file that has come in, or find the one that the same request made before."""
        upload.keep()
        asked = jobs.Asked(wanted.importer.name, wanted.into.dataset, wanted.on_error, upload.size, wanted.said)
        same = headers.idempotency(b"import", repr(asked).encode(), upload.digest.digest())
        with self.desk.source.store.write(by=holder.contributor, op="import", idempotency=same) as writer:
            if writer.replayed is None:
                n = jobs.add(writer, asked)
                writer.result = (202, {"import": n})
                upload.path.replace(self.desk.folder.file(n))
                return n
        upload.drop()
        return int(writer.replayed.result["import"])


class UndoDoor(Door):
    """DELETE /imports/{id}: what it brought in is retracted."""

    async def answer(self, scope: Scope, headers: Headers, receive: Receive) -> Reply:
        """Take an import back."""
        holder = await self.desk.access.holder(headers.each("Authorization"), scope)
        access.require(holder, "curate")
        reason = parameters(scope["query_string"], ("reason",)).reason
        if reason is None:
            raise Invalid.parameter("reason", "is required: say why, as ?reason=...")
        n = jobs.number_of(scope["path_params"]["id"])
        known = headers.known_tags(f"{PATH}/i{n}")
        while (message := await receive()).get("more_body", False):
            pass
        if message["type"] == "http.disconnect":
            raise ClientLeft
        return _reply(200, await self.desk.line.run(self._undo, n, known, reason, holder))

    def _undo(self, n: int, known: frozenset[bytes], reason: str, holder: Holder) -> ImportJob:
        store = self.desk.source.store
        with store.write(by=holder.contributor, op="undo", reason=reason) as writer:
            if _tag(_body(jobs.get(store, n))) not in known:
                raise Refused(STALE, f"The import i{n} has moved on since it was read. Read it again, then decide.")
            jobs.undo(writer, n)
        self.desk.source.reaching(writer.revision)
        return jobs.get(store, n)


class JobDoor(Door):
    """GET /imports/{id}: how far it is."""

    async def answer(self, scope: Scope, headers: Headers, receive: Receive) -> Reply:  # noqa: ARG002 - as all doors
        """Tell of one."""
        given(scope["query_string"], ())
        n = jobs.number_of(scope["path_params"]["id"])
        reply = _reply(200, await self.desk.readers.run(jobs.get, self.desk.source.store, n))
        known = headers.all("If-None-Match")
        tag = dict(reply.headers)[b"etag"]
        if known and conditional.matches(known, tag):
            return problems.Reply(304, tuple(pair for pair in reply.headers if not pair[0].startswith(b"content")), b"")
        return reply


class JobsDoor(Door):
    """GET /imports: all of them."""

    async def answer(self, scope: Scope, headers: Headers, receive: Receive) -> Reply:  # noqa: ARG002 - as all doors
        """Tell of many."""
        asked = Paged.of(PATH, scope["query_string"], by_state=True)
        run = self.desk.readers.run
        told = await run(jobs.listed, self.desk.source.store, asked.states, asked.after, asked.limit)
        last = None if len(told.items) <= asked.limit else jobs.number_of(told.items[asked.limit - 1].id)
        return _page(scope, asked, told, last)


class RejectsDoor(Door):
    """GET /imports/{id}/rejects: what could not come in."""

    async def answer(self, scope: Scope, headers: Headers, receive: Receive) -> Reply:  # noqa: ARG002 - as all doors
        """Tell of many."""
        n = jobs.number_of(scope["path_params"]["id"])
        asked = Paged.of(scope["path"], scope["query_string"])
        store, run = self.desk.source.store, self.desk.readers.run
        await run(jobs.get, store, n)
        after = asked.after or 0
        told = await run(jobs.rejects, store, n, after, asked.limit)
        return _page(scope, asked, told, after + asked.limit if len(told.items) > asked.limit else None)


def _refuse_other_answers(headers: Headers) -> None:
    """Errors: `Refused` if Accept leaves no room for JSON."""
    if not accepts_json(headers.all("Accept")):
        raise Refused(NOT_ACCEPTABLE, "Only JSON can be had here; accept application/json.")


def _refuse_forms(headers: Headers) -> None:
    """Errors: `Refused` if the body is a form around the file, or encoded in a way that is not undone."""
    media = (headers.text("Content-Type") or "").lower()
    encoding = (headers.text("Content-Encoding") or "identity").lower()
    if media.startswith(_FORMS):
        told = "Send the file itself as the body, as curl --data-binary @FILE does, not in a form."
        raise Refused(UNSUPPORTED_MEDIA_TYPE, told)
    if encoding not in {"identity", "gzip", "x-gzip"}:
        raise Refused(UNSUPPORTED_MEDIA_TYPE, f'Content-Encoding "{encoding[:40]}" is not read; gzip is, or none.')


def _refuse_other_size(size: int, wanted: Wanted) -> None:
    """Errors: `Invalid` if there is no file where one is wanted, or one where none is."""
    if bool(size) != wanted.importer.takes_file:
        none = f"{wanted.importer.name} takes no file."
        raise Invalid.pointer("", "The body is empty: it is the file." if wanted.importer.takes_file else none)


def _page(scope: Scope, asked: Paged, told: Told, last: int | None) -> Reply:
    """A page of a list."""
    following = None if last is None else asked.cursor(last)
    items = [item.model_dump() for item in told.items[: asked.limit]]
    body = orjson.dumps({"items": items, "next": following, "total": told.total if asked.count else None})
    headers = _headers(body)
    if following is not None:
        path = (scope.get("root_path", "") + scope["path"]).encode()
        headers = (*headers, (b"link", conditional.next_link(path, scope["query_string"], following)))
    return problems.Reply(200, headers, body)


def _reply(status: int, job: ImportJob, location: str | None = None) -> Reply:
    body = _body(job)
    more = () if location is None else ((b"location", conditional.uri(location.encode())),)
    return problems.Reply(status, (*_headers(body), (b"etag", _tag(body)), *more), body)


def _headers(body: bytes) -> problems.Headers:
    return (
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", conditional.CHECK_FIRST),
        (b"vary", b"Accept, Accept-Encoding"),
    )


def _body(job: ImportJob) -> bytes:
    said: Mapping[str, Any] = job.model_dump()
    return orjson.dumps(said)


def _tag(body: bytes) -> bytes:
    return b'"%s"' % blake2b(body, digest_size=8).hexdigest().encode()
