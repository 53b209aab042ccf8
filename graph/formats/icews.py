"""ICEWS coded event data, the 20 columns as published: a table of events whose columns have names of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.formats import events
from graph.formats.incoming import Importer, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.formats.incoming import Item, Lines

COLUMNS = (
    "Event ID",
    "Event Date",
    "Source Name",
    "Source Sectors",
    "Source Country",
    "Event Text",
    "CAMEO Code",
    "Intensity",
    "Target Name",
    "Target Sectors",
    "Target Country",
    "Story ID",
    "Sentence Number",
    "Publisher",
    "City",
    "District",
    "Province",
    "Country",
    "Latitude",
    "Longitude",
)


def read(lines: Lines) -> Iterator[Item]:
    """Read a file; a header that is not that of ICEWS is told, and then nothing is read."""
    first = next(iter(lines), b"").removeprefix(b"\xef\xbb\xbf").decode(errors="replace")
    named = tuple(name.strip() for name in first.rstrip("\r\n").split("\t"))
    missing = [name for name in COLUMNS if name not in named]
    if missing:
        told = f"These columns of ICEWS are missing from the header: {', '.join(missing)}."
        yield Reject(1, missing[0], told)
        return
    yield from events.read(lines)


IMPORTER = Importer(
    "icews",
    "ICEWS coded event data, 20 columns as published",
    read,
    dataset="icews",
    title="Integrated Crisis Early Warning System (ICEWS) coded event data",
    coder="BBN ACCENT",
)
