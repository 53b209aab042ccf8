"""Short ways to state things in tests."""

# ruff: noqa: A002, ANN401 - the fields are called so; whatever a statement may hold
from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg

from graph.models import (
    ActorStatement,
    ClaimStatement,
    DatasetStatement,
    DocumentStatement,
    MergeStatement,
    RelationStatement,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.store import Claimed, Store, Writer


def actor(id: str | None, kind: str = "state", name: str | None = None, **more: Any) -> ActorStatement:
    return ActorStatement.model_validate({"id": id, "kind": kind, "name": name or str(id).title(), **more})


def document(id: str | None = "d1", publisher: str = "paper", on: str = "2026-02-09", **more: Any) -> DocumentStatement:
    return DocumentStatement.model_validate({"id": id, "publisher": publisher, "published_on": on, **more})


def dataset(id: str | None = "icews", title: str = "ICEWS", **more: Any) -> DatasetStatement:
    return DatasetStatement.model_validate({"id": id, "title": title, **more})


def relation(type: str = "accuse", source: str = "russia", target: str = "us", **more: Any) -> RelationStatement:
    return RelationStatement.model_validate({"type": type, "source": source, "target": target, **more})


def claim(relation: RelationStatement | str, **more: Any) -> ClaimStatement:
    stated = {"id": relation} if isinstance(relation, str) else relation
    given = {} if {"document", "dataset"} & more.keys() else {"document": "d1"}
    return ClaimStatement.model_validate({"relation": stated, "stance": "affirms", **given, **more})


def merging(*absorbed: str, reason: str = "the same") -> MergeStatement:
    return MergeStatement(absorb=list(absorbed), reason=reason)


def begin(store: Store) -> None:
    """Record who is spoken of in most tests."""
    with store.write() as w:
        for id_, kind in (("us", "state"), ("russia", "state"), ("lavrov", "person"), ("paper", "unknown")):
            w.add_actor(actor(id_, kind))
        w.add_actor(actor("brics", "bloc"))
        w.add_document(document())
        w.add_dataset(dataset())


def claimed(store: Store, relation: RelationStatement | str, **more: Any) -> Claimed:
    """Record one claim in a revision of its own."""
    with store.write() as w:
        return w.claim(claim(relation, **more))


def one(store: Store, verb: str, *arguments: Any, **more: Any) -> Any:
    """Do one thing in a revision of its own."""
    with store.write() as w:
        return getattr(w, verb)(*arguments, **more)


def writes(writer: Writer, id: str) -> None:
    """Add one more actor."""
    writer.add_actor(actor(id))


@contextmanager
def held(database_url: str) -> Iterator[None]:
    """Another process has the ledger's lock."""
    if database_url.startswith("sqlite"):
        file = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
        file.execute("BEGIN IMMEDIATE")
        yield
        file.close()
        return
    with psycopg.connect(database_url) as server:
        server.execute("UPDATE head SET revision = revision + 1")
        yield
        server.rollback()
