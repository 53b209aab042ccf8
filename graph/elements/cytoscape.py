"""Cytoscape's JSON of elements (https://js.cytoscape.org/#notation/elements-json), as NetworkX reads it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from graph.elements import joined, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.elements import Elements, Value

__all__ = ["cytoscape"]


def cytoscape(elements: Elements) -> Iterator[bytes]:
    """Nodes, then edges; every edge has an id, which Cytoscape wants."""
    return joined(_written(elements))


def _written(elements: Elements) -> Iterator[str]:
    several = "true" if elements.several else "false"
    yield f'{{"data":[],"directed":true,"multigraph":{several},"elements":{{"nodes":['
    yield from _listed(
        {"id": node.id, "value": node.id, **said(elements.node_fields, node.values)} for node in elements.nodes()
    )
    yield '],"edges":['
    yield from _listed(
        {
            "id": edge.id,
            "key": edge.id,
            "source": edge.source,
            "target": edge.target,
            **said(elements.edge_fields, edge.values),
        }
        for edge in elements.edges()
    )
    yield "]}}\n"


def _listed(items: Iterator[dict[str, Value]]) -> Iterator[str]:
    """Items of a JSON array, each the data of an element."""
    comma = ""
    for item in items:
        yield comma + orjson.dumps({"data": item}).decode()
        comma = ",\n"
