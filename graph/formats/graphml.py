"""GraphML: a directed multigraph for igraph, yEd, Gephi, NetworkX and others."""

from __future__ import annotations

from graph.elements.graphml import graphml
from graph.formats.elements import graph_exporter

EXPORTER = graph_exporter(
    "graphml", "GraphML: nodes and edges for network programs", "application/graphml+xml", "graphml", graphml
)
