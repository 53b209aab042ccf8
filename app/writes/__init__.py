"""Writing over HTTP: one table of writes, mounted by one loop, and the batch of many."""

from __future__ import annotations

from app.writes.door import Desk, carry_out
from app.writes.mount import mount
from app.writes.table import WRITES

__all__ = ["WRITES", "Desk", "carry_out", "mount"]
