"""Versioned records in columns: which version of a record stood at a revision, and when there was none.

A *record* is named by the row of its first version. Its versions are a chain, newest first, through `prev`; it stands
at revision `k` iff some version has `written <= k < ended`. A *gap* is a stretch of revisions after the first version
in which none does: from a retraction to the reinstatement, if there was one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from graph.snapshot.columns import NONE, OPEN, Columns, distinct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import DTypeLike

    from graph.snapshot.columns import Mapped

__all__ = ["Versions"]


class Versions(Columns):
    """Columns of one kind of record: `first`, `version`, `written`, `ended`, `prev`, `latest` and its own.

    `latest` holds, in a record's first row, the row of its newest version.
    """

    def __init__(self, **dtypes: DTypeLike) -> None:
        chain: dict[str, DTypeLike] = dict.fromkeys(
            ("first", "version", "written", "ended", "prev", "latest"), np.int32
        )
        super().__init__(**chain, **dtypes)
        self._ends = Columns(row=np.int32, at=np.int32)
        self._gaps: dict[int, list[tuple[int, int]]] = {}

    def append(self, values: Mapping[str, Sequence[Any] | np.ndarray], rows: int) -> None:
        """Append versions in the ledger's order; `values` has every column but `prev` and `latest`."""
        begin = len(self)
        own = np.arange(begin, begin + rows, dtype=np.int32)
        first = np.asarray(values["first"], np.int32)
        self.extend({**values, "prev": np.full(rows, NONE, np.int32), "latest": own}, rows)
        prev, latest = self.prev, self.latest
        for row in own[first != own].tolist():
            record = int(self.first[row])
            prev[row] = latest[record]
            latest[record] = row
        self._note_gaps(first[first != own].tolist())

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
        return super().arrays() | {f"ends.{name}": array for name, array in self._ends.arrays().items()}

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with columns out of files."""
        super().restore(arrays)
        self._ends.restore({name: arrays[f"ends.{name}"] for name in self._ends.names})
        self._gaps = {}
        self._note_gaps(distinct(self.first[self._ends.row]).tolist())

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
        return _between(self.written, 0, revision)[1]

    def touched_by(self, revision: int) -> int:
        """How many rows were written and ended up to a revision. O(log n)."""
        return self.reach(revision) + _between(self._ends.at, 0, revision)[1]

    def chain(self, record: int) -> list[int]:
        """A record's version rows, newest first."""
        rows = [int(self.latest[record])]
        while (before := int(self.prev[rows[-1]])) != NONE:
            rows.append(before)
        return rows

    def row_at(self, record: int, revision: int) -> int:
        """The version that stood at a revision, or `NONE`."""
        row = int(self.latest[record])
        written = self.written
        while row != NONE and written[row] > revision:
            row = int(self.prev[row])
        return row if row != NONE and self.ended[row] > revision else NONE

    def last_at(self, record: int, revision: int) -> int:
        """The newest version written by a revision, standing or ended; `NONE` if not yet recorded."""
        row = int(self.latest[record])
        while row != NONE and self.written[row] > revision:
            row = int(self.prev[row])
        return row

    def rows_at(self, records: np.ndarray, revisions: np.ndarray | int) -> np.ndarray:
        """Vectorised `last_at`. O(records x versions written after the revision)."""
        rows: np.ndarray = self.latest[records.astype(np.intp)]
        written, prev = self.written, self.prev
        if isinstance(revisions, int) and len(written) and written.item(-1) <= revisions:
            return rows  # nothing is newer, nor was when they were looked up
        while (late := (rows != NONE) & (written[rows] > revisions)).any():
            rows = np.where(late, prev[rows], rows)
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
        amended = self.first[(self.version > 1) & (self.written > revision)]
        ended = self.first[(self.ended != OPEN) & (self.ended > revision)]
        result: np.ndarray = distinct(np.concatenate((amended, ended)))
        return result

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
    bounds = np.array([first, last + 1], ascending.dtype)  # of another type they would have the column converted
    begin, end = np.searchsorted(ascending, bounds).tolist()
    return begin, end
