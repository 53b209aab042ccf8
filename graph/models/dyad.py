"""What there is between two actors: added up, over time, and where words and deeds pull apart."""

from pydantic import Field

from graph.models.graph import Basis
from graph.models.relation import Relation
from graph.models.shape import ActorRef, Page, Shape

_DIRECTION = "a->b or b->a, from the acting side; any for what runs both ways, such as an alliance."


class DyadTotal(Shape):
    """The relations of one class that run one way."""

    direction: str = Field(description=_DIRECTION)
    class_: str = Field(alias="class")
    count: int
    intensity: float = Field(description="The sum of their intensities.")


class DyadPeriod(DyadTotal):
    """The same, of those that began in one period."""

    period: str = Field(description="2026, 2026-Q1, 2026-02, 2026-W07 (ISO 8601) or 2026-02-09.")


class Reciprocity(Shape):
    """What became of the relations of positive sign that run one way; those that run both ways are among them."""

    mutual: int = Field(description="Answered by one the other way within the window.")
    one_sided: int = Field(description="Neither answered nor denied.")
    denied: int = Field(description="Denied by a claim of the side that they run to; this wins over mutual.")


class Signal(Shape):
    """A deed, and the word nearest to it that says the opposite."""

    kind: str = Field(description="mixed: words of cooperation against deeds of conflict; bark: the reverse.")
    direction: str = Field(description="a->b or b->a: both run that way.")
    a: ActorRef
    b: ActorRef
    word: Relation
    deed: Relation
    lag: int = Field(description="Days from word to deed: 0 if they share one, negative if the deed ended first.")
    lag_certain: bool = Field(description="Whether both starts are known to the day.")
    severity: float = Field(description="The sum of both intensities, without their signs.")


class SignalPage(Page):
    """A page of signals, the most severe first."""

    items: list[Signal]
    basis: Basis


class LeftOut(Shape):
    """How much of a list is not shown."""

    id: str = Field(description="The list's name.")
    hidden: int = Field(description="How many more there are.")


class Dyad(Shape):
    """Two actors, and everything between them."""

    a: ActorRef
    b: ActorRef
    rollup: str = Field(description="Who counted for the two: none, representatives or members.")
    interval: str = Field(description="How long a period of the timeline is.")
    window: int = Field(description="How many days may lie between a word and a deed, or a relation and its answer.")
    totals: list[DyadTotal]
    timeline: list[DyadPeriod] = Field(description="By the period in which relations began, ascending.")
    undated: int = Field(description="Relations in no period: their start is unknown, or less exact than a period.")
    standing: list[Relation] = Field(description="States that hold at valid_at; without it those without an end.")
    latest: list[Relation] = Field(description="The newest 20 by their start.")
    reciprocity: dict[str, Reciprocity] = Field(description="For each of the directions a->b and b->a.")
    signals: list[Signal] = Field(description="Mixed signals, the most severe first.")
    truncated: list[LeftOut] = Field(description="The lists above that are not shown whole.")
    basis: Basis


class SeriesRow(Shape):
    """One point of a chart."""

    period: str = Field(description="2026, 2026-Q1, 2026-02, 2026-W07 (ISO 8601) or 2026-02-09.")
    group: str = Field(description="A class, a type, out, in or any, or an actor's id.")
    value: float


class Series(Shape):
    """An actor's relations over time."""

    actor: ActorRef
    group_by: str
    interval: str
    measure: str
    rows: list[SeriesRow] = Field(description="By period, then in the order of the groups; none where nothing began.")
    undated: int = Field(description="Relations in no period: their start is unknown, or less exact than a period.")
    truncated: list[LeftOut] = Field(description="How many groups have no rows.")
    basis: Basis


class Matrix(Shape):
    """What runs from each of some actors to each other one."""

    actors: list[ActorRef]
    measure: str
    values: list[list[float]] = Field(description="values[i][j] is what runs from actors[i] to actors[j]; 0 for i = j.")
    basis: Basis
