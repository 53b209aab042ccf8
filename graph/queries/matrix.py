"""Who does how much to whom among some actors: a dense square."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Self

import numpy as np
import orjson
from pydantic import Field, model_validator

from graph.errors import Invalid
from graph.models import Matrix
from graph.queries.scope import Answer, Bounded, Budget
from graph.queries.scope.graph import RolledUp
from graph.snapshot.crossing import crossing
from graph.snapshot.rollup import members
from graph.snapshot.tally import Measure, measured

if TYPE_CHECKING:
    from graph.snapshot import Snapshot, View

__all__ = ["GetMatrix"]

_FEWEST: Final = 2
_MOST: Final = 100


class GetMatrix(RolledUp, Bounded):
    """What runs from each of some actors to each other one: `values[i][j]` is from `actors[i]` to `actors[j]`.

    The actors are those named, in that order, or the attested members of one, by id: those whose membership may hold
    at the time asked about, at any time if none is. There must be 2 to 100. An actor's relations with itself are left
    out, so that the diagonal is 0; a symmetric relation, such as an alliance, stands on both sides of it, and counts
    once in `basis`. Under roll-up whoever acts for two of the actors counts for neither.

    `count` counts relations, `intensity` adds their intensities, `publishers` counts the distinct publishers (or
    datasets, where there is no document) of the claims that affirm any of them.
    """

    name: ClassVar[str] = "get_matrix"
    path: ClassVar[str] = "/matrix"
    summary: ClassVar[str] = "Who does how much to whom"
    tag: ClassVar[str] = "graph"
    answer: ClassVar[type] = Matrix
    steps: ClassVar[int] = 5_000_000

    actor: Annotated[tuple[str, ...], Field(max_length=_MOST)] = Field(
        (), description="An actor; given 2 to 100 times.", json_schema_extra={"examples": ["us"]}
    )
    member_of: str | None = Field(
        None, description="Instead: an actor whose members they are.", json_schema_extra={"examples": ["brics"]}
    )
    measure: Measure = Field("count", description="What a value is.")

    @model_validator(mode="after")
    def _one_way_to_name_them(self) -> Self:
        if self.actor and self.member_of is not None:
            raise Invalid.parameter("member_of", "name the actors in one way: by actor, or by member_of.")
        if self.member_of is None and len(self.actor) < _FEWEST:
            raise Invalid.parameter("actor", "give it 2 to 100 times, or give member_of.")
        return self

    def within(self, snapshot: Snapshot, budget: Budget) -> Answer:
        """O(n log n) for the n relations of the actors, and of whoever stands for them."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        named = self._named(view)
        found = crossing(view, named, self.rollup, self.asked_span)
        budget.need(len(found.rows))
        counted = np.isin(found.rows, self.among(view, np.unique(found.rows)))
        rows = found.rows[counted]
        cells, values = measured(view, rows, (found.source * len(named) + found.target)[counted], self.measure)
        square = np.zeros(len(named) ** 2, values.dtype)
        square[cells] = values
        body = {
            "actors": [orjson.Fragment(view.ref(actor)) for actor in named],
            "measure": self.measure,
            "values": square.reshape(len(named), -1).tolist(),
            "basis": self.basis(view, np.unique(rows)),
        }
        return Answer(orjson.dumps(body), moment.revision)

    def _named(self, view: View) -> list[int]:
        if self.member_of is None:
            named = [view.actor(text, "actor") for text in self.actor]
            if len(set(named)) < len(named):
                raise Invalid.parameter("actor", "names the same actor twice; give each once.")
            return named
        bloc = view.actor(self.member_of, "member_of")
        named = np.unique(members(view, bloc, self.asked_span)).tolist()
        if not _FEWEST <= len(named) <= _MOST:
            detail = f'"{self.member_of}" has {len(named)} members then, and a matrix takes {_FEWEST} to {_MOST}.'
            raise Invalid.parameter("member_of", detail)
        return sorted(named, key=view.actor_id)
