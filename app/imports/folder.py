"""Where uploads lie until they are imported: one file a job, called by its ledger and its id.

While it comes in a file has a name of its own, so that no half of one is ever imported.
"""

from __future__ import annotations

import errno
import os
import time
from hashlib import blake2b
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING, Final

from graph.errors import Full

if TYPE_CHECKING:
    from app.settings import Settings

_PART: Final = ".part"
_STALE_S: Final = 24 * 3600


class Folder:
    """The uploads of one ledger on this machine."""

    def __init__(self, settings: Settings) -> None:
        self.path = settings.uploads_folder
        shown = settings.database_shown.replace("+psycopg", "")  # a new password makes no other ledger
        self._ledger = blake2b(shown.encode(), digest_size=8).hexdigest()

    def file(self, n: int) -> Path:
        """Where the file of a job lies."""
        return self.path / f"{self._ledger}-i{n}"

    def numbers(self) -> list[int]:
        """The jobs whose files lie here."""
        prefix = f"{self._ledger}-i"
        names = [path.name.removeprefix(prefix) for path in self.path.glob(f"{prefix}*")]
        return sorted(int(name) for name in names if name.isdecimal())

    def begin(self) -> Upload:
        """Begin to take in a file; what was begun long ago and never ended is thrown away."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        for part in self.path.glob(f"*{_PART}"):
            if part.stat().st_mtime < time.time() - _STALE_S:
                part.unlink(missing_ok=True)
        return Upload(self.path)


class Upload:
    """A file that is coming in."""

    def __init__(self, folder: Path) -> None:
        handle, name = mkstemp(suffix=_PART, dir=folder)
        self.path = Path(name)
        self.size = 0
        self.digest = blake2b()
        self._file = os.fdopen(handle, "wb")

    def take(self, part: bytes) -> None:
        """Write the next part. Errors: `Full`."""
        try:
            self._file.write(part)
        except OSError as error:
            raise _full(error) from error
        self.size += len(part)
        self.digest.update(part)

    def keep(self) -> None:
        """Make it durable. Errors: `Full`."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise _full(error) from error

    def drop(self) -> None:
        """Throw it away."""
        self._file.close()
        self.path.unlink(missing_ok=True)


def _full(error: OSError) -> Exception:
    return Full() if error.errno in {errno.ENOSPC, errno.EDQUOT} else error
