"""Files as lines, as often as they are asked for, compressed or not, within bounds.

1. What a file is, its first bytes say, not its name: gzip or plain.
2. A line is cut off where it gets too long; the importer then tells of it.
3. Of a compressed file no more is opened than `MOST` bytes, and no more than `RATIO` times what was read of it: what
   goes beyond is no data, but made to fill the memory or the disk.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from graph.errors import Invalid
from graph.formats.cells import LINE_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

MOST: Final = 2**38
"""The most bytes that a compressed file may unfold to."""
RATIO: Final = 200
"""How many times its size a compressed file may unfold to. Tables of events come to 5 to 30."""
_FREE: Final = 2**24
"""Up to here the ratio is not looked at."""
_GZIP: Final = b"\x1f\x8b"
_BUFFER: Final = 2**18


class FileLines:
    """The lines of one file. `done` is how many of its `size` bytes have been read since it was last begun."""

    def __init__(self, path: Path, *, most: int = MOST) -> None:
        self.path = path
        self.size = path.stat().st_size
        self._most = most
        self._file: IO[bytes] | None = None

    @property
    def done(self) -> int:
        """How many bytes of the file have been read."""
        return 0 if self._file is None or self._file.closed else self._file.tell()

    def __iter__(self) -> Iterator[bytes]:
        """Give the lines with their ends. Raises Invalid if the file is damaged, or a bomb."""
        with self.path.open("rb", buffering=_BUFFER) as file:
            self._file = file
            packed = file.read(len(_GZIP)) == _GZIP
            file.seek(0)
            try:
                yield from _lines(_Unfolding(file, self._most) if packed else file)
            except (OSError, EOFError, zlib.error) as error:
                raise Invalid.parameter("file", f"{self.path.name} is damaged: {error}.") from error


class _Unfolding(gzip.GzipFile):
    """A compressed file, opened as far as it is believable: condition 3."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        super().__init__(fileobj=file)
        self._packed = file
        self._most = most

    def readline(self, size: int | None = -1) -> bytes:
        line = super().readline(size)
        unfolded = self.tell()
        if unfolded > self._most or (unfolded > _FREE and unfolded > RATIO * self._packed.tell()):
            raise Invalid.parameter("file", f"The file unfolds to more than {unfolded:,} bytes: it was cut off there.")
        return line


def _lines(file: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    """Give the lines; of one that is too long the beginning."""
    while line := file.readline(LINE_LENGTH):
        yield line
        while len(line) == LINE_LENGTH and not line.endswith(b"\n"):
            line = file.readline(LINE_LENGTH)
