"""The framework's floor: a FastAPI route that declares eight parameters with their types, and sends constant bytes.

It answers nothing; it shows what declaring parameters to the framework costs before any work is done.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final, Literal

from fastapi import FastAPI, Query, Response

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp

    from bench.asks import Ask

LABEL: Final = "FastAPI, 8 typed parameters, constant bytes"

_made = FastAPI(openapi_url=None)
_bytes = cache(lambda size: b"x" * size)


@_made.get("/sized/{size}/actors/{actor}/relations")
async def relations(  # noqa: PLR0913, PLR0917 - eight parameters in the query are what is measured
    size: int,
    actor: str,
    type: Annotated[list[str] | None, Query()] = None,  # noqa: A002 - our service's word for it
    quad_class: Annotated[list[str] | None, Query(alias="class")] = None,
    other: Annotated[list[str] | None, Query(alias="with")] = None,
    direction: Literal["in", "out", "any"] = "any",
    valid_from: date | None = None,
    valid_to: date | None = None,
    known_at: datetime | None = None,
    include: Annotated[list[str] | None, Query()] = None,
) -> Response:
    """Constant bytes, whatever was asked."""
    del actor, type, quad_class, other, direction, valid_from, valid_to, known_at, include
    return Response(_bytes(size), media_type="application/json")


def app(folder: Path) -> ASGIApp:
    """The application."""
    del folder
    return _made


def path(ask: Ask, size: int) -> str:
    """The same question, with the number of bytes before it."""
    return f"/sized/{size}{ask.theirs}"
