"""Growing columns: the ledger's rows in memory, one numpy array a field.

Row `i` of a table is the ledger's row `n = i + 1`. Rows are appended and never moved; of what is there only `ended` is
ever set, once, from `OPEN` to a revision. Both facts together make sharing safe: whoever reads at revision `k` ignores
rows written after `k` and ends set after `k`, so a reader in the past or in another thread needs no copy and no lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import DTypeLike

__all__ = ["Columns", "Mapped", "Part"]


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
