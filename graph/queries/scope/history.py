"""A record's history as a page, newest first: each step with the record as it then was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import orjson

from graph import time
from graph.queries.scope import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from graph.queries.scope.ledger import Step
    from graph.queries.scope.question import Answer, Paged
    from graph.snapshot import Snapshot, View

__all__ = ["history_page"]


def history_page(
    question: Paged, snapshot: Snapshot, steps: Sequence[Step], show: Callable[[View, int], bytes]
) -> Answer:
    """The page of a history; `show` gives a version row as it was at a revision. O(steps)."""
    versions = [_version(snapshot, step, show) for step in steps]
    # The number of a step never changes, and one revision may hold several: what a batch adds it may amend.
    numbers = np.arange(len(steps))
    listed = listing.Listed(numbers, numbers - float(len(steps)), lambda _: "")
    return listing.answer(question, snapshot, question.moment(snapshot), listed, lambda at: versions[at]())


def _version(snapshot: Snapshot, step: Step, show: Callable[[View, int], bytes]) -> Callable[[], bytes]:
    def written() -> bytes:
        record = show(snapshot.view(step.revision), step.n - 1)
        told = orjson.loads(record)
        return orjson.dumps(
            {
                "version": told.get("record_version", told["version"]),  # a dataset's own `version` is its edition
                "revision": step.revision,
                "at": time.iso(step.at),
                "by": step.by,
                "op": step.op,
                "reason": step.reason,
                "record": orjson.Fragment(record),
            }
        )

    return written
