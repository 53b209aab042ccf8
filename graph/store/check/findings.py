"""What a check found, in sentences: as many as a person reads."""

from __future__ import annotations

from typing import Final

MOST: Final = 1000


class Findings:
    """The damage told so far."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._more = 0

    def tell(self, sentence: str) -> None:
        """Tell of one damage."""
        if len(self._told) < MOST:
            self._told.append(sentence)
        else:
            self._more += 1

    def all(self) -> list[str]:
        """List what was told, and how much was left out."""
        return self._told + ([f"There is more: {self._more} findings are not listed."] if self._more else [])
