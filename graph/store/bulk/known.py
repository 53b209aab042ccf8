"""What is recorded, looked up for thousands at a time: one query for each kind of look-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from graph.store.transaction import Transaction

_ANY_LET_GO = "SELECT 1 FROM actor_identifier WHERE ended IS NOT NULL LIMIT 1"
_NEWEST = "newest.version = (SELECT max(version) FROM {table} WHERE id = newest.id)"
_JSON = {
    "sqlite": "json_each(:asked) AS asked CROSS JOIN",
    "postgresql": "jsonb_array_elements(CAST(:asked AS jsonb)) AS asked(value) CROSS JOIN",
}
_ITEM = ("(asked.value ->> 0)", "(asked.value ->> 1)")
_ONE = {"sqlite": "asked.value", "postgresql": "(asked.value #>> '{}')"}
_BY_INDEX = text("SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)")
"""Of a table that grows by the batch PostgreSQL has no statistics, and would read it whole each time: until the end of
the transaction it is to go by its indexes, and to compile nothing for that."""


class Known(NamedTuple):
    """A record that statements refer to: its id, the number that rows refer to it by, and the kind of an actor."""

    id: str
    first: int
    kind: str = ""
    retracted: bool = False


def by_ids(transaction: Transaction, table: str, ids: Iterable[str]) -> dict[str, Known]:
    """Find actors, documents or datasets by their ids, retracted ones too."""
    kind = "newest.kind" if table == "actor" else "''"
    select = f"SELECT newest.id, newest.first, {kind}, newest.ended FROM {{json}} {table} AS newest"  # noqa: S608 - our own tables
    where = f"newest.id = {{one}} AND {_NEWEST.format(table=table)}"
    rows = ask(transaction, select, where, sorted(set(ids)))
    return {id_: Known(id_, first, kind_, ended is not None) for id_, first, kind_, ended in rows}


def by_identifiers(transaction: Transaction, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """Find who has identifiers (scheme, value), or had them last if nobody has them now."""
    select = (
        "SELECT held.scheme, held.value, newest.id, newest.first, newest.kind, newest.ended "
        "FROM {json} actor_identifier AS held CROSS JOIN actor AS named CROSS JOIN actor AS newest"
    )
    same = f"named.n = held.actor AND newest.id = named.id AND {_NEWEST.format(table='actor')} AND held.ended IS "
    asked = sorted(set(pairs))
    standing = f"held.scheme = {{item[0]}} AND held.value = {{item[1]}} AND {same} NULL"
    found = _by_pair(ask(transaction, select, standing, asked))
    if len(found) < len(asked) and transaction.first(text(_ANY_LET_GO)) is not None:
        let_go = f"held.scheme = {{item[0]}} AND held.value = {{item[1]}} AND {same} NOT NULL ORDER BY held.n"
        found = _by_pair(ask(transaction, select, let_go, [pair for pair in asked if pair not in found])) | found
    return found


def _by_pair(rows: Sequence[Any]) -> dict[tuple[str, str], Known]:
    return {
        (scheme, value): Known(id_, first, kind, ended is not None) for scheme, value, id_, first, kind, ended in rows
    }


def moved_since(transaction: Transaction, revision: int) -> bool:
    """Whether any actor, document or dataset was amended or ended after a revision."""
    tables = ("actor", "document", "dataset")
    asked = " UNION ALL ".join(f"SELECT 1 FROM {table} WHERE ended > :revision" for table in tables)  # noqa: S608 - the tables are ours, the value is bound
    return transaction.first(text(asked), {"revision": revision}) is not None


def same_documents(transaction: Transaction, pairs: Iterable[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """Find the ids of the oldest documents that publishers, by number, have at addresses."""
    select = "SELECT held.publisher, held.url, held.id, held.n FROM {json} document AS held"
    where = "held.url IS NOT NULL AND held.publisher = CAST({item[0]} AS BIGINT) AND held.url = {item[1]}"
    rows = ask(transaction, select, where, sorted(set(pairs)))
    return {(publisher, url): id_ for publisher, url, id_, _ in sorted(rows, key=lambda row: -row[3])}


def ask(transaction: Transaction, select: str, where: str, asked: Sequence[Any]) -> Sequence[Any]:
    """Ask for all that match any of the values asked for; `{one}` is such a value, `{item[0]}` the first of a list."""
    if not asked:
        return ()
    dialect = transaction.connection.dialect.name
    if dialect == "postgresql":
        transaction.connection.execute(_BY_INDEX)
    filled = f"{select} WHERE {where}".format(json=_JSON[dialect], one=_ONE[dialect], item=_ITEM)
    return transaction.rows(text(filled), {"asked": orjson.dumps(asked).decode()})
