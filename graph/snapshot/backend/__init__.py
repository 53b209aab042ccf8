"""The folded graph as networkx sees it: graphs over compressed rows, and array code behind networkx's own functions.

`nx.pagerank(folded)` and the like are networkx's public functions. Since a folded graph names this backend in
`__networkx_backend__`, networkx hands the call over to `BACKEND` (the entry point `networkx.backends`), which

1. runs array code where there is some (`measures`, `groups` and `ways` in here);
2. else runs networkx's own code on the very same object, which looks like any graph of networkx's.

networkx's results are the reference that the array code is held to (`tests/test_backend.py`). Importing networkx takes
half a second, so whoever needs a graph imports this package where it does, and not before.
"""

from __future__ import annotations

from graph.snapshot.backend.dispatch import BACKEND
from graph.snapshot.backend.graphs import RowsDiGraph, RowsGraph, directed, undirected

__all__ = ["BACKEND", "RowsDiGraph", "RowsGraph", "directed", "undirected"]
