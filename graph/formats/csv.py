"""A table, a row a relation, for spreadsheets and data frames: RFC 4180 in UTF-8, and `entente import events` reads it.

What claims come to stands in columns of its own; the claims themselves are left out, so that counting rows counts
relations. A cell of text that a spreadsheet would take for a formula, because it begins with one of `= + - @`, or with
a tab or a line end, gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from graph.formats.outgoing import Exporter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from graph.formats.outgoing import Selection, Told

COLUMNS: Final = (
    "id", "start", "end", "end_status", "source", "type", "cameo", "target", "class", "sign", "intensity", "source_id",
    "source_kind", "target_id", "target_kind", "attributes", "about", "about_as", "status", "attested", "confidence",
    "affirms", "denies", "doubts", "publishers", "version", "recorded_at",
)  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - full-width signs count too


def write(selection: Selection) -> Iterator[bytes]:
    """Write the header, then a row a relation."""
    yield _lines([COLUMNS])
    for block in selection.told():
        yield _lines(map(_row, block))


def _row(told: Told) -> tuple[object, ...]:
    type_ = told.type
    return (
        told.id, told.start, told.end, told.end_status, guarded(told.source.name), type_.id, type_.codes.cameo,
        guarded(told.target.name), type_.quad_class, type_.sign, type_.intensity, told.source.id, told.source.kind,
        told.target.id, told.target.kind, told.attributes.decode(), told.about, told.about_as, told.status,
        "true" if told.attested else "false", told.confidence, told.affirms, told.denies, told.doubts, told.publishers,
        told.version, told.recorded_at,
    )  # fmt: skip


@lru_cache(maxsize=100_000)
def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    table = io.StringIO()
    csv.writer(table).writerows(rows)
    return table.getvalue().encode()


EXPORTER = Exporter(
    "csv",
    "a table with a row a relation, for spreadsheets and data frames",
    "text/csv; charset=utf-8; header=present",
    "csv",
    write,
    leaves_out=("claims", "documents", "datasets", "merges", "names", "identifiers", "description", "retracted_at"),
    alters=("source.name", "target.name"),
)
