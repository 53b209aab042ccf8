"""Every write as an endpoint, by one loop."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from app.negotiation import LINES
from app.writes import batch, described
from app.writes.answers import BatchOutcome
from app.writes.door import Door
from app.writes.records import RecordOrder
from app.writes.table import WRITES

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from app.writes.door import Desk
    from app.writes.table import Write


class WriteRoute(APIRoute):
    """A route of FastAPI's in the OpenAPI document, and the bare door on the wire."""

    def __init__(self, path: str, door: ASGIApp, name: str, **more: Any) -> None:  # noqa: ANN401 - FastAPI's own
        super().__init__(path, _no_parameters, operation_id=name, name=name, response_class=JSONResponse, **more)
        self.app = door


def mount(desk: Desk) -> list[WriteRoute]:
    """The routes of all writes."""
    return [*(_of(write, desk) for write in WRITES), _batch(desk)]


def _of(write: Write, desk: Desk) -> WriteRoute:
    media = ("application/json",) if write.statement is not None else ()
    return WriteRoute(
        write.path,
        Door(desk, partial(RecordOrder, write), write.scope, write.takes, media),
        write.name,
        methods=[write.method],
        response_model=write.answer,
        status_code=described.statuses(write)[0],
        response_description="The record as it is now read.",
        summary=write.summary,
        description=write.meaning,
        tags=[write.tag],
        openapi_extra=described.operation(write),
    )


def _batch(desk: Desk) -> WriteRoute:
    return WriteRoute(
        "/batch",
        Door(desk, batch.BatchOrder, "write", batch.TAKES, LINES),
        "write_batch",
        methods=["POST"],
        response_model=BatchOutcome,
        response_description="What came of each line.",
        summary="Write many records at once",
        description=batch.MEANING,
        tags=["batch"],
        openapi_extra=described.batch(),
    )


def _no_parameters() -> None:
    """FastAPI reads the parameters of a route from a function's signature; these are in `openapi_extra`."""
