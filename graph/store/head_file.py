"""The newest revision, where every process of the machine sees it without asking the database.

1. Eight bytes, mapped, named after the ledger: beside the file of an SQLite ledger, else in the temporary folder.
2. They are raised under a lock of the file, after COMMIT and before the write is acknowledged, and never lowered.
3. They are a hint: the database decides. Whoever finds no new revision there remembers what the file said, and does not
   ask again before it says something else; a poll notices what a writer that died, or another host, could not tell.
4. Behind them stands a witness: which ledger, its newest revision, and the chain's hash there. It is outside of the
   database so that a ledger which lost its end, and is sound in itself, can be told from one that never had it.
5. A file that tells of another ledger is begun anew. A witness that does not hold together says nothing.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import tempfile
import threading
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL

__all__ = ["HeadFile", "Witness", "path_of", "witness_in"]

_NUMBER = struct.Struct("<Q")
_WITNESS = struct.Struct("<16sQ16s")
_NAME, _SEAL = 16, 8
_SIZE = _NUMBER.size + _WITNESS.size + _SEAL


class Witness(NamedTuple):
    """What was acknowledged on this machine: a revision, and the chain's hash there."""

    revision: int
    chain: bytes


def path_of(url: URL, ledger: str) -> Path:
    """Where the head file of a ledger is."""
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(f"{url.database}-head")
    return Path(tempfile.gettempdir()) / f"entente-{os.getuid()}-{ledger}-head"


def witness_in(path: Path, ledger: str) -> Witness | None:
    """Read what a head file witnesses of a ledger; None if there is none. Makes no file."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            return _witness(file.read(_SIZE), ledger)
    except FileNotFoundError:
        return None


class HeadFile:
    """The head of one ledger on this machine. Errors: OSError where its folder can't be written."""

    def __init__(self, path: Path, ledger: str) -> None:
        self._ledger = ledger
        self._thread = threading.Lock()  # threads share the file's lock, so it parts only processes
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with self._locked():
            if os.fstat(self._file).st_size < _SIZE:
                os.ftruncate(self._file, _SIZE)
            self._bytes = mmap.mmap(self._file, _SIZE)
            named = slice(_NUMBER.size, _NUMBER.size + _NAME)
            if self._bytes[named] != _name(ledger):
                self._bytes[:] = bytes(_SIZE)
                self._bytes[named] = _name(ledger)

    @classmethod
    def of(cls, url: URL, ledger: str) -> HeadFile:
        """The head file of a ledger."""
        return cls(path_of(url, ledger), ledger)

    def read(self) -> int:
        """The number in the file."""
        number: int = _NUMBER.unpack_from(self._bytes)[0]
        return number

    def raise_to(self, revision: int, chain: bytes | None = None) -> None:
        """Raise the number, unless another process has raised it further; with the chain's hash, bear witness too."""
        with self._locked():
            if chain is not None:
                self._bear_witness(Witness(revision, chain))
            if revision > self.read():
                _NUMBER.pack_into(self._bytes, 0, revision)

    def close(self) -> None:
        """Let go of the file."""
        self._bytes.close()
        os.close(self._file)

    def _bear_witness(self, new: Witness) -> None:
        known = _witness(self._bytes[:], self._ledger)
        if known is None or new.revision > known.revision:
            packed = _WITNESS.pack(_name(self._ledger), *new)
            self._bytes[_NUMBER.size :] = packed + _seal(packed)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._thread:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)


def _witness(content: bytes, ledger: str) -> Witness | None:
    packed = content[_NUMBER.size : _NUMBER.size + _WITNESS.size]
    if len(content) < _SIZE or content[-_SEAL:] != _seal(packed):
        return None
    name, revision, chain = _WITNESS.unpack(packed)
    return Witness(revision, chain) if name == _name(ledger) else None


def _name(ledger: str) -> bytes:
    return blake2b(ledger.encode(), digest_size=_NAME).digest()


def _seal(packed: bytes) -> bytes:
    return blake2b(packed, digest_size=_SEAL).digest()
