"""Rows as the ledger hands them out, and how they become columns: numbers to scan, JSON to read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import orjson

from graph.snapshot.columns import OPEN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STANCES: Final = ("affirms", "denies", "doubts")
ABOUT_AS: Final = ("content", "evidence", "response", "retaliation", "condition")
END_STATUSES: Final = ("ended", "ongoing", "unknown")
"""Closed sets of the model, in the order of their numbers in columns."""

Rows: TypeAlias = "dict[str, Sequence[Any]]"
"""New rows of one table: values by column, named as in the ledger; nulls are None, but 0 for references and dates.

Words out of the closed sets come as their numbers, `NONE` for none. Whole numbers may come as an array.
"""
Reasons = dict[int, tuple[str | None, dict[str, str]]]
"""Revision -> the reason of that change, and those of single records in it by `<kind>/<id>`."""


_CORE: Final = b'{"record":%b,"via":%b,"quote":%b,"attributes":%b%b,"coded_by":%b}'
_PLAIN: Final = _CORE % (b"%b", b"[]", b"null", b"{}", b"", b"null")
"""The core of a claim that tells its record, or not even that."""


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


def claim_cores(rows: Rows) -> list[bytes]:
    """What only a reader sees of each claim, as JSON: and the confidence, if there is one, as it is shown."""
    unsure = [one is None for one in rows["confidence"]]
    if all(unsure) and not any(map(any, (rows[name] for name in ("via", "quote_exact", "attributes", "coded_by")))):
        return [_PLAIN % (b"null" if record is None else orjson.dumps(record)) for record in rows["record"]]
    coders = {coder: orjson.dumps(coder) for coder in set(rows["coded_by"])}
    columns = (rows[name] for name in ("record", "via", "quote_exact", "attributes", "confidence", "coded_by"))
    return [
        _CORE
        % (
            b"null" if record is None else orjson.dumps(record),
            b"[]" if via is None else orjson.dumps([first - 1 for first in orjson.loads(via)]),
            b"null" if exact is None else _quote(rows, at),
            b"{}" if attributes is None else attributes.encode(),
            b"" if confidence is None else b',"confidence":%b' % orjson.dumps(float(confidence)),
            coders[coder],
        )
        for at, (record, via, exact, attributes, confidence, coder) in enumerate(zip(*columns, strict=True))
    ]


def _quote(rows: Rows, at: int) -> bytes:
    return orjson.dumps({key: rows[f"quote_{key}"][at] for key in ("exact", "prefix", "suffix", "start", "end")})


def fixed(words: Sequence[str], length: int) -> np.ndarray:
    """Words of one length as a column. Errors: ValueError if they have another."""
    joined = "".join(words).encode()
    if len(joined) != length * len(words):
        return np.array(words, f"S{length}")
    return np.frombuffer(joined, f"S{length}")


def numbered(words: Sequence[str], number: Callable[[str], int]) -> np.ndarray:
    """The numbers of words that repeat."""
    known = {word: number(word) for word in set(words)}
    return np.fromiter(map(known.__getitem__, words), np.int16, len(words))


def chain(rows: Rows) -> dict[str, Any]:
    """The life of new versions; what ended them is told apart (`Tables.end`)."""
    ended = np.full(len(rows["n"]), OPEN, np.int32)
    return {"first": refs(rows["first"]), "written": rows["written"], "ended": ended}


def refs(numbers: Sequence[int]) -> np.ndarray:
    """Row numbers of the ledger as rows of our columns; 0 refers to nothing."""
    return (np.array(numbers, np.int64) - 1).astype(np.int32)


def grouped(rows: Rows, key: str, shown: tuple[str, ...]) -> dict[int, list[dict[str, Any]]]:
    """Rows of a part table by the version row that they belong to, in their order."""
    groups: dict[int, list[dict[str, Any]]] = {}
    for at, owner in enumerate(rows.get(key, ())):
        groups.setdefault(owner, []).append({name: rows[name][at] for name in shown})
    return groups
