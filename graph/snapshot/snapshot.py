"""The graph in memory at one revision: immutable to whoever holds it, whatever is written meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.snapshot.folds import Folds
from graph.snapshot.view import View

if TYPE_CHECKING:
    from graph.snapshot.evidence import Evidence
    from graph.snapshot.tables import Tables

__all__ = ["Snapshot"]

_VIEWS = 8
"""How many revisions keep their view warm; one that was asked for counts holds a bit a relation and a claim."""


class Snapshot:
    """All that the ledger held at `revision`. Making one costs nothing: it is a number and two references."""

    def __init__(
        self,
        tables: Tables,
        evidence: Evidence,
        revision: int,
        views: dict[int, View] | None = None,
        folds: Folds | None = None,
    ) -> None:
        self.tables = tables
        self.evidence = evidence
        self.revision = revision
        self._views: dict[int, View] = {} if views is None else views
        self.folds = Folds() if folds is None else folds

    @property
    def ledger(self) -> str:
        """The id of the ledger that this is a snapshot of."""
        return self.tables.ledger

    @property
    def newest_at(self) -> int:
        """The instant of the snapshot's revision, microseconds; 0 on an empty ledger."""
        return self.instant(self.revision)

    def instant(self, revision: int) -> int:
        """The instant at which a revision was written, microseconds."""
        return int(self.tables.instants.at[revision - 1]) if revision else 0

    def revision_at(self, us: int) -> int:
        """The last revision at or before an instant; 0 if there was none."""
        return int(np.searchsorted(self.tables.instants.at[: self.revision], us, side="right"))

    def as_of(self, revision: int) -> Snapshot:
        """The snapshot as it was when a revision was the newest."""
        return Snapshot(self.tables, self.evidence, revision, self._views, self.folds)

    def view(self, revision: int) -> View:
        """The graph as known at a revision up to this snapshot's."""
        view = self._views.get(revision)
        if view is None:
            view = View(self, revision)
            for oldest in list(self._views)[: max(0, len(self._views) + 1 - _VIEWS)]:
                self._views.pop(oldest, None)
            self._views[revision] = view
        return view
