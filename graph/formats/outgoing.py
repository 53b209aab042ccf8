"""What an exporter gets, and what it is: a selection of the visible graph in, bytes out. One exporter a format.

A selection is pinned to one revision: whatever is written while it is read changes nothing of it. It is read in blocks,
in the order in which relations were first recorded, so that memory does not grow with what is selected, but for a mark
on each actor, document and dataset.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import orjson

from graph import time
from graph.snapshot.batch import ABOUT_AS, STANCES
from graph.snapshot.columns import NONE
from graph.snapshot.evidence import STATUSES, claims_visible
from graph.snapshot.find import Wanted, matching
from graph.snapshot.lineup import Gathered, Runs, line_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from graph.snapshot import View
    from graph.snapshot.lineup import Sight
    from graph.vocabulary import Type

__all__ = ["Actor", "Claimed", "Exporter", "Paper", "Selection", "Told", "joined", "listed"]

BLOCK: Final = 512
"""As many relations are written at a time: some milliseconds of work."""
_SCANNED: Final = 32_768
_CHUNK: Final = 65_536
_END_STATUS: Final = ("unknown", "ongoing", "ended")


@dataclass(frozen=True, slots=True)
class Exporter:
    """A format that can be written. What it can't carry is told by the names that fields have in our own JSON.

    `leaves_out`: what is not in the file. `alters`: what is in it in a form that does not say quite the same.
    """

    name: str
    summary: str
    media_type: str
    suffix: str
    write: Callable[[Selection], Iterator[bytes]]
    leaves_out: tuple[str, ...] = ()
    alters: tuple[str, ...] = ()

    @property
    def loss(self) -> bytes:
        """The loss report: one line of JSON."""
        return orjson.dumps({"format": self.name, "leaves_out": self.leaves_out, "alters": self.alters})


class Actor(NamedTuple):
    """Who stands at an end, merges resolved."""

    record: int
    id: str
    name: str
    kind: str


class Told(NamedTuple):
    """A visible relation as `/relations` tells of it. `record` and `row` are its numbers; `attributes` are JSON."""

    record: int
    row: int
    id: str
    type: Type
    source: Actor
    target: Actor
    start: str | None
    end: str | None
    end_status: str
    attributes: bytes
    about: str | None
    about_as: str | None
    status: str
    attested: bool
    confidence: float | None
    affirms: int
    denies: int
    doubts: int
    publishers: int
    version: int
    recorded_at: str


class Paper(NamedTuple):
    """A document as its claims name it."""

    id: str
    publisher: Actor
    url: str | None


class Claimed(NamedTuple):
    """A visible claim as `/claims` tells of it; `said` is the rest: `record`, `via` as numbers, `quote`, and so on."""

    id: str
    stance: str
    claimant: Actor | None
    said_on: str | None
    document: Paper | None
    dataset: str | None
    said: dict[str, Any]
    confidence: float | None
    version: int
    recorded_at: str


class Selection:
    """The relations of one view that match filters, and what is told of them.

    `texts` reads the text of a document's version from the ledger, by number. `everything` says that nothing was asked
    for in particular, so that records which no relation names belong to it too.
    """

    def __init__(
        self,
        view: View,
        wanted: Wanted,
        sight: Sight | None = None,
        *,
        texts: Callable[[int], str | None],
        everything: bool = False,
    ) -> None:
        self.view = view
        self.texts = texts
        self.everything = everything
        self._wanted = wanted
        self._sight = sight

    def blocks(self) -> Iterator[np.ndarray]:
        """The rows of the relations, a block at a time, in the order in which relations were first recorded."""
        for rows in self._found():
            for begin in range(0, len(rows), BLOCK):
                yield rows[begin : begin + BLOCK]

    def _found(self) -> Iterator[np.ndarray]:
        """What matches; of everything a stretch at a time, of named actors all at once."""
        view, relations = self.view, self.view.tables.relations
        if self._sight is not None:
            rows = matching(view, line_up(view, self._sight), self._wanted).rows
            yield rows[np.argsort(relations.first[rows])]
            return
        for begin in range(0, view.reach, _SCANNED):
            own = np.arange(begin, min(begin + _SCANNED, len(relations)), dtype=np.int32)
            firsts = own[(relations.first[own] == own) & (relations.written[own] <= view.k)]
            run = Gathered(view.tables, relations.rows_at(firsts, view.k))
            yield matching(view, Runs(view, [run], None), self._wanted).rows

    def claims(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The visible claims on relations: (place of the relation in rows, row of the claim), both in order."""
        tables = self.view.tables
        where, claims = tables.by_relation.gather(tables.relations.first[rows])
        seen = claims_visible(tables, claims, self.view.k)
        where, claims = where[seen], claims[seen]
        order = np.lexsort((tables.claims.first[claims], where))
        return where[order], claims[order]

    def told(self) -> Iterator[list[Told]]:
        """The relations, a block at a time, as `/relations` tells of them."""
        for rows in self.blocks():
            yield list(self._told(rows))

    def _told(self, rows: np.ndarray) -> Iterator[Told]:
        view, relations = self.view, self.view.tables.relations
        records, about = relations.first[rows], relations.about[rows]
        evidence, at = view.evidence.table, view.evidence.at(records, view.k)
        ended = np.where(relations.end[rows] != 0, 2, relations.ongoing[rows].astype(np.int8))
        types, actor, day, instant = view.vocabulary.types, self.actor, _day, self._instant
        columns = (
            records, rows, relations.id[rows], relations.type[rows], view.resolve(relations.source[rows]),
            view.resolve(relations.target[rows]), relations.start[rows], relations.end[rows], ended, about,
            relations.about_as[rows], evidence.status[at], evidence.attested[at], evidence.confidence[at],
            evidence.affirms[at], evidence.denies[at], evidence.doubts[at], evidence.publishers[at],
            relations.numbers(rows), relations.written[rows],
        )  # fmt: skip
        ids, heap = relations.id, iter(view.tables.attributes.many(rows))
        for (
            record, row, id_, type_, source, target, start, end, end_status, of, of_as, status, attested, confidence,
            affirms, denies, doubts, publishers, version, written,
        ) in zip(*(column.tolist() for column in columns), strict=True):  # fmt: skip
            yield Told(
                record, row, id_.decode(), types[type_], actor(source), actor(target), day(start), day(end),
                _END_STATUS[end_status], next(heap), None if of == NONE else ids[of].decode(),
                None if of == NONE else ABOUT_AS[of_as], STATUSES[status], attested,
                None if confidence != confidence else confidence,  # noqa: PLR0124 - not a number: nobody gave one
                affirms, denies, doubts, publishers, version, instant(written),
            )  # fmt: skip

    def claimed(self, block: list[Told]) -> Iterator[list[Claimed]]:
        """The visible claims on each of these relations."""
        view, claims = self.view, self.view.tables.claims
        where, rows = self.claims(np.array([told.row for told in block], np.int64))
        columns = (
            where, claims.tag[rows], claims.stance[rows], view.resolve(claims.claimant[rows]), claims.said[rows],
            claims.document[rows], claims.dataset[rows], claims.confidence[rows], claims.numbers(rows),
            claims.written[rows],
        )  # fmt: skip
        found: list[list[Claimed]] = [[] for _ in block]
        cores = view.tables.claim_cores.many(rows)
        for core, at, tag, stance, claimant, said_on, document, dataset, confidence, version, written in zip(
            cores, *(column.tolist() for column in columns), strict=True
        ):
            found[at].append(
                Claimed(
                    f"{block[at].id}.{tag.decode()}",
                    STANCES[stance],
                    None if claimant == NONE else self.actor(claimant),
                    _day(said_on),
                    None if document == NONE else self._paper(document),
                    None if dataset == NONE else self._dataset(dataset),
                    orjson.loads(core),
                    None if confidence != confidence else confidence,  # noqa: PLR0124 - as above
                    version,
                    self._instant(written),
                )
            )
        yield from found

    @cached_property
    def _paper(self) -> Callable[[int], Paper]:
        @lru_cache(maxsize=100_000)
        def paper(record: int) -> Paper:
            tables, k = self.view.tables, self.view.k
            row = tables.documents.last_at(record, k)
            core = orjson.loads(tables.document_cores[row])
            publisher = int(self.view.resolve(tables.documents.publisher[row : row + 1])[0])
            return Paper(core["id"], self.actor(publisher), core["url"])

        return paper

    @cached_property
    def _dataset(self) -> Callable[[int], str]:
        return lru_cache(maxsize=10_000)(self.view.dataset_id)

    @cached_property
    def actor(self) -> Callable[[int], Actor]:
        """An actor by its number, merges resolved."""

        @lru_cache(maxsize=100_000)
        def actor(record: int) -> Actor:
            own = orjson.loads(self.view.ref(record))
            return Actor(record, own["id"], own["name"], own["kind"])

        return actor

    @cached_property
    def _instant(self) -> Callable[[int], str]:
        return lru_cache(maxsize=10_000)(lambda revision: time.iso(self.view.snapshot.instant(revision)))

    def ends(self) -> Iterator[Actor]:
        """Everyone who stands at an end of a selected relation, in the order of recording. One pass over them all."""
        view, relations = self.view, self.view.tables.relations
        met = np.zeros(len(view.tables.actors), np.bool_)
        for rows in self.blocks():
            met[view.resolve(relations.source[rows])] = True
            met[view.resolve(relations.target[rows])] = True
        return map(self.actor, np.flatnonzero(met).tolist())


@lru_cache(maxsize=100_000)
def _day(packed: int) -> str | None:
    return time.unpack(packed) if packed else None


def joined(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in fewer, larger parts."""
    kept: list[bytes] = []
    size = 0
    for part in parts:
        kept.append(part)
        size += len(part)
        if size >= _CHUNK:
            yield b"".join(kept)
            kept, size = [], 0
    if kept:
        yield b"".join(kept)


def listed(items: Iterator[bytes]) -> Iterator[bytes]:
    """Items of a JSON array, with what stands between them."""
    yield next(items, b"")
    for each in items:
        yield b",\n" + each
