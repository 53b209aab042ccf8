"""What the ledger has beyond tables in memory: new rows by number, ends by revision, and the evidence they change.

1. It reads one state of the database, up to the revision that state is at: complete or not at all.
2. Rows are dense, so what is new in a table is `n > len(columns)`; a hole means damage.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import orjson
from sqlalchemy import bindparam, literal, select, union_all

from graph.db import reading
from graph.errors import LedgerDamaged
from graph.snapshot.batch import Batch
from graph.snapshot.evidence import bound_to_merges, merged_parties
from graph.store.stretches import columns, rows_after, stretch
from graph.store.transaction import (
    ACTOR,
    ACTOR_IDENTIFIER,
    ACTOR_NAME,
    CHANGE,
    CLAIM,
    DATASET,
    DOCUMENT,
    HEAD,
    MERGE,
    MERGE_ABSORBED,
    RELATION,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from sqlalchemy import Connection, Engine, Row

    from graph.snapshot.evidence import Evidence
    from graph.snapshot.tables import Tables

__all__ = ["Progress", "bring_in", "load", "untold"]

Progress = Callable[[int, int], object]
"""Told how much of a ledger has been read, and of how much."""
_STRETCH: Final = 50_000
"""Rows that are read at a time: several milliseconds' work, so that threads seldom wait for Python's lock."""
_TOGETHER: Final = 200_000
"""Relations whose evidence is worked out at a time."""
_KIND_OF: Final = {"claimant": "actors", "document": "documents", "dataset": "datasets"}
_RECORDS: Final = {
    "actors": ACTOR,
    "documents": DOCUMENT,
    "datasets": DATASET,
    "relations": RELATION,
    "claims": CLAIM,
    "merges": MERGE,
}
# Statements that every catch-up runs: made once, for making one takes longer than running it.
_HEAD: Final = select(HEAD)
_CHANGES: Final = (
    select(CHANGE.c.revision, CHANGE.c.at).where(CHANGE.c.revision > bindparam("known")).order_by(CHANGE.c.revision)
)
_PARTS: Final = {
    name: select(table).where(table.c.actor > bindparam("known")).order_by(table.c.position)
    for name, table in (("names", ACTOR_NAME), ("identifiers", ACTOR_IDENTIFIER))
}
_POINTERS: Final = (
    select(*(MERGE_ABSORBED.c[name] for name in ("n", "actor", "merge")), MERGE.c.survivor, MERGE_ABSORBED.c.written)
    .join(MERGE, MERGE.c.n == MERGE_ABSORBED.c.merge)
    .where(MERGE_ABSORBED.c.n > bindparam("known"))
    .order_by(MERGE_ABSORBED.c.n)
)
"""Pointers of absorbed actors, each with its merge and survivor."""
_ENDING: Final = {**_RECORDS, "pointers": MERGE_ABSORBED}
_ENDED: Final = union_all(
    *(
        select(literal(name), table.c.n, table.c.ended).where(table.c.ended > bindparam("since"))
        for name, table in _ENDING.items()
    )
)


def untold(_done: int, _everything: int) -> None:
    """Where nobody asks how far it is."""


def load(engine: Engine, tables: Tables, evidence: Evidence, progress: Progress) -> None:
    """Read all of a ledger into empty tables, and pack them. O(rows)."""
    with reading(engine) as connection:
        head = connection.execute(_HEAD).one()
        everything = 2 * head.relations + head.claims  # a relation is read, and its evidence worked out
        with closing(_ahead(_loaded(connection, tables, head))) as batches:
            for batch in batches:
                tables.absorb(batch, loading=True)
                progress(len(tables.relations) + len(tables.claims), everything)
        ends = _ends(connection, 0)
    _complete(tables, head)
    tables.end(ends.rows, ends.reasons)
    tables.pack()
    records = tables.relations.records
    for begin in range(0, len(records), _TOGETHER):
        evidence.follow(records[begin : begin + _TOGETHER], 0)
        progress(everything - len(records) + begin, everything)
    tables.by_end.pack(evidence, whole=True)


def bring_in(connection: Connection, tables: Tables, evidence: Evidence, most: int | None = None) -> bool:
    """Read what a ledger has beyond tables; False if that would be more than so many rows. O(new rows)."""
    since, head = tables.revision, connection.execute(_HEAD).one()
    if most is not None and head.relations - len(tables.relations) + head.claims - len(tables.claims) > most:
        return False
    if head.revision <= since:
        return True
    known = Reach(len(tables.relations), len(tables.claims), len(tables.pointers), since)
    tables.absorb(_news(connection, tables, head))
    ends = _ends(connection, since)
    tables.end(ends.rows, ends.reasons)
    evidence.follow(_touched(tables, known, ends), since)
    tables.by_end.pack(evidence)
    _complete(tables, head)
    return True


def _complete(tables: Tables, head: Row[Any]) -> None:
    """Note the revision that has been read. Errors: `LedgerDamaged` if the head counts other rows than there are."""
    if len(tables.instants) != head.revision:
        raise LedgerDamaged(f"The log holds {len(tables.instants)} revisions, and its head says {head.revision}.")
    for name in _RECORDS:
        held, counted = len(getattr(tables, name)), getattr(head, name)
        if held != counted:
            raise LedgerDamaged(f"There are {held} {name}, and the head counts {counted}.")
    tables.revision, tables.chain = head.revision, bytes(head.hash)


class Reach(NamedTuple):
    """How far the tables reached before a catch-up."""

    relations: int
    claims: int
    pointers: int
    revision: int


class Ends(NamedTuple):
    """What was ended, `(n, revision)` pairs a table; for each such revision its reason, and those of single records."""

    rows: dict[str, list[tuple[int, int]]]
    reasons: dict[int, tuple[str | None, dict[str, str]]]


def _news(connection: Connection, tables: Tables, head: Row[Any], *, bulk: bool = True) -> Batch:
    """Everything after what the tables hold, as one batch; without `bulk`, relations and claims left out.

    The head tells which tables have grown: nothing is asked of the others.
    """
    known = {"actors": len(tables.actors), "documents": len(tables.documents), "datasets": len(tables.datasets)}
    known |= {"merges": len(tables.merges)}
    if bulk:
        known |= {"relations": len(tables.relations), "claims": len(tables.claims)}
    grown = {name: rows for name, rows in known.items() if getattr(head, name) > rows}
    batch = {name: rows_after(connection, _RECORDS[name], rows) for name, rows in grown.items()}
    for name, rows in grown.items():
        if rows + len(batch[name]["n"]) != getattr(head, name):
            raise LedgerDamaged(f"The head counts {getattr(head, name)} {name}, and the last has another number.")
    if "actors" in grown:
        batch |= {name: columns(connection, of, known=known["actors"]) for name, of in _PARTS.items()}
    if head.merges_absorbed > len(tables.pointers):
        batch["pointers"] = columns(connection, _POINTERS, known=len(tables.pointers))
    return Batch(changes=columns(connection, _CHANGES, known=tables.revision), **batch)


def _loaded(connection: Connection, tables: Tables, head: Row[Any]) -> Iterator[Batch]:
    """The whole ledger, in batches that fit into memory: what others refer to first."""
    yield _news(connection, tables, head, bulk=False)
    for name, table in (("relations", RELATION), ("claims", CLAIM)):
        known = 0
        while count := len((rows := stretch(connection, table, known, _STRETCH))["n"]):
            yield Batch(**{name: rows})
            known += count


def _ahead(batches: Iterator[Batch]) -> Generator[Batch]:
    """The same, each read in a thread while the one before is brought in: databases work without Python's lock."""
    with ThreadPoolExecutor(1, "entente-read") as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def _ends(connection: Connection, since: int) -> Ends:
    """What was ended after a revision, and why what was retracted was."""
    rows: dict[str, list[tuple[int, int]]] = {name: [] for name in _ENDING}
    for name, n, ended in connection.execute(_ENDED, {"since": since}):
        rows[name].append((n, ended))
    revisions = sorted({ended for pairs in rows.values() for _, ended in pairs})
    return Ends(rows, _reasons(connection, revisions))


def _reasons(connection: Connection, revisions: list[int]) -> dict[int, tuple[str | None, dict[str, str]]]:
    """The reason of each change, and the reasons that single records were given."""
    found = {}
    for begin in range(0, len(revisions), 500):
        part = revisions[begin : begin + 500]
        statement = select(CHANGE.c.revision, CHANGE.c.reason, CHANGE.c.details).where(CHANGE.c.revision.in_(part))
        for revision, reason, details in connection.execute(statement):
            own = orjson.loads(details).get("reasons", {}) if details else {}
            found[revision] = (reason, own)
    return found


def _touched(tables: Tables, known: Reach, ends: Ends) -> np.ndarray:
    """The relations whose evidence the new rows and ends may have changed. O(claims) if what claims name has moved."""
    rows = np.arange(known.claims, len(tables.claims))
    ended = np.array([n - 1 for n, _ in ends.rows["claims"]], np.int64)
    touched = [
        np.arange(known.relations, len(tables.relations)),
        tables.claims.relation[rows],
        tables.claims.relation[ended],
    ]
    claims, merges_moved = tables.claims, len(tables.pointers) > known.pointers or bool(ends.rows["pointers"])
    for column in ("claimant", "document", "dataset"):
        moved = getattr(tables, _KIND_OF[column]).moved_since(known.revision)
        if len(moved):
            touched.append(claims.relation[np.isin(getattr(claims, column), moved)])
            merges_moved |= column == "claimant" and bool(np.isin(moved, merged_parties(tables)).any())
    if merges_moved:
        touched.append(claims.relation[bound_to_merges(tables, np.arange(len(claims)))])
    every = np.unique(np.concatenate(touched).astype(np.int64))
    firsts: np.ndarray = np.unique(tables.relations.first[every])
    return firsts
