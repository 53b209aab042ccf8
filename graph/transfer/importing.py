"""A file of a foreign source meets the ledger: in batches, each a revision, as often as one likes.

1. Whatever is recorded already adds nothing. So a file may be imported again, and an import that was cut off is
   finished by importing the file once more.
2. A batch goes in as a whole or not at all, and is visible at once. What can't go in is told with its line and reason,
   and the rest goes in (`reject`).
3. With `abort` the whole file is one batch: nothing goes in unless everything does. It is read once before, so that
   others are not kept from writing by a file that is bad on its face. Per line 32 bytes of hashes stay in memory.
4. Otherwise memory does not grow with the file, only with the number of different actors, and that up to a bound.
"""

from __future__ import annotations

import gc
import re
import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Self

from graph.errors import Busy, EntenteError, Invalid
from graph.formats import log
from graph.formats.incoming import Party, Reject, Row, Tally
from graph.formats.ndjson import Line
from graph.memory import uncollected
from graph.models import DatasetStatement
from graph.store.bulk import Known, Statement, by_ids, claim_all
from graph.transfer.counts import COUNTED, Counts
from graph.transfer.ends import amend_end
from graph.transfer.load import apply
from graph.transfer.parties import Parties
from graph.transfer.restoring import rebuild

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from graph.formats import Importer
    from graph.formats.incoming import Item, Lines
    from graph.store import Store, Writer

OnError = Literal["reject", "abort"]
BATCH: Final = 10_000
_TRIES: Final = 10
_DATASET: Final = re.compile(r"(?=.{1,50}$)[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""An id that can also be the scheme of identifiers: `<dataset>:<label>`."""
_TAKEN: Final = "identifier that another actor has"


class Into(NamedTuple):
    """Which dataset the claims are of, and what is said of it if it is new."""

    dataset: str
    title: str
    licence: str | None = None
    version: str | None = None
    coder: str | None = None

    @classmethod
    def of(cls, importer: Importer, dataset: str, title: str | None = None, **said: str | None) -> Self:
        """Take what is said, else what holds for the format. Raises Invalid if the id is none that can be one."""
        if not _DATASET.fullmatch(dataset):
            told = f'"{dataset}" is no id of a dataset: a letter, then a-z, 0-9 and single hyphens, at most 50 in all.'
            raise Invalid.parameter("dataset", told)
        defaults = {"licence": importer.licence, "coder": importer.coder}
        given = {name: value for name, value in said.items() if value is not None}
        own = importer.title if dataset == importer.dataset else None
        return cls(dataset, title or own or dataset, **{**defaults, **given})


class Aborted(EntenteError):  # noqa: N818 - named for what is the case
    """A line can't go in, and so nothing did."""

    def __init__(self, reject: Reject) -> None:
        super().__init__(reject)
        self.reject = reject
        column = "" if reject.column is None else f", {reject.column}"
        self.detail = f"Line {reject.line}{column}: {reject.reason} Nothing was imported."


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told how far an import is, after each batch, and what can't go in.

    `within` is told the same before a batch is durable, and may write along with it: both last, or neither does.
    """

    counted: Callable[[Counts], None] = lambda _: None
    rejected: Callable[[Reject], None] = lambda _: None
    within: Callable[[Writer, Counts, Sequence[Reject]], None] = lambda *_: None


_NOBODY: Final = Listener()


@dataclass(frozen=True, slots=True)
class Import:
    """One file's way into a ledger. `by` is a contributor's id; `comment` marks its changes in the log."""

    store: Store
    importer: Importer
    into: Into
    by: str | None = None
    comment: str | None = None
    batch: int = BATCH

    def run(self, lines: Lines, on_error: OnError = "reject", told: Listener = _NOBODY) -> Counts:
        """Import a file, or make the ledger of which it is the whole log.

        Raises Aborted, Busy, and Invalid if the dataset's name is none or the file is damaged.
        """
        if self.importer.name == log.FORMAT and log.is_log(lines):
            if self.by is not None:
                why = (
                    "This is a whole log, of which a ledger is made where nobody serves it: by `entente import ndjson`."
                )
                raise Invalid.parameter("file", why)
            return rebuild(self.store, lines, told.counted)
        parties = Parties(self.into.dataset)
        if on_error == "reject":
            return self._in_batches(lines, parties, told)
        for item in self.importer.read(lines):
            if isinstance(item, Reject):
                raise Aborted(item)
        with self._writing() as writer:
            total = Counts()
            for batch in _batches(self.importer.read(lines), self.batch):
                done, rejects = _record(writer, self.into, parties, batch)
                if rejects:
                    raise Aborted(rejects[0])
                total = total.plus(done)
                told.counted(total)
            told.within(writer, total, ())
        total.revision = writer.revision
        return total

    def _in_batches(self, lines: Lines, parties: Parties, told: Listener) -> Counts:
        total = Counts()
        for batch in _batches(self.importer.read(lines), self.batch):
            done, rejects = self._one(parties, batch, total, told)
            total = total.plus(done)
            for reject in rejects:
                told.rejected(reject)
            told.counted(total)
        return total

    def _one(
        self, parties: Parties, batch: Sequence[Item], total: Counts, told: Listener
    ) -> tuple[Counts, list[Reject]]:
        """Record one batch, and have patience with others who write."""
        for tried in range(_TRIES):
            try:
                with self._writing() as writer:
                    writer.named.update(parties.named)
                    done, rejects = _record(writer, self.into, parties, batch)
                    told.within(writer, total.plus(done), rejects)
            except Busy:
                parties.forget()
                if tried + 1 == _TRIES:
                    raise
                time.sleep(tried)
            except BaseException:
                parties.forget()
                raise
            else:
                done.revision, parties.named = writer.revision, writer.named
                return done, rejects
        raise Busy

    def _writing(self) -> AbstractContextManager[Writer]:
        reason = f"Import of {self.importer.name} into {self.into.dataset}."
        return self.store.write(by=self.by, op="import", reason=reason, comment=self.comment, replay=True)


def _batches(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    with uncollected():
        while batch := list(islice(items, size)):
            yield batch
            gc.collect(0)  # between batches there may be some


def _record(writer: Writer, into: Into, parties: Parties, batch: Sequence[Item]) -> tuple[Counts, list[Reject]]:
    """Record a batch in a transaction, and tell what became of it."""
    counts = Counts()
    before = {counter: writer.counted(counter) for counter in COUNTED}
    rows = [item for item in batch if isinstance(item, Row)]
    others = [item for item in batch if not isinstance(item, Row)]
    rejects = [item for item in others if isinstance(item, Reject)]
    counts.lines = counts.rejected = len(rejects)
    parties.begin(writer)
    for item in others:
        if isinstance(item, Tally):
            counts.left_out[item.what] = counts.left_out.get(item.what, 0) + 1
            counts.lines += item.whole
    alone = [item for item in others if isinstance(item, Party)]
    known = writer.counted("actors")
    parties.meet(writer, alone)
    new = writer.counted("actors") - known
    counts.lines += len(alone)
    counts.added += new
    counts.known += len(alone) - new
    if parties.taken:
        counts.left_out[_TAKEN] = parties.taken
    if rows:
        rejects += _record_rows(writer, into, parties, rows, counts)
    rejects += _record_lines(writer, [item for item in others if isinstance(item, Line)], counts)
    for counter, n in before.items():
        setattr(counts, counter, writer.counted(counter) - n)
    return counts, sorted(rejects, key=lambda reject: reject.line)


def _record_rows(writer: Writer, into: Into, parties: Parties, rows: Sequence[Row], counts: Counts) -> Iterable[Reject]:
    dataset = _dataset(writer, into)
    papers = {row.document.id: row.document for row in rows if row.document is not None}
    met = {id(party): party for row in rows for party in (row.source, row.target)}
    parties.meet(writer, [*met.values(), *(paper.publisher for paper in papers.values())])
    parties.meet_papers(writer, papers.values())
    if strangers := {party.label for party in met.values()} - parties.known.keys():
        lost = [row for row in rows if {row.source.label, row.target.label} & strangers]
        rows = [row for row in rows if not {row.source.label, row.target.label} & strangers]
        yield from _lost(lost, strangers, counts)
    statements = _statements(writer, into, parties, dataset, rows)
    for row, statement, outcome in zip(rows, statements, claim_all(writer, statements), strict=True):
        if outcome.error is not None:
            yield Reject(row.line, *_why(outcome.error))
        added = outcome.new_claim or (outcome.error is None and amend_end(writer, statement, dataset))
        if row.aside:
            continue
        counts.lines += 1
        counts.added += added
        counts.rejected += outcome.error is not None
        counts.known += outcome.error is None and not added


def _statements(writer: Writer, into: Into, parties: Parties, dataset: Known, rows: Sequence[Row]) -> list[Statement]:
    """Say of whom and what rows speak, now that all are met."""
    types, known, papers = writer.vocabulary, parties.known, parties.papers
    return [
        Statement(
            types.get(row.type),
            known[row.source.label],
            known[row.target.label],
            row.start,
            row.end,
            row.ongoing,
            row.relation_attributes,
            None if row.document is None else papers[row.document.id],
            dataset,
            row.record,
            row.attributes,
            row.confidence,
            row.coded_by or into.coder,
        )
        for row in rows
    ]


def _lost(rows: Sequence[Row], strangers: set[str], counts: Counts) -> Iterable[Reject]:
    """Tell of rows with an end that nothing told of."""
    for row in rows:
        label = next(label for label in (row.source.label, row.target.label) if label in strangers)
        counts.lines += not row.aside
        counts.rejected += not row.aside
        yield Reject(row.line, None, f'There is no actor "{label}" in the file, nor in the dataset so far.')


def _record_lines(writer: Writer, lines: Sequence[Line], counts: Counts) -> Iterable[Reject]:
    """Do what lines of our own state, each by its verb."""
    for line in lines:
        counts.lines += 1
        before = writer.wrote
        try:
            with writer.attempt():
                apply(writer, line)
        except EntenteError as error:
            counts.rejected += 1
            yield Reject(line.number, *_why(error))
        else:
            counts.added += writer.wrote > before
            counts.known += writer.wrote == before


def _dataset(writer: Writer, into: Into) -> Known:
    found = by_ids(writer, "dataset", [into.dataset]).get(into.dataset)
    if found is None:
        writer.add_dataset(
            DatasetStatement(
                id=into.dataset, title=into.title, licence=into.licence, version=into.version, coder=into.coder
            )
        )
        found = by_ids(writer, "dataset", [into.dataset])[into.dataset]
    if found.retracted:
        raise Invalid.parameter("dataset", f'The dataset "{into.dataset}" was retracted.')
    return found


def _why(error: EntenteError) -> tuple[str | None, str]:
    if isinstance(error, Invalid):
        column = error.faults[0].name.rpartition("/")[2] or None
        return column, " ".join(fault.detail for fault in error.faults)
    return None, str(error)
