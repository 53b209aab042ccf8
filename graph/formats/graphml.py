"""GraphML (http://graphml.graphdrawing.org): a directed multigraph for igraph, yEd, Gephi, NetworkX and others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graph.formats.elements import EDGE, NODE, edge, escaped, graph_exporter, node, text_of
from graph.formats.outgoing import joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graph.formats.elements import Value
    from graph.formats.outgoing import Selection, Told

_TYPES: Final = {str: "string", int: "int", float: "double", bool: "boolean"}
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns '
    'http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">\n'
)


def write(selection: Selection) -> Iterator[bytes]:
    """Write nodes, then edges. Reads the selection twice."""
    yield "".join((_HEAD, *_keys(), '<graph id="entente" edgedefault="directed">\n')).encode()
    yield from joined(
        f'<node id="{actor.id}">{_data("n", node(actor))}</node>\n'.encode() for actor in selection.ends()
    )
    for block in selection.told():
        yield "".join(map(_edge, block)).encode()
    yield b"</graph>\n</graphml>\n"


def _edge(told: Told) -> str:
    ends = f'id="{told.id}" source="{told.source.id}" target="{told.target.id}"'
    return f"<edge {ends}>{_data('e', edge(told))}</edge>\n"


def _keys() -> Iterator[str]:
    for of, letter, declared in (("node", "n", NODE), ("edge", "e", EDGE)):
        for at, (name, kind) in enumerate(declared.items()):
            yield f'<key id="{letter}{at}" for="{of}" attr.name="{escaped(name)}" attr.type="{_TYPES[kind]}"/>\n'


def _data(letter: str, values: Sequence[Value]) -> str:
    return "".join(
        [f'<data key="{letter}{at}">{text_of(value)}</data>' for at, value in enumerate(values) if value is not None]
    )


EXPORTER = graph_exporter(
    "graphml", "GraphML: nodes and edges for network programs", "application/graphml+xml", "graphml", write
)
