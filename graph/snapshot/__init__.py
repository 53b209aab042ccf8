"""The visible graph in memory: columns, evidence, the rule of visibility, roll-up, pages, items."""

from __future__ import annotations

from graph.snapshot.snapshot import Snapshot
from graph.snapshot.view import View

__all__ = ["Snapshot", "View"]
