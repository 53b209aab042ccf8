"""Filters meet a format: what is visible at one revision goes out, a part at a time, whatever is written meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import Field, model_validator

from graph import formats
from graph.errors import Invalid
from graph.formats import log
from graph.formats.outgoing import Selection, joined
from graph.queries.scope.ends import EndFilters
from graph.text import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.formats import Exporter
    from graph.queries import Ledger
    from graph.snapshot import Snapshot

__all__ = ["Export"]

_NO_FILTERS = ("format", "known_at", "history")


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

    history: bool = Field(
        default=False,
        description="The whole log instead of what is visible: every version of everything, with who wrote it when and "
        "why. Only as `ndjson` and without filters; `known_at` says up to where.",
    )

    @model_validator(mode="after")
    def _a_log_is_whole(self) -> Self:
        if self.history and (self.format != log.FORMAT or self.model_fields_set.difference(_NO_FILTERS)):
            told = f"is the whole log, as {log.FORMAT} and without filters; only known_at may say up to where."
            raise Invalid.parameter("history", told)
        return self

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
        if self.history:
            return joined(log.written(ledger.log(self.moment(snapshot).revision)))
        return self.exporter.write(self.select(snapshot, ledger))

    @property
    def loss(self) -> bytes:
        """The loss report: a log loses nothing. Errors: as `exporter`."""
        return replace(self.exporter, leaves_out=(), alters=()).loss if self.history else self.exporter.loss


def exporter(name: str) -> Exporter:
    """The format of a name. Errors: `Invalid`, with the name that was probably meant."""
    known = formats.exporters()
    if name not in known:
        near = nearest(name, known)
        hint = f'Was "{near}" meant?' if near else f"There are: {', '.join(known)}."
        raise Invalid.parameter("format", f'There is no format "{name}". {hint}')
    return known[name]
