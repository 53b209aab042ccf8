"""Which rows belong to which key."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.snapshot.columns.growing import Mapped

__all__ = ["Lists"]


class Lists:
    """Which rows belong to which key: packed lists for the bulk, and a short list a key for what came since.

    `rows(key)` keeps the order of packing, then of `add`. Looking up costs O(rows of that key). Packed and recent rows
    are replaced as one reference, so a reader meets either the old lists or the new ones.
    """

    def __init__(self) -> None:
        self._state = _Packed(np.zeros(1, np.int32), np.empty(0, np.int32), {})
        self.pending = 0
        """How many rows came since the last packing."""

    def pack(self, keys: np.ndarray, rows: np.ndarray, count: int) -> None:
        """Replace everything: `rows[i]` belongs to `keys[i]`, in that order within a key; keys are below `count`."""
        starts = np.zeros(count + 1, np.int32)
        np.cumsum(np.bincount(keys, minlength=count), out=starts[1:])
        self._state = _Packed(starts, rows[np.argsort(keys, kind="stable")].astype(np.int32), {})
        self.pending = 0

    def arrays(self) -> dict[str, np.ndarray]:
        """The packed lists."""
        return {"starts": self._state.starts, "packed": self._state.packed}

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with packed lists out of files."""
        self._state = _Packed(arrays["starts"].filled, arrays["packed"].filled, {})
        self.pending = 0

    def add(self, keys: np.ndarray, rows: np.ndarray) -> None:
        """Append `rows[i]` to the list of `keys[i]`."""
        recent = self._state.recent
        for key, row in zip(keys.tolist(), rows.tolist(), strict=True):
            recent.setdefault(key, []).append(row)
        self.pending += len(keys)

    def parts(self, key: int) -> tuple[np.ndarray, np.ndarray]:
        """The packed rows of one key, and those that came since."""
        starts, packed, recent = self._state
        bulk = packed[starts[key] : starts[key + 1]] if key < len(starts) - 1 else packed[:0]
        return bulk, np.array(recent.get(key, ()), np.int32)

    def rows(self, key: int) -> np.ndarray:
        """All rows of one key."""
        bulk, since = self.parts(key)
        return np.concatenate((bulk, since)) if len(since) else bulk

    def gather(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """All rows of many keys: `(position of the key in keys, row)`, position ascending. O(rows gathered)."""
        starts, packed, recent = self._state
        last = len(starts) - 2
        begins = starts[np.minimum(keys, last)] if last >= 0 else np.zeros(len(keys), np.int64)
        counts = np.where(keys <= last, starts[np.minimum(keys, last) + 1] - begins, 0) if last >= 0 else begins
        where = np.repeat(np.arange(len(keys)), counts)
        shift = np.arange(len(where)) - np.repeat(np.cumsum(counts) - counts, counts)
        rows = packed[np.repeat(begins, counts) + shift]
        late = [(at, row) for at, key in enumerate(keys.tolist()) for row in recent.get(key, ())] if recent else []
        if not late:
            return where, rows
        extra = np.array(late, np.int64)
        where, rows = np.concatenate((where, extra[:, 0])), np.concatenate((rows, extra[:, 1].astype(np.int32)))
        order = np.argsort(where, kind="stable")
        return where[order], rows[order]


class _Packed(NamedTuple):
    starts: np.ndarray
    packed: np.ndarray
    recent: dict[int, list[int]]
