"""The names of actors (`graph.search`) as arrays that files can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from graph.search import Indexed, NameIndex, Spelled
from graph.snapshot.columns import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from graph.snapshot.columns import Mapped

__all__ = ["Names"]

_TEXTS: Final = ("folded", "values", "words")


class Names:
    """An index that is exchanged for another one when names come or end: whoever has taken it may go on with it."""

    def __init__(self) -> None:
        self.index = NameIndex()

    def arrays(self) -> dict[str, np.ndarray]:
        """All names, sorted and indexed. O(n log n) if any came since they were restored."""
        spelled, indexed = self.index.whole()
        columns = spelled._asdict() | indexed._asdict()
        texts = {name: Texts(columns.pop(name)).arrays() for name in _TEXTS}
        return columns | {f"{name}.{part}": array for name in _TEXTS for part, array in texts[name].items()}

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with names out of files."""
        columns: dict[str, Any] = {name: array.filled for name, array in arrays.items()}
        for name in _TEXTS:
            columns[name] = Texts()
            columns[name].restore({part: arrays[f"{name}.{part}"] for part in columns[name].arrays()})
        spelled, indexed = ({name: columns[name] for name in kind._fields} for kind in (Spelled, Indexed))
        self.index = NameIndex.of(Spelled(**spelled), Indexed(**indexed))
