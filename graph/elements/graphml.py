"""GraphML (http://graphml.graphdrawing.org), for igraph, yEd, Gephi, NetworkX and others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graph.elements import joined, xml, xml_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graph.elements import Elements, Value

__all__ = ["graphml"]

_TYPES: Final = {str: "string", int: "int", float: "double", bool: "boolean"}
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns '
    'http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">\n'
)


def graphml(elements: Elements) -> Iterator[bytes]:
    """Nodes, then edges."""
    return joined(_written(elements))


def _written(elements: Elements) -> Iterator[str]:
    yield _HEAD
    for of, letter, fields in (("node", "n", elements.node_fields), ("edge", "e", elements.edge_fields)):
        for at, (name, kind) in enumerate(fields.items()):
            yield f'<key id="{letter}{at}" for="{of}" attr.name="{xml(name)}" attr.type="{_TYPES[kind]}"/>\n'
    yield '<graph id="entente" edgedefault="directed">\n'
    for node in elements.nodes():
        yield f'<node id="{node.id}">{_data("n", node.values)}</node>\n'
    for edge in elements.edges():
        ends = f'source="{edge.source}" target="{edge.target}"'
        yield f'<edge id="{edge.id}" {ends}>{_data("e", edge.values)}</edge>\n'
    yield "</graph>\n</graphml>\n"


def _data(letter: str, values: Sequence[Value]) -> str:
    return "".join(
        [f'<data key="{letter}{at}">{xml_of(value)}</data>' for at, value in enumerate(values) if value is not None]
    )
