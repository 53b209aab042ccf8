"""The SQLite file that several peers read: its tables, how they are filled, and the query for one page."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final

import orjson

from bench.peers.asked import Asked, day
from graph.vocabulary import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.asks import Item

FILE: Final = "relations.db"
CLAIMS: Final = """
SELECT c.id, c.stance, c.claimant, c.said_on, c.document, d.id, d.title, d.licence, c.record, c.via, c.quote,
  c.attributes, c.confidence, c.coded_by, c.version, c.recorded_at, c.retracted_at
FROM claim c LEFT JOIN dataset d ON d.n = c.dataset WHERE c.relation = ? ORDER BY c.recorded_at DESC, c.id LIMIT 20
"""
"""The newest claims on a relation."""
_TABLES: Final = """
CREATE TABLE type (n INTEGER PRIMARY KEY, id TEXT, label TEXT, class TEXT, sign INTEGER, intensity REAL);
CREATE TABLE actor (n INTEGER PRIMARY KEY, id TEXT UNIQUE, name TEXT, kind TEXT);
CREATE TABLE dataset (n INTEGER PRIMARY KEY, id TEXT UNIQUE, title TEXT, licence TEXT);
CREATE TABLE relation (
  n INTEGER PRIMARY KEY, id TEXT, type INTEGER REFERENCES type, class TEXT, source INTEGER REFERENCES actor,
  target INTEGER REFERENCES actor, first INTEGER, last INTEGER, start TEXT, "end" TEXT, end_status TEXT,
  attributes TEXT, about TEXT, status TEXT, attested INTEGER, confidence REAL, affirms INTEGER, denies INTEGER,
  doubts INTEGER, publishers INTEGER, version INTEGER, recorded_at TEXT, retracted_at TEXT
);
CREATE TABLE claim (
  n INTEGER PRIMARY KEY, id TEXT, relation INTEGER REFERENCES relation, stance TEXT, claimant TEXT, said_on TEXT,
  document TEXT, dataset INTEGER REFERENCES dataset, record TEXT, via TEXT, quote TEXT, attributes TEXT,
  confidence REAL, coded_by TEXT, version INTEGER, recorded_at TEXT, retracted_at TEXT
);
"""
_INDEXES: Final = """
CREATE INDEX by_source ON relation (source, first DESC, id, type, class, last, recorded_at, retracted_at);
CREATE INDEX by_target ON relation (target, first DESC, id, type, class, last, recorded_at, retracted_at);
CREATE INDEX by_pair ON relation (source, target, first DESC, id, type, class, last, recorded_at, retracted_at);
CREATE INDEX by_relation ON claim (relation);
ANALYZE;
"""
_ACTOR: Final = "(SELECT n FROM actor WHERE id = :{})"
_LONG_AGO, _FAR_OFF = 1, 3_652_059


class Fill:
    """Fills the file."""

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / FILE)
        self.connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _TABLES)
        types = [
            (each.number, each.id, each.label, each.quad_class, each.sign, each.intensity) for each in load().types
        ]
        self.connection.executemany("INSERT INTO type VALUES (?, ?, ?, ?, ?, ?)", types)
        self.types = {each[1]: each[0] for each in types}
        self.known: dict[str, dict[str, int]] = {"actor": {}, "dataset": {}}
        self.relations = 0

    def add(self, items: Sequence[Item]) -> None:
        """Insert relations and claims, and the actors and datasets that they name."""
        begin = self.relations + 1
        self.relations += len(items)
        rows = [self._relation(n, item) for n, item in enumerate(items, begin)]
        claims = [self._claim(n, claim) for n, item in enumerate(items, begin) for claim in item["claims"]]
        self._insert("relation", rows)
        self._insert("claim", claims)

    def close(self) -> None:
        """Commit and index."""
        self.connection.commit()
        self.connection.executescript(_INDEXES)
        self.connection.close()

    def _insert(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" * len(rows[0]))
        self.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own tables

    def _number(self, table: str, item: Item | None) -> int | None:
        if item is None:
            return None
        known = self.known[table]
        if item["id"] not in known:
            known[item["id"]] = len(known) + 1
            self._insert(table, [(known[item["id"]], *item.values())])
        return known[item["id"]]

    def _relation(self, n: int, item: Item) -> tuple[Any, ...]:
        ends = self._number("actor", item["source"]), self._number("actor", item["target"])
        days = day(item["start"]) or _LONG_AGO, day(item["end"]) or _FAR_OFF
        json = orjson.dumps(item["attributes"]).decode(), orjson.dumps(item["about"]).decode()
        plain = [item[key] for key in ("start", "end", "end_status")]
        told = [item[key] for key in ("status", "attested", "confidence")]
        clocks = [item[key] for key in ("publishers", "version", "recorded_at", "retracted_at")]
        type_ = self.types[item["type"]]
        return (n, item["id"], type_, item["class"], *ends, *days, *plain, *json, *told, *item["stances"].values(),
                *clocks)  # fmt: skip

    def _claim(self, relation: int, claim: Item) -> tuple[Any, ...]:
        claimant, document, via, quote, attributes = (
            orjson.dumps(claim[key]).decode() for key in ("claimant", "document", "via", "quote", "attributes")
        )
        dataset = self._number("dataset", claim["dataset"])
        rest = [claim[key] for key in ("confidence", "coded_by", "version", "recorded_at", "retracted_at")]
        return (None, claim["id"], relation, claim["stance"], claimant, claim["said_on"], document, dataset,
                claim["record"], via, quote, attributes, *rest)  # fmt: skip


def selected(asked: Asked, limit: int) -> tuple[str, dict[str, Any]]:
    """The numbers and sides of one page, in order, as SQL and its values: two walks along indexes, merged."""
    values: dict[str, Any] = {"actor": asked.actor, "limit": limit}
    conditions = _conditions(asked, values)
    if asked.other:
        conditions += f" AND {{other}} = {_ACTOR.format('other')}"
    walk = f"SELECT n, first, id, '{{side}}' AS side FROM relation WHERE {{end}} = {_ACTOR.format('actor')}{conditions}"  # noqa: S608 - our own words
    sides = [("source", "target", "out"), ("target", "source", "in")]
    walks = [
        walk.format(end=end, other=other, side=side) for end, other, side in sides if asked.direction in {"any", side}
    ]
    return " UNION ALL ".join(walks) + " ORDER BY first DESC, id LIMIT :limit", values


def _conditions(asked: Asked, values: dict[str, Any]) -> str:
    conditions = ""
    if asked.types:
        conditions += " AND type BETWEEN :lowest AND :highest"
        values["lowest"], values["highest"] = asked.types
    if asked.after:
        conditions += " AND first <= :before AND (first < :before OR id > :after)"
        values["before"], values["after"] = asked.after
    for sql, name, value in (
        ("class = :class", "class", asked.quad_class),
        ("last >= :first", "first", asked.first),
        ("first <= :last", "last", asked.last),
        ("recorded_at <= :known AND (retracted_at IS NULL OR retracted_at > :known)", "known", asked.known_at),
    ):
        if value is not None:
            conditions += f" AND {sql}"
            values[name] = value
    if asked.other:
        values["other"] = asked.other
    return conditions
