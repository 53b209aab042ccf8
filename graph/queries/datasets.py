"""Datasets: the list, one of them, and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from graph.models import Dataset, DatasetPage, DatasetVersionPage
from graph.queries.scope import Answer, Known, Paged, Reading, listing
from graph.queries.scope.history import history_page
from graph.snapshot import item
from graph.snapshot.coverage import borne
from graph.snapshot.newest import Newest

if TYPE_CHECKING:
    from graph.queries.scope.ledger import Ledger
    from graph.snapshot import Snapshot

__all__ = ["Datasets", "GetDataset", "ListDatasetVersions"]


class Datasets(Paged):
    """Bulk sources, by id: who compiled them, under which licence, and how much of the graph they bear."""

    name: ClassVar[str] = "list_datasets"
    path: ClassVar[str] = "/datasets"
    summary: ClassVar[str] = "Datasets"
    tag: ClassVar[str] = "datasets"
    answer: ClassVar[type] = DatasetPage

    def effort(self, snapshot: Snapshot) -> int:
        """All claims."""
        return len(snapshot.tables.claims)

    def run(self, snapshot: Snapshot) -> Answer:
        """O(claims x datasets of the page) at a revision first asked about."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        datasets = view.tables.datasets
        rows = view.standing_rows(datasets)
        listed = listing.Listed(rows, np.zeros(len(rows)), lambda row: view.dataset_id(int(datasets.first[row])))
        return listing.answer(
            self, snapshot, moment, listed,
            lambda row: item.dataset(view, row, borne(view, int(datasets.first[row]))),
        )  # fmt: skip


class GetDataset(Known):
    """One dataset, with how many visible relations and claims it bears."""

    name: ClassVar[str] = "get_dataset"
    path: ClassVar[str] = "/datasets/{id}"
    summary: ClassVar[str] = "A dataset"
    tag: ClassVar[str] = "datasets"
    answer: ClassVar[type] = Dataset
    strong: ClassVar[bool] = True

    id: str = Field(description="The dataset's id.")

    def effort(self, snapshot: Snapshot) -> int:
        """All claims."""
        return len(snapshot.tables.claims)

    def run(self, snapshot: Snapshot) -> Answer:
        """O(claims) at a revision first asked about."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        record = view.dataset_named(self.id)
        row = view.tables.datasets.row_at(record, view.k)
        counts = borne(view, record)
        newest = Newest(view)
        newest.row(view.tables.datasets, row)
        newest.actor(int(view.tables.datasets.publisher[row]))
        # What it bears may change with any write: with each of its claims' relations, and with all that hides those.
        claims = view.tables.claims
        named = bool((claims.dataset[claims.written_in(0, view.k)] == record).any())
        touched = moment.revision if named else newest.revision
        return Answer(item.dataset(view, row, counts), moment.revision, newest=touched)


class ListDatasetVersions(Paged, Reading):
    """A dataset's history, newest first: what was stated of it, by whom, when and why. Retracted ones have one too.

    `record` tells how much of the graph the dataset bore right after each step.
    """

    name: ClassVar[str] = "list_dataset_versions"
    path: ClassVar[str] = "/datasets/{id}/versions"
    summary: ClassVar[str] = "History of a dataset"
    tag: ClassVar[str] = "datasets"
    answer: ClassVar[type] = DatasetVersionPage

    id: str = Field(description="The dataset's id.", json_schema_extra={"examples": ["icews"]})

    def read(self, snapshot: Snapshot, ledger: Ledger) -> Answer:
        """O(relations + claims) a version."""
        view = snapshot.view(self.moment(snapshot).revision)
        record = view.ever_named("dataset", self.id)
        return history_page(
            self, snapshot, ledger.history("dataset", self.id, view.k),
            lambda at, row: item.dataset(at, row, borne(at, record)),
        )  # fmt: skip
