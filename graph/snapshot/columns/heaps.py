"""Bytes and texts by row, one after another: what readers see beyond the columns, and what names are ordered by."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np

from graph.snapshot.columns.growing import Columns, Rare, arrays_of
from graph.snapshot.columns.values import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from graph.snapshot.columns.growing import Mapped
    from graph.snapshot.columns.memory import Memory

__all__ = ["Heap", "RareHeap", "Texts"]

_END: Final = "\0"
_NARROW: Final = np.iinfo(np.uint32).max


class Heap:
    """Byte strings one after another, by row: what a reader sees of a row beyond its columns."""

    def __init__(self) -> None:
        self._mapped = memoryview(b"")
        self._held = Columns(byte=np.uint8)
        """What follows the mapped bytes."""
        self._starts = Columns(start=np.uint32)
        """Where each begins, and where one more would: four bytes each, up to 4 GiB."""
        self._starts.extend({"start": [0]}, 1)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, row: int) -> bytes:
        starts, mapped = self._starts.start, len(self._mapped)
        begin, end = int(starts[row]), int(starts[row + 1])
        return bytes(self._mapped[begin:end] if end <= mapped else self._held.byte[begin - mapped : end - mapped])

    def many(self, rows: np.ndarray) -> list[bytes]:
        """The strings of many rows, in a fraction of the time that they take one by one."""
        if not len(rows):
            return []
        starts, mapped, held, length = self._starts.start, self._mapped, self._held.byte.data, len(self._mapped)
        return [
            b"" if begin == end else bytes(mapped[begin:end] if end <= length else held[begin - length : end - length])
            for begin, end in zip(starts[rows].tolist(), starts[rows + 1].tolist(), strict=True)
        ]

    @property
    def memory(self) -> Memory:
        """Where each begins, whether that has eight bytes, the mapped bytes, how many, and what follows."""
        starts, mapped = self._starts.start, np.frombuffer(self._mapped, np.uint8)
        return starts, int(starts.dtype != np.uint32), mapped, len(mapped), self._held.byte

    def arrays(self) -> dict[str, np.ndarray]:
        """All bytes, and where each string begins."""
        both = (np.frombuffer(self._mapped, np.uint8), self._held.byte)
        return {"bytes": both[1] if not len(both[0]) else np.concatenate(both), **self._starts.arrays()}

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with strings out of files."""
        self._mapped, self._held = arrays["bytes"].filled.data, Columns(byte=np.uint8)
        self._starts = Columns(start=arrays["start"].array.dtype)
        self._starts.restore(arrays)

    def extend(self, strings: Sequence[bytes]) -> None:
        """Append one string a row."""
        begin, told = len(self._mapped) + len(self._held), np.frombuffer(b"".join(strings), np.uint8)
        self._held.extend({"byte": told}, len(told))
        ends = begin + np.cumsum(np.fromiter(map(len, strings), np.int64, len(strings)))
        if len(ends) and ends[-1] > _NARROW >= begin and self._starts.start.dtype == np.uint32:
            wide = Columns(start=np.int64)
            wide.extend({"start": self._starts.start}, len(self._starts))
            self._starts = wide
        self._starts.extend({"start": ends}, len(strings))


class RareHeap:
    """The same of rows of which most have no string: theirs alone are in a heap, each under its number there."""

    def __init__(self) -> None:
        self._numbers = Rare(np.int32, NONE)
        self._filled = Heap()

    def __getitem__(self, row: int) -> bytes:
        number = int(self._numbers[row])
        return b"" if number == NONE else self._filled[number]

    def filled(self, rows: np.ndarray) -> np.ndarray:
        """The places of those rows that have a string."""
        return self._numbers.among(rows)

    def many(self, rows: np.ndarray) -> list[bytes]:
        """The strings of many rows."""
        found, filled = [b""] * len(rows), self.filled(rows)
        for at, string in zip(filled.tolist(), self._filled.many(self._numbers[rows[filled]]), strict=True):
            found[at] = string
        return found

    def extend(self, strings: Sequence[bytes]) -> None:
        """Append one string a row."""
        filled = np.fromiter(map(bool, strings), np.bool_, len(strings))
        begin = len(self._filled)
        self._filled.extend(list(filter(None, strings)))
        self._numbers.extend(np.where(filled, begin - 1 + np.cumsum(filled), NONE), len(strings))

    @property
    def memory(self) -> Memory:
        """Which string a row has, and the strings."""
        return *self._numbers.memory, *self._filled.memory

    def arrays(self) -> dict[str, np.ndarray]:
        """The strings, and whose they are."""
        numbers = {f"numbers.{name}": array for name, array in self._numbers.arrays().items()}
        return {**numbers, "rows": np.array([len(self._numbers)]), **self._filled.arrays()}

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with strings out of files."""
        self._numbers.restore(arrays_of("numbers", arrays), int(arrays["rows"].array[0]))
        self._filled.restore(arrays)


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
