"""Growing columns: the ledger's rows in memory, one numpy array a field, and the bytes that only readers see.

Row `i` of a table is the ledger's row `n = i + 1`. Rows are appended and never moved; of what is there only `ended` is
ever set, once, from `OPEN` to a revision. Both facts together make sharing safe: whoever reads at revision `k` ignores
rows written after `k` and ends set after `k`, so a reader in the past or in another thread needs no copy and no lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import DTypeLike

__all__ = ["NONE", "OPEN", "Columns", "Heap", "Lists", "Mapped", "Part", "Texts", "any_of", "distinct", "ranks"]

OPEN: Final = np.iinfo(np.int32).max
"""The `ended` of a version that nothing has ended."""
NONE: Final = -1
"""A reference to nothing."""
_FEW: Final = 4
"""So many values are compared one by one."""
_SMALL: Final = 1 << 16
"""For as many values a place each is looked up."""
_END: Final = "\0"


def any_of(values: np.ndarray, meant: Sequence[int]) -> np.ndarray:
    """Which values are among those meant: a few are compared one by one."""
    if len(meant) > _FEW:
        return np.isin(values, meant)
    mask: np.ndarray = values == meant[0]
    for one in meant[1:]:
        mask |= values == one
    return mask


def distinct(values: np.ndarray) -> np.ndarray:
    """Each value once, ascending: `np.unique` in a third of the time; in a tenth, if they nearly do.

    That also loads masked arrays, which nothing here needs: 4 MB for good.
    """
    values = np.sort(values)
    once: np.ndarray = values[np.append(True, values[1:] != values[:-1])[: len(values)]]
    return once


def ranks(values: np.ndarray) -> np.ndarray:
    """The place of each value among the distinct ones; small whole numbers need not be sorted for it."""
    whole = values.astype(np.int64)
    if not len(whole) or whole.min() < 0 or whole.max() >= _SMALL or (whole != values).any():
        return np.unique(values, return_inverse=True)[1]
    there = np.zeros(whole.max() + 1, np.bool_)
    there[whole] = True
    places: np.ndarray = (np.cumsum(there) - 1)[whole]
    return places


class Mapped(NamedTuple):
    """An array out of a file: its `length` items and room behind them. Writing to it changes no file."""

    array: np.ndarray
    length: int

    @property
    def filled(self) -> np.ndarray:
        """The items."""
        return self.array[: self.length]


class Part(Protocol):
    """What can be written to files and begin there again."""

    def arrays(self) -> dict[str, np.ndarray]:
        """All that it is made of, by name."""
        ...

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with what `arrays` once gave; everything there was is forgotten."""
        ...


class Columns:
    """Equally long growing arrays, read as attributes: `columns.written` is an array view of `len(columns)` rows.

    Appending costs amortised O(rows added). An array handed out earlier keeps its length and its rows.
    """

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> np.ndarray: ...

    def __init__(self, **dtypes: DTypeLike) -> None:
        self._size = 0
        self._arrays: dict[str, np.ndarray] = {name: np.empty(0, dtype) for name, dtype in dtypes.items()}
        self._resize(0)

    def __len__(self) -> int:
        return self._size

    def _resize(self, size: int) -> None:
        """Show so many rows. All columns are exchanged in one step, so that no reader meets some longer than others."""
        self.__dict__.update({name: array[:size] for name, array in self._arrays.items()}, _size=size)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in the order they were declared."""
        return tuple(self._arrays)

    @property
    def nbytes(self) -> int:
        """Bytes in use, spare room left out."""
        return sum(array.itemsize for array in self._arrays.values()) * self._size

    def arrays(self) -> dict[str, np.ndarray]:
        """The columns."""
        return {name: array[: self._size] for name, array in self._arrays.items()}

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with columns out of files, and with the room that they have there."""
        self._arrays = {name: arrays[name].array for name in self._arrays}
        self._resize(arrays[next(iter(self._arrays))].length)

    def extend(self, values: Mapping[str, Sequence[Any] | np.ndarray], rows: int) -> None:
        """Append rows; `values` has every column. They are shown last, so that no reader sees half a row."""
        end = self._size + rows
        for name, array in self._arrays.items():
            if end > len(array):
                grown = np.empty(max(end, 2 * len(array), 64), array.dtype)
                grown[: self._size] = array[: self._size]
                self._arrays[name] = grown
            self._arrays[name][self._size : end] = values[name]
        self._resize(end)


class Heap:
    """Byte strings one after another, by row: what a reader sees of a row beyond its columns."""

    def __init__(self) -> None:
        self._mapped = memoryview(b"")
        self._bytes = bytearray()
        """What follows the mapped bytes."""
        self._starts = Columns(start=np.int64)
        """Where each begins, and where one more would."""
        self._starts.extend({"start": [0]}, 1)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, row: int) -> bytes:
        starts, mapped = self._starts.start, len(self._mapped)
        begin, end = int(starts[row]), int(starts[row + 1])
        return bytes(self._mapped[begin:end] if end <= mapped else self._bytes[begin - mapped : end - mapped])

    def filled(self, rows: np.ndarray) -> np.ndarray:
        """Which of these rows have a string that is not empty."""
        starts = self._starts.start
        filled: np.ndarray = starts[rows] != starts[rows + 1]
        return filled

    def many(self, rows: np.ndarray) -> list[bytes]:
        """The strings of many rows, in a fraction of the time that they take one by one."""
        if not len(rows):
            return []
        starts, mapped, held, length = self._starts.start, self._mapped, self._bytes, len(self._mapped)
        return [
            b"" if begin == end else bytes(mapped[begin:end] if end <= length else held[begin - length : end - length])
            for begin, end in zip(starts[rows].tolist(), starts[rows + 1].tolist(), strict=True)
        ]

    @property
    def nbytes(self) -> int:
        """Bytes in use."""
        return len(self._mapped) + len(self._bytes) + self._starts.nbytes

    def arrays(self) -> dict[str, np.ndarray]:
        """All bytes, and where each string begins."""
        both = (np.frombuffer(self._mapped, np.uint8), np.frombuffer(bytes(self._bytes), np.uint8))
        return {"bytes": both[1] if not len(both[0]) else np.concatenate(both), **self._starts.arrays()}

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with strings out of files."""
        self._mapped, self._bytes = arrays["bytes"].filled.data, bytearray()
        self._starts.restore(arrays)

    def extend(self, strings: Sequence[bytes]) -> None:
        """Append one string a row."""
        begin = len(self._mapped) + len(self._bytes)
        self._bytes += b"".join(strings)
        lengths = np.fromiter(map(len, strings), np.int64, len(strings))
        self._starts.extend({"start": begin + np.cumsum(lengths)}, len(strings))


class Texts(Sequence[str]):
    """Texts by row: packed one after another, and a list of what came since. No text has a zero byte."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        packed = [f"{text}{_END}".encode() for text in texts]
        ends = np.cumsum(np.fromiter(map(len, packed), np.int32, len(packed)), dtype=np.int32)
        self._hold(np.frombuffer(b"".join(packed), np.uint8), np.concatenate((np.zeros(1, np.int32), ends)))

    def __len__(self) -> int:
        return self._packed + len(self._recent)

    def __getitem__(self, row: int) -> str:  # type: ignore[override]  # nobody asks for slices
        if row >= self._packed:
            return self._recent[row - self._packed]
        return str(self._bytes[self._starts[row] : self._starts[row + 1] - 1], "utf-8")

    def __iter__(self) -> Iterator[str]:
        """All of them, in a fraction of the time that they take one by one."""
        return chain(str(self._bytes, "utf-8").split(_END)[:-1], self._recent)

    def append(self, text: str) -> None:
        """Put a text behind the others."""
        self._recent.append(text)

    def arrays(self) -> dict[str, np.ndarray]:
        """All bytes, and where each text begins. O(bytes) if any came since."""
        if self._recent:
            return Texts(self).arrays()
        return {"bytes": np.frombuffer(self._bytes, np.uint8), "start": np.frombuffer(self._starts, np.int32)}

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with packed texts out of files."""
        self._hold(arrays["bytes"].filled, arrays["start"].filled)

    def _hold(self, held: np.ndarray, starts: np.ndarray) -> None:
        self._bytes, self._starts = held.data, starts.data
        self._packed, self._recent = len(starts) - 1, list[str]()


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
