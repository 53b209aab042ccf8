"""Evidence: what the visible claims on a relation come to, at every revision at which that changes.

For a relation at revision `k`, over its claims that are visible at `k`:

1. a claim is visible iff `written <= k < ended`, and its claimant (merges resolved), document and dataset are not
   retracted at `k`;
2. a visible claim is *vouched* iff it has no claimant, or the relation's type is a speech act and the claimant is the
   relation's own source, merges resolved as known at `k`;
3. `attested` iff some visible affirming claim is vouched;
4. `status` is the first that fits: disputed (affirmed and denied), denied (denied), reported (attested), claimed
   (affirmed), doubted (doubted); without any visible claim there is none, and the relation is not visible;
5. `confidence` is the highest of the affirming claims; `publishers` counts the distinct publishers that affirm it
   (merges resolved), or datasets where a claim has no document.

Relations with the same outcome share one row of the evidence tables. Evidence 0 is "no visible claim".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import orjson

from graph.snapshot.batch import STANCES
from graph.snapshot.columns import NONE, OPEN, Columns, Heap, distinct, ranks
from graph.snapshot.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.snapshot.columns import Part
    from graph.snapshot.tables import Tables
    from graph.snapshot.versions import Versions

__all__ = [
    "ATTESTED",
    "STATUS",
    "STATUSES",
    "Evidence",
    "bound_to_merges",
    "claims_visible",
    "merged_parties",
    "resolution",
]

STATUSES: Final = ("none", "disputed", "denied", "reported", "claimed", "doubted")
"""Statuses in the order of their numbers; `none` is never shown."""
STATUS: Final = 7
"""In what is told of evidence, as a mask: the status."""
ATTESTED: Final = 8
"""In what is told of evidence, as a mask: whether it is attested."""

_AFFIRMS, _DENIES, _DOUBTS = range(3)
_NO_CONFIDENCE: Final = -1.0
"""In an outcome: nobody gave one. It is looked up, and nan is not equal to itself."""


class Evidence:
    """The outcome of the claims of every relation, at every revision."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.turns = Turns(tables.relations)
        self.table = Columns(
            affirms=np.int32, denies=np.int32, doubts=np.int32, attested=np.bool_, confidence=np.float64,
            publishers=np.int32, status=np.int8,
        )  # fmt: skip
        self.shown = Heap()
        """Each of its rows as fields of JSON, without braces."""
        self._numbers: dict[tuple[float, ...], int] = {}
        self._number(np.array([[0.0, 0.0, 0.0, 0.0, _NO_CONFIDENCE, 0.0]]))

    def parts(self) -> dict[str, Part]:
        """What it is made of."""
        return {"turns": self.turns, "outcomes": self.table}

    def restored(self) -> None:
        """Find again what follows from what came out of files."""
        self.turns.newest = self._tables.revision  # or older, and to look would be to read them all
        names = ("affirms", "denies", "doubts", "attested", "confidence", "publishers")
        columns = [getattr(self.table, name).astype(np.float64) for name in names]
        columns[4] = np.where(np.isnan(columns[4]), _NO_CONFIDENCE, columns[4])
        rows = zip(*(column.tolist() for column in columns), strict=True)
        self._numbers = {outcome: number for number, outcome in enumerate(rows)}
        self.shown = Heap()
        self.shown.extend(list(map(_shown, self._numbers)))

    def at(self, records: np.ndarray, revision: int) -> np.ndarray:
        """The evidence row of each relation record at a revision; 0 where no claim is visible."""
        return self.turns.at(records, revision)

    def unchanged(self, records: np.ndarray, revisions: np.ndarray) -> np.ndarray:
        """The evidence row that each relation has had ever since a revision, and no other before; 0 of any other."""
        return self.turns.unchanged(records, revisions)

    def told(self, evidence: np.ndarray) -> np.ndarray:
        """Status and whether attested of evidence rows, in one number (`STATUS`, `ATTESTED`); 0 of evidence 0."""
        told: np.ndarray = self.table.status[evidence] + ATTESTED * self.table.attested[evidence].astype(np.int8)
        return told

    def voices(self, records: np.ndarray, revision: int) -> tuple[np.ndarray, np.ndarray]:
        """Who prints what affirms relations at a revision: (place in `records`, publisher or dataset), one a claim."""
        where, rows = self._tables.by_relation.gather(records)
        seen = claims_visible(self._tables, rows, revision) & (self._tables.claims.stance[rows] == _AFFIRMS)
        return where[seen], self._voices(rows[seen], np.full(int(seen.sum()), revision))

    def follow(self, records: np.ndarray, since: int) -> None:
        """Work out the pairs of these relations for every revision after `since`. O(claims of the relations)."""
        at, revisions = self._turning_points(records, since)
        if not len(at):
            return
        outcome = self._number(self._outcomes(records[at], revisions))
        fresh = np.concatenate(([True], at[1:] != at[:-1]))
        before = np.concatenate(([0], outcome[:-1]))
        before[fresh] = self.at(records[at[fresh]], since)
        changed = outcome != before
        at, revisions, outcome = at[changed], revisions[changed], outcome[changed]
        if not len(at):
            return
        self._tables.by_end.unsettle(self.turns.note(records[at], revisions, outcome))

    def _turning_points(self, records: np.ndarray, since: int) -> tuple[np.ndarray, np.ndarray]:
        """Revisions after `since` at which evidence may change: (position in records, revision), sorted."""
        tables = self._tables
        claims = tables.claims
        where, rows = tables.by_relation.gather(records)
        found = [(where, claims.written[rows])]
        ended = claims.ended[rows] != OPEN
        found.append((where[ended], claims.ended[rows[ended]]))
        for column, kind in (("claimant", tables.actors), ("document", tables.documents), ("dataset", tables.datasets)):
            found += _moves(where, getattr(claims, column)[rows], kind)
        found += self._merge_points(where, rows)
        at = np.concatenate([pair[0] for pair in found])
        revisions = np.concatenate([pair[1] for pair in found])
        late = revisions > since
        points = distinct((at[late].astype(np.int64) << 32) | revisions[late])
        return points >> 32, (points & 0xFFFFFFFF).astype(np.int32)

    def _merge_points(self, where: np.ndarray, rows: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Every merge, and the end of whoever was ever part of one, may change who speaks, vouches and publishes."""
        tables = self._tables
        if not tables.pointers:
            return []
        at = distinct(where[bound_to_merges(tables, rows)])
        revisions = {turn for merge in tables.pointers for turn in (merge.written, merge.ended) if turn != OPEN}
        revisions.update(turn for party in merged_parties(tables).tolist() for turn in tables.actors.moved(party))
        return [(at, np.full(len(at), revision, np.int64)) for revision in revisions]

    def _outcomes(self, records: np.ndarray, revisions: np.ndarray) -> np.ndarray:
        """Rules 1 to 5 for `records[i]` at `revisions[i]`: a row of the evidence table each, but for the status."""
        tables = self._tables
        claims = tables.claims
        where, rows = tables.by_relation.gather(records)
        seen = claims_visible(tables, rows, revisions[where])
        where, rows = where[seen], rows[seen]
        known = revisions[where]
        stance = claims.stance[rows]
        counts = np.zeros((3, len(records)))
        for number in (_AFFIRMS, _DENIES, _DOUBTS):
            counts[number] = np.bincount(where[stance == number], minlength=len(records))
        affirming = stance == _AFFIRMS
        where, rows, known = where[affirming], rows[affirming], known[affirming]
        attested = np.zeros(len(records))
        attested[where[self._vouched(rows, known)]] = 1
        confidence = np.full(len(records), _NO_CONFIDENCE)
        np.fmax.at(confidence, where, claims.confidence[rows])
        publishers = np.zeros(len(records))
        printed = distinct((where.astype(np.int64) << 32) + self._voices(rows, known))
        publishers += np.bincount(printed >> 32, minlength=len(records))
        return np.stack((*counts, attested, confidence, publishers), axis=1)

    def _vouched(self, rows: np.ndarray, known: np.ndarray) -> np.ndarray:
        """Rule 2."""
        tables = self._tables
        claimant = tables.claims.claimant[rows]
        relation = tables.claims.relation[rows]
        source = tables.relations.source[relation]
        speech = tables.vocabulary.speech[tables.relations.type[relation]]
        own = claimant == source
        for places, resolve in _merged(tables, known, np.flatnonzero(speech & ~own & (claimant != NONE))):
            own[places] = resolve(claimant[places]) == resolve(source[places])
        result: np.ndarray = (claimant == NONE) | (speech & own)
        return result

    def _voices(self, rows: np.ndarray, known: np.ndarray) -> np.ndarray:
        """Who prints each claim: its document's publisher, else its dataset, as numbers that never meet."""
        tables = self._tables
        document = tables.claims.document[rows]
        printed = document != NONE
        voices: np.ndarray = tables.claims.dataset[rows].astype(np.int64) + 2**31
        voices[printed] = tables.documents.publisher[tables.documents.rows_at(document[printed], known[printed])]
        for places, resolve in _merged(tables, known, np.flatnonzero(printed)):
            voices[places] = resolve(voices[places])
        return voices

    def _number(self, outcomes: np.ndarray) -> np.ndarray:
        """The evidence row of each outcome, new outcomes added."""
        codes = np.zeros(len(outcomes), np.int64)
        for column in outcomes.T:
            if (column == column[:1]).all():  # tells nobody apart, as most do in a load
                continue
            code = ranks(column)
            codes = ranks(codes * (code.max() + 1) + code)
        sample = np.zeros(codes.max(initial=-1) + 1, np.int64)
        sample[codes] = np.arange(len(codes))
        numbers = [self._intern(tuple(outcomes[at].tolist())) for at in sample.tolist()]
        result: np.ndarray = np.array(numbers, np.int32)[codes]
        return result

    def _intern(self, outcome: tuple[float, ...]) -> int:
        number = self._numbers.get(outcome)
        if number is None:
            affirms, denies, doubts, attested, confidence, publishers = outcome
            values: dict[str, list[float]] = {
                "affirms": [affirms],
                "denies": [denies],
                "doubts": [doubts],
                "attested": [attested],
                "confidence": [np.nan if confidence < 0 else confidence],
                "publishers": [publishers],
                "status": [_status(*outcome[:4])],
            }
            self.shown.extend([_shown(outcome)])
            self.table.extend(values, 1)
            number = self._numbers[outcome] = len(self._numbers)
        return number


def _shown(outcome: tuple[float, ...]) -> bytes:
    """What a reader sees of an outcome."""
    affirms, denies, doubts, attested, confidence, publishers = outcome
    fields = {
        "status": STATUSES[_status(affirms, denies, doubts, attested)],
        "attested": bool(attested),
        "confidence": None if confidence < 0 else confidence,
        "stances": dict(zip(STANCES, (int(affirms), int(denies), int(doubts)), strict=True)),
        "publishers": int(publishers),
    }
    return orjson.dumps(fields)[1:-1]


def _status(affirmed: float, denied: float, doubted: float, attested: float) -> int:
    """Rule 4."""
    fits = (
        (affirmed and denied, "disputed"),
        (denied, "denied"),
        (attested, "reported"),
        (affirmed, "claimed"),
        (doubted, "doubted"),
        (True, "none"),
    )
    return STATUSES.index(next(status for fact, status in fits if fact))


def claims_visible(tables: Tables, rows: np.ndarray, revisions: np.ndarray | int) -> np.ndarray:
    """Rule 1: which of these claim versions are visible, each at its revision (or all at one)."""
    claims = tables.claims
    seen: np.ndarray = (claims.written[rows] <= revisions) & (claims.ended[rows] > revisions)
    for column, kind in (("claimant", tables.actors), ("document", tables.documents), ("dataset", tables.datasets)):
        gapped = kind.gapped
        if not gapped:
            continue
        records = getattr(claims, column)[rows]
        known = np.broadcast_to(revisions, records.shape)
        if column == "claimant":
            records = _survivors(tables, records, known)
        for at in np.flatnonzero(np.isin(records, gapped) & seen).tolist():
            seen[at] = not any(a <= known[at] < b for a, b in kind.gaps(int(records[at])))
    return seen


def bound_to_merges(tables: Tables, rows: np.ndarray) -> np.ndarray:
    """Which claims hang on merges: their claimant, a publisher of their document, or the source they speak of."""
    parties, claims, documents = merged_parties(tables), tables.claims, tables.documents
    printed = distinct(documents.first[np.isin(documents.publisher, parties)])
    mask: np.ndarray = np.isin(claims.claimant[rows], parties) | np.isin(claims.document[rows], printed)
    return mask | np.isin(tables.relations.source[claims.relation[rows]], parties)


def merged_parties(tables: Tables) -> np.ndarray:
    """Every actor that was ever absorbed or survived a merge."""
    return np.array(sorted({actor for one in tables.pointers for actor in (one.absorbed, one.survivor)}), np.int32)


def resolution(tables: Tables, revision: int) -> dict[int, int]:
    """Absorbed actor -> survivor, transitively, as known at a revision."""
    pointer = {m.absorbed: m.survivor for m in tables.pointers if m.written <= revision < m.ended}
    resolved = {}
    for absorbed in pointer:
        actor = absorbed
        while actor in pointer:
            actor = pointer[actor]
        resolved[absorbed] = actor
    return resolved


def _survivors(tables: Tables, actors: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Survivors in place of absorbed actors, each as known at its revision."""
    absorbed = [merge.absorbed for merge in tables.pointers]
    survivors = actors.copy()
    for places, resolve in _merged(tables, known, np.flatnonzero(np.isin(actors, absorbed))):
        survivors[places] = resolve(actors[places])
    return survivors


def _merged(
    tables: Tables, known: np.ndarray, places: np.ndarray
) -> list[tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]]:
    """Split places by what merges were known at their revisions, with the function that resolves an actor there."""
    if not tables.pointers or not len(places):
        return []
    turns = np.unique([turn for merge in tables.pointers for turn in (merge.written, merge.ended) if turn != OPEN])
    epochs = np.searchsorted(turns, known[places], side="right")
    groups = []
    for epoch in distinct(epochs).tolist():
        if epoch == 0:
            continue
        resolved = resolution(tables, int(turns[epoch - 1]))
        groups.append((places[epochs == epoch], _resolver(resolved)))
    return groups


def _resolver(resolved: dict[int, int]) -> Callable[[np.ndarray], np.ndarray]:
    def resolve(actors: np.ndarray) -> np.ndarray:
        return np.array([resolved.get(actor, actor) for actor in actors.tolist()], np.int64)

    return resolve


def _moves(where: np.ndarray, records: np.ndarray, kind: Versions) -> list[tuple[np.ndarray, np.ndarray]]:
    """Revisions at which a record that claims refer to was amended, retracted or reinstated."""
    found = []
    for record in kind.moved_since(0).tolist():
        at = where[records == record]
        if len(at):
            found += [(at, np.full(len(at), revision, np.int64)) for revision in kind.moved(record)]
    return found
