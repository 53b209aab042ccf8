"""GEXF 1.2 (https://gexf.net): a directed graph that changes in time, for Gephi; its timeline is valid time.

Gephi wants whole days, so an edge begins on the first day that its start may be and ends on the last that its end may
be; the dates as they were stated are the attributes `stated_start` and `stated_end`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graph.formats.elements import EDGE, NODE, edge, escaped, graph_exporter, node, text_of
from graph.formats.outgoing import joined
from graph.time import day_text, first_day, last_day, pack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graph.formats.elements import Value
    from graph.formats.outgoing import Selection, Told

_STATED: Final = {"start": "stated_start", "end": "stated_end"}
_TYPES: Final = {str: "string", int: "integer", float: "double", bool: "boolean"}
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">\n'
    '<graph defaultedgetype="directed" mode="dynamic" timeformat="date">\n'
)


def write(selection: Selection) -> Iterator[bytes]:
    """Write nodes, then edges. Reads the selection twice."""
    yield "".join((_HEAD, *_attributes("node", "n", NODE), *_attributes("edge", "e", EDGE), "<nodes>\n")).encode()
    yield from joined(
        f'<node id="{actor.id}" label="{escaped(actor.name)}">{_values("n", node(actor))}</node>\n'.encode()
        for actor in selection.ends()
    )
    yield b"</nodes>\n<edges>\n"
    for block in selection.told():
        yield "".join(map(_edge, block)).encode()
    yield b"</edges>\n</graph>\n</gexf>\n"


def _edge(told: Told) -> str:
    begun = f' start="{day_text(first_day(pack(told.start)))}"' if told.start else ""
    ended = f' end="{day_text(last_day(pack(told.end)))}"' if told.end else ""
    ends = f'id="{told.id}" source="{told.source.id}" target="{told.target.id}"'
    return f'<edge {ends} label="{escaped(told.type.label)}"{begun}{ended}>{_values("e", edge(told))}</edge>\n'


def _attributes(of: str, letter: str, declared: dict[str, type]) -> Iterator[str]:
    yield f'<attributes class="{of}">\n'
    for at, (name, kind) in enumerate(declared.items()):
        yield f'<attribute id="{letter}{at}" title="{_STATED.get(name, name)}" type="{_TYPES[kind]}"/>\n'
    yield "</attributes>\n"


def _values(letter: str, values: Sequence[Value]) -> str:
    said = [
        f'<attvalue for="{letter}{at}" value="{text_of(value)}"/>'
        for at, value in enumerate(values)
        if value is not None
    ]
    return f"<attvalues>{''.join(said)}</attvalues>"


EXPORTER = graph_exporter("gexf", "GEXF: nodes and edges in time, for Gephi", "application/gexf+xml", "gexf", write)
