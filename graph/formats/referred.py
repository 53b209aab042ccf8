"""What a selection refers to: every record that must come along so that its relations can be stated elsewhere.

1. A relation refers to its ends as they were written, and to what it is about; that comes along without its claims,
   unless it is selected itself.
2. A claim refers to its claimant, document, dataset, and those through whom the words came; a document to its publisher
   and sources, a dataset to its publisher.
3. Whoever is or has absorbed one of these actors comes along, and so on, for names are shared.
4. Of a relation or claim that was amended, what it said first counts too, because ids are derived from that.
5. Where nothing was asked for in particular, all that stands is referred to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import orjson

from graph.snapshot.columns import NONE, distinct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graph.formats.outgoing import Selection

_NOBODY = b'"via":[]'


class Referred:
    """The records that a selection refers to, each kind as a mask over its table, and merges by number."""

    def __init__(self, selection: Selection) -> None:
        self._view = selection.view
        tables = self._view.tables
        self.actors, self.documents, self.datasets = (
            np.zeros(len(table), np.bool_) for table in (tables.actors, tables.documents, tables.datasets)
        )
        self.relations = np.empty(0, np.int32)
        """Relations that are not selected, and are spoken of."""
        if selection.everything:
            for table, mask in (
                (tables.actors, self.actors),
                (tables.documents, self.documents),
                (tables.datasets, self.datasets),
            ):
                mask[table.first[self._view.standing_rows(table)]] = True
        self._meet_relations(selection)
        for record in np.flatnonzero(self.documents).tolist():
            self._meet_document(record)
        for record in np.flatnonzero(self.datasets).tolist():
            self._note([int(tables.datasets.publisher[tables.datasets.last_at(record, self._view.k)])])
        self.merges = self._meet_merges()

    def _meet_relations(self, selection: Selection) -> None:
        """Rules 1, 2 and 4."""
        relations = self._view.tables.relations
        complete = selection.everything and not self._view.tables.actors.missing(self._view.k)
        spoken_of = []
        for rows in selection.blocks():
            self.actors[relations.source[rows]] = True
            self.actors[relations.target[rows]] = True
            about = relations.about[rows]
            if (about != NONE).any():
                spoken_of.append(about[about != NONE])
            if not complete:  # else whoever claims name stands, and is met already
                self._meet_claims(selection.claims(rows)[1])
        if spoken_of:
            self.relations = self._spoken_of(selection, distinct(np.concatenate(spoken_of)))

    def _spoken_of(self, selection: Selection, about: np.ndarray) -> np.ndarray:
        """Which of the relations spoken of are not selected; and those that these are about, and so on."""
        relations, found = self._view.tables.relations, [about]
        while len(about := relations.about[found[-1]][relations.about[found[-1]] != NONE]):
            found.append(np.setdiff1d(about, np.concatenate(found)))
            if not len(found[-1]):
                break
        every = np.unique(np.concatenate(found))
        for rows in selection.blocks():
            every = np.setdiff1d(every, relations.first[rows], assume_unique=True)
        self.actors[relations.source[every]] = True
        self.actors[relations.target[every]] = True
        return every.astype(np.int32)

    def _meet_claims(self, rows: np.ndarray) -> None:
        claims, cores = self._view.tables.claims, self._view.tables.claim_cores
        for column, mask in (("claimant", self.actors), ("document", self.documents), ("dataset", self.datasets)):
            records = getattr(claims, column)[rows]
            mask[records[records != NONE]] = True
        for core in cores.many(np.union1d(rows, claims.first[rows])):
            if _NOBODY not in core:
                self._note(orjson.loads(core)["via"])

    def _meet_document(self, record: int) -> None:
        tables = self._view.tables
        row = tables.documents.last_at(record, self._view.k)
        self._note([int(tables.documents.publisher[row]), *orjson.loads(tables.document_cores[row])["sources"]])

    def _meet_merges(self) -> list[int]:
        """Rule 3."""
        tables, k = self._view.tables, self._view.k
        found: set[int] = set()
        standing = [m for m in tables.absorbed if tables.merges.written[m] <= k < tables.merges.ended[m]]
        while fresh := [m for m in standing if m not in found and self.actors[self._parties(m)].any()]:
            found.update(fresh)
            for merge in fresh:
                self._note(self._parties(merge))
        return sorted(found)

    def _parties(self, merge: int) -> list[int]:
        tables = self._view.tables
        return [int(tables.merges.survivor[merge]), *tables.absorbed[merge]]

    def _note(self, actors: Iterable[int]) -> None:
        self.actors[[actor for actor in actors if actor != NONE]] = True
