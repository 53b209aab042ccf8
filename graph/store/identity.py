"""What makes two relations, or two claims, the same; and the ids that are derived from it.

1. A relation's key is its type, its source and target as written (sorted if the type is symmetric), what it is about,
   its attributes, and its date: an event's start and end, a state's start alone.
2. A relation's id is derived from the key of its first version: 20 bits of its first day (the start's, else an event's
   end's) and 60 bits of a hash, in 16 letters. So ids sort by date, and an import in the order of dates appends to the
   index.
3. Two claims on one relation are the same iff stance, claimant, document, dataset, record and `quote.exact` are.
4. A claim's id is its relation's, a dot, and 8 letters that are derived from those six.

Should two keys ever hash to the same letters, the later one takes the letters of the next `salt`.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graph.text import canonical
from graph.time import first_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from graph.vocabulary import Type

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_ALPHABET = np.frombuffer(_LETTERS.encode(), np.uint8)
_BITS = 5
_DAY_LETTERS, _HASH_LETTERS, _TAG_LETTERS = 4, 12, 8
_LAST_DAY = 2 ** (_DAY_LETTERS * _BITS) - 1


class Key(NamedTuple):
    """A relation's key, its ends by id."""

    type: str
    source: str
    target: str
    about: tuple[str, str] | None
    attributes: str | None
    start: int | None
    end: int | None

    @classmethod
    def of(cls, type_: Type, ends: tuple[str, str], about: tuple[str, str] | None, stated: Stated) -> Key:
        """Put a key together: condition 1."""
        source, target = sorted(ends) if type_.symmetric else ends
        end = stated.end if type_.temporality == "event" else None
        return cls(type_.id, source, target, about, stated.attributes, stated.start, end)


class Stated(NamedTuple):
    """What an amendment of a relation may change."""

    start: int | None
    end: int | None
    end_status: str
    attributes: str | None


class Sameness(NamedTuple):
    """What makes two claims on one relation the same, everything by id."""

    stance: str
    claimant: str | None
    document: str | None
    dataset: str | None
    record: str | None
    exact: str | None


def relation_ids(key: Key) -> Iterator[str]:
    """List the ids that a key may have, the derived one first."""
    dated = key.start if key.start is not None else key.end
    day = 0 if dated is None else min(first_day(dated), _LAST_DAY)
    for salt in range(2**16):
        yield _letters(day, _DAY_LETTERS) + _letters(_hashed(key, salt, _HASH_LETTERS), _HASH_LETTERS)


def tags(same: Sameness) -> Iterator[str]:
    """List the tags that a claim may have, the derived one first."""
    for salt in range(2**16):
        yield _letters(_hashed(same, salt, _TAG_LETTERS), _TAG_LETTERS)


def many_relation_ids(keys: Iterable[bytes], days: Sequence[int]) -> list[str]:
    """Give the first id of each key, by its canonical JSON and the first day of its date (0 if it is undated)."""
    dated = _spelled(np.minimum(np.array(days, np.uint64), np.uint64(_LAST_DAY)), _DAY_LETTERS)
    return [day + letters for day, letters in zip(dated, _many_hashed(keys, _HASH_LETTERS), strict=True)]


def many_tags(same: Iterable[bytes]) -> list[str]:
    """Give the first tag of each claim, by the canonical JSON of what makes it the same."""
    return _many_hashed(same, _TAG_LETTERS)


def _many_hashed(said: Iterable[bytes], letters: int) -> list[str]:
    digests = b"".join([blake2b(each, digest_size=8).digest() for each in said])
    return _spelled(np.frombuffer(digests, ">u8").astype(np.uint64) >> np.uint64(64 - letters * _BITS), letters)


def _spelled(numbers: np.ndarray, count: int) -> list[str]:
    shifts = np.arange((count - 1) * _BITS, -1, -_BITS, dtype=np.uint64)
    letters = _ALPHABET[numbers[:, None] >> shifts & np.uint64(31)].tobytes().decode()
    return [letters[i : i + count] for i in range(0, len(letters), count)]


def _hashed(said: tuple[object, ...], salt: int, letters: int) -> int:
    digest = blake2b(canonical([*said, salt] if salt else list(said)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> (64 - letters * _BITS)


def _letters(number: int, count: int) -> str:
    return "".join(_LETTERS[number >> shift & 31] for shift in range((count - 1) * _BITS, -1, -_BITS))
