"""A snapshot as known at one revision: which names mean which actors, who is retracted, and what is visible.

**Visible at (v, k)**, the one rule of every answer. A relation version is visible iff

1. `written <= k < ended`;
2. it may cover day v, or shares a day with the span asked about; if it must be `certain`, it surely does;
3. both ends, after the merges known at k, are actors that are not retracted at k;
4. a claim that is visible at k bears on it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from graph import time
from graph.errors import Gone, Invalid, NotFound
from graph.snapshot.columns import NO_ROWS, NONE, packed
from graph.snapshot.evidence import claims_visible, resolution
from graph.snapshot.kept import Few
from graph.text import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graph.snapshot.ids import Lookup
    from graph.snapshot.snapshot import Snapshot
    from graph.snapshot.versions import Versions

__all__ = ["ALWAYS", "View"]

ALWAYS = (time.DAY_MIN, time.DAY_MAX)
"""The span that everything shares a day with."""
_PAGED: Final = 2
_ACTING: Final = 256
"""How many of each a view keeps."""

_HANGS_ON = {
    "actor": "the actor it was merged into",
    "relation": "an end, or every claim on it",
    "claim": "its claimant, document or dataset",
}


def _ascending(rows: Iterable[int]) -> np.ndarray:
    few = sorted(rows)
    return np.array(few, np.int32) if few else NO_ROWS


class View:
    """The snapshot's rows as known at revision `k`."""

    def __init__(self, snapshot: Snapshot, revision: int) -> None:
        self.snapshot = snapshot
        self.tables = snapshot.tables
        self.evidence = snapshot.evidence
        self.vocabulary = snapshot.tables.vocabulary
        self.k = revision
        self.resolved = resolution(self.tables, revision)
        """Absorbed actor -> survivor."""
        self._absorbed = _ascending(self.resolved)
        self._survivors = np.array([self.resolved[actor] for actor in self._absorbed.tolist()], np.int32)
        self._hidden = _ascending(self.tables.actors.missing(revision))
        self.pages: Few[Any] = Few(_PAGED)
        """What lists that are worked out as a whole came to, for their next pages."""
        self.acting: Few[Any] = Few(_ACTING)
        """Who acts for an actor, and when (`graph.snapshot.rollup`)."""
        self.borne: Few[tuple[int, int]] = Few(_ACTING)
        """How many relations and claims datasets bear (`graph.snapshot.coverage`)."""

    @cached_property
    def packed(self) -> bytes:
        """What of it `graph.snapshot.native` looks at."""
        merged, hidden, (documents, datasets) = len(self._absorbed), self._hidden, self._lost
        lost = documents, len(documents), datasets, len(datasets)
        return packed((self.k, self._absorbed, self._survivors, merged, hidden, len(hidden), *lost, self.reach))

    @cached_property
    def _lost(self) -> tuple[np.ndarray, np.ndarray]:
        """The documents and datasets that are retracted at k."""
        tables = self.tables
        return _ascending(tables.documents.missing(self.k)), _ascending(tables.datasets.missing(self.k))

    # Actors

    @property
    def hides(self) -> bool:
        """Whether any actor is retracted at k."""
        return bool(len(self._hidden))

    def hidden(self, actors: np.ndarray) -> np.ndarray:
        """Which actors, merges resolved, are retracted at k."""
        return np.isin(self.resolve(actors), self._hidden)

    def resolve(self, actors: np.ndarray) -> np.ndarray:
        """Survivors in place of absorbed actors."""
        if not len(self._absorbed):
            return actors
        place = np.minimum(np.searchsorted(self._absorbed, actors), len(self._absorbed) - 1)
        result: np.ndarray = np.where(self._absorbed[place] == actors, self._survivors[place], actors)
        return result

    def own(self, actor: int) -> list[int]:
        """The actor and everyone it has absorbed."""
        return [actor, *[absorbed for absorbed, survivor in self.resolved.items() if survivor == actor]]

    def marking(self, actors: np.ndarray) -> np.ndarray:
        """Which records are some actors, merges resolved, or were absorbed by any of them."""
        marks = np.zeros(len(self.tables.actors), np.bool_)
        marks[actors] = True
        marks[self._absorbed] = marks[self._survivors]
        return marks

    def named(self, text: str) -> int:
        """The record that an id or `scheme:value` names at k, absorbed or not. Errors: `NotFound`, `Gone`."""
        record = next(iter(self.identified(text)), NONE) if ":" in text else self.tables.actor_ids.get(text)
        try:
            return self._standing("actor", text, record)
        except NotFound:
            raise NotFound("actor", text, nearest(text, self._actor_names())) from None

    def _standing(self, kind: str, text: str, record: int) -> int:
        """The record, if it is not retracted at k. Errors: `NotFound` if it is not yet recorded, `Gone`."""
        table: Versions = getattr(self.tables, f"{kind}s")
        row = NONE if record == NONE else table.last_at(record, self.k)
        if row == NONE:
            raise NotFound(kind, text)
        ended = table.ended.item(row)
        if ended <= self.k:
            raise Gone(kind, text, self.tables.reasons.get((f"{kind}s", row)), ended)
        return record

    def ever_named(self, kind: str, text: str) -> int:
        """The record of an id that was recorded by k, retracted or not. Errors: `NotFound`."""
        try:
            return self.named(text) if kind == "actor" else self._standing(kind, text, self._recorded(kind, text))
        except Gone:
            return self._recorded(kind, text)

    def _recorded(self, kind: str, text: str) -> int:
        if kind == "relation":
            return self.tables.relation_ids.get(text)
        if kind == "claim":
            return self._claim(text)
        ids: Lookup[Any] = getattr(self.tables, f"{kind}_ids")
        return ids.get(text)

    def unseen(self, kind: str, text: str) -> Gone:
        """What to raise for a record that is not retracted itself, but hidden with what it hangs on."""
        return Gone(kind, text, f"what it hangs on was retracted: {_HANGS_ON[kind]}", self.k)

    def shown(self, text: str) -> int:
        """The visible actor that an id or `scheme:value` names, merges resolved. Errors: `NotFound`, `Gone`."""
        named = self.named(text)
        actor = self.resolved.get(named, named)
        if actor != named and self.tables.actors.row_at(actor, self.k) == NONE:
            raise self.unseen("actor", text)
        return actor

    def identified(self, identifier: str) -> list[int]:
        """The actors, merges resolved, that have an identifier at k."""
        actors = self.tables.actors
        rows = self.tables.identifiers.rows(identifier)
        standing = [row for row in rows if actors.written[row] <= self.k < actors.ended[row]]
        return [self.resolved.get(int(actors.first[row]), int(actors.first[row])) for row in standing]

    def actor(self, text: str, parameter: str) -> int:
        """The visible actor that a parameter names, merges resolved. Errors: `Invalid`, naming the parameter."""
        try:
            return self.shown(text)
        except NotFound as unknown:
            hint = f' Was "{unknown.near}" meant?' if unknown.near else " Find ids with /suggest?q=..."
            raise Invalid.parameter(parameter, f'no actor "{text}" is known.{hint}') from None
        except Gone:
            raise Invalid.parameter(
                parameter, f'the actor "{text}" was retracted; see /actors/{text}/versions'
            ) from None

    def _actor_names(self) -> list[str]:
        actors, ids = self.tables.actors, list(self.tables.slugs)
        known = actors.records
        known = known[(actors.written[known] <= self.k) & ~self.hidden(known)]
        return [ids[record] for record in known.tolist()]

    def actor_row(self, actor: int) -> int:
        """The actor's version at k; its last one if it is retracted."""
        return self.tables.actors.last_at(actor, self.k)

    def ref(self, actor: int) -> bytes:
        """`{id, name, kind}` of an actor, the survivor's if it is absorbed."""
        return self.tables.actor_refs[self.actor_row(self.resolved.get(actor, actor))]

    def naming(self, actors: np.ndarray) -> np.ndarray:
        """The rows that `ref` reads, of many actors."""
        return self.tables.actors.rows_at(self.resolve(actors), self.k)

    def actor_id(self, actor: int) -> str:
        """The id of an actor record."""
        return self.tables.slugs[actor]

    def kinds(self, actors: np.ndarray) -> np.ndarray:
        """The kind numbers of resolved actors at k."""
        kinds: np.ndarray = self.tables.actors.kind[self.tables.actors.rows_at(actors, self.k)]
        return kinds

    # Relations

    @cached_property
    def reach(self) -> int:
        """Relations from this row on were written after k."""
        return self.tables.relations.reach(self.k)

    def visible(self, rows: np.ndarray, asked: tuple[int, int] | None = None, *, certain: bool = False) -> np.ndarray:
        """Which relation versions are visible at (asked, k): the rule of this module, condition by condition."""
        relations = self.tables.relations
        seen: np.ndarray = (relations.written[rows] <= self.k) & (relations.ended[rows] > self.k)
        if asked is not None:
            seen &= self.surely(rows, asked) if certain else self.covers(rows, asked)
        if self.hides:
            for column in (relations.source, relations.target):
                seen &= ~self.hidden(column[rows])
        seen &= self.evidence.at(relations.first[rows], self.k) != 0
        return seen

    def covers(self, rows: np.ndarray, asked: tuple[int, int]) -> np.ndarray:
        """Which rows may share a day with the span asked about."""
        relations = self.tables.relations
        result: np.ndarray = (relations.first_days(rows) <= asked[1]) & (relations.last_days(rows) >= asked[0])
        return result

    def surely(self, rows: np.ndarray, asked: tuple[int, int]) -> np.ndarray:
        """Which rows surely share a day with the span.

        Whatever lies inside it as a whole; and a state that holds on one of the span's days from the last day on which
        it can have begun to the first on which it can have ended.
        """
        relations = self.tables.relations
        first, last = relations.first_days(rows), relations.last_days(rows)
        within = (first >= asked[0]) & (last <= asked[1])
        begun = time.last_days(relations.start[rows].astype(np.int64))
        stated = relations.end[rows] != 0
        still = np.where(stated, time.first_days(relations.end[rows].astype(np.int64)), time.DAY_MIN)
        still = np.where(relations.ongoing[rows], time.DAY_MAX, still)
        holds = (relations.start[rows] != 0) & (begun <= np.minimum(asked[1], still)) & (still >= asked[0])
        is_event = self.vocabulary.is_event[relations.type[rows]]
        result: np.ndarray = within | (~is_event & holds)
        return result

    @property
    def standing(self) -> np.ndarray:
        """Every relation visible at k, as recorded. O(relations); a bit of each is kept with the view."""
        return np.flatnonzero(np.unpackbits(self._relation_bits, count=self.reach))

    @cached_property
    def _relation_bits(self) -> np.ndarray:
        return np.packbits(self.visible(np.arange(self.reach, dtype=np.int32)))

    @cached_property
    def degrees(self) -> np.ndarray:
        """How many visible relations each actor has, self-relations once; by record, merges resolved."""
        relations, rows = self.tables.relations, self.standing
        source, target = self.resolve(relations.source[rows]), self.resolve(relations.target[rows])
        count = len(self.tables.actors)
        targets: np.ndarray = np.bincount(target[source != target], minlength=count)
        return targets + np.bincount(source, minlength=count)

    @property
    def claims(self) -> np.ndarray:
        """Every claim visible at k, as recorded. O(claims); a bit of each is kept with the view."""
        return np.flatnonzero(np.unpackbits(self._claim_bits, count=self.tables.claims.reach(self.k)))

    @cached_property
    def _claim_bits(self) -> np.ndarray:
        rows = np.arange(self.tables.claims.reach(self.k), dtype=np.int32)
        return np.packbits(claims_visible(self.tables, rows, self.k))

    @cached_property
    def per_type(self) -> np.ndarray:
        """How many visible relations each type has, by type number, descendants left out."""
        result: np.ndarray = np.bincount(
            self.tables.relations.type[self.standing], minlength=len(self.vocabulary.types)
        )
        return result

    # Other records

    def document_id(self, record: int) -> str:
        """The id of a document record."""
        return str(orjson.loads(self.tables.document_cores[record])["id"])

    def dataset_id(self, record: int) -> str:
        """The id of a dataset record."""
        return str(orjson.loads(self.tables.dataset_cores[record])["id"])

    def standing_rows(self, table: Versions) -> np.ndarray:
        """The versions of a small table that stand at k."""
        return table.standing(self.k)

    def document(self, text: str, parameter: str) -> int:
        """The visible document that a parameter names. Errors: `Invalid`."""
        return self._record("document", text, parameter)

    def dataset(self, text: str, parameter: str) -> int:
        """The visible dataset that a parameter names. Errors: `Invalid`."""
        return self._record("dataset", text, parameter)

    def document_named(self, text: str) -> int:
        """The document of an id in a path. Errors: `NotFound`, `Gone`."""
        return self._standing("document", text, self._recorded("document", text))

    def dataset_named(self, text: str) -> int:
        """The dataset of an id in a path. Errors: `NotFound`, `Gone`."""
        return self._standing("dataset", text, self._recorded("dataset", text))

    def relation_named(self, text: str) -> int:
        """The relation of an id in a path. Errors: `NotFound`, `Gone`."""
        return self._standing("relation", text, self._recorded("relation", text))

    def claim_named(self, text: str) -> int:
        """The claim of an id in a path. Errors: `NotFound`, `Gone`."""
        return self._standing("claim", text, self._claim(text))

    def _claim(self, text: str) -> int:
        relation, _, tag = text.partition(".")
        record, claims = self.tables.relation_ids.get(relation), self.tables.claims
        rows = self.tables.by_relation.rows(record) if record != NONE else np.empty(0, np.int32)
        own = rows[claims.tag[rows] == tag.encode()]
        return int(claims.first[own[0]]) if len(own) else NONE

    def _record(self, kind: str, text: str, parameter: str) -> int:
        try:
            return self._standing(kind, text, self._recorded(kind, text))
        except NotFound:
            records = getattr(self.tables, f"{kind}s").records.tolist()
            near = nearest(text, [self.tables.id_of(f"{kind}s", record) for record in records])
            hint = f' Was "{near}" meant?' if near and near != text else ""
            raise Invalid.parameter(parameter, f'no {kind} "{text}" is known.{hint}') from None
        except Gone:
            gone = f'the {kind} "{text}" was retracted; see /{kind}s/{text}/versions'
            raise Invalid.parameter(parameter, gone) from None
