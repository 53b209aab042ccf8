"""SQL by hand on SQLite: covering indexes for either end and for pairs, keyset paging, orjson, a bare Starlette route.

What claims come to (status, stances, publishers) stands in the row of its relation, so it is the present's at every
`known_at`. No merges, no roll-up, no retracted actors or documents: what is visible is decided by the row alone.
Nothing is checked, there is no ETag, and partial dates would be read as full ones.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from bench.peers.asked import PAGE, Asked, items, page, relation_of
from bench.peers.sqlite import CLAIMS, FILE, Fill, selected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from bench.asks import Ask, Item

__all__ = ["LABEL", "app", "filling", "items", "path"]

LABEL: Final = "hand-written SQL on SQLite, orjson"

filling = Fill

_ROWS: Final = """
SELECT r.n, r.id, r.type, page.side, s.id, s.name, s.kind, t.id, t.name, t.kind, r.start, r."end", r.end_status,
  r.attributes, r.about, r.status, r.attested, r.confidence, r.affirms, r.denies, r.doubts, r.publishers, r.version,
  r.recorded_at, r.retracted_at
FROM ({}) AS page
JOIN relation r ON r.n = page.n JOIN actor s ON s.n = r.source JOIN actor t ON t.n = r.target
ORDER BY r.first DESC, r.id
"""


def path(ask: Ask, size: int) -> str:
    """As it stands."""
    del size
    return ask.theirs


def app(folder: Path) -> ASGIApp:
    """One route, one connection."""
    connection = sqlite3.connect(f"file:{folder / FILE}?immutable=1", uri=True)

    async def relations(request: Request) -> Response:
        asked = Asked.of(request)
        sql, values = selected(asked, PAGE + 1)
        rows = connection.execute(_ROWS.format(sql), values).fetchall()
        found = [relation_of(row) for row in rows]
        if asked.claims:
            for item, row in zip(found, rows, strict=True):
                item["claims"] = [_claim(item["id"], each) for each in connection.execute(CLAIMS, (row[0],))]
        return Response(page(found), media_type="application/json")

    return Starlette(routes=[Route("/actors/{actor}/relations", relations)])


def _claim(relation: str, row: Sequence[Any]) -> Item:
    return {
        "id": row[0],
        "relation": relation,
        "stance": row[1],
        "claimant": orjson.Fragment(row[2]),
        "said_on": row[3],
        "document": orjson.Fragment(row[4]),
        "dataset": None if row[5] is None else {"id": row[5], "title": row[6], "licence": row[7]},
        "record": row[8],
        "via": orjson.Fragment(row[9]),
        "quote": orjson.Fragment(row[10]),
        "attributes": orjson.Fragment(row[11]),
        "confidence": row[12],
        "coded_by": row[13],
        "version": row[14],
        "recorded_at": row[15],
        "retracted_at": row[16],
    }
