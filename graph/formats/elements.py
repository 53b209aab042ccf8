"""What nodes and edges say in the graph formats: plain values alone, null where there is nothing to say.

A node is an actor at an end of a selected relation; an edge is one relation, so there may be many between two nodes.
Control characters, which XML has no way to write, are left out of texts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from graph.formats.outgoing import Exporter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graph.formats.outgoing import Actor, Selection, Told

Value = str | int | float | bool | None
NODE: Final[dict[str, type]] = {"name": str, "kind": str}
EDGE: Final[dict[str, type]] = {
    "relation_type": str, "label": str, "quad_class": str, "sign": int, "intensity": float, "start": str, "end": str,
    "end_status": str, "status": str, "attested": bool, "confidence": float, "affirms": int, "denies": int,
    "doubts": int, "publishers": int, "attributes": str, "about": str, "about_as": str, "version": int,
    "recorded_at": str,
}  # fmt: skip
"""What an edge says, and of which type. `type` and `class` are words that formats and programs use otherwise."""
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ESCAPED: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def node(actor: Actor) -> tuple[Value, ...]:
    """The values of a node, in the order of `NODE`."""
    return actor.name, actor.kind


def edge(told: Told) -> tuple[Value, ...]:
    """The values of an edge, in the order of `EDGE`."""
    type_ = told.type
    return (
        type_.id, type_.label, type_.quad_class, type_.sign, type_.intensity, told.start, told.end, told.end_status,
        told.status, told.attested, told.confidence, told.affirms, told.denies, told.doubts, told.publishers,
        told.attributes.decode() or None, told.about, told.about_as, told.version, told.recorded_at,
    )  # fmt: skip


@lru_cache(maxsize=100_000)
def escaped(text: str) -> str:
    """A text as it may stand in XML, between quotes too."""
    return _UNWRITABLE.sub("", text).translate(_TABLE)


_TABLE: Final = str.maketrans(_ESCAPED)


def text_of(value: Value) -> str:
    """A value as XML has it."""
    if isinstance(value, str):
        return escaped(value)
    return str(value).lower() if isinstance(value, bool) else repr(value)


def graph_exporter(
    name: str, summary: str, media_type: str, suffix: str, write: Callable[[Selection], Iterator[bytes]]
) -> Exporter:
    """An exporter of nodes and edges: they all lose the same."""
    return Exporter(
        name,
        summary,
        media_type,
        suffix,
        write,
        leaves_out=("claims", "documents", "datasets", "names", "identifiers", "description", "retracted_at"),
        alters=("attributes",),
    )
