"""The names of actors, in memory: to be found as they are typed, and marked where they stand in a text."""

from __future__ import annotations

from graph.search.index import NameIndex
from graph.search.marks import highlight
from graph.search.part import STANDING, Hit, Indexed, Name, Spelled

__all__ = ["STANDING", "Hit", "Indexed", "Name", "NameIndex", "Spelled", "highlight"]
