"""Oxigraph, a SPARQL database, in the process of a bare Starlette route.

A relation is a resource with its ends, type, days and clocks as triples. All that is only shown of it stands as one
text, which SPARQL can't look into, and so do its claims: a triple each for 21 fields would make it slower still. A page
sorts all relations that pass. Nothing is known of evidence, merges or actors as of `known_at`; there is no roll-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import orjson
import pyoxigraph
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from bench.peers.asked import PAGE, Asked, day, items, page
from bench.peers.sql import path
from graph.vocabulary import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from bench.asks import Item

__all__ = ["LABEL", "app", "filling", "items", "path"]

LABEL: Final = "oxigraph, SPARQL"

_PREFIX: Final = "urn:bench:"
_WHOLE: Final = "http://www.w3.org/2001/XMLSchema#integer"
_TYPES: Final = {each.id: each.number for each in load().types}
_SIDES: Final = {"out": ("source", "target"), "in": ("target", "source")}


class Fill:
    """Writes N-Triples, and has them loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "relations.nt"
        self.lines = self.file.open("w", encoding="utf-8")

    def add(self, items: Sequence[Item]) -> None:
        """Write triples."""
        self.lines.writelines(line for item in items for line in _triples(item))

    def close(self) -> None:
        """Load."""
        self.lines.close()
        store = pyoxigraph.Store(str(self.folder / "store"))
        store.bulk_load(path=str(self.file), format=pyoxigraph.RdfFormat.N_TRIPLES)
        store.optimize()
        self.file.unlink()


filling = Fill


def app(folder: Path) -> ASGIApp:
    """One route."""
    store = pyoxigraph.Store.read_only(str(folder / "store"))

    async def relations(request: Request) -> Response:
        asked = Asked.of(request)
        found = [_item(asked, row) for row in store.query(_query(asked))]
        return Response(page(found), media_type="application/json")

    return Starlette(routes=[Route("/actors/{actor}/relations", relations)])


def _triples(item: Item) -> Iterator[str]:
    subject = f"<{_PREFIX}relation:{item['id']}>"
    shown = {key: value for key, value in item.items() if key not in {"claims", "direction"}}
    objects = {
        "source": _actor(item["source"]["id"]),
        "target": _actor(item["target"]["id"]),
        "type": f'"{_TYPES[item["type"]]}"^^<{_WHOLE}>',
        "class": _text(item["class"]),
        "first": f'"{day(item["start"])}"^^<{_WHOLE}>',
        "last": f'"{day(item["end"])}"^^<{_WHOLE}>',
        "recorded": _text(item["recorded_at"]),
        "shown": _text(orjson.dumps(shown).decode()),
        "claims": _text(orjson.dumps(item["claims"]).decode()),
    }
    for name, value in objects.items():
        yield f"{subject} <{_PREFIX}{name}> {value} .\n"


def _text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _actor(name: str) -> str:
    return f"<{_PREFIX}actor:{quote(name)}>"


def _query(asked: Asked) -> str:
    """One relation more than a page holds: which they are, then what is shown of them."""
    sides = [(side, *ends) for side, ends in _SIDES.items() if asked.direction in {"any", side}]
    either = " UNION ".join(
        f'{{ ?r :{end} {_actor(asked.actor)} . BIND("{side}" AS ?side)'
        + (f" ?r :{other} {_actor(asked.other)} ." if asked.other else "") + " }"
        for side, end, other in sides
    )  # fmt: skip
    chosen = f"{either} ?r :first ?first . {''.join(_conditions(asked))}"
    order = f"ORDER BY DESC(?first) STR(?r) LIMIT {PAGE + 1}"
    claims = "?r :claims ?claims ." if asked.claims else ""
    return (
        f"PREFIX : <{_PREFIX}> SELECT ?side ?shown ?claims WHERE {{ {{ SELECT ?r ?side ?first WHERE {{ {chosen} }} "
        f"{order} }} ?r :shown ?shown . {claims} }} {order}"
    )


def _conditions(asked: Asked) -> Iterator[str]:
    if asked.types:
        yield f"?r :type ?type . FILTER(?type >= {asked.types[0]} && ?type <= {asked.types[1]}) "
    if asked.quad_class:
        yield f"?r :class {_text(asked.quad_class)} . "
    if asked.first:
        yield f"?r :last ?last . FILTER(?last >= {asked.first}) "
    if asked.last:
        yield f"FILTER(?first <= {asked.last}) "
    if asked.known_at:
        yield f"?r :recorded ?recorded . FILTER(?recorded <= {_text(asked.known_at)}) "
    if asked.after:
        before, after = asked.after[0], _text(f"{_PREFIX}relation:{asked.after[1]}")
        yield f"FILTER(?first < {before} || ?first = {before} && STR(?r) > {after}) "


def _item(asked: Asked, row: Any) -> Item:  # noqa: ANN401 - the package says nothing of its types
    item: Item = orjson.loads(row["shown"].value)
    item["direction"] = row["side"].value
    if asked.claims:
        item["claims"] = orjson.Fragment(row["claims"].value)
    return item
