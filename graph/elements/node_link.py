"""NetworkX's node-link JSON, which d3-force and others read as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from graph.elements import said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.elements import Elements

__all__ = ["node_link"]


def node_link(elements: Elements) -> Iterator[bytes]:
    """Nodes and edges at once."""
    nodes = [{"id": node.id, **said(elements.node_fields, node.values)} for node in elements.nodes()]
    edges = [
        {"source": edge.source, "target": edge.target, "key": edge.id, **said(elements.edge_fields, edge.values)}
        for edge in elements.edges()
    ]
    kept = {"directed": True, "multigraph": elements.several, "graph": {}}
    yield orjson.dumps({**kept, "nodes": nodes, "edges": edges})
