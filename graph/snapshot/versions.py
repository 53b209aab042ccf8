"""Versioned records in columns: which version of a record stood at a revision, and when there was none.

A *record* is named by the row of its first version. Its versions are a chain; it stands at revision `k` iff some
version has `written <= k < ended`. A *gap* is a stretch of revisions after the first version in which none does: from a
retraction to the reinstatement, if there was one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from graph.snapshot.columns import NONE, OPEN, Columns, Rare, arrays_of, distinct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import DTypeLike

    from graph.snapshot.columns import Mapped, Memory

__all__ = ["Versions"]

_RECORD: Final = 32
_ROW: Final = (1 << _RECORD) - 1
"""How far to the left a record is, and under which mask a row, in a number of both."""


class Versions(Columns):
    """Columns of one kind of record: `first`, `written`, `ended` and its own.

    Most records have one version, of which nothing else is kept: it is the first, and its record has its row. `_later`
    has all others, ascending, as one number each: the record, and below it the row. From it follow a record's newest
    version, what comes before another, and which number it has.
    """

    first: Rare

    def __init__(self, **columns: DTypeLike | Rare) -> None:
        super().__init__(first=Rare(np.int32), written=np.int32, ended=np.int32, **columns)
        self._later = np.empty(0, np.int64)
        self._ends = Columns(row=np.int32, at=np.int32)
        self._gaps: dict[int, list[tuple[int, int]]] = {}

    def append(self, values: Mapping[str, Sequence[Any] | np.ndarray], rows: int) -> None:
        """Append versions in the ledger's order; `values` has every column."""
        begin = len(self)
        first = np.asarray(values["first"], np.int64)
        later = np.flatnonzero(first != np.arange(begin, begin + rows))
        self.extend(values, rows)
        if len(later):
            keys = np.sort(first[later] << _RECORD | later + begin)
            self._later = np.insert(self._later, self._later.searchsorted(keys), keys)
            self._note_gaps(first[later].tolist())

    def close(self, ends: Iterable[tuple[int, int]]) -> None:
        """Set `ended` of rows: `(row, revision)` pairs, all of them later than those before."""
        records = []
        pairs = sorted(ends, key=lambda pair: (pair[1], pair[0]))
        for row, revision in pairs:
            self.ended[row] = revision
            records.append(int(self.first[row]))
        self._ends.extend({"row": [row for row, _ in pairs], "at": [at for _, at in pairs]}, len(pairs))
        self._note_gaps(records)

    def arrays(self) -> dict[str, np.ndarray]:
        """The columns, and what was ended in which order."""
        ends = {f"ends.{name}": array for name, array in self._ends.arrays().items()}
        return {**super().arrays(), **ends, "later": self._later}

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with columns out of files."""
        super().restore(arrays)
        self._later = arrays["later"].filled
        self._ends.restore(arrays_of("ends", arrays))
        self._gaps = {}
        self._note_gaps(distinct(self.first[self._ends.row]).tolist())

    @property
    def memory(self) -> Memory:
        """When each was written and ended, and when the last was written; the later ones, and how many."""
        written, later = self.written, self._later
        return written, self.ended, int(written[-1]) if len(written) else 0, later, len(later)

    def written_in(self, first: int, last: int) -> np.ndarray:
        """The rows that revisions `first` to `last` wrote, ascending. O(log n + rows found)."""
        begin, end = _between(self.written, first, last)
        return np.arange(begin, end, dtype=np.int32)

    def ended_in(self, first: int, last: int) -> np.ndarray:
        """The rows that revisions `first` to `last` ended, by revision. O(log n + rows found)."""
        begin, end = _between(self._ends.at, first, last)
        rows: np.ndarray = self._ends.row[begin:end]
        return rows

    def reach(self, revision: int) -> int:
        """How many rows were written up to a revision: they come before all others. O(log n)."""
        return int(self.written.searchsorted(np.int32(min(revision, OPEN)), "right"))

    def standing(self, revision: int) -> np.ndarray:
        """The rows that stand at a revision, ascending, whatever is appended meanwhile. O(rows)."""
        return np.flatnonzero(self.ended[: self.reach(revision)] > revision)

    def touched_by(self, revision: int) -> int:
        """How many rows were written and ended up to a revision. O(log n)."""
        return self.reach(revision) + _between(self._ends.at, 0, revision)[1]

    @property
    def records(self) -> np.ndarray:
        """The rows that begin a record, ascending. O(rows)."""
        begins = np.ones(len(self), np.bool_)
        later = self.first.others  # of rows, too, that came since they were counted
        begins[later[: later.searchsorted(len(begins))]] = False
        return np.flatnonzero(begins)

    @property
    def amended(self) -> np.ndarray:
        """The records that have more than one version, ascending."""
        return distinct(self._later >> _RECORD)

    def chain(self, record: int) -> list[int]:
        """A record's version rows, newest first."""
        later = self._later
        if not len(later):
            return [record]
        begin, end = later.searchsorted([record << _RECORD, (record + 1) << _RECORD]).tolist()
        return [*(later[begin:end][::-1] & _ROW).tolist(), record]

    def newest(self, records: np.ndarray) -> np.ndarray:
        """The newest version of each record; `NONE` of none. O(records log n) for n that are not the first."""
        later = self._later
        if not len(later):
            return records
        found = later[later.searchsorted((records.astype(np.int64) + 1) << _RECORD) - 1]  # or the last, of another
        return np.where(found >> _RECORD == records, found & _ROW, records)

    def before(self, rows: np.ndarray) -> np.ndarray:
        """The version before each; `NONE` before the first."""
        later, records = self._later, self.first[rows].astype(np.int64)
        found = np.where(records == rows, NONE, records)
        at = later.searchsorted(records << _RECORD | rows) - 1
        between = np.flatnonzero((found != NONE) & (at >= 0))
        prior = later[at[between]]
        own = prior >> _RECORD == records[between]
        found[between[own]] = prior[own] & _ROW
        return found

    def numbers(self, rows: np.ndarray) -> np.ndarray:
        """Which version of its record each is, from 1."""
        later, at = self._later, self.first.among(rows)
        numbers = np.ones(len(rows), np.int64)
        if len(at):
            rows = rows[at]
            begin = self.first[rows].astype(np.int64) << _RECORD
            numbers[at] = later.searchsorted(begin | rows) - later.searchsorted(begin) + 2
        return numbers

    def row_at(self, record: int, revision: int) -> int:
        """The version that stood at a revision, or `NONE`."""
        row = self.last_at(record, revision)
        return row if row != NONE and self.ended[row] > revision else NONE

    def last_at(self, record: int, revision: int) -> int:
        """The newest version written by a revision, standing or ended; `NONE` if not yet recorded."""
        written = self.written
        for row in self.chain(record) if len(self._later) else (record,):
            if written[row] <= revision:
                return row
        return NONE

    def rows_at(self, records: np.ndarray, revisions: np.ndarray | int) -> np.ndarray:
        """Vectorised `last_at`. O(records x versions written after the revision)."""
        rows = self.newest(records)
        written = self.written
        if isinstance(revisions, int) and len(written) and written.item(-1) <= revisions:
            return rows  # nothing is newer, nor was when they were looked up
        while (late := (rows != NONE) & (written[rows] > revisions)).any():
            rows = np.where(late, self.before(rows), rows)
        return rows

    def gaps(self, record: int) -> list[tuple[int, int]]:
        """The record's gaps as `[from, to)` revisions."""
        return self._gaps.get(record, [])

    @property
    def gapped(self) -> list[int]:
        """Records that have a gap, ever."""
        return list(self._gaps)

    def missing(self, revision: int) -> list[int]:
        """Records that are in a gap at a revision. O(records that have a gap, ever)."""
        return [record for record, gaps in list(self._gaps.items()) if any(a <= revision < b for a, b in gaps)]

    def moved(self, record: int) -> list[int]:
        """Every revision that wrote or ended a version of the record, its first writing left out."""
        rows = self.chain(record)
        ends = [int(self.ended[row]) for row in rows if self.ended[row] != OPEN]
        return sorted({*(int(self.written[row]) for row in rows[:-1]), *ends})

    def moved_since(self, revision: int) -> np.ndarray:
        """Records that were amended, retracted or reinstated after a revision."""
        amended = self._later[self.written[self._later & _ROW] > revision] >> _RECORD
        return distinct(np.concatenate((amended, self.first[self.ended_in(revision + 1, OPEN - 1)])))

    def _note_gaps(self, records: Iterable[int]) -> None:
        for record in set(records):
            after, gaps = OPEN, []
            for row in self.chain(record):
                ended = int(self.ended[row])
                if ended < after:
                    gaps.append((ended, after))
                after = int(self.written[row])
            if gaps:
                self._gaps[record] = gaps[::-1]
            else:
                self._gaps.pop(record, None)


def _between(ascending: np.ndarray, first: int, last: int) -> tuple[int, int]:
    """Where the values from `first` to `last` stand in an ascending column."""
    bounds = np.array([min(first, OPEN), min(last + 1, OPEN)], np.int32)  # or they would have the column converted
    begin, end = np.searchsorted(ascending, bounds).tolist()
    return begin, end
