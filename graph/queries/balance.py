"""Friends, enemies and camps: how far the signed graph is from falling into two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Self

import orjson
from pydantic import Field, model_validator

from graph.errors import Invalid
from graph.models import Balance as Shown
from graph.queries.scope import Answer
from graph.queries.scope.whole import Measured, WholeGraph
from graph.snapshot.columns import NONE
from graph.snapshot.rollup import members

if TYPE_CHECKING:
    from graph.snapshot import Snapshot, View
    from graph.snapshot.fold import Fold

__all__ = ["Balance"]


class Balance(WholeGraph):
    """Structural balance of some actors, of the members of one, or of all: who is whose friend's enemy.

    Two actors are tied if the summed intensity of the relations between them, whichever way these point, is not zero;
    the tie has its sign. Three who all have ties are balanced if an even number of these is negative: the friend of a
    friend is a friend, the enemy of an enemy too (Heider 1946; Cartwright and Harary 1956).

    `camps` are the two sides of the best split, with friends within and enemies across; `frustration` is how many ties
    it leaves against that, and `exact` says whether no split leaves fewer. Parts with no tie between them could be put
    together either way: the first by id of each is in the first camp. Who has no tie is in none.

    Exact for networks as those of states, their alliances and disputes (180 actors, 1,200 ties, one in six of them
    frustrated), by linear and integer programming within stated bounds (`graph/snapshot/balance.py` has the sources);
    for larger and harder ones a bound. Triads: O(ties ^ 1.5).
    """

    name: ClassVar[str] = "get_balance"
    path: ClassVar[str] = "/graph/balance"
    summary: ClassVar[str] = "Camps, triads and frustration"
    tag: ClassVar[str] = "graph"
    answer: ClassVar[type] = Shown

    actor: Annotated[tuple[str, ...], Field(max_length=500)] = Field(
        (), description="The actors to look at; all if none is named.", json_schema_extra={"examples": ["us"]}
    )
    member_of: str | None = Field(
        None, description="Look at the members of this actor instead.", json_schema_extra={"examples": ["brics"]}
    )

    @model_validator(mode="after")
    def _one_way_to_name_them(self) -> Self:
        if self.actor and self.member_of is not None:
            raise Invalid.parameter("member_of", "name the actors one by one, or as members of one; not both.")
        return self

    def named(self, view: View, fold: Fold) -> list[int] | None:
        """The nodes of the actors, ascending, of those that have one. Errors: `Invalid`."""
        actors = self._actors(view)
        if actors is None:
            return None
        return sorted({node for actor in actors if (node := fold.node(actor)) != NONE})

    def _actors(self, view: View) -> list[int] | None:
        """The actor records that are looked at, each once; None for all. Errors: `Invalid`."""
        if self.actor:
            return list(dict.fromkeys(view.actor(text, "actor") for text in self.actor))
        if self.member_of is None:
            return None
        return list(dict.fromkeys(members(view, view.actor(self.member_of, "member_of")).tolist()))

    def measured(self, fold: Fold, nodes: list[int] | None) -> Measured:
        """Ties and triads by sign, the split, and the camps as nodes."""
        from graph.snapshot.balance import best_split, signs_of, triads  # noqa: PLC0415 - networkx and an optimizer

        signs = signs_of(fold, nodes)
        split = best_split(signs)
        tied = [place for place, ties in enumerate((signs.indptr[1:] - signs.indptr[:-1]).tolist()) if ties]
        camps: list[list[int]] = [[], []]
        for place in tied:
            camps[0 if split.camps[place] > 0 else 1].append(place if nodes is None else nodes[place])
        ties = [int((signs.data == sign).sum()) // 2 for sign in (1, -1)]
        return ties, triads(signs), split.frustration, split.exact, camps

    def told(self, snapshot: Snapshot, fold: Fold, measured: Measured) -> Answer:
        """What was found, the actors named. O(actors)."""
        view = self._view(snapshot)
        (positive, negative), counts, frustration, exact, camps = measured
        actors = self._actors(view)
        shown = fold.actors.tolist() if actors is None else sorted(actors, key=view.actor_id)
        told = {
            "actors": [orjson.Fragment(view.ref(actor)) for actor in shown],
            "ties": {"positive": positive, "negative": negative},
            "triads": dict(zip(("+++", "++-", "+--", "---"), counts, strict=True)),
            "balanced_share": (counts[0] + counts[2]) / sum(counts) if sum(counts) else None,
            "frustration": frustration,
            "exact": exact,
            "camps": [[id_.decode() for id_ in fold.ids[camp].tolist()] for camp in camps],
            "basis": self.fold_basis(view, fold),
        }
        return Answer(orjson.dumps(told), view.k)
