"""Which steps of the log concern an actor, a type or a dataset: what they did then decides, nothing that came later.

A step concerns

1. an actor, if its record is the actor or names it: as publisher or source of a document, publisher of a dataset, end
   of a relation, party of a merge; of a claim as claimant, among those it came through, as the document's publisher, or
   as an end of its relation. Merges count as they were known right after the step's revision;
2. a type, if its record is a relation of the type or of a descendant, or a claim on one;
3. a dataset, if its record is the dataset, a claim in it, or a relation that a claim in it bore on by then, standing or
   not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import orjson

from graph.snapshot.columns import NONE, OPEN
from graph.snapshot.evidence import resolution
from graph.snapshot.log import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.snapshot.log import Steps
    from graph.snapshot.tables import Tables

__all__ = ["Concern"]

_ACTOR, _DOCUMENT, _DATASET, _RELATION, _CLAIM, _MERGE = range(len(KINDS))
_NO_VIA = b'"via":[]'


@dataclass(frozen=True, slots=True)
class Concern:
    """What steps must concern, all of it: an actor and a dataset by record, types by ranges; None does not filter."""

    actor: int | None = None
    types: tuple[tuple[int, int], ...] | None = None
    dataset: int | None = None

    def of(self, tables: Tables, steps: Steps) -> Steps:
        """The steps that concern it. O(steps), and the claims of their relations for a dataset."""
        if self.types is not None:
            steps = steps.only(_of_types(tables, steps, self.types))
        if self.dataset is not None:
            steps = steps.only(_of_dataset(tables, steps, self.dataset))
        if self.actor is not None:
            steps = steps.only(_of_actor(tables, steps, self.actor))
        return steps


def _relations(tables: Tables, steps: Steps) -> np.ndarray:
    """The relation record that each step is on, as its own record or its claim's; `NONE` for other kinds."""
    records = np.full(len(steps), NONE, np.int64)
    for kind, column in ((_RELATION, tables.relations.first), (_CLAIM, tables.claims.relation)):
        own = steps.kind == kind
        records[own] = column[steps.row[own]]
    return records


def _of_types(tables: Tables, steps: Steps, ranges: tuple[tuple[int, int], ...]) -> np.ndarray:
    records = _relations(tables, steps)
    mask: np.ndarray = records != NONE
    types = tables.relations.type[records[mask]]
    mask[mask] = np.logical_or.reduce([(types >= low) & (types < high) for low, high in ranges])
    return mask


def _of_dataset(tables: Tables, steps: Steps, dataset: int) -> np.ndarray:
    mask = np.zeros(len(steps), np.bool_)
    for kind, column in ((_DATASET, tables.datasets.first), (_CLAIM, tables.claims.dataset)):
        own = steps.kind == kind
        mask[own] = column[steps.row[own]] == dataset
    own = np.flatnonzero(steps.kind == _RELATION)
    where, claims = tables.by_relation.gather(tables.relations.first[steps.row[own]])
    borne = (tables.claims.dataset[claims] == dataset) & (tables.claims.written[claims] <= steps.revision[own[where]])
    mask[own[where[borne]]] = True
    return mask


def _of_actor(tables: Tables, steps: Steps, actor: int) -> np.ndarray:
    mask = np.zeros(len(steps), np.bool_)
    for run, resolved in _runs(tables, steps.revision):
        survivor = resolved.get(actor, actor)
        same = np.array([survivor, *(one for one, into in resolved.items() if into == survivor)], np.int64)
        mask[run] = _naming(tables, steps.only(run), same)
    return mask


def _runs(tables: Tables, revisions: np.ndarray) -> Iterator[tuple[slice, dict[int, int]]]:
    """Stretches of ascending revisions between which no merge came or went, with who was absorbed by whom in each."""
    turns = sorted({turn for one in tables.pointers for turn in (one.written, one.ended) if turn != OPEN})
    bounds = [0, *np.searchsorted(revisions, np.array(turns, revisions.dtype)).tolist(), len(revisions)]
    for begin, end in pairwise(bounds):
        if begin < end:
            yield slice(begin, end), resolution(tables, int(revisions[begin]))


def _naming(tables: Tables, steps: Steps, actors: np.ndarray) -> np.ndarray:
    """Rule 1, for the records of what is one actor."""
    mask = np.zeros(len(steps), np.bool_)
    for kind, names in (
        (_ACTOR, _actors_named), (_DOCUMENT, _documents_naming), (_DATASET, _datasets_naming),
        (_RELATION, _relations_naming), (_CLAIM, _claims_naming), (_MERGE, _merges_naming),
    ):  # fmt: skip
        own = np.flatnonzero(steps.kind == kind)
        if len(own):
            mask[own] = names(tables, steps.only(own), actors)
    return mask


def _actors_named(tables: Tables, steps: Steps, actors: np.ndarray) -> np.ndarray:
    return np.isin(tables.actors.first[steps.row], actors)


def _documents_naming(tables: Tables, steps: Steps, actors: np.ndarray) -> np.ndarray:
    mask: np.ndarray = np.isin(tables.documents.publisher[steps.row], actors)
    for at in np.flatnonzero(~mask).tolist():
        sources = orjson.loads(tables.document_cores[int(steps.row[at])])["sources"]
        mask[at] = bool(np.isin(sources, actors).any())
    return mask


def _datasets_naming(tables: Tables, steps: Steps, actors: np.ndarray) -> np.ndarray:
    return np.isin(tables.datasets.publisher[steps.row], actors)


def _relations_naming(tables: Tables, steps: Steps, actors: np.ndarray) -> np.ndarray:
    return _bound(tables, steps.row, actors)


def _bound(tables: Tables, relations: np.ndarray, actors: np.ndarray) -> np.ndarray:
    mask: np.ndarray = np.isin(tables.relations.source[relations], actors)
    return mask | np.isin(tables.relations.target[relations], actors)


def _claims_naming(tables: Tables, steps: Steps, actors: np.ndarray) -> np.ndarray:
    claims, rows = tables.claims, steps.row
    mask = _bound(tables, claims.relation[rows], actors) | np.isin(claims.claimant[rows], actors)
    printed = np.flatnonzero(~mask & (claims.document[rows] != NONE))
    documents = tables.documents.rows_at(claims.document[rows[printed]], steps.revision[printed])
    mask[printed] = np.isin(tables.documents.publisher[documents], actors)
    for at in np.flatnonzero(~mask).tolist():
        core = tables.claim_cores[int(rows[at])]
        mask[at] = _NO_VIA not in core and bool(np.isin(orjson.loads(core)["via"], actors).any())
    return mask


def _merges_naming(tables: Tables, steps: Steps, actors: np.ndarray) -> np.ndarray:
    parties = ((int(tables.merges.survivor[row]), *tables.absorbed[row]) for row in steps.row.tolist())
    return np.array([bool(np.isin(each, actors).any()) for each in parties], np.bool_)
