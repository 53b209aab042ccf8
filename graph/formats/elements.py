"""What nodes and edges say in the graph formats: plain values alone, null where there is nothing to say.

A node is an actor at an end of a selected relation; an edge is one relation, so there may be many between two nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graph.elements import Edge, Elements, Node, Value
from graph.formats.outgoing import Exporter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graph.formats.outgoing import Selection, Told

_NODE: Final[dict[str, type]] = {"name": str, "kind": str}
_EDGE: Final[dict[str, type]] = {
    "relation_type": str, "label": str, "quad_class": str, "sign": int, "intensity": float, "start": str, "end": str,
    "end_status": str, "status": str, "attested": bool, "confidence": float, "affirms": int, "denies": int,
    "doubts": int, "publishers": int, "attributes": str, "about": str, "about_as": str, "version": int,
    "recorded_at": str,
}  # fmt: skip
"""What an edge says, and of which type. `type` and `class` are words that formats and programs use otherwise."""


def _edge(told: Told) -> Edge:
    type_ = told.type
    values: tuple[Value, ...] = (
        type_.id, type_.label, type_.quad_class, type_.sign, type_.intensity, told.start, told.end, told.end_status,
        told.status, told.attested, told.confidence, told.affirms, told.denies, told.doubts, told.publishers,
        told.attributes.decode() or None, told.about, told.about_as, told.version, told.recorded_at,
    )  # fmt: skip
    return Edge(told.id, told.source.id, told.target.id, type_.label, values, told.start, told.end)


def _elements(selection: Selection) -> Elements:
    """A selection as nodes and edges; it is read once for each."""
    return Elements(
        _NODE,
        _EDGE,
        lambda: (Node(actor.id, actor.name, (actor.name, actor.kind)) for actor in selection.ends()),
        lambda: (_edge(told) for block in selection.told() for told in block),
        several=True,
    )


def graph_exporter(
    name: str, summary: str, media_type: str, suffix: str, write: Callable[[Elements], Iterator[bytes]]
) -> Exporter:
    """An exporter of nodes and edges: they all lose the same."""
    return Exporter(
        name,
        summary,
        media_type,
        suffix,
        lambda selection: write(_elements(selection)),
        leaves_out=("claims", "documents", "datasets", "merges", "names", "identifiers", "description", "retracted_at"),
        alters=("attributes",),
    )
