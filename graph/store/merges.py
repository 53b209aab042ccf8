"""Merging actors, reversibly: a pointer from each absorbed actor to the survivor, and no other row is touched.

Refused: absorbing an actor again, a cycle, a retracted party, different kinds unless one is `unknown`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from graph.errors import Conflict
from graph.store.actors import ActorVerbs
from graph.store.transaction import MERGE, MERGE_ABSORBED

if TYPE_CHECKING:
    from graph.models import MergeStatement
    from graph.store.references import Found


class MergeVerbs(ActorVerbs):
    """What may be done to merges."""

    def merge(self, survivor: str, statement: MergeStatement, *, of_any_kind: bool = False) -> str:
        """Merge actors into the survivor, and give the merge's id. Raises Conflict naming who stands in the way.

        Kinds must be the same now, unless they were when it was first done.
        """
        into = self.at_path("actor", survivor)
        absorbed = [self.stated("actor", each, f"/absorb/{i}") for i, each in enumerate(statement.absorb)]
        absorbed = list({each.first: each for each in absorbed}.values())
        known = self._known_merge(into, absorbed) if self.replay else None
        if known is not None:
            return known
        self._refuse_parties(into, absorbed)
        if not of_any_kind:
            _refuse_kinds(into, absorbed)
        id_ = f"m{self.counted('merges') + 1}"
        firsts = [each.first for each in absorbed]
        n = self.add(MERGE, {"id": id_, "survivor": into.first}, parts=firsts)
        for first in firsts:
            self.add(MERGE_ABSORBED, {"merge": n, "actor": first})
        self.forget("merge", id_)
        self.done("merge", id_, statement.reason)
        return id_

    def undo_merge(self, id: str, reason: str | None) -> bool:  # noqa: A002 - the product's word for it
        """Undo a whole merge: each actor has again what is recorded under its own id, before the merge or after."""
        found = self.at_path("merge", id)
        if found.retracted and self.replay:
            return False
        self.refuse_gone(found)
        pointers = select(MERGE_ABSORBED.c.n).where(MERGE_ABSORBED.c.merge == found.row.n)
        self.end(MERGE_ABSORBED, [row.n for row in self.rows(pointers)])
        self.end(MERGE, [found.row.n])
        self.forget("merge", found.id)
        self.done("merge", found.id, reason)
        return True

    def _refuse_parties(self, into: Found, absorbed: list[Found]) -> None:
        above = self._above(into)
        for each in (into, *absorbed):
            if each.retracted:
                raise Conflict(f'The actor "{each.id}" was retracted.', each.id)
        for each in absorbed:
            if each.id in above:
                raise Conflict(f'"{each.id}" would be merged into itself.', each.id)
            self.refuse_absorbed(each)

    def _above(self, actor: Found) -> list[str]:
        """List an actor and those into whom it has been merged, by way of others too."""
        above = [actor.id]
        step: Found | None = actor
        while step is not None:
            survivor = self.survivor_of(step.first)
            step = None if survivor is None else self.find("actor", survivor)
            above += [] if step is None else [step.id]
        return above

    def _known_merge(self, into: Found, absorbed: list[Found]) -> str | None:
        """Find the merge, standing or undone, that merged just these."""
        joined = MERGE.join(MERGE_ABSORBED, MERGE.c.n == MERGE_ABSORBED.c.merge)
        rows = self.rows(
            select(MERGE.c.id, MERGE_ABSORBED.c.actor).select_from(joined).where(MERGE.c.survivor == into.first)
        )
        merges: dict[str, set[int]] = {}
        for row in rows:
            merges.setdefault(row.id, set()).add(row.actor)
        return next((id_ for id_, actors in merges.items() if actors == {each.first for each in absorbed}), None)


def _refuse_kinds(into: Found, absorbed: list[Found]) -> None:
    for each in absorbed:
        kinds = {into.row.kind, each.row.kind} - {"unknown"}
        if len(kinds) > 1:
            told = f'"{into.id}" is of kind {into.row.kind}, "{each.id}" of kind {each.row.kind}'
            raise Conflict(f"Actors of different kinds are not the same: {told}.", each.id)
