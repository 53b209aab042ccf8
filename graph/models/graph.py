"""What questions about the graph answer with: what was counted, and what it comes to between actors."""

from pydantic import Field

from graph.models.relation import Relation
from graph.models.shape import ActorRef, Page, Shape


class Basis(Shape):
    """What an answer counted: `/relations` lists these relations under the same filters."""

    revision: int = Field(description="The one complete revision that was counted.")
    known_at: str | None = Field(description="When that revision was written; null on an empty ledger.")
    relations: int = Field(description="How many relations were counted.")
    first: str | None = Field(description="The earliest first day of a start among them; null if no start is known.")
    last: str | None = Field(description="The latest first day of a start among them; null if no start is known.")
    attested: str = Field(description="Whether they had to be attested: true, false or any.")
    rollup: str = Field(description="Who counted for the actors named: none, representatives or members.")
    filters: dict[str, object] = Field(description="The filters and clocks that were given, by parameter.")


class Neighbor(Shape):
    """An actor at the other end of relations, and what they come to."""

    actor: ActorRef
    count: int = Field(description="Relations between the two.")
    out: int = Field(description="Those that `direction=out` lists; symmetric ones count in both.")
    in_: int = Field(alias="in", description="Those that `direction=in` lists.")
    classes: dict[str, int] = Field(description="Relations by quad class, of those that occur.")
    intensity: float = Field(description="The sum of their intensities.")
    first: str | None = Field(description="The earliest first day of a start; null if none is known.")
    last: str | None = Field(description="The latest first day of a start; null if none is known.")


class NeighborPage(Page):
    """A page of the actors at the other end, most relations first."""

    items: list[Neighbor]
    basis: Basis


class NetworkNode(ActorRef):
    """An actor in a network."""

    depth: int = Field(description="In which ring it is; 0 in the middle.")
    degree: int = Field(description="Relations shown at it.")


class NetworkEdge(Shape):
    """What the relations from one actor to another come to."""

    source: str = Field(description="An actor's id.")
    target: str = Field(description="An actor's id.")
    count: int = Field(description="Relations; symmetric ones from source to target as they are written.")
    classes: dict[str, int] = Field(description="Relations by quad class, of those that occur.")
    intensity: float = Field(description="The sum of their intensities.")
    first: str | None = Field(description="The earliest first day of a start; null if none is known.")
    last: str | None = Field(description="The latest first day of a start; null if none is known.")


class HiddenNeighbors(Shape):
    """An actor that has to do with others that are not shown."""

    id: str
    hidden: int = Field(description="How many actors it has relations with that are not shown.")


class ActorNetwork(Shape):
    """The actors around one, and what there is between them."""

    center: str = Field(description="The id of the actor in the middle.")
    nodes: list[NetworkNode] = Field(description="Ring by ring, in each most relations first, ties by id.")
    edges: list[NetworkEdge] = Field(description="By source and target, in the order of the nodes.")
    truncated: list[HiddenNeighbors] = Field(description="Those whose neighbours are not all shown.")
    basis: Basis


class Hop(Shape):
    """A step of a path, and what it rests on."""

    source: ActorRef
    target: ActorRef
    count: int = Field(description="Relations that the step can be taken by.")
    relations: list[Relation] = Field(description="The newest 20 of them, or the one that was chosen; with claims.")


class Path(Shape):
    """A way from one actor to another."""

    length: int = Field(description="How many hops it has.")
    hops: list[Hop]


class Searched(Shape):
    """How far was looked."""

    length: int = Field(description="All paths of so many hops are known: those listed, or none.")
    actors: int = Field(description="How many actors were met.")


class Paths(Shape):
    """Paths between two actors, the shortest first, ties by the ids along them."""

    paths: list[Path]
    searched: Searched
    truncated: bool = Field(description="Whether the search was given up: there may be more paths.")
    basis: Basis
