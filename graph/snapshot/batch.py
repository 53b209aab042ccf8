"""Rows as the ledger hands them out, and how they become columns: numbers to scan, JSON to read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from graph.snapshot.columns import NONE, OPEN

if TYPE_CHECKING:
    from collections.abc import Sequence

STANCES: Final = ("affirms", "denies", "doubts")
ABOUT_AS: Final = ("content", "evidence", "response", "retaliation", "condition")
"""Closed sets of the model, in the order of their numbers in columns."""

Rows = dict[str, list[Any]]
"""New rows of one table: a list a column, named as in the ledger, nulls as None."""
Reasons = dict[int, tuple[str | None, dict[str, str]]]
"""Revision -> the reason of that change, and those of single records in it by `<kind>/<id>`."""


@dataclass(slots=True)
class Batch:
    """What the ledger wrote since the last batch: new rows a table."""

    changes: Rows = field(default_factory=dict)
    actors: Rows = field(default_factory=dict)
    names: Rows = field(default_factory=dict)
    identifiers: Rows = field(default_factory=dict)
    documents: Rows = field(default_factory=dict)
    datasets: Rows = field(default_factory=dict)
    relations: Rows = field(default_factory=dict)
    claims: Rows = field(default_factory=dict)
    merges: Rows = field(default_factory=dict)
    pointers: Rows = field(default_factory=dict)


@dataclass(slots=True)
class Pointer:
    """One absorbed actor's pointer to its survivor, and the revisions `[written, ended)` at which it held."""

    n: int
    absorbed: int
    survivor: int
    written: int
    ended: int


def claim_core(rows: Rows, at: int) -> bytes:
    """What only a reader sees of a claim, as JSON."""
    quote = None
    if rows["quote_exact"][at] is not None:
        quote = {key: rows[f"quote_{key}"][at] for key in ("exact", "prefix", "suffix", "start", "end")}
    return orjson.dumps(
        {
            "record": rows["record"][at],
            "via": [first - 1 for first in orjson.loads(rows["via"][at] or "[]")],
            "quote": quote,
            "attributes": orjson.loads(rows["attributes"][at] or "{}"),
            "coded_by": rows["coded_by"][at],
        }
    )


def chain(rows: Rows) -> dict[str, Any]:
    """The life of new versions; what ended them is told apart (`Tables.end`)."""
    ended = np.full(len(rows["n"]), OPEN, np.int32)
    return {"first": refs(rows["first"]), "version": rows["version"], "written": rows["written"], "ended": ended}


def refs(numbers: Sequence[int | None]) -> np.ndarray:
    """Row numbers of the ledger as rows of our columns."""
    return np.fromiter((NONE if n is None else n - 1 for n in numbers), np.int32, len(numbers))


def ints(numbers: Sequence[int | None]) -> np.ndarray:
    """Numbers, nulls as 0: packed dates are never 0."""
    return np.fromiter((n or 0 for n in numbers), np.int64, len(numbers))


def grouped(rows: Rows, key: str, shown: tuple[str, ...]) -> dict[int, list[dict[str, Any]]]:
    """Rows of a part table by the version row that they belong to, in their order."""
    groups: dict[int, list[dict[str, Any]]] = {}
    for at, owner in enumerate(rows.get(key, ())):
        groups.setdefault(owner, []).append({name: rows[name][at] for name in shown})
    return groups
