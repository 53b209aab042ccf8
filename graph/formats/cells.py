"""Cells of a table: what stands in one, made tidy, or why it can't be read. And the lines that hold them.

1. A cell that is empty, or `NA` as a whole, says nothing.
2. White space around a text is dropped and within it is one space, no-break spaces too; letters are in NFC.
3. Lines are UTF-8, with or without a mark at the beginning. Nothing is guessed: a line that is something else is
   rejected, and so are dates whose year has two digits or whose day might be a month.
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from typing import TYPE_CHECKING, Generic, TypeVar

from graph.errors import Invalid
from graph.formats.incoming import Reject
from graph.text import has_control
from graph.time import pack as pack_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graph.formats.incoming import Lines

TEXT_LENGTH, URL_LENGTH = 500, 2000
LINE_LENGTH = 2**23
"""The most bytes of a line: a text of a million letters fits. Whoever reads a file cuts longer ones off there."""
NOTHING = frozenset({"", "NA"})
_REMEMBERED = 32_768
_BOM = b"\xef\xbb\xbf"
_V = TypeVar("_V")


class Unreadable(Exception):  # noqa: N818 - a fact about a cell
    """What can't be read, in which column if it is one column's fault, and why."""

    def __init__(self, column: str | None, reason: str) -> None:
        super().__init__(column, reason)
        self.column = column
        self.reason = reason


class Remembered(dict[str, _V], Generic[_V]):
    """What cells of one column say, read once for each text; it begins anew when it holds very many."""

    def __init__(self, read: Callable[[str], _V]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cell: str) -> _V:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[cell] = value = self._read(cell)
        return value


def text(cell: str, column: str, most: int = TEXT_LENGTH) -> str | None:
    """Read a line of text; None if the cell says nothing. Raises Unreadable."""
    said = " ".join(cell.split())
    if not said.isascii():
        said = unicodedata.normalize("NFC", said)
    if said == cell:
        said = cell  # one text to be remembered, not two
    if said in NOTHING:
        return None
    if len(said) > most:
        raise Unreadable(column, f"It has {len(said)} characters, and {most} are the most.")
    if has_control(said):
        raise Unreadable(column, "It has control characters.")
    return said


def whole(cell: str, column: str) -> int | None:
    """Read a whole number. Raises Unreadable."""
    said = cell.strip()
    if said in NOTHING:
        return None
    if not re.fullmatch(r"[+-]?[0-9]{1,15}", said):
        raise Unreadable(column, f'"{said[:40]}" is not a whole number.')
    return int(said)


def number(cell: str, column: str) -> float | None:
    """Read a number, with a point if it has decimals; a whole one comes as such. Raises Unreadable."""
    said = cell.strip()
    if said in NOTHING:
        return None
    try:
        value = float(said)
    except ValueError:
        raise Unreadable(column, f'"{said[:40]}" is not a number.') from None
    if not math.isfinite(value) or "_" in said:
        raise Unreadable(column, f'"{said[:40]}" is not a number.')
    return int(value) if value.is_integer() else value


def day(cell: str, column: str) -> int | None:
    """Read a date, `2014-01-31`, `2014-01`, `2014` or `20140131`, and pack it. Raises Unreadable."""
    said = cell.strip()
    if said in NOTHING:
        return None
    if re.fullmatch(r"[0-9]{8}", said):
        said = f"{said[:4]}-{said[4:6]}-{said[6:]}"
    if re.fullmatch(r"[0-9]{1,2}[-./][0-9]{1,2}[-./][0-9]{2}", said):
        raise Unreadable(column, f'"{said}" has a year of two digits: write 2014-01-31.')
    if re.fullmatch(r"[0-9]{1,2}[-./][0-9]{1,2}[-./][0-9]{4}", said):
        raise Unreadable(column, f'"{said}" does not say which is the day and which the month: write 2014-01-31.')
    try:
        return pack_date(said)
    except Invalid:
        raise Unreadable(column, f'"{said[:40]}" is not a date: write 2014-01-31, 2014-01 or 2014.') from None


def decoded(lines: Lines) -> Iterator[tuple[int, str | Reject]]:
    """Give each line as text, without its end, and its number; or a reject if it is too long or is not UTF-8."""
    for n, raw in enumerate(lines, start=1):
        if len(raw) >= LINE_LENGTH:
            yield n, Reject(n, None, f"The line is longer than {LINE_LENGTH:,} bytes.")
            continue
        line = raw.removeprefix(_BOM) if n == 1 else raw
        try:
            yield n, line.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            wrong = line[error.start]
            reason = f"Byte {error.start + 1} (0x{wrong:02X}) is not UTF-8; a file in Latin-1 is to be converted first."
            yield n, Reject(n, None, reason)


def cells(lines: Iterator[tuple[int, str | Reject]], delimiter: str) -> Iterator[tuple[int, list[str] | Reject]]:
    """Part lines into cells. Between commas and semicolons a cell may be quoted, and then go over several lines."""
    for n, line in lines:
        if isinstance(line, Reject):
            yield n, line
        elif delimiter == "\t" or '"' not in line:
            if line:
                yield n, line.split(delimiter)
        else:
            yield n, _quoted(n, line, lines, delimiter)


def _quoted(n: int, line: str, more: Iterator[tuple[int, str | Reject]], delimiter: str) -> list[str] | Reject:
    while line.count('"') % 2 and len(line) < LINE_LENGTH:
        _, following = next(more, (0, None))
        if not isinstance(following, str):
            break
        line += "\n" + following
    if line.count('"') % 2:
        return Reject(n, None, "A quotation mark is opened here and not closed.")
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        return Reject(n, None, f"The quotation marks do not fit: {error}.")
