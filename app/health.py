"""Is it alive, can it answer, what is it: the few paths about the service itself."""

from importlib.metadata import version
from typing import Annotated, Any

from fastapi import FastAPI, Path
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from app import explorer
from app.errors import KINDS, NOT_FOUND, Refused
from app.negotiation import prefers_page
from app.source import Source
from graph.text import nearest


class _Shown(BaseModel):
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class Health(_Shown):
    """The process is alive."""

    status: Annotated[str, Field(description="Always `ok`.", examples=["ok"])] = "ok"


class Readiness(_Shown):
    """The process can answer questions."""

    status: Annotated[str, Field(description="Always `ready`.", examples=["ready"])] = "ready"
    revision: Annotated[int, Field(description="The newest revision that it knows.", examples=[1])]


class Link(_Shown):
    """Where to go."""

    href: Annotated[str, Field(description="A path of this service.", examples=["/actors"])]
    what: Annotated[str, Field(description="What is found there.", examples=["All actors"])]


class ServiceDescription(_Shown):
    """What this service is."""

    name: Annotated[str, Field(description="The name of the service.", examples=["Entente"])]
    version: Annotated[str, Field(description="Its version.", examples=["0.1.0"])]
    description: Annotated[str, Field(description="What it is for.")]
    links: Annotated[list[Link], Field(description="Where to begin.")]


class ProblemKind(_Shown):
    """A kind of problem: what the `type` of an error stands for."""

    type: Annotated[str, Field(description="The URI reference that problems of this kind carry.")]
    status: Annotated[int, Field(description="Its HTTP status code.")]
    title: Annotated[str, Field(description="Its title.")]
    meaning: Annotated[str, Field(description="What it means, and what to do about it.")]


class ProblemKinds(_Shown):
    """All kinds of problems."""

    items: Annotated[list[ProblemKind], Field(description="Each kind once.")]


_LINKS = (
    Link(href="/actors", what="All actors; narrow them by q, kind, member_of"),
    Link(href="/actors/russia/relations?type=sanction", what="The main query: an actor's relations, here sanctions"),
    Link(href="/types", what="The vocabulary of relations"),
    Link(href="/search?q=moscow", what="Actors, quotes and documents, in any spelling"),
    Link(href="/stats", what="What there is, and from when to when"),
    Link(href="/docs", what="Every operation, to try out"),
    Link(href="/openapi.json", what="The same for programs"),
    Link(href="/problems", what="What can go wrong"),
)


def add(paths: FastAPI, source: Source) -> None:
    """Add the paths about the service itself."""

    @paths.get(
        "/",
        response_model=ServiceDescription,
        responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
        operation_id="show_service",
        tags=["service"],
        summary="What this is",
    )
    async def show_service(request: Request) -> Response:
        """Name, version and where to begin; to a browser, which prefers `text/html`, the explorer."""
        if prefers_page(request.headers.get("accept", "").encode("latin-1")):
            return await explorer.page(request)
        about = ServiceDescription(
            name="Entente",
            version=version("entente"),
            description="A knowledge graph of political actors and the typed, dated, sourced relations between them.",
            links=list(_LINKS),
        )
        return JSONResponse(about.model_dump(), headers={"vary": "Accept, Accept-Encoding"})

    @paths.get(
        "/healthz", response_model=Health, operation_id="check_health", tags=["service"], summary="Whether it is alive"
    )
    async def check_health() -> Response:
        """200 as long as the process answers at all."""
        return _now(Health())

    @paths.get(
        "/readyz",
        response_model=Readiness,
        operation_id="check_readiness",
        tags=["service"],
        summary="Whether it can answer",
    )
    async def check_readiness() -> Response:
        """200 once the graph is loaded; until then a 503 that says how far it is."""
        return _now(Readiness(revision=source.current().revision))

    @paths.get(
        "/problems",
        response_model=ProblemKinds,
        operation_id="list_problems",
        tags=["service"],
        summary="What can go wrong",
    )
    async def list_problems() -> Response:
        """Every kind of problem that an error's `type` can name."""
        return JSONResponse({"items": [_explained(slug) for slug in KINDS]})

    @paths.get(
        "/problems/{id}",
        response_model=ProblemKind,
        operation_id="show_problem",
        tags=["service"],
        summary="One kind of problem",
    )
    async def show_problem(
        id: Annotated[  # noqa: A002 - the product's word for it
            str, Path(description="The last part of a problem's `type`.", examples=["not-found"])
        ],
    ) -> Response:
        """What the `type` of an error stands for, and what to do about it."""
        if id not in KINDS:
            near = nearest(id, KINDS)
            raise Refused(NOT_FOUND, "There is no such kind of problem." + (f' Was "{near}" meant?' if near else ""))
        return JSONResponse(_explained(id))


def _now(state: _Shown) -> Response:
    return JSONResponse(state.model_dump(), headers={"cache-control": "no-store"})


def _explained(slug: str) -> dict[str, Any]:
    kind = KINDS[slug]
    return {"type": kind.type, "status": kind.status, "title": kind.title, "meaning": kind.meaning}
