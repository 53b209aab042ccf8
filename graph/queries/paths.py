"""How two actors are connected: the shortest ways from one to the other, and what each step rests on."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
import orjson
from pydantic import Field

from graph.errors import Invalid
from graph.models import Paths as PathsFound
from graph.queries.scope import Answer, Bounded, Budget
from graph.queries.scope.graph import GraphQuestion
from graph.snapshot import item
from graph.snapshot.columns import distinct
from graph.snapshot.find import newest
from graph.snapshot.lineup import IN, OUT, Lineup
from graph.snapshot.links import breadth, links
from graph.snapshot.shortest import Search
from graph.snapshot.spans import Temporal, chosen

if TYPE_CHECKING:
    from graph.snapshot import Snapshot, View
    from graph.snapshot.find import Wanted

__all__ = ["Paths"]

_SHOWN: Final = 20


class Paths(GraphQuestion, Bounded):
    """The shortest ways from one actor to another, hop by hop, each hop with the relations that it rests on.

    The first `k` simple paths by number of hops, ties by the ids of the actors along them. Relations may be taken
    either way, unless `directed=true`. `temporal=overlap` wants one relation of every hop such that all of them share a
    day; `temporal=ordered` such that no first day comes before that of the hop before, and none is unknown. Only such
    paths are looked for.

    A hop's `count` says how many relations there are that count; the newest 20 are shown with their claims. With
    `temporal` it is the one that was chosen: under `overlap` the newest of those that hold on the earliest day that all
    hops share, under `ordered` the earliest that is not too early; ties by id. `searched` says how far was looked;
    `truncated`, that more would have cost too much, so that there may be further paths. `basis` says what was counted.
    """

    name: ClassVar[str] = "list_paths"
    path: ClassVar[str] = "/paths"
    summary: ClassVar[str] = "Paths between two actors"
    tag: ClassVar[str] = "graph"
    answer: ClassVar[type] = PathsFound
    steps: ClassVar[int] = 20_000_000

    source: str = Field(
        description="Where paths begin: an actor's id, or scheme:value.", json_schema_extra={"examples": ["dmitriev"]}
    )
    target: str = Field(description="Where they end, likewise.", json_schema_extra={"examples": ["brazil"]})
    k: int = Field(3, ge=1, le=20, description="How many paths are looked for.")
    max_length: int = Field(4, ge=1, le=6, description="How many hops a path may have.")
    temporal: Temporal = Field("any", description="What the times of the hops must be to each other.")
    directed: bool = Field(default=False, description="Take relations from source to target only.")

    def within(self, snapshot: Snapshot, budget: Budget) -> Answer:
        """O(relations of the actors met), and a sweep over these for each place where paths part."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        source, target = view.actor(self.source, "source"), view.actor(self.target, "target")
        if source == target:
            raise Invalid.parameter("target", f'"{self.source}" and "{self.target}" are the same actor; name two.')
        wanted = self.wanted(view)
        search = Search(view, wanted, self.temporal, budget.step, directed=self.directed)
        found = search.paths(source, target, self.k, self.max_length)
        supports = _Supports(view, wanted, found, directed=self.directed)
        body = {
            "paths": supports.explained(self.temporal),
            "searched": {"length": search.length, "actors": search.met},
            "truncated": not search.complete,
            "basis": self.basis(view, supports.rows),
        }
        return Answer(orjson.dumps(body), moment.revision)


class _Supports:
    """The relations that the hops of paths rest on, looked up all at once."""

    def __init__(self, view: View, wanted: Wanted, paths: list[list[int]], *, directed: bool) -> None:
        self._view, self._paths = view, paths
        hops = np.array(sorted({hop for path in paths for hop in pairwise(path)}), np.int64).reshape(-1, 2)
        near, far = hops.T
        back = breadth(view, far) < breadth(view, near)  # found from the end that has fewer
        one, other = np.where(back, far, near), np.where(back, near, far)
        self._found: dict[tuple[int, int], np.ndarray] = {}
        for way, own in ((OUT, ~back), (IN, back)) if directed else ((None, np.ones_like(back)),):
            found = _between(view, one[own], other[own], wanted, way)
            self._found |= zip(map(tuple, hops[own].tolist()), found, strict=True)
        self.rows = distinct(np.concatenate([np.empty(0, np.int32), *self._found.values()]))
        """All of them, each once."""

    def explained(self, temporal: Temporal) -> list[dict[str, Any]]:
        """The paths as they are shown."""
        found = [[self._found[pair] for pair in pairwise(path)] for path in self._paths]
        shown = [part for rows in found for part in self._shown(rows, temporal)]
        each, at = np.unique(np.concatenate([np.empty(0, np.int32), *shown]), return_inverse=True)
        told = [orjson.Fragment(one) for one in item.claimed_relations(self._view, each)]
        hops = iter(np.split(at, np.cumsum([len(part) for part in shown])))
        return [
            {
                "length": len(rows),
                "hops": [
                    {
                        "source": orjson.Fragment(self._view.ref(near)),
                        "target": orjson.Fragment(self._view.ref(far)),
                        "count": len(part),
                        "relations": [told[place] for place in next(hops).tolist()],
                    }
                    for (near, far), part in zip(pairwise(path), rows, strict=True)
                ],
            }
            for path, rows in zip(self._paths, found, strict=True)
        ]

    def _shown(self, rows: list[np.ndarray], temporal: Temporal) -> list[np.ndarray]:
        """What is shown of the relations of a path's hops."""
        if temporal == "any":
            return [part[:_SHOWN] for part in rows]
        return [part[[at]] for part, at in zip(rows, chosen(self._view, rows, temporal), strict=True)]


def _between(view: View, near: np.ndarray, far: np.ndarray, wanted: Wanted, way: int | None) -> list[np.ndarray]:
    """The relations between each two actors that a hop can be taken by, newest first."""
    marks = np.zeros(len(view.tables.actors), np.bool_)
    marks[far] = True
    found = links(view, np.unique(near).astype(np.int32), wanted, way, marks)
    lineup = newest(view, Lineup(found.rows, far=found.near.astype(np.int64) << 32 | found.far))
    return [lineup.rows[lineup.far == pair] for pair in (near << 32 | far).tolist()]
