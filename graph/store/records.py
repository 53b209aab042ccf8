"""Records by kind and id: which table they are in, which rows are theirs, and why a change touched them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from graph.store.transaction import ACTOR, CLAIM, DATASET, DOCUMENT, MERGE, RELATION

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

RECORDS = {
    "actor": ACTOR,
    "document": DOCUMENT,
    "dataset": DATASET,
    "relation": RELATION,
    "claim": CLAIM,
    "merge": MERGE,
}
"""The table of each kind of record."""


def called(kind: str) -> list[ColumnElement[bool]]:
    """Say which rows are versions of a record, with `id` and `tag` left open (see `calling`)."""
    if kind != "claim":
        return [RECORDS[kind].c.id == bindparam("id")]
    relation = (RELATION.c.id == bindparam("id"), RELATION.c.version == 1)
    number = select(RELATION.c.n).where(*relation).scalar_subquery()
    return [CLAIM.c.relation == number, CLAIM.c.tag == bindparam("tag")]


def calling(kind: str, id: str) -> dict[str, str]:  # noqa: A002 - the product's word for it
    """Say which record is meant. A claim's id is its relation's, a dot and its tag."""
    if kind != "claim":
        return {"id": id}
    relation, _, tag = id.partition(".")
    return {"id": relation, "tag": tag}


def reason_in(change: Any, kind: str, id: str) -> str | None:  # noqa: A002, ANN401 - as above; a row
    """Tell the reason for one record out of a change: its own, else the change's."""
    own: dict[str, str] = json.loads(change.details)["reasons"] if change.details is not None else {}
    reason: str | None = own.get(f"{kind}/{id}", change.reason)
    return reason
