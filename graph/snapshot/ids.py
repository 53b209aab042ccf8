"""Names turned into numbers: ids into records, identifiers into rows, repeated words into small integers."""

from __future__ import annotations

from bisect import bisect_left
from hashlib import blake2b
from os import urandom
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

import numpy as np
import orjson

from graph.snapshot.columns import NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from graph.snapshot.columns import Mapped, Memory
    from graph.snapshot.relations import Relations

__all__ = ["Interned", "Lookup", "RelationIds", "id_in", "identifiers_in", "in_order"]

_FEW: Final = 1_000
"""As many are sorted by all there is at once."""
_KEY_LENGTH: Final = 16

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class _Kept(Protocol[T_co]):
    def __getitem__(self, row: int, /) -> T_co: ...


class RelationIds:
    """Relation id -> record. Four bytes an id: records sorted by theirs for the bulk, a dict for what came since."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self._sorted = np.empty(0, np.int32)
        self._recent: dict[bytes, int] = {}

    def add(self, ids: np.ndarray, records: np.ndarray) -> None:
        """Note new ids."""
        self._recent.update(zip(ids.tolist(), records.tolist(), strict=True))

    def pack(self) -> None:
        """Sort all there are into the bulk. O(n log n)."""
        relations = self._relations
        records = relations.records.astype(np.int32)
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


class Lookup(Generic[T]):
    """Rows by the texts that they are found by: some twelve bytes a text.

    A hash table with open addressing that holds rows alone, at most half full. Whether a row that lies on a text's way
    is found by it, is read where it is kept: `texts` gives those of what is kept of a row. The hash has a key of its
    own, or who chooses names could have all of them lie on one way. One thread adds, any may read: a row is there for
    them or not yet, and a larger table is put in place as a whole.
    """

    def __init__(self, kept: _Kept[T], texts: Callable[[T], Collection[str]]) -> None:
        self._kept = kept
        self._texts = texts
        self._hold(np.full(1, NONE, np.int32))
        self._be_keyed(urandom(_KEY_LENGTH))

    def rows(self, text: str) -> list[int]:
        """The rows that a text finds, in the order of their coming. O(1)."""
        table, found = self._table, dict[int, None]()
        place, last = self._place(text, table)
        while (row := table[place]) != NONE:
            if row not in found and text in self._texts(self._kept[row]):  # it lies there for other texts too
                found[row] = None
            place = (place + 1) & last
        return list(found)

    def get(self, text: str) -> int:
        """The first of them, or `NONE`. O(1)."""
        table = self._table
        place, last = self._place(text, table)
        while (row := table[place]) != NONE and text not in self._texts(self._kept[row]):
            place = (place + 1) & last
        return row

    def add(self, text: str, row: int) -> None:
        """Have a text find a row, too, which is kept already. Amortized O(1)."""
        if 2 * (self._count + 1) > len(self._table):
            self.pack(sorted({*self._table, row} - {NONE}))
        else:
            self._put(text, row, self._table)
            self._count += 1

    def pack(self, rows: Iterable[int]) -> None:
        """Begin with these rows, in this order. O(n)."""
        found = [(text, row) for row in rows for text in self._texts(self._kept[row])]
        table = np.full(1 << (2 * len(found)).bit_length(), NONE, np.int32)
        for text, row in found:
            self._put(text, row, table.data)
        self._hold(table)

    def arrays(self) -> dict[str, np.ndarray]:
        """The table, and the key of its hash."""
        return {"rows": np.frombuffer(self._table, np.int32), "key": np.frombuffer(self._key, np.uint8)}

    @property
    def memory(self) -> Memory:
        """The table, how many places it has, and the key of the hash."""
        return np.frombuffer(self._table, np.int32), len(self._table), np.frombuffer(self._key, np.uint8)

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with a table out of files."""
        self._hold(arrays["rows"].filled)
        self._be_keyed(arrays["key"].filled.tobytes())

    def _hold(self, table: np.ndarray) -> None:
        self._table, self._count = table.data, int(np.count_nonzero(table != NONE))

    def _put(self, text: str, row: int, table: memoryview[int]) -> None:
        place, last = self._place(text, table)
        while table[place] != NONE:
            place = (place + 1) & last
        table[place] = row

    def _be_keyed(self, key: bytes) -> None:
        self._key, self._hash = key, blake2b(digest_size=8, key=key)

    def _place(self, text: str, table: memoryview[int]) -> tuple[int, int]:
        """Where the way of a text begins in a table, and the last place, a mask."""
        last, hashed = len(table) - 1, self._hash.copy()
        hashed.update(text.encode("utf-8", "surrogatepass"))
        return int.from_bytes(hashed.digest()) & last, last


def id_in(core: bytes) -> str:
    """The id of a record that is kept as JSON."""
    return str(orjson.loads(core)["id"])


def identifiers_in(core: Mapping[str, Any]) -> list[str]:
    """The identifiers of an actor version, as they are asked for."""
    return [f"{one['scheme']}:{one['value']}" for one in core["identifiers"]]


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
