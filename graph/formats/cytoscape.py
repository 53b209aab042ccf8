"""Cytoscape's JSON of elements (https://js.cytoscape.org/#notation/elements-json), as NetworkX reads it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from graph.formats.elements import EDGE, NODE, edge, graph_exporter, node
from graph.formats.outgoing import joined, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.formats.outgoing import Actor, Selection, Told


def write(selection: Selection) -> Iterator[bytes]:
    """Write nodes, then edges. Reads the selection twice."""
    yield b'{"data":[],"directed":true,"multigraph":true,"elements":{"nodes":['
    yield from joined(listed(_node(actor) for actor in selection.ends()))
    yield b'],"edges":['
    yield from joined(listed(_edge(told) for block in selection.told() for told in block))
    yield b"]}}\n"


def _node(actor: Actor) -> bytes:
    ids = {"id": actor.id, "value": actor.id}
    return orjson.dumps({"data": ids | dict(zip(NODE, node(actor), strict=True))})


def _edge(told: Told) -> bytes:
    ends = {"id": told.id, "key": told.id, "source": told.source.id, "target": told.target.id}
    said = {name: value for name, value in zip(EDGE, edge(told), strict=True) if value is not None}
    return orjson.dumps({"data": ends | said})


EXPORTER = graph_exporter(
    "cytoscape",
    "JSON of elements for Cytoscape and Cytoscape.js",
    "application/vnd.cytoscapejs+json",
    "cytoscape.json",
    write,
)
