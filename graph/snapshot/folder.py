"""Tables in a folder of plain files, one for each array, which all processes of a machine map and share.

1. A folder has all rows up to one revision. It is written aside, synced and renamed, and never changed afterwards.
2. A file is longer than its array: behind it is room that takes no space on the disk. It is mapped copy-on-write, so
   rows go on in the very same array, and whatever a process writes there is its own: the files are the shared past, the
   written pages the private rest, and whoever reads sees one array.
3. Its manifest tells of ledger, past (the chain's hash), vocabulary, format and, for each array, of type, length and
   checksum; and seals itself with a checksum of its own. A folder is taken iff the seal, these and the files' sizes
   are right.
4. Bytes are compared with their checksums by `check`, which reads all of them: after opening, beside the work.
"""

from __future__ import annotations

import mmap
import os
import shutil
import zlib
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from graph.snapshot.columns import Mapped, arrays_of
from graph.snapshot.evidence import Evidence
from graph.snapshot.tables import Tables

if TYPE_CHECKING:
    from pathlib import Path

    from graph.snapshot.columns import Part
    from graph.vocabulary import Vocabulary

__all__ = ["Damaged", "check", "open_folder", "write_folder"]

FORMAT: Final = 7
_MANIFEST: Final = "manifest.json"
_SEAL: Final = 32
_ROOM: Final = 1 << 16
"""Items of room behind an array, besides as many as it has."""
_BLOCK: Final = 1 << 18
"""As much is read at a time: what the processor's caches hold, and the allocator does not keep for later."""
_WRITERS: Final = 2
"""Threads that write files: one waits for the disk, while another works out checksums."""


class Damaged(Exception):  # noqa: N818 - read as a sentence, as the rest of the error tree is
    """A folder can't be used; `str()` says why."""


def write_folder(path: Path, tables: Tables, evidence: Evidence) -> None:
    """Write tables that are packed in one level, and that nobody changes meanwhile. O(bytes). Errors: OSError."""
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    aside.mkdir(mode=0o700)
    try:
        arrays = _arrays(tables, evidence)
        with ThreadPoolExecutor(_WRITERS) as writers:
            files = dict(zip(arrays, writers.map(_write, map(aside.joinpath, arrays), arrays.values()), strict=True))
        manifest = {**_known(tables.ledger, tables.vocabulary, tables.chain), "arrays": files, "rest": tables.rest()}
        said = orjson.dumps(manifest)
        _synced(aside / _MANIFEST, _seal(said) + said)
        _sync_names(aside)
        aside.rename(path)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    _sync_names(path.parent)


def open_folder(path: Path, ledger: str, vocabulary: Vocabulary, chain: bytes) -> tuple[Tables, Evidence]:
    """Map a folder. O(merges), whatever the number of actors and relations. Errors: `Damaged`.

    `chain` is the hash that the ledger's chain has at the folder's revision.
    """
    manifest = _manifest(path)
    if (known := _known(ledger, vocabulary, chain)) != {name: manifest.get(name) for name in known}:
        raise Damaged(f"{path} is of another ledger, past, vocabulary or version")
    arrays = {name: _mapped(path / name, *said) for name, said in manifest["arrays"].items()}
    tables = Tables(ledger, vocabulary)
    evidence = Evidence(tables)
    for owner, part in _parts(tables, evidence).items():
        part.restore(arrays_of(owner, arrays))
    tables.restored(manifest["rest"], chain)
    evidence.restored()
    return tables, evidence


def check(path: Path) -> None:
    """Read a folder's bytes and compare them with their checksums. O(bytes). Errors: `Damaged`."""
    block = memoryview(bytearray(_BLOCK))
    for name, (kind, length, checksum) in _manifest(path)["arrays"].items():
        found, left = 0, np.dtype(kind).itemsize * length
        try:
            with (path / name).open("rb", buffering=0) as file:
                while left and (read := file.readinto(block[: min(left, _BLOCK)])):
                    found, left = zlib.crc32(block[:read], found), left - read
        except OSError as error:
            raise Damaged(f"{path / name} can't be read: {error}") from error
        if found != checksum:
            raise Damaged(f"{path / name} is damaged")


def _parts(tables: Tables, evidence: Evidence) -> dict[str, Part]:
    return {**tables.parts(), **evidence.parts()}


def _arrays(tables: Tables, evidence: Evidence) -> dict[str, np.ndarray]:
    return {
        f"{owner}.{name}": array
        for owner, part in _parts(tables, evidence).items()
        for name, array in part.arrays().items()
    }


def _known(ledger: str, vocabulary: Vocabulary, chain: bytes) -> dict[str, Any]:
    return {"format": FORMAT, "ledger": ledger, "chain": chain.hex(), "vocabulary": vocabulary.hash}


def _write(path: Path, array: np.ndarray) -> tuple[str, int, int]:
    data = np.ascontiguousarray(array).view(np.uint8).data if len(array) else memoryview(b"")
    _synced(path, data, _size(array.dtype, len(array)))
    return array.dtype.str, len(array), zlib.crc32(data)


def _size(kind: np.dtype[Any], length: int) -> int:
    return kind.itemsize * (2 * length + _ROOM)


def _mapped(path: Path, kind: str, length: int, _checksum: int) -> Mapped:
    dtype = np.dtype(kind)
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size != _size(dtype, length):
                raise Damaged(f"{path} is cut short")
            return Mapped(np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY), dtype), length)
    except OSError as error:
        raise Damaged(f"{path} can't be read: {error}") from error


def _manifest(path: Path) -> Any:  # noqa: ANN401 - JSON
    try:
        content = (path / _MANIFEST).read_bytes()
    except OSError as error:
        raise Damaged(f"{path} has no manifest: {error}") from error
    if content[:_SEAL] != _seal(content[_SEAL:]):
        raise Damaged(f"{path / _MANIFEST} is damaged")
    return orjson.loads(content[_SEAL:])


def _seal(said: bytes) -> bytes:
    return blake2b(said, digest_size=_SEAL // 2).hexdigest().encode()


def _synced(path: Path, data: bytes | memoryview, size: int | None = None) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        if size is not None:
            os.ftruncate(file.fileno(), size)
        os.fsync(file.fileno())


def _sync_names(folder: Path) -> None:
    names = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(names)
    finally:
        os.close(names)
