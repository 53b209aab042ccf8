"""Who answers the same questions: the limits, and other ways to store and ask the same relations, one file each.

A peer is a module with what `Peer` asks for, a limit one with what `Limit` does. Peers keep what they need in a folder
that is filled from what our service itself answers, and all are served by the same server as it is:
`python -m bench.peers NAME FOLDER`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from starlette.types import ASGIApp

    from bench.asks import Ask, Item

RAW: Final = "raw"
LIMITS: Final = (RAW, "floor")
"""Constant bytes of the same size: what no answer can be cheaper than."""
PEERS: Final = {"sparql": "sparql", "cypher": "cypher", "sql": "sql", "orm": "sql", "datasette": "sql"}
"""Those that answer, each with the one whose folder it reads; whose takes longest to fill comes first."""
MOST: Final = {"sparql": 1_000_000}
"""Relations beyond which a folder is not filled in minutes."""


class Filling(Protocol):
    """Fills a peer's folder."""

    def add(self, items: Sequence[Item]) -> None:
        """Take in relations, each with its claims, as our service shows them."""

    def close(self) -> None:
        """Index and write down what was taken in."""


class Limit(Protocol):
    """One way to send bytes; the docstring of the module says which."""

    LABEL: str

    def app(self, folder: Path) -> ASGIApp:
        """The application, which reads a folder if it holds anything."""

    def path(self, ask: Ask, size: int) -> str:
        """How it is asked; `size` is what our answers to such questions take, in bytes, on average."""


class Peer(Limit, Protocol):
    """One way to answer; the module's docstring says what it is, and what it cannot do that our service does."""

    def items(self, body: bytes) -> list[Any]:
        """The relations in an answer."""


class Holder(Protocol):
    """A module that keeps relations in a folder."""

    def filling(self, folder: Path) -> Filling:
        """Begin to fill an empty folder."""


def limit(name: str) -> Limit:
    """A limit or a peer by its name. Errors: `LookupError` with a sentence if its package is not installed."""
    module = f"{__name__}.{name}"
    try:
        return cast("Limit", importlib.import_module(module))
    except ModuleNotFoundError as missing:
        if missing.name == module:
            raise
        raise LookupError(f"{name} is left out: the package {missing.name} is not installed.") from missing


def able(names: Iterable[str], count: int) -> list[str]:
    """The peers that are installed and can hold so much; of the others it is printed why they are left out."""
    found = []
    for name in names:
        try:
            label = peer(name).LABEL
        except LookupError as missing:
            print(missing)
            continue
        if count > MOST.get(name, count):
            print(f"{label} is left out: to fill it with more than {MOST[name]:,} relations takes very long.")
            continue
        found.append(name)
    return found


def peer(name: str) -> Peer:
    """A peer by its name. Errors: as `limit`."""
    return cast("Peer", limit(name))


def filling(name: str, folder: Path) -> Filling:
    """Begin to fill the empty folder that peers read. Errors: as `limit`."""
    return cast("Holder", limit(name)).filling(folder)
