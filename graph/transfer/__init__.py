"""Formats meet the ledger here: statements go in, records come out."""

from __future__ import annotations

from graph.transfer.load import Loaded, apply, load

__all__ = ["Loaded", "apply", "load"]
