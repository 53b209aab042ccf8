"""Who answers the same questions: the limits, and other ways to store and ask the same relations, one file each.

A peer is a module with what `Peer` asks for. It keeps what it needs in a folder, is filled from what our service itself
answers, and is served by the same server as all others: `python -m bench.peers NAME FOLDER`.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from starlette.types import ASGIApp

    from bench.asks import Ask, Item

RAW: Final = "raw"
LIMITS: Final = (RAW, "floor")
"""Constant bytes of the same size: what no answer can be cheaper than."""
PEERS: Final = ("sql", "orm", "datasette", "cypher", "sparql")
"""Those that answer."""


class Filling(Protocol):
    """Fills a peer's folder."""

    def add(self, items: Sequence[Item]) -> None:
        """Take in relations, each with its claims, as our service shows them."""

    def close(self) -> None:
        """Index and write down what was taken in."""


class Peer(Protocol):
    """One way to answer; the module's docstring says what it is, and what it cannot do that our service does."""

    LABEL: str
    NEEDS: str | None
    """A package that only the benchmarks install."""
    GOAL: float
    """How many times the processor's time of our answers it is to take, at least."""
    FILLED: str | None
    """The peer whose folder it reads: its own name, another's, or None if it holds nothing."""

    def filling(self, folder: Path) -> Filling:
        """Begin to fill an empty folder."""

    def app(self, folder: Path) -> ASGIApp:
        """The application that answers from a folder."""

    def path(self, ask: Ask, size: int) -> str:
        """How it is asked; `size` is what our answers to such questions take, in bytes, on average."""

    def items(self, body: bytes) -> list[Any] | None:
        """The relations in an answer; None if it is no answer, but constant bytes."""


def peer(name: str) -> Peer:
    """A peer by its name. Errors: `LookupError` with a sentence if its package is not installed."""
    module = f"{__name__}.{name}"
    try:
        return cast("Peer", importlib.import_module(module))
    except ModuleNotFoundError as missing:
        if missing.name == module:
            raise
        raise LookupError(f"{name} is left out: the package {missing.name} is not installed.") from missing
