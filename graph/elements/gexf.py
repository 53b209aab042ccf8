"""GEXF 1.2 (https://gexf.net): a directed graph that changes in time, for Gephi.

Gephi wants whole days, so an edge begins on the first day that its start may be and ends on the last that its end may
be; fields called `start` and `end`, which are words of the form's own, are called `stated_start` and `stated_end`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from graph.elements import joined, xml, xml_of
from graph.time import day_text, first_day, last_day, pack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from graph.elements import Edge, Elements, Value

__all__ = ["gexf"]

_STATED: Final = {"start": "stated_start", "end": "stated_end"}
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
    ends = f'id="{edge.id}" source="{edge.source}" target="{edge.target}"'
    days = _days(edge.begin, edge.end)
    return f'<edge {ends} label="{xml(edge.label)}"{days}>{_values("e", edge.values)}</edge>\n'


@lru_cache(maxsize=100_000)
def _days(begin: str | None, end: str | None) -> str:
    begun = f' start="{day_text(first_day(pack(begin)))}"' if begin else ""
    return f'{begun} end="{day_text(last_day(pack(end)))}"' if end else begun


def _attributes(of: str, fields: Mapping[str, type]) -> Iterator[str]:
    yield f'<attributes class="{of}">\n'
    for at, (name, kind) in enumerate(fields.items()):
        yield f'<attribute id="{of[0]}{at}" title="{xml(_STATED.get(name, name))}" type="{_TYPES[kind]}"/>\n'
    yield "</attributes>\n"


def _values(letter: str, values: Sequence[Value]) -> str:
    own = [
        f'<attvalue for="{letter}{at}" value="{xml_of(value)}"/>'
        for at, value in enumerate(values)
        if value is not None
    ]
    return f"<attvalues>{''.join(own)}</attvalues>"
