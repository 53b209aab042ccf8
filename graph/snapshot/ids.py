"""Names turned into numbers: relation ids into records, repeated words into small integers."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

import numpy as np

from graph.snapshot.columns import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graph.snapshot.columns import Columns, Mapped

__all__ = ["Interned", "RelationIds", "in_order"]

_FEW: Final = 1_000
"""As many are sorted by all there is at once."""


class RelationIds:
    """Relation id -> record. Four bytes an id: records sorted by theirs for the bulk, a dict for what came since."""

    def __init__(self, relations: Columns) -> None:
        self._relations = relations
        self._sorted = np.empty(0, np.int32)
        self._recent: dict[bytes, int] = {}

    def add(self, ids: np.ndarray, records: np.ndarray) -> None:
        """Note new ids."""
        self._recent.update(zip(ids.tolist(), records.tolist(), strict=True))

    def pack(self) -> None:
        """Sort all there are into the bulk. O(n log n)."""
        relations = self._relations
        records = np.flatnonzero(relations.first == np.arange(len(relations))).astype(np.int32)
        self._sorted, self._recent = records[in_order(relations.id[records])], {}

    def arrays(self) -> dict[str, np.ndarray]:
        """The bulk."""
        return {"records": self._sorted}

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with a bulk out of files."""
        self._sorted, self._recent = arrays["records"].filled, {}

    def get(self, text: str) -> int:
        """The record of an id, or `NONE`. O(log n)."""
        wanted = text.encode()
        recent = self._recent.get(wanted)
        if recent is not None:
            return recent
        ids, records = self._relations.id, self._sorted
        at = bisect_left(records, wanted, key=ids.__getitem__)
        return int(records[at]) if at < len(records) and ids[records[at]] == wanted else NONE


def in_order(ids: np.ndarray, keys: np.ndarray | None = None) -> np.ndarray:
    """The places of relation ids in their order; if there are keys, in the order of these, ties by id. O(n log n).

    Ids are compared as two whole numbers. The first is a day and one of a million, so few are the same; and imports go
    by days, so it nearly ascends, as does a key that follows from the day. That is sorted in a tenth of the time.
    """
    high, low = ids.view(">u8").astype(np.uint64).reshape(-1, 2).T
    if len(ids) <= _FEW:
        return np.lexsort((low, high) if keys is None else (low, high, keys))
    order = np.argsort(high, kind="stable")
    same = high[order][1:] == high[order][:-1]
    tied = np.flatnonzero(np.concatenate((same, [False])) | np.concatenate(([False], same)))
    order[tied] = order[tied][np.lexsort((low[order[tied]], high[order[tied]]))]
    return order if keys is None else order[np.argsort(keys[order], kind="stable")]


class Interned:
    """Repeated words, each by a small number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def numbers(self, words: Iterable[str | None]) -> list[int]:
        """A number a word, `NONE` for none; new words get the next one."""
        return [NONE if word is None else self._numbers.setdefault(word, len(self._numbers)) for word in words]

    @property
    def words(self) -> list[str]:
        """The words in the order of their numbers."""
        return list(self._numbers)

    def get(self, word: str, unknown: int) -> int:
        """The number of a word; `unknown` if it never occurred."""
        return self._numbers.get(word, unknown)
