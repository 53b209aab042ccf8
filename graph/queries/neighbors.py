"""Who is at the other end of an actor's relations, and what these come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import orjson
from pydantic import Field

from graph.models import NeighborPage
from graph.queries.scope import Answer, Paged, listing
from graph.queries.scope.graph import RolledUp
from graph.snapshot.lineup import IN, OUT, Sight, in_sight
from graph.snapshot.tally import tally

if TYPE_CHECKING:
    from graph.snapshot import Snapshot

__all__ = ["Neighbors"]


class Neighbors(RolledUp, Paged):
    """Whom an actor has to do with: the true other ends of its relations, most relations first, ties by id.

    Each is shown with how many relations there are, by direction and class, the sum of their intensities, and when they
    began. An actor is no neighbour of its own: self-relations are left out. `basis` says what was counted.
    """

    name: ClassVar[str] = "list_neighbors"
    path: ClassVar[str] = "/actors/{id}/neighbors"
    summary: ClassVar[str] = "Neighbours of an actor"
    tag: ClassVar[str] = "graph"
    answer: ClassVar[type] = NeighborPage

    id: str = Field(description="The actor: its id, or scheme:value.", json_schema_extra={"examples": ["russia"]})

    def effort(self, snapshot: Snapshot) -> int:
        """The relations of the actor; with roll-up, all there are."""
        view = snapshot.view(self.moment(snapshot).revision)
        return in_sight(view, Sight(view.shown(self.id), (), self.rollup))

    def run(self, snapshot: Snapshot) -> Answer:
        """O(relations of the actor and of whoever stands for it)."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        near = view.shown(self.id)
        lineup = self.counted(view, Sight(near, (), self.rollup, self.asked_span))
        far = np.empty(0, np.int32) if lineup.far is None else lineup.far
        lineup = lineup.only(far != near)
        far, sides = far[far != near], lineup.sides
        told = tally(view, lineup.rows, far)
        out, into = (
            np.bincount(np.searchsorted(told.keys, far[sides != side]), minlength=len(told.keys)) for side in (IN, OUT)
        )
        counts = told.counts
        keys, actors = -counts.astype(np.float64), told.keys
        listed = listing.Listed(np.arange(len(keys)), keys, lambda at: view.actor_id(int(actors[at])))

        def shown(at: int) -> bytes:
            neighbor = {
                "actor": orjson.Fragment(view.ref(int(told.keys[at]))),
                "count": int(counts[at]),
                "out": int(out[at]),
                "in": int(into[at]),
            }
            return orjson.dumps(neighbor | told.shown(at))

        return listing.answer(self, snapshot, moment, listed, shown, {"basis": self.basis(view, lineup.rows)})
