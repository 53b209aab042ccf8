"""What the graph holds: the coverage behind an empty answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import orjson
from pydantic import Field

from graph import time
from graph.models.shape import Shape
from graph.queries.scope import Answer, Known
from graph.snapshot.columns import NONE
from graph.vocabulary import KINDS, QUAD_CLASSES

if TYPE_CHECKING:
    from graph.snapshot import Snapshot, View

__all__ = ["GetStats"]


class Stats(Shape):
    """Counts of what is visible, and how far it reaches in both times."""

    revision: int
    actors: int
    relations: int
    claims: int
    documents: int
    datasets: int
    by_kind: dict[str, int] = Field(description="Actors by kind.")
    by_type: dict[str, int] = Field(description="Relations by exact type; types without any are left out.")
    by_class: dict[str, int] = Field(description="Relations by quad class.")
    by_dataset: dict[str, int] = Field(description="Claims by dataset; those of documents alone are left out.")
    first_day: str | None = Field(description="The earliest day that any dated relation begins on.")
    last_day: str | None = Field(description="The latest day that any dated relation begins or ends on.")
    last_change: str | None = Field(description="When the newest revision was written.")


class GetStats(Known):
    """How many actors, relations and claims there are, of which kinds, and between which dates."""

    name: ClassVar[str] = "get_stats"
    path: ClassVar[str] = "/stats"
    summary: ClassVar[str] = "What the graph holds"
    tag: ClassVar[str] = "service"
    answer: ClassVar[type] = Stats

    def effort(self, snapshot: Snapshot) -> int:
        """All relations and claims."""
        return len(snapshot.tables.relations) + len(snapshot.tables.claims)

    def run(self, snapshot: Snapshot) -> Answer:
        """O(relations + claims) at a revision first asked about."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        tables, vocabulary = view.tables, view.vocabulary
        actors = view.standing_rows(tables.actors)
        actors = actors[~np.isin(tables.actors.first[actors], list(view.resolved))]
        relations, claims = view.standing, view.claims
        types, datasets = tables.relations.type[relations], tables.claims.dataset[claims]
        shown = {
            "revision": moment.revision,
            "actors": len(actors),
            "relations": len(relations),
            "claims": len(claims),
            "documents": len(view.standing_rows(tables.documents)),
            "datasets": len(view.standing_rows(tables.datasets)),
            "by_kind": _counted(tables.actors.kind[actors], KINDS),
            "by_type": _counted(types, [kind.id for kind in vocabulary.types]),
            "by_class": _counted(vocabulary.quad_class[types], QUAD_CLASSES),
            "by_dataset": _by_dataset(view, datasets[datasets != NONE]),
            **_reach(view, relations),
            "last_change": time.iso(snapshot.instant(moment.revision)) if moment.revision else None,
        }
        return Answer(orjson.dumps(shown), moment.revision)


def _counted(values: np.ndarray, names: tuple[str, ...] | list[str]) -> dict[str, int]:
    numbers, counts = np.unique(values, return_counts=True)
    return {names[number]: count for number, count in zip(numbers.tolist(), counts.tolist(), strict=True)}


def _by_dataset(view: View, records: np.ndarray) -> dict[str, int]:
    numbers, counts = np.unique(records, return_counts=True)
    return {view.dataset_id(number): count for number, count in zip(numbers.tolist(), counts.tolist(), strict=True)}


def _reach(view: View, rows: np.ndarray) -> dict[str, str | None]:
    relations = view.tables.relations
    first, last = relations.first_days(rows), relations.last_days(rows)
    begun, ended = first[relations.start[rows] != 0], last[relations.end[rows] != 0]
    days = np.concatenate((begun, ended))
    return {
        "first_day": time.day_text(int(begun.min())) if len(begun) else None,
        "last_day": time.day_text(int(days.max())) if len(days) else None,
    }
