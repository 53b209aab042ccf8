"""Chart rows: an actor's relations over time, by class, type, direction or other end."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Literal, NamedTuple

import numpy as np
import orjson
from pydantic import Field

from graph.errors import OverBudget
from graph.models import Series
from graph.queries.scope import Answer, Bounded, Budget
from graph.queries.scope.graph import RolledUp
from graph.snapshot import periods
from graph.snapshot.lineup import IN, OUT, Sight
from graph.snapshot.periods import Interval
from graph.snapshot.tally import Measure, measured
from graph.vocabulary import QUAD_CLASSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.snapshot import Snapshot, View
    from graph.snapshot.lineup import Lineup

__all__ = ["GetSeries"]

_MOST_GROUPS: Final = 100
_DIRECTIONS: Final = ("out", "in", "any")


class _Groups(NamedTuple):
    """The group of each relation as a number, and the names of the numbers."""

    of: np.ndarray
    names: Sequence[str]


class GetSeries(RolledUp, Bounded):
    """An actor's relations over time, as rows for a chart: period, group, value; ascending by period, then as below.

    `group_by=class` and `type` are those of the vocabulary, in its order; `direction` is `out`, `in` or, for what runs
    both ways, `any`; `with` is the id of the true other end, by id. The 100 groups with most relations
    have rows; `truncated` tells how many others there are. A relation is in the period that it began in: `2026`,
    `2026-Q1`, `2026-02`, `2026-W07` (the week of ISO 8601) or `2026-02-09`; those whose start is unknown or less exact
    are counted in `undated`. Periods without relations have no rows.

    `count` counts relations, `intensity` adds their intensities, `publishers` counts the distinct publishers (or
    datasets, where there is no document) of the claims that affirm any of them: forty copies by one count once.
    """

    name: ClassVar[str] = "get_series"
    path: ClassVar[str] = "/series"
    summary: ClassVar[str] = "An actor's relations over time"
    tag: ClassVar[str] = "graph"
    answer: ClassVar[type] = Series
    steps: ClassVar[int] = 5_000_000
    results: ClassVar[int] = 50_000

    actor: str = Field(description="The actor: its id, or scheme:value.", json_schema_extra={"examples": ["russia"]})
    with_: tuple[str, ...] = Field(
        (),
        alias="with",
        description="The actor at the other end; under roll-up also who stands for it.",
        json_schema_extra={"examples": ["us"]},
    )
    group_by: Literal["class", "type", "direction", "with"] = Field("class", description="What makes a group.")
    interval: Interval = Field("month", description="How long a period is.")
    measure: Measure = Field("count", description="What the value of a row is.")

    def within(self, snapshot: Snapshot, budget: Budget) -> Answer:
        """O(n log n) for the n relations of the actor, and of whoever stands for it."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        actor = view.actor(self.actor, "actor")
        far = tuple(view.actor(text, "with") for text in self.with_)
        lineup = self.counted(view, Sight(actor, far, self.rollup, self.asked_span))
        budget.need(len(lineup.rows))
        relations = view.tables.relations
        dated = lineup.only(periods.dated(relations.start[lineup.rows], self.interval))
        groups = self._groups(view, dated)
        kept, hidden = _largest(groups)
        numbers = periods.numbers(relations.first_days(dated.rows[kept]), self.interval)
        width = max(1, len(groups.names))
        keys, values = measured(view, dated.rows[kept], numbers * width + groups.of[kept], self.measure)
        if not budget.result(len(keys)):
            raise OverBudget(f"It would take {len(keys):,} rows. Narrow it: longer periods, a shorter time, a type.")
        told = zip((keys // width).tolist(), (keys % width).tolist(), values.tolist(), strict=True)
        body = {
            "actor": orjson.Fragment(view.ref(actor)),
            "group_by": self.group_by,
            "interval": self.interval,
            "measure": self.measure,
            "rows": [
                {"period": periods.label(number, self.interval), "group": groups.names[group], "value": value}
                for number, group, value in told
            ],
            "undated": len(lineup.rows) - len(dated.rows),
            "truncated": [{"id": "groups", "hidden": hidden}] if hidden else [],
            "basis": self.basis(view, lineup.rows),
        }
        return Answer(orjson.dumps(body), moment.revision)

    def _groups(self, view: View, lineup: Lineup) -> _Groups:
        types = view.tables.relations.type[lineup.rows]
        match self.group_by:
            case "class":
                return _Groups(view.vocabulary.quad_class[types].astype(np.int64), QUAD_CLASSES)
            case "type":
                return _Groups(types.astype(np.int64), [kind.id for kind in view.vocabulary.types])
            case "direction":
                return _Groups(np.select([lineup.sides == OUT, lineup.sides == IN], [0, 1], 2), _DIRECTIONS)
        far = np.empty(0, np.int32) if lineup.far is None else lineup.far
        ends, place = np.unique(far, return_inverse=True)
        names = [view.actor_id(end) for end in ends.tolist()]
        order = sorted(range(len(names)), key=names.__getitem__)
        return _Groups(np.argsort(order)[place], sorted(names))


def _largest(groups: _Groups) -> tuple[np.ndarray | slice, int]:
    """What is in one of the groups with most relations, ties by their order, and how many groups there are besides."""
    if len(groups.names) <= _MOST_GROUPS:
        return slice(None), 0
    found, counts = np.unique(groups.of, return_counts=True)
    largest = found[np.lexsort((found, -counts))[:_MOST_GROUPS]]
    return np.isin(groups.of, largest), max(0, len(found) - _MOST_GROUPS)
