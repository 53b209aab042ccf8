"""Which rows belong to which key."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graph.snapshot.columns.growing import Rare, arrays_of
from graph.snapshot.columns.values import NO_ROWS, placed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.snapshot.columns.growing import Mapped
    from graph.snapshot.columns.memory import Memory

__all__ = ["Lists"]


class Lists:
    """Which rows belong to which key: packed lists for the bulk, and a short list a key for what came since.

    `rows(key)` keeps the order of packing, then of `add`. Looking up costs O(rows of that key), and O(log n) for the
    key, where only few of those that could be are one. Packed and recent rows are replaced as one reference, so a
    reader meets either the old lists or the new ones.
    """

    def __init__(self) -> None:
        self._state = _Packed(None, np.zeros(1, np.int32), Rare(np.int32), {})
        self._late = NO_ROWS

    def pack(self, keys: np.ndarray, rows: np.ndarray, count: int) -> None:
        """Replace everything: `rows[i]` belongs to `keys[i]`, in that order within a key; keys are below `count`."""
        counts, few = np.bincount(keys, minlength=count), None
        if 2 * np.count_nonzero(counts) < count:
            few = np.flatnonzero(counts).astype(np.int32)
            counts = counts[few]
        packed = Rare(np.int32)
        packed.extend(rows[np.argsort(keys, kind="stable")], len(rows))
        self._state = _Packed(few, np.concatenate(([0], np.cumsum(counts))).astype(np.int32), packed, {})
        self._late = NO_ROWS

    def arrays(self) -> dict[str, np.ndarray]:
        """The packed lists."""
        few, starts, packed, _ = self._state
        keys = {} if few is None else {"few": few}
        return {"starts": starts, **keys, **{f"packed.{name}": array for name, array in packed.arrays().items()}}

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with packed lists out of files."""
        few, starts, packed = arrays.get("few"), arrays["starts"].filled, Rare(np.int32)
        packed.restore(arrays_of("packed", arrays), int(starts[-1]))
        self._state = _Packed(few and few.filled, starts, packed, {})
        self._late = NO_ROWS

    @property
    def memory(self) -> Memory:
        """The keys, if not all are, how many, where the rows of each begin, and the rows; which have more, how many."""
        few, starts, packed, _ = self._state
        return few, len(starts) - 1, starts, *packed.memory, self._late, len(self._late)

    def packed(self, keys: np.ndarray) -> bool:
        """Whether all rows of some keys are packed."""
        recent = self._state.recent
        return not recent or recent.keys().isdisjoint(keys.tolist())

    def add(self, keys: np.ndarray, rows: np.ndarray) -> None:
        """Append `rows[i]` to the list of `keys[i]`."""
        recent = self._state.recent
        for key, row in zip(keys.tolist(), rows.tolist(), strict=True):
            recent.setdefault(key, []).append(row)
        self._late = np.union1d(self._late, keys).astype(np.int32)

    def rows(self, key: int) -> np.ndarray:
        """All rows of one key."""
        state = self._state
        bulk, since = state.packed[state.place(key)], state.recent.get(key)
        return np.concatenate((bulk, since)) if since else bulk

    def gather(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """All rows of many keys: `(position of the key in keys, row)`, position ascending. O(rows gathered)."""
        state = self._state
        begins, ends = state.places(keys)
        counts = ends - begins
        where = np.repeat(np.arange(len(keys)), counts)
        rows = state.packed[np.arange(len(where)) + np.repeat(ends - np.cumsum(counts), counts)]
        recent = state.recent
        late = [(at, row) for at, key in enumerate(keys.tolist()) for row in recent.get(key, ())] if recent else []
        if not late:
            return where, rows
        extra = np.array(late, np.int64)
        where, rows = np.concatenate((where, extra[:, 0])), np.concatenate((rows, extra[:, 1].astype(np.int32)))
        order = np.argsort(where, kind="stable")
        return where[order], rows[order]


class _Packed(NamedTuple):
    few: np.ndarray | None
    """The keys, ascending; None if all whole numbers from 0 are."""
    starts: np.ndarray
    packed: Rare
    recent: dict[int, list[int]]

    def place(self, key: int) -> slice:
        """Where the packed rows of one key are."""
        if self.few is not None:
            at = int(placed(self.few, np.array([key]))[0])
            if at == len(self.few) or self.few[at] != key:
                return slice(0, 0)
        else:
            at = key
        return slice(*self.starts[at : at + 2].tolist()) if at < len(self.starts) - 1 else slice(0, 0)

    def places(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the packed rows of keys begin and end."""
        if self.few is None:
            last = len(self.starts) - 1
            return self.starts[np.minimum(keys, last)], self.starts[np.minimum(keys + 1, last)]
        at = placed(self.few, keys)
        there = at < len(self.few)
        there[there] = self.few[at[there]] == keys[there]
        return self.starts[at], self.starts[at + there]
