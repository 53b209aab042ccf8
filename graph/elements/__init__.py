"""Nodes and edges in the forms that network programs read: plain values in, bytes out, a part at a time.

A form knows nothing of what it writes. What is nothing is left out; a value is a text, a number or a truth, for none of
these forms takes dates, lists or null. Characters that XML has no way to write are left out of texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

__all__ = ["Edge", "Elements", "Node", "Value", "joined", "said", "xml", "xml_of"]

Value = str | int | float | bool | None
_CHUNK: Final = 65_536
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ESCAPED: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


class Node(NamedTuple):
    """An actor. `values` are in the order of the fields; ids are slugs."""

    id: str
    label: str
    values: Sequence[Value]


class Edge(NamedTuple):
    """What runs from one node to another, between two dates if they are known, however exactly."""

    id: str
    source: str
    target: str
    label: str
    values: Sequence[Value]
    begin: str | None = None
    end: str | None = None


@dataclass(frozen=True, slots=True)
class Elements:
    """A directed graph: what its nodes and edges say, by name and type, and how to go through them.

    `several`: there may be more than one edge from one node to another.
    """

    node_fields: Mapping[str, type]
    edge_fields: Mapping[str, type]
    nodes: Callable[[], Iterable[Node]]
    edges: Callable[[], Iterable[Edge]]
    several: bool = False


def said(fields: Mapping[str, type], values: Sequence[Value]) -> dict[str, Value]:
    """What there is, by name."""
    return {name: value for name, value in zip(fields, values, strict=True) if value is not None}


@lru_cache(maxsize=100_000)
def xml(text: str) -> str:
    """A text as it may stand in XML, between quotes too."""
    return _UNWRITABLE.sub("", text).translate(_ESCAPED)


def xml_of(value: Value) -> str:
    """A value as XML has it."""
    if isinstance(value, str):
        return xml(value)
    return str(value).lower() if isinstance(value, bool) else repr(value)


def joined(parts: Iterable[str]) -> Iterator[bytes]:
    """Texts as bytes, in fewer and larger parts."""
    kept: list[str] = []
    size = 0
    for part in parts:
        kept.append(part)
        size += len(part)
        if size >= _CHUNK:
            yield "".join(kept).encode()
            kept, size = [], 0
    if kept:
        yield "".join(kept).encode()
