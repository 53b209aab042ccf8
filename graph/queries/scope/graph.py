"""What every question about the graph counts, and how it says so.

1. A relation counts iff `/relations` would list it under the same filters and clocks, and it is attested: an accusation
   adds no weight to what it alleges. `attested=any` counts what is only alleged too.
2. Roll-up applies to the actors that a request names, never to those it discovers.
3. Intensities are added in whole tenths, so that a sum depends on no order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from graph import time
from graph.queries.scope.filters import Attested, RelationFilters, Rollup
from graph.snapshot.find import matching
from graph.snapshot.lineup import Gathered, Runs, line_up
from graph.snapshot.tally import began, day_or_none

if TYPE_CHECKING:
    from graph.snapshot import View
    from graph.snapshot.lineup import Lineup, Sight

__all__ = ["GraphQuestion", "RolledUp"]


class GraphQuestion(RelationFilters):
    """A question about the visible graph, narrowed by every filter that lists of relations have."""

    attested: Attested = Field(
        "true", description="Whether a visible affirming claim is vouched for; `any` counts what is only alleged too."
    )

    def counted(self, view: View, sight: Sight | None) -> Lineup:
        """Rule 1: the relations in sight that count. O(relations of the near side), of all without a sight."""
        return matching(view, line_up(view, sight), self.wanted(view))

    def among(self, view: View, rows: np.ndarray) -> np.ndarray:
        """Rule 1, of given relations."""
        return matching(view, Runs(view, [Gathered(view.tables, rows)], None, ordered=False), self.wanted(view)).rows

    def basis(self, view: View, rows: np.ndarray) -> dict[str, Any]:
        """What was counted, for `graph.models.Basis`: `rows` are the relations, each once."""
        return self.told_basis(view, len(rows), *map(day_or_none, began(view, rows)))

    def told_basis(self, view: View, relations: int, first: str | None, last: str | None) -> dict[str, Any]:
        """What was counted, if that is known already."""
        named = self.model_fields_set.intersection(RelationFilters.model_fields)
        given = self.model_dump(include=named, exclude_defaults=True, by_alias=True) if named else {}
        return {
            "revision": view.k,
            "known_at": time.iso(view.snapshot.instant(view.k)) if view.k else None,
            "relations": relations,
            "first": first,
            "last": last,
            "attested": self.attested,
            "rollup": self.standing_for,
            "filters": {name: value for name, value in given.items() if name != "attested"},
        }

    @property
    def standing_for(self) -> Rollup:
        """Who counts for the actors named."""
        return "none"


class RolledUp(GraphQuestion):
    """A question that names actors, and may count who stands for them as well."""

    rollup: Rollup = Field(
        "none", description="Whether relations of those who act for the named actors count, and of a bloc's members."
    )

    @property
    def standing_for(self) -> Rollup:
        """Who counts for the actors named."""
        return self.rollup
