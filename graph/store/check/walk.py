"""Walk through the log from its first change to its head, all tables in step with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from graph.models import COUNTED
from graph.store import full_text
from graph.store.check.records import Rules, called
from graph.store.check.streams import PARTS, Ends, Entered, Reader, Stream
from graph.store.transaction import (
    ACTOR,
    ACTOR_IDENTIFIER,
    ACTOR_NAME,
    CLAIM,
    CONTRIBUTOR,
    DOCUMENT,
    MERGE,
    MERGE_ABSORBED,
    TABLES,
    chain_hash,
    genesis,
    row_hash,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Table

    from graph.store.check.findings import Findings
    from graph.store.head_file import Witness
    from graph.vocabulary import Vocabulary

_TOLD_EVERY: Final = 5000
_WORDS: Final = {CLAIM: "quote_words", DOCUMENT: "document_words"}


class Walk:
    """One walk, on one state of the ledger; `progress` is told the rows seen, and all that the head counts."""

    def __init__(
        self,
        reader: Reader,
        head: Any,  # noqa: ANN401 - a row
        vocabulary: Vocabulary,
        findings: Findings,
        progress: Callable[[int, int], None],
    ) -> None:
        self._progress = progress
        self._total: int = sum(getattr(head, name) for name in COUNTED)
        self._reader = reader
        self._head = head
        self._tell = findings.tell
        self._rules = Rules(reader.connection, vocabulary)
        self._streams = {table: Stream(reader, table, findings) for table in TABLES.values()}
        self._ends = {table: Ends(reader, table) for table in sorted(TABLES.values(), key=lambda each: each.name)}
        self._entered = {table: Entered(reader, name) for table, name in _WORDS.items()}
        self._counts = dict.fromkeys(COUNTED, 0)
        self._revision = 0
        self._at = 0
        self._seen = 0

    def through(self, witness: Witness | None) -> None:
        """Walk to the end."""
        chain = genesis(self._head.ledger)
        for change in self._reader.changes():
            self._in_order(change)
            said = {name: value for name, value in _columns(change).items() if name not in {"hash", "contributor"}}
            if chain_hash(chain, said, self._ended(), self._written(change)) != change.hash:
                self._tell(f"Revision {change.revision} is not what was written, or does not follow the one before it.")
            if witness is not None and witness.revision == change.revision and witness.chain != change.hash:
                self._tell(f"Revision {change.revision} is not the one that was acknowledged on this machine.")
            chain = change.hash
        self._end_at_head(chain)
        self._progress(self._seen, self._total)

    def _in_order(self, change: Any) -> None:  # noqa: ANN401 - a row
        if change.revision != self._revision + 1:
            self._tell(f"Revision {self._revision + 1} is missing: {change.revision} comes next.")
        if self._revision and change.at <= self._at:
            self._tell(f"Revision {change.revision} is no later than the one before it.")
        if change.by is not None and (change.contributor is None or change.by > change.contributors):
            self._tell(f"Revision {change.revision} was written by nobody known.")
        self._revision, self._at = change.revision, change.at

    def _ended(self) -> Iterator[tuple[str, int]]:
        for table, ends in self._ends.items():
            for row in ends.upto(self._revision):
                if row.ended < self._revision:
                    self._tell(f"{table.name} {row.n} was ended by revision {row.ended}, which is unknown.")
                yield table.name, row.n

    def _written(self, change: Any) -> Iterator[bytes]:  # noqa: ANN401 - a row
        counts = {name: getattr(change, name) for name in COUNTED}
        for counter, table in TABLES.items():
            if counts[counter] < self._counts[counter]:
                self._tell(f"Revision {change.revision} counts fewer {counter} than the one before it.")
            for row in self._streams[table].upto(counts[counter]):
                self._look_at(table, row, counts)
                if table in PARTS:
                    self._tell(f"{called(table, row)} belongs to nothing that was written with it.")
                elif table is CONTRIBUTOR:
                    yield row_hash(table, _columns(row), ())
                else:
                    self._content(table, row, counts)
                    yield row.hash
        self._counts = counts

    def _content(self, table: Table, row: Any, counts: dict[str, int]) -> None:  # noqa: ANN401 - a row
        """Compare a row and its parts with its hash, and its words with the full text."""
        parts: list[Any] = []
        if table is ACTOR:
            names, identifiers = (self._parts(part, row, counts) for part in (ACTOR_NAME, ACTOR_IDENTIFIER))
            parts = [[(each.value, each.lang, each.kind) for each in names]]
            parts.append([(each.scheme, each.value) for each in identifiers])
        elif table is MERGE:
            parts = [each.actor for each in self._parts(MERGE_ABSORBED, row, counts)]
        if row_hash(table, _columns(row), parts) != row.hash:
            self._tell(f"{called(table, row)} does not say what was written.")
        if table in _WORDS:
            said = (row.quote_exact or "") if table is CLAIM else f"{row.title or ''} {row.text or ''}"
            if self._entered[table].has(row.n) != full_text.findable(said):
                self._tell(f"{called(table, row)} is not found by its words, or by words that it does not have.")

    def _parts(self, table: Table, of: Any, counts: dict[str, int]) -> list[Any]:  # noqa: ANN401 - a row
        rows = list(self._streams[table].parts_of(of.n, PARTS[table]))
        for position, row in enumerate(rows):
            self._look_at(table, row, counts)
            if row.ended != of.ended:
                self._tell(f"{called(table, row)} did not end with what it belongs to.")
            if "position" in table.columns and row.position != position:
                self._tell(f"{called(table, row)} is out of place.")
        return rows

    def _look_at(self, table: Table, row: Any, counts: dict[str, int]) -> None:  # noqa: ANN401 - a row
        """Hold one row to the rules."""
        self._seen += 1
        if self._seen % _TOLD_EVERY == 0:
            self._progress(self._seen, self._total)
        faults = list(self._rules.faults(table, row, counts))
        if row.written != self._revision:
            faults.append(f"it says that revision {row.written} wrote it, and revision {self._revision} did")
        if row.ended is not None and not row.written <= row.ended <= self._head.revision:
            faults.append(f"it can't have been ended by revision {row.ended}")
        for fault in faults:
            self._tell(f"{called(table, row)}: {fault}.")

    def _end_at_head(self, chain: bytes) -> None:
        """Compare the end of the log, and of each table, with the head."""
        head = self._head
        if (head.revision, head.at, head.hash) != (self._revision, self._at, chain):
            self._tell(f"The head, at revision {head.revision}, is not the log's end, which is at {self._revision}.")
        for counter, table in TABLES.items():
            if getattr(head, counter) != self._counts[counter]:
                self._tell(f"The head counts {getattr(head, counter)} {counter}, and the log {self._counts[counter]}.")
            stream, ends = self._streams[table], self._ends[table]
            if stream.next is not None:
                self._tell(f"{table.name}: row {stream.next.n} and those after it were written by no revision.")
            if ends.next is not None:
                self._tell(f"{table.name} {ends.next.n} was ended by revision {ends.next.ended}, which is unknown.")


def _columns(row: Any) -> Any:  # noqa: ANN401 - a row, as a mapping
    return row._mapping  # noqa: SLF001 - public, in spite of its name
