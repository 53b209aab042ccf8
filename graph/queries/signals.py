"""Where words and deeds pull apart: between two actors, around one, or anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

import numpy as np
import orjson
from pydantic import Field, model_validator

from graph.errors import Invalid
from graph.models import SignalPage
from graph.queries.scope import Answer, Bounded, Budget, Paged
from graph.queries.scope.graph import RolledUp
from graph.snapshot import item
from graph.snapshot.lineup import Sight
from graph.snapshot.signals import Kind, acting, running, signals

if TYPE_CHECKING:
    from graph.snapshot import Snapshot, View
    from graph.snapshot.signals import Directed, Signals

__all__ = ["ListSignals"]


class ListSignals(RolledUp, Paged, Bounded):
    """Words against deeds: each deed with the nearest word of the same side to the same side that says the opposite.

    *Mixed* signals are deeds of material conflict (intensity below zero) after or before words of cooperation (speech
    with an intensity above zero; a meeting or a signature is no word). A *bark* is the reverse: threats and accusations
    beside deeds of material cooperation. The nearest word is the one with the smaller |lag|, then the greater
    |intensity|, then by id; `lag` counts the days from word to deed, 0 if their spans share one, negative if the deed
    ended first, and is not certain where a start is unknown or less exact than a day. Pairs further apart than `window`
    are no signal. `severity` adds both |intensities|. The most severe come first, then the latest deed, then by ids.

    `between` names two actors, and `a->b` is from the first to the second; with `actor`, a is that actor and b whoever
    is at the other end; with neither, a is who speaks and acts. Filters and clocks bear on words and deeds alike, so
    that `type=sanction` alone leaves no words: name the types of both. Both come with their claims.
    """

    name: ClassVar[str] = "list_signals"
    path: ClassVar[str] = "/signals"
    summary: ClassVar[str] = "Words against deeds"
    tag: ClassVar[str] = "graph"
    answer: ClassVar[type] = SignalPage
    steps: ClassVar[int] = 5_000_000

    between: Annotated[tuple[str, ...], Field(max_length=2)] = Field(
        (), description="Given twice: the two actors.", json_schema_extra={"examples": ["us"]}
    )
    actor: str | None = Field(
        None, description="An actor, and whoever is at the other end.", json_schema_extra={"examples": ["us"]}
    )
    kind: Kind = Field("mixed", description="Words of cooperation against deeds of conflict; `bark` is the reverse.")
    window: int = Field(180, ge=0, le=36_525, description="How many days may lie between word and deed.")
    min_severity: float | None = Field(None, ge=0, le=20, description="The least severity.")

    @model_validator(mode="after")
    def _one_way_to_name_the_ends(self) -> Self:
        if self.between and self.actor is not None:
            raise Invalid.parameter("actor", "name the ends in one way: actor, or between twice.")
        if self.between and len(self.between) != 2:  # noqa: PLR2004 - the two ends
            raise Invalid.parameter("between", "give it twice: between=us&between=russia.")
        if self.rollup != "none" and not self.between and self.actor is None:
            raise Invalid.parameter("rollup", "says who stands for a named actor; add actor, or between twice.")
        return self

    def within(self, snapshot: Snapshot, budget: Budget) -> Answer:
        """O(n log n) for the n relations in sight; the next pages O(signals), while the view keeps them."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        basis, found = view.pages.get(self.fingerprint(*self.unbound), lambda: self._found(view, budget))
        budget.check()
        cursor, rest = self.after(snapshot), found
        if cursor is not None:
            rest = found.after(view, -cursor.number, cursor.id)
        page, following = rest.first(view, self.limit), None
        if len(page) < len(rest):
            last = page.only(slice(-1, None))
            place = -float(last.weight(view)[0]), last.ids(view)[0].decode()
            following = self.next_cursor(snapshot, moment.revision, *place)
        total = len(found) if self.count else None
        extra = b',"basis":' + orjson.dumps(basis)
        return Answer(item.page(page.told(view), following, total, extra), moment.revision, following)

    def _found(self, view: View, budget: Budget) -> tuple[dict[str, Any], Signals]:
        """What was counted, and all signals among that: the same on every page."""
        rows, directed = self._directed(view)
        budget.need(len(rows))
        found = signals(view, directed, self.kind, self.window)
        if self.min_severity is not None:
            found = found.only(found.severity / 10 >= self.min_severity)
        return self.basis(view, rows), found

    def _directed(self, view: View) -> tuple[np.ndarray, Directed]:
        """What is counted, and how it runs."""
        if self.between:
            a, b = (view.actor(text, "between") for text in self.between)
            if a == b:
                raise Invalid.parameter("between", "names the same actor twice; words and deeds are between two.")
            lineup = self.counted(view, Sight(a, (b,), self.rollup, self.asked_span))
            return lineup.rows, running(lineup, a, b)
        if self.actor is not None:
            a = view.actor(self.actor, "actor")
            lineup = self.counted(view, Sight(a, (), self.rollup, self.asked_span))
            far = np.empty(0, np.int32) if lineup.far is None else lineup.far
            others = lineup.only(far != a)
            return lineup.rows, running(others, a, far[far != a])
        rows = self.counted(view, None).rows
        return rows, acting(view, rows)
