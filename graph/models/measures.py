"""What questions about the whole graph answer with."""

from pydantic import Field

from graph.models.graph import Basis
from graph.models.shape import ActorRef, Page, Shape


class FoldBasis(Basis):
    """What was counted, and the folded graph that it makes: one edge an ordered pair of different actors."""

    actors: int = Field(description="The actors that have an edge.")
    pairs: int = Field(description="The ordered pairs of actors with a relation from the first to the second.")


class Score(Shape):
    """An actor and its score."""

    actor: ActorRef
    score: float


class Centralities(Shape):
    """The most central actors, the first first."""

    measure: str
    items: list[Score]
    sampled: int | None = Field(
        description="From how many actors shortest paths were followed, if not from all: the scores are estimates then."
    )
    basis: FoldBasis


class Community(Shape):
    """Actors that have more to do with each other than with others."""

    id: int = Field(description="Its place among the groups: the largest is 1.")
    size: int
    actors: list[ActorRef]


class Communities(Shape):
    """The actors, each in one group, the largest first."""

    method: str
    modularity: float = Field(description="How much more lies inside the groups than chance would have it, up to 1.")
    groups: list[Community]
    basis: FoldBasis


class Ties(Shape):
    """Pairs of actors by the sign of what is between them."""

    positive: int
    negative: int


class Balance(Shape):
    """How far a signed network falls into two camps."""

    actors: list[ActorRef]
    ties: Ties
    triads: dict[str, int] = Field(
        description="Threes of actors that all have ties, by sign: +++ and +-- are balanced, ++- and --- are not."
    )
    balanced_share: float | None = Field(description="The share of balanced triads; null if there are no triads.")
    frustration: int = Field(
        description="The fewest ties that must change sign for all to fit into two camps; if not `exact`, a bound."
    )
    exact: bool = Field(description="Whether fewer are known to be impossible.")
    camps: list[list[str]] = Field(
        description="The best split: friends within, enemies across. Who has no tie is in no camp."
    )
    basis: FoldBasis


class Likeness(Shape):
    """An actor, and how much its neighbours are those of the actor asked about."""

    actor: ActorRef
    score: float
    shared: list[str] = Field(description="The neighbours that both have, by id.")


class SimilarActors(Shape):
    """The actors with the most similar neighbours, the most similar first."""

    items: list[Likeness]
    basis: FoldBasis


class Component(Shape):
    """Actors that are connected, whichever way the relations point, and to no others."""

    size: int
    actors: list[str] = Field(description="By id.")


class ComponentPage(Page):
    """A page of components, the largest first."""

    items: list[Component]
    basis: FoldBasis
