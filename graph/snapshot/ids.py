"""Names turned into numbers: relation ids into records, repeated words into small integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.snapshot.columns import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graph.snapshot.columns import Mapped

__all__ = ["Interned", "RelationIds"]


class RelationIds:
    """Relation id -> record. Twenty bytes an id: a sorted array for the bulk, a dict for what came since."""

    def __init__(self) -> None:
        self._sorted = (np.empty(0, "S16"), np.empty(0, np.int32))
        self._recent: dict[bytes, int] = {}

    def add(self, ids: np.ndarray, records: np.ndarray) -> None:
        """Note new ids."""
        self._recent.update(zip(ids.tolist(), records.tolist(), strict=True))

    def pack(self) -> None:
        """Sort everything into the bulk. O(n log n)."""
        ids, records = self._sorted
        ids = np.concatenate((ids, np.array(list(self._recent), "S16")))
        records = np.concatenate((records, np.array(list(self._recent.values()), np.int32)))
        order = np.argsort(ids, kind="stable")
        self._sorted = (ids[order], records[order])
        self._recent = {}

    def arrays(self) -> dict[str, np.ndarray]:
        """The bulk."""
        ids, records = self._sorted
        return {"ids": ids, "records": records}

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with a bulk out of files."""
        self._sorted, self._recent = (arrays["ids"].filled, arrays["records"].filled), {}

    def get(self, text: str) -> int:
        """The record of an id, or `NONE`. O(log n)."""
        wanted = text.encode()
        recent = self._recent.get(wanted)
        if recent is not None:
            return recent
        ids, records = self._sorted
        at = int(np.searchsorted(ids, np.bytes_(wanted)))
        return int(records[at]) if at < len(ids) and ids[at] == wanted else NONE


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
