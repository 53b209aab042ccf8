"""The newest revision that wrote or ended anything a single record's answer shows: what its strong ETag is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import orjson

from graph.snapshot.columns import NONE, distinct

if TYPE_CHECKING:
    from graph.snapshot.versions import Versions
    from graph.snapshot.view import View

__all__ = ["Newest"]


class Newest:
    """Collects what an answer shows; `revision` is the newest that touched any of it, up to the view's."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.revision = 0

    def row(self, table: Versions, row: int) -> None:
        """One version: when it was written, and ended if it has been."""
        ended = int(table.ended[row])
        self.revision = max(self.revision, int(table.written[row]), ended if ended <= self._view.k else 0)

    def record(self, table: Versions, record: int) -> None:
        """A record as it last stood."""
        if record != NONE:
            self.row(table, table.last_at(record, self._view.k))

    def actor(self, actor: int) -> None:
        """An actor's name: its own version, its survivor's, and every merge that bears or bore on who that is."""
        if actor == NONE:
            return
        view = self._view
        for one in {actor, *view.own(view.resolved.get(actor, actor))}:
            self.record(view.tables.actors, one)
        family, reached = {actor}, 0
        while len(family) > reached:  # merges chain: what the survivor's survivor once absorbed may have been let go
            reached = len(family)
            for merge in view.tables.pointers:
                if merge.written <= view.k and family & {merge.absorbed, merge.survivor}:
                    family |= {merge.absorbed, merge.survivor}
                    self.revision = max(self.revision, merge.written, merge.ended if merge.ended <= view.k else 0)

    def claim(self, row: int) -> None:
        """A claim, and all that it names."""
        tables = self._view.tables
        claims = tables.claims
        self.row(claims, row)
        self.actor(int(claims.claimant[row]))
        for via in orjson.loads(tables.claim_cores[row])["via"]:
            self.actor(via)
        self.record(tables.datasets, int(claims.dataset[row]))
        self.document(int(claims.document[row]))

    def document(self, record: int) -> None:
        """A document, its publisher and its sources."""
        tables = self._view.tables
        if record == NONE:
            return
        row = tables.documents.last_at(record, self._view.k)
        self.row(tables.documents, row)
        self.actor(int(tables.documents.publisher[row]))
        for source in orjson.loads(tables.document_cores[row])["sources"]:
            self.actor(source)

    def claims_in(self, document: int) -> None:
        """Every claim that is or was in a document: its life, its claimant and dataset, the ends of its relation."""
        tables, k = self._view.tables, self._view.k
        claims, relations = tables.claims, tables.relations
        rows = tables.by_document.rows(document)
        rows = rows[claims.written[rows] <= k]
        ended = claims.ended[rows]
        lives = np.concatenate((claims.written[rows], ended[ended <= k]))
        self.revision = max(self.revision, int(lives.max(initial=0)))
        on = claims.relation[rows]
        for actor in distinct(np.concatenate((claims.claimant[rows], relations.source[on], relations.target[on]))):
            self.actor(int(actor))
        for dataset in distinct(claims.dataset[rows]).tolist():
            self.record(tables.datasets, dataset)

    def relation(self, row: int) -> None:
        """A relation, its ends, and every claim that bears or bore on it; nothing if it came later."""
        tables = self._view.tables
        relations = tables.relations
        if relations.written[row] > self._view.k:
            return
        self.row(relations, row)
        self.actor(int(relations.source[row]))
        self.actor(int(relations.target[row]))
        for claim in tables.by_relation.rows(int(relations.first[row])).tolist():
            if tables.claims.written[claim] <= self._view.k:
                self.claim(claim)
