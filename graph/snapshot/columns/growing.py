"""Growing columns: the ledger's rows in memory, one numpy array a field, or what few rows say, if most say the same.

Row `i` of a table is the ledger's row `n = i + 1`. Rows are appended and never moved; of what is there only `ended` is
ever set, once, from `OPEN` to a revision. Both facts together make sharing safe: whoever reads at revision `k` ignores
rows written after `k` and ends set after `k`, so a reader in the past or in another thread needs no copy and no lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import numpy as np

from graph.snapshot.columns.values import among, placed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import DTypeLike

    from graph.snapshot.columns.memory import Memory

__all__ = ["Columns", "Mapped", "Part", "Rare"]

_NOWHERE: Final = np.empty(0, np.intp)
_FEW: Final = 4_096
_SHARE: Final = 8
"""A rare column is held in full from so many other values on, if they are one in so many rows."""


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

    Appending costs amortised O(rows added). An array handed out earlier keeps its length and its rows. A `Rare` column
    is no array, but is looked up like one.
    """

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> np.ndarray: ...

    def __init__(self, **columns: DTypeLike | Rare) -> None:
        self._size = 0
        self._rare = {name: column for name, column in columns.items() if isinstance(column, Rare)}
        self._arrays = {name: np.empty(0, dtype) for name, dtype in columns.items() if not isinstance(dtype, Rare)}
        self.__dict__.update(self._rare)
        self._resize(0)

    def __len__(self) -> int:
        return self._size

    def _resize(self, size: int) -> None:
        """Show so many rows. All columns are exchanged in one step, so that no reader meets some longer than others."""
        self.__dict__.update({name: array[:size] for name, array in self._arrays.items()}, _size=size)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that are arrays, in the order they were declared."""
        return tuple(self._arrays)

    def arrays(self) -> dict[str, np.ndarray]:
        """The columns."""
        rare = {f"{name}.{part}": array for name, rare in self._rare.items() for part, array in rare.arrays().items()}
        return {name: array[: self._size] for name, array in self._arrays.items()} | rare

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with columns out of files, and with the room that they have there."""
        self._arrays = {name: arrays[name].array for name in self._arrays}
        self._resize(arrays[next(iter(self._arrays))].length)
        for name, rare in self._rare.items():
            rare.restore(arrays_of(name, arrays), self._size)

    def extend(self, values: Mapping[str, Sequence[Any] | np.ndarray], rows: int) -> None:
        """Append rows; `values` has every column. They are shown last, so that no reader sees half a row."""
        end = self._size + rows
        for name, rare in self._rare.items():
            rare.extend(values[name], rows)
        for name, array in self._arrays.items():
            if end > len(array):
                grown = np.empty(max(end, 2 * len(array), 64), array.dtype)
                grown[: self._size] = array[: self._size]
                self._arrays[name] = grown
            self._arrays[name][self._size : end] = values[name]
        self._resize(end)


class Rare:
    """A column in which most rows say the `usual`: one value, or each its own number.

    What others say is kept by row, ascending; where there are very many of these, what every row says. It is looked up
    like an array: by a row, a stretch, rows or a mask. O(1) a row, or O(log n) if n others say something else.
    """

    def __init__(self, dtype: DTypeLike, usual: float | None = None) -> None:
        self._dtype, self._usual = np.dtype(dtype), usual
        self._others = Columns(row=np.int32, value=dtype)
        self._full: Columns | None = None
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, rows: Any) -> Any:  # noqa: ANN401 - what numpy takes and gives
        if (full := self._full) is not None:
            return full.value[rows]
        if not isinstance(rows, np.ndarray):
            if not isinstance(rows, slice):
                return self[np.array([rows])][0]
            rows = np.arange(*rows.indices(self._size))
        elif rows.dtype.kind == "b":
            rows = rows.nonzero()[0]
        said: np.ndarray = rows if self._usual is None else np.full(len(rows), self._usual, self._dtype)
        at = self.among(rows)
        if not len(at):
            return said
        others, values = self._others.row, self._others.value
        found = said.astype(np.int64) if self._usual is None else said
        found[at] = values[placed(others, rows[at])]
        return found

    def among(self, rows: np.ndarray) -> np.ndarray:
        """The places of those rows that say something else."""
        if self._full is not None:
            return self._unusual(self._full.value[rows], rows)
        others = self._others.row
        return among(rows, others).nonzero()[0] if len(others) else _NOWHERE

    @property
    def memory(self) -> Memory:
        """Whether values have one byte, what every row says, or else the rows that say something else and what."""
        full, others = None if self._full is None else self._full.value, self._others
        return int(self._dtype.itemsize == 1), full, others.row, others.value, len(others.row)

    @property
    def others(self) -> np.ndarray:
        """The rows that say something else, ascending. O(rows that do), or O(rows) if they are very many."""
        return self._others.row if self._full is None else self._unusual(self._full.value, np.arange(self._size))

    def extend(self, values: Sequence[Any] | np.ndarray, rows: int) -> None:
        """Append what rows say."""
        values = np.asarray(values, self._dtype)
        if self._full is not None:
            self._full.extend({"value": values}, rows)
        else:
            at = self._unusual(values, np.arange(self._size, self._size + rows))
            self._others.extend({"row": at + self._size, "value": values[at]}, len(at))
        self._size += rows
        if self._full is None and self._are_many(len(self._others)):
            self._full = _of_values(self[: self._size].astype(self._dtype))

    def arrays(self) -> dict[str, np.ndarray]:
        """What others say, or, if they are very many, what every row says."""
        if self._full is None:
            return self._others.arrays()
        others = self.others
        if self._are_many(len(others)):
            return {"full": self._full.value}
        return {"row": others.astype(np.int32), "value": self._full.value[others]}

    def restore(self, arrays: Mapping[str, Mapped], size: int) -> None:
        """Begin with so many rows, and what they say, out of files."""
        self._size, self._full = size, None
        if "full" in arrays:
            self._full = Columns(value=self._dtype)
            self._full.restore({"value": arrays["full"]})
        else:
            self._others.restore(arrays)

    def _are_many(self, others: int) -> bool:
        return others > max(_FEW, self._size // _SHARE)

    def _unusual(self, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
        usual = rows if self._usual is None else self._usual
        unusual: np.ndarray = np.flatnonzero((values != usual) & ((values == values) | (usual == usual)))  # noqa: PLR0124 - one nan is like another
        return unusual


def _of_values(values: np.ndarray) -> Columns:
    column = Columns(value=values.dtype)
    column.extend({"value": values}, len(values))
    return column


def arrays_of(owner: str, arrays: Mapping[str, Mapped]) -> dict[str, Mapped]:
    """What of arrays is a part's own: those with its name before theirs."""
    own = f"{owner}."
    return {name.removeprefix(own): array for name, array in arrays.items() if name.startswith(own)}
