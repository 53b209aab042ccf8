"""Whose relations are asked about: the filters on their ends, which lists of relations and exports share."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from graph.errors import Invalid
from graph.queries.scope.filters import Kind, RelationFilters, Rollup
from graph.snapshot.columns import NONE
from graph.snapshot.lineup import IN, OUT, Sight, in_sight
from graph.vocabulary import KINDS

if TYPE_CHECKING:
    from graph.snapshot import View
    from graph.snapshot.find import Wanted

__all__ = ["DIRECTIONS", "EndFilters", "FarFilters"]

DIRECTIONS = {"out": OUT, "in": IN, "any": None}


class FarFilters(RelationFilters):
    """Filters as seen from an actor: which way, and with whom."""

    direction: Literal["out", "in", "any"] = Field("any", description="Seen from the actor asked about.")
    with_: tuple[str, ...] = Field(
        (),
        alias="with",
        description="The actor at the other end; under roll-up also who stands for it.",
        json_schema_extra={"examples": ["russia"]},
    )
    with_kind: tuple[Kind, ...] = Field((), description="The kind of the true other end.")
    rollup: Rollup = Field(
        "none",
        description="Whether relations of those who act for the named actors count as theirs, and of a bloc's members.",
    )

    def wanted(self, view: View) -> Wanted:
        """All filters as a snapshot applies them. Errors: `Invalid`, naming the parameter."""
        wanted = super().wanted(view)
        return wanted._replace(far_kinds=tuple(map(KINDS.index, self.with_kind))) if self.with_kind else wanted

    def from_actor(self, view: View, near: int) -> Sight:
        """What is in sight of an actor. Errors: `Invalid`, naming the parameter."""
        far = tuple([view.actor(text, "with") for text in self.with_])
        return Sight(near, far, self.rollup, self.asked_span, DIRECTIONS[self.direction])


class EndFilters(FarFilters):
    """Filters where no actor stands in the path: the ends are named in one of three ways, or in none."""

    actor: str | None = Field(None, description="An actor at either end.", json_schema_extra={"examples": ["lavrov"]})
    source: str | None = Field(None, description="The actor at the source.", json_schema_extra={"examples": ["us"]})
    target: str | None = Field(None, description="The actor at the target.", json_schema_extra={"examples": ["russia"]})
    between: Annotated[tuple[str, ...], Field(max_length=2)] = Field(
        (), description="Given twice: the two ends, whichever way.", json_schema_extra={"examples": ["us"]}
    )
    id: tuple[str, ...] = Field((), description="Relations by id.")
    about: str | None = Field(None, description="The relation that they are about.")

    @model_validator(mode="after")
    def _one_way_to_name_the_ends(self) -> Self:
        ways = [self.actor is not None, self.source is not None or self.target is not None, bool(self.between)]
        if sum(ways) > 1:
            raise Invalid.parameter(
                "actor", "name the ends in one way: actor (and with), source and target, or between twice"
            )
        if self.between and len(self.between) != 2:  # noqa: PLR2004 - the two ends
            raise Invalid.parameter("between", "give it twice: between=us&between=russia.")
        for parameter, given in (
            ("direction", self.direction != "any"),
            ("with", self.with_),
            ("with_kind", self.with_kind),
        ):
            if given and self.actor is None:
                raise Invalid.parameter(parameter, "is seen from an actor; add actor=.")
        if self.rollup != "none" and not any(ways):
            raise Invalid.parameter(
                "rollup", "says who stands for a named actor; add actor, source, target or between."
            )
        return self

    def sight(self, view: View) -> Sight | None:
        """What is in sight of the actors named; None if nobody is. Errors: `Invalid`, naming the parameter."""
        if self.actor is not None:
            return self.from_actor(view, view.actor(self.actor, "actor"))
        if self.between:
            return self._seen(view, *(view.actor(text, "between") for text in self.between))
        target = None if self.target is None else view.actor(self.target, "target")
        if self.source is not None:
            return self._seen(view, view.actor(self.source, "source"), target, OUT)
        return None if target is None else self._seen(view, target, None, IN)

    def wanted(self, view: View) -> Wanted:
        """All filters as a snapshot applies them. Errors: `Invalid`, naming the parameter."""
        wanted = super().wanted(view)
        if self.id:
            wanted = wanted._replace(records=tuple(view.tables.relation_ids.get(text) for text in self.id))
        if self.about is not None:
            record = view.tables.relation_ids.get(self.about)
            if record == NONE:
                raise Invalid.parameter("about", f'no relation "{self.about}" is known.')
            wanted = wanted._replace(about=record)
        return wanted

    def _seen(self, view: View, near: int, far: int | None, direction: int | None = None) -> Sight:
        """What is in sight from an end: of two, without roll-up, from the one that fewer relations are in sight of."""
        sight = Sight(near, () if far is None else (far,), self.rollup, self.asked_span, direction)
        if far is None or self.rollup != "none":
            return sight
        back = sight._replace(near=far, far=(near,), direction=None if direction is None else -direction)
        return min(sight, back, key=partial(in_sight, view))
