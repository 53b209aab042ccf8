"""Everything between two actors: how much of what, which way, when, and whether words and deeds agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
import orjson
from pydantic import Field

from graph import time
from graph.errors import Invalid
from graph.models import Dyad
from graph.queries.scope import Answer, Bounded, Budget
from graph.queries.scope.graph import RolledUp
from graph.snapshot import item, periods
from graph.snapshot.find import newest
from graph.snapshot.lineup import IN, OUT, Sight
from graph.snapshot.periods import Interval
from graph.snapshot.reciprocity import reciprocity
from graph.snapshot.rollup import sides
from graph.snapshot.signals import running, signals
from graph.snapshot.tally import sums
from graph.vocabulary import QUAD_CLASSES

if TYPE_CHECKING:
    from graph.snapshot import Snapshot, View
    from graph.snapshot.lineup import Lineup

__all__ = ["Dyads"]

_DIRECTIONS: Final = ("a->b", "b->a", "any")
_CELLS: Final = len(_DIRECTIONS) * len(QUAD_CLASSES)
_LATEST: Final = 20
_SHOWN: Final = 100
"""How many standing states and signals are shown."""


class Dyads(RolledUp, Bounded):
    """Two actors and everything between them, added up: by direction and class, by period, and what stands.

    `a->b` is what a's side does or says to b's, `b->a` the reverse, as relations are written, whoever is named first.
    What runs both ways is `any`: a symmetric relation, such as an alliance, and under roll-up one whose ends change
    sides. It is counted there alone, so that `totals`, and `timeline` with `undated`, add up to `basis.relations`;
    `/actors/{a}/relations?with={b}&direction=out` lists those of `a->b` and of `any`.

    A relation is in the period that it began in. `undated` are those whose start is unknown, or less exact than a
    period: `2026` is in no month. `standing` are the states that hold at `valid_at`; without it, those without an end.

    `signals` are the mixed signals (see `/signals`), `reciprocity` tells what became of the relations of positive sign
    of each direction, those of `any` among both: `denied` if a claim of the side that they run to denies it (by its
    claimant or, without one, its publisher, who stands for that side on the day it was said), else `mutual` if one of
    positive sign runs the other way with at most `window` days between, else `one_sided`. Lists that are cut to 100 are
    named in `truncated`. Relations come with their claims, and show `direction` as seen from a.
    """

    name: ClassVar[str] = "get_dyad"
    path: ClassVar[str] = "/dyads/{a}/{b}"
    summary: ClassVar[str] = "Everything between two actors"
    tag: ClassVar[str] = "graph"
    answer: ClassVar[type] = Dyad
    steps: ClassVar[int] = 5_000_000

    a: str = Field(description="An actor: its id, or scheme:value.", json_schema_extra={"examples": ["us"]})
    b: str = Field(description="The other actor, likewise.", json_schema_extra={"examples": ["russia"]})
    interval: Interval = Field("month", description="How long a period of the timeline is.")
    window: int = Field(
        180, ge=0, le=36_525, description="How many days may lie between a word and a deed, a relation and its answer."
    )

    def within(self, snapshot: Snapshot, budget: Budget) -> Answer:
        """O(n log n) for the n relations of a, and of whoever stands for it."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        a, b = view.shown(self.a), view.shown(self.b)
        if a == b:
            raise Invalid.parameter("b", f'"{self.a}" and "{self.b}" are the same actor; a dyad has two.')
        lineup = self.counted(view, Sight(a, (b,), self.rollup, self.asked_span))
        budget.need(len(lineup.rows))
        found = signals(view, running(lineup, a, b), "mixed", self.window)
        shown = found.first(view, _SHOWN)
        standing = self._standing(view, lineup)
        body = {
            "a": orjson.Fragment(view.ref(a)),
            "b": orjson.Fragment(view.ref(b)),
            "rollup": self.rollup,
            "interval": self.interval,
            "window": self.window,
            "totals": [_cell(*total) for total in sums(view, lineup.rows, _cells(view, lineup)).listed()],
            **self._timeline(view, lineup),
            "standing": _newest(view, standing, _SHOWN),
            "latest": _newest(view, lineup, _LATEST),
            "reciprocity": self._reciprocity(view, lineup, a, b),
            "signals": [orjson.Fragment(each) for each in shown.told(view)],
            "truncated": [
                {"id": name, "hidden": count - _SHOWN}
                for name, count in (("standing", len(standing.rows)), ("signals", len(found)))
                if count > _SHOWN
            ],
            "basis": self.basis(view, lineup.rows),
        }
        return Answer(orjson.dumps(body), moment.revision)

    def _timeline(self, view: View, lineup: Lineup) -> dict[str, Any]:
        relations = view.tables.relations
        dated = lineup.only(periods.dated(relations.start[lineup.rows], self.interval))
        cells = _cells(view, dated) + _CELLS * periods.numbers(relations.first_days(dated.rows), self.interval)
        shown = [
            {"period": periods.label(key // _CELLS, self.interval), **_cell(key % _CELLS, count, tenths)}
            for key, count, tenths in sums(view, dated.rows, cells).listed()
        ]
        return {"timeline": shown, "undated": len(lineup.rows) - len(dated.rows)}

    def _standing(self, view: View, lineup: Lineup) -> Lineup:
        """Whoever asks about a day gets what covers it, as everything that is counted does; else what has no end."""
        relations, rows = view.tables.relations, lineup.rows
        states = ~view.vocabulary.is_event[relations.type[rows]]
        if self.valid_at is None:
            states &= relations.end[rows] == time.UNDATED
        return lineup.only(states)

    def _reciprocity(self, view: View, lineup: Lineup, a: int, b: int) -> dict[str, dict[str, int]]:
        standing = sides(view, (a, b), self.rollup)
        forth, back = lineup.rows[lineup.sides != IN], lineup.rows[lineup.sides != OUT]
        return {
            "a->b": reciprocity(view, forth, back, standing[b], self.window),
            "b->a": reciprocity(view, back, forth, standing[a], self.window),
        }


def _cells(view: View, lineup: Lineup) -> np.ndarray:
    """Direction and class of each relation as one number, in the order in which they are listed."""
    ways = np.select([lineup.sides == OUT, lineup.sides == IN], [0, 1], 2)
    cells: np.ndarray = ways * len(QUAD_CLASSES) + view.vocabulary.quad_class[view.tables.relations.type[lineup.rows]]
    return cells


def _cell(cell: int, count: int, tenths: int) -> dict[str, Any]:
    way, quad_class = divmod(cell, len(QUAD_CLASSES))
    return {
        "direction": _DIRECTIONS[way],
        "class": QUAD_CLASSES[quad_class],
        "count": count,
        "intensity": tenths / 10,
    }


def _newest(view: View, lineup: Lineup, limit: int) -> list[orjson.Fragment]:
    """The first of a list of relations, as the main query lists them."""
    shown = newest(view, lineup, limit)
    return [orjson.Fragment(each) for each in item.claimed_relations(view, shown.rows, shown.sides)]
