"""GEXF 1.2 (https://gexf.net), for Gephi, whose timeline is the days between which edges run.

`start`, `end`, `type` and `weight` are words of the form's own: fields may not be called so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graph.elements import joined, xml, xml_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from graph.elements import Edge, Elements, Value

__all__ = ["gexf"]

_TYPES: Final = {str: "string", int: "integer", float: "double", bool: "boolean"}
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">\n'
    '<graph defaultedgetype="directed" mode="dynamic" timeformat="date">\n'
)


def gexf(elements: Elements) -> Iterator[bytes]:
    """Nodes, then edges."""
    return joined(_written(elements))


def _written(elements: Elements) -> Iterator[str]:
    yield _HEAD
    yield from _attributes("node", elements.node_fields)
    yield from _attributes("edge", elements.edge_fields)
    yield "<nodes>\n"
    for node in elements.nodes():
        yield f'<node id="{node.id}" label="{xml(node.label)}">{_values("n", node.values)}</node>\n'
    yield "</nodes>\n<edges>\n"
    yield from map(_edge, elements.edges())
    yield "</edges>\n</graph>\n</gexf>\n"


def _edge(edge: Edge) -> str:
    days = "".join(f' {name}="{day}"' for name, day in (("start", edge.begin), ("end", edge.end)) if day)
    ends = f'id="{edge.id}" source="{edge.source}" target="{edge.target}"'
    return f'<edge {ends} label="{xml(edge.label)}"{days}>{_values("e", edge.values)}</edge>\n'


def _attributes(of: str, fields: Mapping[str, type]) -> Iterator[str]:
    yield f'<attributes class="{of}">\n'
    for at, (name, kind) in enumerate(fields.items()):
        yield f'<attribute id="{of[0]}{at}" title="{xml(name)}" type="{_TYPES[kind]}"/>\n'
    yield "</attributes>\n"


def _values(letter: str, values: Sequence[Value]) -> str:
    own = [
        f'<attvalue for="{letter}{at}" value="{xml_of(value)}"/>'
        for at, value in enumerate(values)
        if value is not None
    ]
    return f"<attvalues>{''.join(own)}</attvalues>"
