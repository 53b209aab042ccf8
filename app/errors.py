"""The one table from errors to status codes, and the errors that only HTTP knows.

`graph.errors` says what went wrong; here stands what a client is told about it. Whatever is not in the table is a fault
of the program: 500, with nothing but the request's id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graph import errors

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: the last part of its `type`, its status and title, and what a client can do about it."""

    slug: str
    status: int
    title: str
    meaning: str

    @property
    def type(self) -> str:
        """The stable URI reference, under which the kind is explained."""
        return f"/problems/{self.slug}"


BAD_REQUEST: Final = Kind("bad-request", 400, "Bad request", "The request is not well-formed HTTP. Correct it.")
BAD_CURSOR: Final = Kind(
    "bad-cursor",
    400,
    "Bad cursor",
    "The cursor is not one of this service, or belongs to other filters. Begin again without it.",
)
UNAUTHORIZED: Final = Kind(
    "unauthorized", 401, "Unauthorized", "Writing needs an API key: Authorization: Bearer ent_... The detail says more."
)
FORBIDDEN: Final = Kind("forbidden", 403, "Forbidden", "The key does not have the scope that the detail names.")
NOT_FOUND: Final = Kind("not-found", 404, "Not found", "Nothing is recorded under this id at the moment asked about.")
NO_SUCH_PATH: Final = Kind("no-such-path", 404, "No such path", "The service has no such path; /openapi.json has all.")
METHOD_NOT_ALLOWED: Final = Kind(
    "method-not-allowed", 405, "Method not allowed", "The path exists; the Allow header names what it can be asked."
)
NOT_ACCEPTABLE: Final = Kind(
    "not-acceptable", 406, "Not acceptable", "The Accept header leaves out every form the answer has. Accept JSON."
)
CONFLICT: Final = Kind("conflict", 409, "Conflict", "The request clashes with what is recorded; the detail names it.")
GONE: Final = Kind("gone", 410, "Gone", "The record was retracted; the detail has the reason. Its versions remain.")
STALE: Final = Kind("stale", 412, "Stale", "The record has changed since it was read. Read it again, then decide.")
BODY_TOO_LARGE: Final = Kind("body-too-large", 413, "Body too large", "Send a smaller body, or several.")
URL_TOO_LONG: Final = Kind("url-too-long", 414, "URL too long", "Send fewer or shorter parameters.")
UNSUPPORTED_MEDIA_TYPE: Final = Kind(
    "unsupported-media-type", 415, "Unsupported media type", "Send the body as the media type that the detail names."
)
INVALID: Final = Kind(
    "invalid", 422, "Invalid", "A parameter or a statement breaks a rule; `errors` names each, with what would do."
)
PRECONDITION_REQUIRED: Final = Kind(
    "precondition-required",
    428,
    "Precondition required",
    "Read the record, then send its strong ETag as If-Match, so that no other writer's change is overwritten unseen.",
)
TOO_MANY_REQUESTS: Final = Kind(
    "too-many-requests", 429, "Too many requests", "The limit is used up. Try again after Retry-After seconds."
)
HEADERS_TOO_LARGE: Final = Kind("headers-too-large", 431, "Headers too large", "Send fewer or shorter headers.")
INTERNAL: Final = Kind("internal", 500, "Internal error", "A fault of the service; its log has the request id.")
NOT_READY: Final = Kind("not-ready", 503, "Not ready", "The service is loading. Try again after Retry-After seconds.")
BEHIND: Final = Kind(
    "behind", 503, "Behind", "The revision asked for has not arrived here yet. Try again after Retry-After seconds."
)
BUSY: Final = Kind("busy", 503, "Busy", "Too much at once. Try again after Retry-After seconds.")
LOST: Final = Kind(
    "connection-lost",
    503,
    "Connection lost",
    "The database went away meanwhile. A write may have been made or not; its Idempotency-Key makes a repetition safe.",
)
QUERY_BUDGET: Final = Kind(
    "query-budget",
    503,
    "Over budget",
    "The answer would cost more than a question may. Ask a narrower one: a shorter time, a type, fewer actors.",
)
FULL: Final = Kind("full", 507, "Full", "There is no room left to write; reading goes on.")

KINDS: Final[Mapping[str, Kind]] = {
    kind.slug: kind
    for kind in (
        BAD_REQUEST,
        BAD_CURSOR,
        UNAUTHORIZED,
        FORBIDDEN,
        NOT_FOUND,
        NO_SUCH_PATH,
        METHOD_NOT_ALLOWED,
        NOT_ACCEPTABLE,
        CONFLICT,
        GONE,
        STALE,
        BODY_TOO_LARGE,
        URL_TOO_LONG,
        UNSUPPORTED_MEDIA_TYPE,
        INVALID,
        PRECONDITION_REQUIRED,
        TOO_MANY_REQUESTS,
        HEADERS_TOO_LARGE,
        INTERNAL,
        NOT_READY,
        BEHIND,
        BUSY,
        LOST,
        QUERY_BUDGET,
        FULL,
    )
}

TABLE: Final[Mapping[type[errors.EntenteError], Kind]] = {
    errors.NotFound: NOT_FOUND,
    errors.Gone: GONE,
    errors.Invalid: INVALID,
    errors.BadCursor: BAD_CURSOR,
    errors.Conflict: CONFLICT,
    errors.Stale: STALE,
    errors.NotReady: NOT_READY,
    errors.Behind: BEHIND,
    errors.Busy: BUSY,
    errors.Lost: LOST,
    errors.OverBudget: QUERY_BUDGET,
    errors.Full: FULL,
    errors.LedgerDamaged: INTERNAL,
}


class Refused(Exception):  # noqa: N818 - `raise Refused(URL_TOO_LONG, ...)` is the sentence
    """A request that HTTP itself lets the service refuse; `detail` is told to the client."""

    def __init__(self, kind: Kind, detail: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        super().__init__(kind, detail, headers)
        self.kind = kind
        self.detail = detail
        self.headers = headers

    def __str__(self) -> str:
        return self.detail
