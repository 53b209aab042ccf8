"""The main query in C, if that was compiled (`pages.c`): what `graph.snapshot.find` and `graph.snapshot.item` ask."""

from graph.snapshot.native.basis import Basis, basis
from graph.snapshot.native.library import ELSEWHERE, LOOSE, MOMENT, NARROW, RUNS, STALE, loaded

__all__ = ["ELSEWHERE", "LOOSE", "MOMENT", "NARROW", "RUNS", "STALE", "Basis", "basis", "loaded"]
