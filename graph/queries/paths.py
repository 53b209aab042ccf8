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
from graph.snapshot.find import newest
from graph.snapshot.lineup import IN, OUT, Lineup
from graph.snapshot.links import breadth, links
from graph.snapshot.shortest import Search
from graph.snapshot.spans import Temporal, chosen

if TYPE_CHECKING:
    from graph.snapshot import Snapshot, View

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
        search = Search(view, self.wanted(view), self.temporal, budget.step, directed=self.directed)
        found = search.paths(source, target, self.k, self.max_length)
        supports = _Supports(view, self)
        paths = [supports.explained(path) for path in found]
        body = {
            "paths": paths,
            "searched": {"length": search.length, "actors": search.met},
            "truncated": not search.complete,
            "basis": self.basis(view, supports.rows()),
        }
        return Answer(orjson.dumps(body), moment.revision)


class _Supports:
    """The relations that hops rest on, looked up once each."""

    def __init__(self, view: View, question: Paths) -> None:
        self._view, self._question = view, question
        self._wanted = question.wanted(view)
        self._found: dict[tuple[int, int], np.ndarray] = {}

    def rows(self) -> np.ndarray:
        """All of them, each once."""
        found = [np.empty(0, np.int32), *self._found.values()]
        return np.unique(np.concatenate(found))

    def explained(self, path: list[int]) -> dict[str, Any]:
        """A path as it is shown."""
        pairs = list(pairwise(path))
        rows = [self._between(*pair) for pair in pairs]
        if self._question.temporal == "any":
            shown = [part[:_SHOWN] for part in rows]
        else:
            shown = [
                part[[at]] for part, at in zip(rows, chosen(self._view, rows, self._question.temporal), strict=True)
            ]
        return {
            "length": len(pairs),
            "hops": [
                {
                    "source": orjson.Fragment(self._view.ref(near)),
                    "target": orjson.Fragment(self._view.ref(far)),
                    "count": len(part),
                    "relations": [orjson.Fragment(each) for each in item.claimed_relations(self._view, own)],
                }
                for (near, far), part, own in zip(pairs, rows, shown, strict=True)
            ],
        }

    def _between(self, near: int, far: int) -> np.ndarray:
        """The relations that a hop can be taken by, newest first; found from the end that has fewer."""
        if (near, far) not in self._found:
            ends = np.array([near, far], np.int32)
            at = int(np.argmin(breadth(self._view, ends)))
            way = (OUT, IN)[at] if self._question.directed else None
            other = np.zeros(len(self._view.tables.actors), np.bool_)
            other[ends[1 - at]] = True
            rows = links(self._view, ends[[at]], self._wanted, way, other).rows
            self._found[near, far] = newest(self._view, Lineup(rows)).rows
        return self._found[near, far]
