"""Cytoscape's JSON of elements, as NetworkX reads it too."""

from __future__ import annotations

from graph.elements.cytoscape import cytoscape
from graph.formats.elements import graph_exporter

EXPORTER = graph_exporter(
    "cytoscape",
    "JSON of elements for Cytoscape and Cytoscape.js",
    "application/vnd.cytoscapejs+json",
    "cytoscape.json",
    cytoscape,
)
