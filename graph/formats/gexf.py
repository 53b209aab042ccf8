"""GEXF: a directed graph that changes in time, for Gephi; its timeline is valid time."""

from __future__ import annotations

from graph.elements.gexf import gexf
from graph.formats.elements import graph_exporter

EXPORTER = graph_exporter("gexf", "GEXF: nodes and edges in time, for Gephi", "application/gexf+xml", "gexf", gexf)
