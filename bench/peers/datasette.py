"""Datasette over the file of the SQL written by hand: the same indexes, the same walks, sent as SQL in the query.

SQLite makes the nested JSON. The client writes the SQL and keeps the place where the next page begins; Datasette knows
nothing of actors or of time. Its own defaults stand, but for the limit of a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson
from datasette.app import Datasette

from bench.peers.asked import PAGE, Asked
from bench.peers.sqlite import FILE, selected

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp

    from bench.asks import Ask

LABEL: Final = "Datasette"

_NESTED: Final = ("source", "target", "stances", "attributes", "about")
_ROWS: Final = """
SELECT r.id, k.id AS type, k.label, k.class, k.sign, k.intensity,
  json_object('id', s.id, 'name', s.name, 'kind', s.kind) AS source,
  json_object('id', t.id, 'name', t.name, 'kind', t.kind) AS target,
  page.side AS direction, r.start, r."end", r.end_status, r.attributes, r.about, r.status, r.attested, r.confidence,
  json_object('affirms', r.affirms, 'denies', r.denies, 'doubts', r.doubts) AS stances,
  r.publishers, r.version, r.recorded_at, r.retracted_at{}
FROM ({}) AS page
JOIN relation r ON r.n = page.n JOIN type k ON k.n = r.type
JOIN actor s ON s.n = r.source JOIN actor t ON t.n = r.target
ORDER BY r.first DESC, r.id
"""
_CLAIMS: Final = """, (SELECT json_group_array(json_object(
  'id', c.id, 'relation', r.id, 'stance', c.stance, 'claimant', json(c.claimant), 'said_on', c.said_on,
  'document', json(c.document), 'dataset', CASE WHEN d.n IS NOT NULL THEN
    json_object('id', d.id, 'title', d.title, 'licence', d.licence) END,
  'record', c.record, 'via', json(c.via), 'quote', json(c.quote), 'attributes', json(c.attributes),
  'confidence', c.confidence, 'coded_by', c.coded_by, 'version', c.version, 'recorded_at', c.recorded_at,
  'retracted_at', c.retracted_at))
  FROM (SELECT * FROM claim WHERE relation = r.n ORDER BY recorded_at DESC, id LIMIT 20) AS c
  LEFT JOIN dataset d ON d.n = c.dataset) AS claims"""


def app(folder: Path) -> ASGIApp:
    """Datasette itself, told that the file does not change."""
    made: ASGIApp = Datasette(immutables=[str(folder / FILE)], settings={"sql_time_limit_ms": 60_000}).app()
    return made


def path(ask: Ask, size: int) -> str:
    """The SQL and its values."""
    del size
    asked = Asked.by(ask.actor, parse_qsl(urlsplit(ask.theirs).query))
    sql, values = selected(asked, PAGE)
    nested = [*_NESTED, "claims"] if asked.claims else _NESTED
    shape = [("_shape", "array"), *(("_json", name) for name in nested)]
    told = [("sql", " ".join(_ROWS.format(_CLAIMS if asked.claims else "", sql).split())), *shape, *values.items()]
    return f"/{FILE.partition('.')[0]}.json?{urlencode(told)}"


def items(body: bytes) -> list[Any]:
    """The rows."""
    found: list[Any] = orjson.loads(body)
    return found
