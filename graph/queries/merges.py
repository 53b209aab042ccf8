"""Merges: which actors turned out to be one, since when and why; undone ones too."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from graph.errors import Invalid, NotFound
from graph.models import Merge, MergePage
from graph.queries.scope import Answer, Known, Paged, Reading, listing
from graph.queries.scope.ledger import changes_of, reason_of
from graph.snapshot import item
from graph.snapshot.columns import NONE
from graph.snapshot.newest import Newest

if TYPE_CHECKING:
    from graph.queries.scope import Change, Ledger
    from graph.snapshot import Snapshot, View

__all__ = ["GetMerge", "Merges"]


class Merges(Paged, Reading):
    """Merges of actors, newest first, standing and undone. Each names those it merged, under their own names."""

    name: ClassVar[str] = "list_merges"
    path: ClassVar[str] = "/merges"
    summary: ClassVar[str] = "Merges of actors"
    tag: ClassVar[str] = "merges"
    answer: ClassVar[type] = MergePage

    actor: str | None = Field(
        None,
        description="Only those that this actor took part in, as survivor or absorbed.",
        json_schema_extra={"examples": ["russia"]},
    )

    def read(self, snapshot: Snapshot, ledger: Ledger) -> Answer:
        """O(merges)."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        tables = view.tables
        own = self._party(view)
        parties = [
            row
            for row in tables.merges.written_in(0, view.k).tolist()
            if own is None or own in {int(tables.merges.survivor[row]), *tables.absorbed[row]}
        ]
        rows = np.array(parties, np.int64)
        listed = listing.Listed(rows, -rows.astype(np.float64), tables.merge_names.__getitem__)
        return listing.answer(self, snapshot, moment, listed, lambda row: _shown(view, ledger, row))

    def _party(self, view: View) -> int | None:
        try:
            return None if self.actor is None else view.ever_named("actor", self.actor)
        except NotFound as unknown:
            hint = f' Was "{unknown.near}" meant?' if unknown.near else ""
            raise Invalid.parameter("actor", f'no actor "{self.actor}" is known.{hint}') from None


class GetMerge(Known, Reading):
    """One merge: who was merged into whom, by whom, why, and whether it was undone."""

    name: ClassVar[str] = "get_merge"
    path: ClassVar[str] = "/merges/{id}"
    summary: ClassVar[str] = "A merge of actors"
    tag: ClassVar[str] = "merges"
    answer: ClassVar[type] = Merge
    strong: ClassVar[bool] = True

    id: str = Field(description="The merge's id.", json_schema_extra={"examples": ["m1"]})

    def read(self, snapshot: Snapshot, ledger: Ledger) -> Answer:
        """O(actors merged)."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        tables = view.tables
        row = tables.merge_ids.get(self.id, NONE)
        if row == NONE or tables.merges.written[row] > view.k:
            raise NotFound("merge", self.id)
        newest = Newest(view)
        newest.row(tables.merges, row)
        for actor in (int(tables.merges.survivor[row]), *tables.absorbed[row]):
            newest.record(tables.actors, actor)
        return Answer(_shown(view, ledger, row), moment.revision, newest=newest.revision)


def _shown(view: View, ledger: Ledger, row: int) -> bytes:
    revision = int(view.tables.merges.written[row])
    change: Change = changes_of(ledger, [revision])[revision]
    return item.merge(view, row, change.by, reason_of(change, "merge", view.tables.merge_names[row]))
