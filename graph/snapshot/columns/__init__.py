"""The ledger's rows in memory: numpy arrays, and the bytes that only readers see."""

from graph.snapshot.columns.growing import Columns, Mapped, Part, Rare, arrays_of
from graph.snapshot.columns.heaps import Heap, RareHeap, Texts
from graph.snapshot.columns.lists import Lists
from graph.snapshot.columns.memory import Memory, address, packed
from graph.snapshot.columns.values import NO_ROWS, NONE, OPEN, among, any_of, distinct, ranks

__all__ = [
    "NONE", "NO_ROWS", "OPEN", "Columns", "Heap", "Lists", "Mapped", "Memory", "Part", "Rare", "RareHeap", "Texts",
    "address", "among", "any_of", "arrays_of", "distinct", "packed", "ranks",
]  # fmt: skip
