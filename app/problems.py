"""Every error as one shape: RFC 9457 `application/problem+json`."""

from typing import Annotated, Any, NamedTuple

import orjson
from pydantic import BaseModel, ConfigDict, Field

from app import conditional
from app.errors import INTERNAL, TABLE, Kind, Refused
from graph.errors import Behind, Busy, EntenteError, Gone, Invalid, Lost, NotReady

MEDIA_TYPE = b"application/problem+json"
VARY = (b"vary", b"Accept, Accept-Encoding")
"""What every answer depends on beside its address, refusals included: a cache must not mix them up."""

Headers = tuple[tuple[bytes, bytes], ...]


class Fault(BaseModel):
    """One broken rule: where it is, and what would do."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    parameter: Annotated[str | None, Field(description="The query, path or header parameter at fault.")] = None
    pointer: Annotated[str | None, Field(description="A JSON pointer into the body that was sent.")] = None
    detail: Annotated[str, Field(description="What is wrong, and what would do.")]


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    type: Annotated[
        str, Field(description="A stable URI reference of the kind of problem.", examples=["/problems/invalid"])
    ]
    title: Annotated[str, Field(description="The kind of problem in words.", examples=["Invalid"])]
    status: Annotated[int, Field(description="The HTTP status code.", examples=[422])]
    detail: Annotated[
        str,
        Field(
            description="What is wrong with this request, for a reader.",
            examples=['tpye: there is no such parameter. Was "type" meant?'],
        ),
    ]
    instance: Annotated[str, Field(description="The path of the request.", examples=["/actors/russia/relations"])]
    errors: Annotated[
        list[Fault],
        Field(
            description="Each fault by its place; empty where the request has none.",
            examples=[[{"parameter": "tpye", "detail": 'there is no such parameter. Was "type" meant?'}]],
        ),
    ] = []


class Reply(NamedTuple):
    """An HTTP answer, ready to be sent."""

    status: int
    headers: Headers
    body: bytes


def reply(error: EntenteError | Refused, instance: str, revision: int | None = None, ledger: str = "") -> Reply:
    """The problem of an expected error; `revision` of `ledger` is what was looked at."""
    kind = kind_of(error)
    extra: Headers = error.headers if isinstance(error, Refused) else ()
    if isinstance(error, NotReady):
        extra = ((b"retry-after", b"%d" % error.retry_after),)
    elif isinstance(error, (Behind, Busy, Lost)):
        extra = ((b"retry-after", b"1"),)
    elif isinstance(error, Gone):
        extra = ((b"etag", conditional.strong(error.newest, ledger)),)
    if revision is not None:
        extra = (*extra, (b"entente-revision", b"%d" % revision))
    faults = error.faults if isinstance(error, Invalid) else ()
    told = tuple({fault.where: fault.name, "detail": fault.detail} for fault in faults)
    return written(kind, str(error), instance, extra, told)


def internal(instance: str, request_id: str) -> Reply:
    """A fault of the program: the client learns the request's id and nothing else."""
    return written(INTERNAL, f"The service failed. Its log has the reason under request id {request_id}.", instance)


def kind_of(error: EntenteError | Refused) -> Kind:
    """The row of the table for an error, by its nearest class."""
    if isinstance(error, Refused):
        return error.kind
    for known in type(error).__mro__:
        if kind := TABLE.get(known):
            return kind
    return INTERNAL


def written(
    kind: Kind, detail: str, instance: str, extra: Headers = (), errors: tuple[dict[str, str], ...] = ()
) -> Reply:
    """A problem as bytes with its headers."""
    document: dict[str, Any] = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": instance,
        "errors": errors,
    }
    body = orjson.dumps(document)
    cache = b"no-store" if kind.status >= INTERNAL.status else b"no-cache"
    headers: Headers = (
        (b"content-type", MEDIA_TYPE),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", cache),
        VARY,
        *extra,
    )
    return Reply(kind.status, headers, body)
