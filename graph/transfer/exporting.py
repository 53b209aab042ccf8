"""Filters meet a format: what is visible at one revision goes out, a part at a time, whatever is written meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from graph import formats
from graph.errors import Invalid
from graph.formats.outgoing import Selection
from graph.queries.scope.ends import EndFilters
from graph.text import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.formats import Exporter
    from graph.queries import Ledger
    from graph.snapshot import Snapshot

__all__ = ["Export"]

_NO_FILTERS = ("format", "known_at")


class Export(EndFilters):
    """The relations that match, with whatever a format can carry of them, as one file.

    The filters and both clocks are those of `/relations`. Relations come in the order in which they were recorded. A
    file is of one revision from its first byte to its last, whatever is written meanwhile. `X-Loss-Report` says what
    the format can't carry.
    """

    name: ClassVar[str] = "export_relations"
    path: ClassVar[str] = "/exports/{format}"
    summary: ClassVar[str] = "Relations as a file"
    tag: ClassVar[str] = "exports"

    format: str = Field(description="What the file is.", json_schema_extra={"examples": ["csv"]})

    @property
    def exporter(self) -> Exporter:
        """The format. Errors: `Invalid` if there is none of that name."""
        return exporter(self.format)

    def select(self, snapshot: Snapshot, ledger: Ledger) -> Selection:
        """What is to be written. Errors: `Invalid`, naming the parameter that names nothing."""
        view = snapshot.view(self.moment(snapshot).revision)
        everything = not self.model_fields_set.difference(_NO_FILTERS)
        return Selection(view, self.wanted(view), self.sight(view), texts=ledger.document_text, everything=everything)

    def parts(self, snapshot: Snapshot, ledger: Ledger) -> Iterator[bytes]:
        """The file, a part at a time: each some milliseconds of work. Errors: as `select`, before the first part."""
        return self.exporter.write(self.select(snapshot, ledger))


def exporter(name: str) -> Exporter:
    """The format of a name. Errors: `Invalid`, with the name that was probably meant."""
    known = formats.exporters()
    if name not in known:
        near = nearest(name, known)
        hint = f'Was "{near}" meant?' if near else f"There are: {', '.join(known)}."
        raise Invalid.parameter("format", f'There is no format "{name}". {hint}')
    return known[name]
