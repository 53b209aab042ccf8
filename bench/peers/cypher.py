"""Ladybug, the successor of Kuzu: an embedded graph database, asked in Cypher behind a FastAPI route.

Actors are nodes and relations are edges with properties. A node's edges have no order on disk, so a page sorts all of
those that pass. Claims stand as one text in the edge they are on, as an edge can't have edges of its own; nothing is
known of evidence, merges or actors as of `known_at`, and there is no roll-up.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import ladybug
import orjson
from fastapi import FastAPI, Request, Response

from bench.peers.asked import PAGE, Asked, day, items, page, relation_of
from bench.peers.sql import path
from graph.vocabulary import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp

    from bench.asks import Item

__all__ = ["LABEL", "app", "filling", "items", "path"]

LABEL: Final = "ladybug (Kuzu) behind FastAPI"

_FILE: Final = "graph.lbug"
_TABLES: Final = (
    "CREATE NODE TABLE Actor(id STRING PRIMARY KEY, name STRING, kind STRING)",
    """CREATE REL TABLE Relation(
      FROM Actor TO Actor, source STRING, class STRING, first INT64, last INT64, claims STRING, id STRING, type INT64,
      start STRING, `end` STRING, end_status STRING, attributes STRING, about STRING, status STRING, attested BOOLEAN,
      confidence DOUBLE, affirms INT64, denies INT64, doubts INT64, publishers INT64, version INT64,
      recorded_at STRING, retracted_at STRING
    )""",
)
_SHOWN: Final = (
    "start", "end", "end_status", "attributes", "about", "status", "attested", "confidence", "affirms", "denies",
    "doubts", "publishers", "version", "recorded_at", "retracted_at",
)  # fmt: skip
_COPY: Final = "COPY {} FROM '{}' (header=false, quote='\"', escape='\"')"
_PATTERNS: Final = {"any": "-[r:Relation]-", "out": "-[r:Relation]->", "in": "<-[r:Relation]-"}
_TYPES: Final = {each.id: each.number for each in load().types}


class Fill:
    """Writes tables of actors and relations, and has them copied in."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.actors = folder, set[str]()
        self.files = {name: (folder / f"{name}.csv").open("w", newline="") for name in ("Actor", "Relation")}
        self.rows = {name: csv.writer(file) for name, file in self.files.items()}

    def add(self, items: Sequence[Item]) -> None:
        """Write rows."""
        for item in items:
            ends = item["source"], item["target"]
            self.rows["Actor"].writerows(end.values() for end in ends if end["id"] not in self.actors)
            self.actors.update(end["id"] for end in ends)
            told = item | item["stances"] | {key: orjson.dumps(item[key]).decode() for key in ("attributes", "about")}
            held = ends[0]["id"], item["class"], day(item["start"]), day(item["end"])
            claims = orjson.dumps(item["claims"]).decode()
            named = item["id"], _TYPES[item["type"]]
            row = (ends[0]["id"], ends[1]["id"], *held, claims, *named, *(told[key] for key in _SHOWN))
            self.rows["Relation"].writerow(row)

    def close(self) -> None:
        """Copy."""
        connection = ladybug.Connection(ladybug.Database(str(self.folder / _FILE)))
        for statement in _TABLES:
            connection.execute(statement)
        for name, file in self.files.items():
            file.close()
            connection.execute(_COPY.format(name, file.name))
            Path(file.name).unlink()


filling = Fill


def app(folder: Path) -> ASGIApp:
    """One route and one connection, which plans each form of a question once."""
    connection = ladybug.Connection(ladybug.Database(str(folder / _FILE), read_only=True, max_num_threads=1))
    prepared = cache(connection.prepare)
    made = FastAPI(openapi_url=None)

    @made.get("/actors/{actor}/relations")
    async def relations(actor: str, request: Request) -> Response:
        asked = Asked.by(actor, request.query_params.multi_items())
        cypher, values = _query(asked)
        found = [_item(asked, row) for row in connection.execute(prepared(cypher), values).get_all()]
        return Response(page(found), media_type="application/json")

    return made


def _query(asked: Asked) -> tuple[str, dict[str, Any]]:
    """One relation more than a page holds, as Cypher and its values."""
    pattern = f"MATCH (a:Actor){_PATTERNS[asked.direction]}(b:Actor) WHERE a.id = $actor"
    wanted: dict[str, Any] = {"actor": asked.actor, "limit": PAGE + 1}
    lowest, highest = asked.types or (None, None)
    before, after = asked.after or (None, None)
    for cypher, told in (
        ("b.id = $other", {"other": asked.other}),
        ("r.type >= $lowest AND r.type <= $highest", {"lowest": lowest, "highest": highest}),
        ("r.class = $class", {"class": asked.quad_class}),
        ("r.last >= $first", {"first": asked.first}),
        ("r.first <= $last", {"last": asked.last}),
        ("(r.first < $before OR r.first = $before AND r.id > $after)", {"before": before, "after": after}),
        ("r.recorded_at <= $known AND (r.retracted_at IS NULL OR r.retracted_at > $known)", {"known": asked.known_at}),
    ):
        if None not in told.values():
            pattern += f" AND {cypher}"
            wanted |= told
    shown = ", ".join(f"r.`{name}`" for name in ("id", "type", *_SHOWN))
    claims = ", r.claims" if asked.claims else ""
    returned = f" RETURN r.source, a.id, a.name, a.kind, b.id, b.name, b.kind, {shown}{claims}"
    return f"{pattern}{returned} ORDER BY r.first DESC, r.id LIMIT $limit", wanted


def _item(asked: Asked, row: Sequence[Any]) -> Item:
    one, other, out = row[1:4], row[4:7], row[0] == asked.actor
    ends = (*one, *other) if out else (*other, *one)
    shown = relation_of((None, row[7], row[8], "out" if out else "in", *ends, *row[9:]))
    if asked.claims:
        shown["claims"] = orjson.Fragment(row[-1])
    return shown
