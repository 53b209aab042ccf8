"""Bytes and texts by row, one after another: what readers see beyond the columns, and what names are ordered by."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np

from graph.snapshot.columns.growing import Columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from graph.snapshot.columns.growing import Mapped

__all__ = ["Heap", "Texts"]

_END: Final = "\0"


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
