"""What an import comes to."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Final

COUNTED: Final = ("relations", "claims", "actors", "documents")
"""What is new in the ledger is counted by kind."""


@dataclass(slots=True)
class Counts:
    """What became of the lines so far, and what was new in the ledger."""

    lines: int = 0
    added: int = 0
    known: int = 0
    rejected: int = 0
    relations: int = 0
    claims: int = 0
    actors: int = 0
    documents: int = 0
    revision: int = 0
    left_out: dict[str, int] = field(default_factory=dict)

    def plus(self, other: Counts) -> Counts:
        """Both together, at the later revision."""
        left_out = {what: self.left_out.get(what, 0) + n for what, n in other.left_out.items()}
        summed = {each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)[:8]}
        return Counts(**summed, revision=max(self.revision, other.revision), left_out={**self.left_out, **left_out})

    def again(self, now: Counts) -> Counts:
        """What an import comes to that is begun again: what is known now and was added before counts as added."""
        new = {name: getattr(self, name) + getattr(now, name) for name in ("added", *COUNTED)}
        known = max(0, now.known - self.added)
        return Counts(now.lines, known=known, rejected=now.rejected, **new, left_out=now.left_out)
