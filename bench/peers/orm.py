"""The stack of the tutorials, with care: SQLModel tables with relationships, joined loading, a FastAPI response model.

It reads the file of the SQL written by hand, by the same indexes, and finds its page by the same two walks; rows become
objects, and objects become JSON. It lacks what that one lacks: evidence and merges as of `known_at`, and roll-up.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, cast

from fastapi import Depends, FastAPI, Request
from sqlalchemy import JSON, text
from sqlalchemy.orm import joinedload, selectinload
from sqlmodel import Field, Relationship, Session, SQLModel, col, create_engine, select
from starlette.types import ASGIApp

from bench.peers.asked import PAGE, Asked, items
from bench.peers.sql import path
from bench.peers.sqlite import FILE, selected
from graph.models import RelationPage

__all__ = ["LABEL", "app", "items", "path"]

LABEL: Final = "SQLModel, joined loading, FastAPI"

_OWN: Final = {
    "id", "start", "end", "end_status", "attributes", "about", "status", "attested", "confidence", "publishers",
    "version", "recorded_at", "retracted_at",
}  # fmt: skip


class Type(SQLModel, table=True):
    """A type of relation."""

    n: int = Field(primary_key=True)
    id: str
    label: str
    class_: str = Field(sa_column_kwargs={"name": "class"})
    sign: int
    intensity: float | None


class Actor(SQLModel, table=True):
    """An end of relations."""

    n: int = Field(primary_key=True)
    id: str = Field(unique=True)
    name: str
    kind: str


class Dataset(SQLModel, table=True):
    """Where claims come from."""

    n: int = Field(primary_key=True)
    id: str = Field(unique=True)
    title: str
    licence: str | None


class Claim(SQLModel, table=True):
    """A claim; what is JSON in it stands as text."""

    n: int = Field(primary_key=True)
    id: str
    relation_n: int = Field(foreign_key="relation.n", index=True, sa_column_kwargs={"name": "relation"})
    stance: str
    claimant: Any = Field(sa_type=JSON)
    said_on: str | None
    document: Any = Field(sa_type=JSON)
    dataset_n: int | None = Field(foreign_key="dataset.n", sa_column_kwargs={"name": "dataset"})
    record: str | None
    via: Any = Field(sa_type=JSON)
    quote: Any = Field(sa_type=JSON)
    attributes: Any = Field(sa_type=JSON)
    confidence: float | None
    coded_by: str | None
    version: int
    recorded_at: str
    retracted_at: str | None
    dataset: Dataset | None = Relationship()
    relation: "Relation" = Relationship(back_populates="claims")


class Relation(SQLModel, table=True):
    """A relation, and what its claims come to."""

    n: int = Field(primary_key=True)
    id: str
    type_n: int = Field(foreign_key="type.n", sa_column_kwargs={"name": "type"})
    source_n: int = Field(foreign_key="actor.n", sa_column_kwargs={"name": "source"})
    target_n: int = Field(foreign_key="actor.n", sa_column_kwargs={"name": "target"})
    first: int
    start: str | None
    end: str | None
    end_status: str
    attributes: Any = Field(sa_type=JSON)
    about: Any = Field(sa_type=JSON)
    status: str
    attested: bool
    confidence: float | None
    affirms: int
    denies: int
    doubts: int
    publishers: int
    version: int
    recorded_at: str
    retracted_at: str | None
    kind: Type = Relationship()
    source: Actor = Relationship(sa_relationship_kwargs={"foreign_keys": "Relation.source_n"})
    target: Actor = Relationship(sa_relationship_kwargs={"foreign_keys": "Relation.target_n"})
    claims: list[Claim] = Relationship(back_populates="relation")


def app(folder: Path) -> ASGIApp:
    """One route, with a session for each request; it runs in a thread, as routes that wait for a database do."""
    engine = create_engine(f"sqlite:///{folder / FILE}", connect_args={"check_same_thread": False})
    made = FastAPI(openapi_url=None)

    def session() -> Iterator[Session]:
        with Session(engine) as opened:
            yield opened

    @made.get("/actors/{actor}/relations", response_model=RelationPage, response_model_exclude_unset=True)
    def relations(actor: str, request: Request, opened: Annotated[Session, Depends(session)]) -> dict[str, Any]:
        asked = Asked.by(actor, request.query_params.multi_items())
        found = _found(opened, asked)
        following = f"{found[PAGE - 1].start},{found[PAGE - 1].id}" if len(found) > PAGE else None
        return {"items": [_told(each, asked) for each in found[:PAGE]], "next": following, "total": None}

    return made


def _found(session: Session, asked: Asked) -> list[Relation]:
    """One relation more than a page holds, if there are as many, with all that is shown of them."""
    sql, values = selected(asked, PAGE + 1)
    numbers = [row.n for row in session.connection().execute(text(sql), values)]
    whole = select(Relation).where(col(Relation.n).in_(numbers)).order_by(col(Relation.first).desc(), Relation.id)
    relation, claim = cast("Any", Relation), cast("Any", Claim)  # to types, a relationship is what it loads
    whole = whole.options(*(joinedload(each) for each in (relation.kind, relation.source, relation.target)))
    if asked.claims:
        whole = whole.options(selectinload(relation.claims).joinedload(claim.dataset))
    return list(session.exec(whole))


def _told(relation: Relation, asked: Asked) -> dict[str, Any]:
    kind = relation.kind
    told = relation.model_dump(include=_OWN) | {
        "type": kind.id,
        "label": kind.label,
        "class": kind.class_,
        "sign": kind.sign,
        "intensity": kind.intensity,
        "source": relation.source.model_dump(exclude={"n"}),
        "target": relation.target.model_dump(exclude={"n"}),
        "direction": "out" if relation.source.id == asked.actor else "in",
        "stances": {"affirms": relation.affirms, "denies": relation.denies, "doubts": relation.doubts},
    }
    if asked.claims:
        newest = sorted(relation.claims, key=lambda claim: claim.id)
        newest.sort(key=lambda claim: claim.recorded_at, reverse=True)
        told["claims"] = [_claim(relation, claim) for claim in newest[:20]]
    return told


def _claim(relation: Relation, claim: Claim) -> dict[str, Any]:
    dataset = claim.dataset.model_dump(exclude={"n"}) if claim.dataset else None
    return claim.model_dump(exclude={"n", "relation_n", "dataset_n"}) | {"relation": relation.id, "dataset": dataset}
