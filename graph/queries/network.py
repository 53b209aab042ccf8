"""What is around an actor: whom it has to do with, whom these have to do with, and what lies between all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

import numpy as np
import orjson
from pydantic import Field

from graph.elements import Edge, Elements, Node
from graph.elements.cytoscape import cytoscape
from graph.elements.gexf import gexf
from graph.elements.graphml import graphml
from graph.elements.node_link import node_link
from graph.models import ActorNetwork
from graph.queries.scope import Answer, Bounded, Budget
from graph.queries.scope.graph import RolledUp
from graph.snapshot.around import Around, Edges, InMesh, InRelations
from graph.snapshot.lineup import Sight
from graph.snapshot.links import breadth
from graph.snapshot.tally import day_or_none
from graph.vocabulary import QUAD_CLASSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from graph.snapshot import Snapshot, View

__all__ = ["Network"]

_NODE: Final = {"name": str, "kind": str, "depth": int, "degree": int}
_EDGE: Final = {
    "count": int, **dict.fromkeys(QUAD_CLASSES, int), "intensity": float, "first": str, "last": str,
}  # fmt: skip
_FORMS: Final[Mapping[str, tuple[str, Callable[[Elements], Iterator[bytes]]]]] = {
    "cytoscape": ("application/vnd.cytoscapejs+json", cytoscape),
    "node-link": ("application/vnd.node-link+json", node_link),
    "graphml": ("application/graphml+xml", graphml),
    "gexf": ("application/gexf+xml", gexf),
}


class Network(RolledUp, Bounded):
    """The actors around one, ring by ring, and what the relations among them come to.

    Each actor leads on to at most `per_node` others that no ring so far holds: those that it has most relations with,
    ties by id. If these are more than `max_nodes` leaves room for, those stay that have most relations with whoever led
    to them, ties by id. The last ring leads no further. `truncated` names whoever was followed and has to do with
    actors that are not shown, and with how many.

    `edges` add up every relation between two of the actors shown, each once: from source to target, a symmetric one as
    it is written. Relations of an actor with itself are left out. `degree` counts the relations shown at an actor.
    Under roll-up, what counts for the actor in the middle is drawn from or to it, and not at its true end besides;
    `/actors/{id}/relations` names the true ends. `basis` says what was counted.

    Other forms than JSON, by `format` or by Accept, hold the nodes and edges alone, the classes as columns of edges.
    """

    name: ClassVar[str] = "get_network"
    path: ClassVar[str] = "/actors/{id}/network"
    summary: ClassVar[str] = "Network around an actor"
    tag: ClassVar[str] = "graph"
    answer: ClassVar[type] = ActorNetwork
    steps: ClassVar[int] = 20_000_000
    media: ClassVar[Mapping[str, str]] = {
        "application/json": "json",
        **{media: name for name, (media, _) in _FORMS.items()},
    }

    id: str = Field(
        description="The actor in the middle: its id, or scheme:value.", json_schema_extra={"examples": ["russia"]}
    )
    depth: int = Field(1, ge=1, le=3, description="How many rings there are around it.")
    max_nodes: int = Field(100, ge=1, le=1000, description="How many actors are shown at most, that one included.")
    per_node: int = Field(25, ge=1, le=1000, description="How many others an actor leads on to at most.")
    format: Literal["json", "cytoscape", "node-link", "graphml", "gexf"] = Field(
        "json", description="The form of the answer; where it is not given, what Accept says."
    )

    def within(self, snapshot: Snapshot, budget: Budget) -> Answer:
        """O(relations of the actors shown, and of whoever stands for the one in the middle)."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        around = self._around(view, view.shown(self.id), budget)
        for _ in range(self.depth):
            around.widen(self.per_node, self.max_nodes)
        edges = around.edges()
        drawn = _drawn(view, around, edges)
        if self.format != "json":
            media, form = _FORMS[self.format]
            elements = _elements(**orjson.loads(drawn + b"}"))
            return Answer(b"".join(form(elements)), moment.revision, media=media)
        beside = {
            "center": view.actor_id(int(around.actors[0])),
            "truncated": [{"id": view.actor_id(actor), "hidden": count} for actor, count in around.hidden()],
            "basis": self.told_basis(view, int(edges.counts.sum()), *map(day_or_none, (edges.first, edges.last))),
        }
        return Answer(drawn + b"," + orjson.dumps(beside)[1:], moment.revision)

    def _around(self, view: View, center: int, budget: Budget) -> Around:
        """Where to look: in the mesh of what counts, if there is one, else in the relations."""
        wanted = self.wanted(view)
        budget.need(int(breadth(view, np.array([center])).sum()))
        mesh = view.snapshot.folds.mesh(view, wanted) if self.rollup == "none" else None
        if mesh is not None:
            return InMesh(view, center, budget.need, mesh)
        own = self.counted(view, Sight(center, (), self.rollup, self.asked_span))
        if self.rollup != "none":
            budget.need(len(own.rows))
        own = own.only(own.far != center) if own.far is not None else own
        return InRelations(view, center, budget.need, own, wanted)


def _drawn(view: View, around: Around, edges: Edges) -> bytes:
    """Nodes in the order of the rings, edges in that of their ends: the beginning of a JSON object."""
    actors = around.actors
    ends = np.concatenate((edges.source, edges.target))
    degrees = np.bincount(ends, np.tile(edges.counts, 2), len(actors)).astype(np.int64).tolist()
    depths = np.repeat(np.arange(len(around.rings)), [len(ring) for ring in around.rings]).tolist()
    told = zip(view.tables.actor_refs.many(view.naming(actors)), depths, degrees, strict=True)
    nodes = (b'%b,"depth":%d,"degree":%d}' % (ref[:-1], depth, degree) for ref, depth, degree in told)
    return b'{"nodes":[%b],"edges":[%b]' % (b",".join(nodes), b",".join(edges.told))


def _elements(nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> Elements:
    """The same for network programs; one edge a pair, so a pair's ids name it."""

    def edge(told: dict[str, Any]) -> Edge:
        values = [told["classes"].get(name) if name in QUAD_CLASSES else told[name] for name in _EDGE]
        ends = told["source"], told["target"]
        return Edge(".".join(ends), *ends, str(told["count"]), values)

    return Elements(
        _NODE,
        _EDGE,
        lambda: (Node(told["id"], told["name"], [told[name] for name in _NODE]) for told in nodes),
        lambda: map(edge, edges),
    )
