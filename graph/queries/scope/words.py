"""What `pages.c` understands of parameters whose values can be counted: each `name=value` with what it means.

What it means is asked of the reference: the bits of marks and outcomes that a filter lets through
(`graph.snapshot.zones`), ranges of types, kinds. Several values of one parameter are united there, several parameters
intersected, as everywhere.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Final, NamedTuple

from graph.queries.scope.ends import DIRECTIONS
from graph.queries.scope.filters import ATTESTED, SIGNS
from graph.snapshot.evidence import STATUSES
from graph.snapshot.find import bits
from graph.vocabulary import KINDS, QUAD_CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.vocabulary import Vocabulary

__all__ = ["dictionary"]

_HEAD: Final = struct.Struct("=2q")
_WORD: Final = struct.Struct("=6q3Qq")
_PARAMETERS: Final = (
    "direction", "class", "sign", "status", "attested", "type", "with_kind", "type_exact", "include",
)  # fmt: skip
_SEVERAL: Final = frozenset(("class", "status", "type", "with_kind", "include"))
_ENTRIES, _TYPES, _KINDS, _EXACTLY, _CLAIMS, _NOTHING = range(1, 7)
"""What a word tells of, as `read.h` numbers it."""
_UNBOUND: Final = frozenset((_CLAIMS, _NOTHING))


class _Word(NamedTuple):
    name: str
    value: str
    of: int
    told: tuple[int, int, int] = (0, 0, 0)
    side: int = 0

    @property
    def spelled(self) -> bytes:
        return f"{self.name}={self.value}".encode()

    def packed(self, begin: int) -> bytes:
        parameter, binds = _PARAMETERS.index(self.name), self.of not in _UNBOUND
        length, several = len(self.spelled), self.name in _SEVERAL
        return _WORD.pack(begin, length, parameter, several, binds, self.of, *self.told, self.side)


@lru_cache(maxsize=16)
def dictionary(name: str, ledger: str, vocabulary: Vocabulary) -> bytes:
    """All words, as `read.h` looks them up, and what the cursors of a question are bound to on a ledger."""
    words = sorted(_words(vocabulary), key=lambda word: word.spelled)
    bound, spelled = f"{name}\0{ledger}".encode(), [word.spelled for word in words]
    begins = accumulate(map(len, spelled), initial=len(bound))
    packed = (word.packed(begin) for word, begin in zip(words, begins, strict=False))
    return b"".join(chain((_HEAD.pack(len(words), len(bound)),), packed, (bound,), spelled))


def _words(vocabulary: Vocabulary) -> Iterator[_Word]:
    """Each word; what is said when nothing is said means nothing more."""
    yield from _filters()
    for value in vocabulary.names:
        ((low, high),) = vocabulary.ranges(value)
        yield _Word("type", value, _TYPES, (low, high, 0))
    for number, value in enumerate(KINDS):
        yield _Word("with_kind", value, _KINDS, (1 << number, 0, 0))
    yield _Word("type_exact", "true", _EXACTLY)
    yield _Word("include", "claims", _CLAIMS)
    for name, value in (("direction", "any"), ("attested", "any"), ("type_exact", "false")):
        yield _Word(name, value, _NOTHING)


def _filters() -> Iterator[_Word]:
    """The words that tell which entries are let through."""
    for value, way in DIRECTIONS.items():
        if way is not None:
            yield _Word("direction", value, _ENTRIES, bits(way, (), None, (), attested=None), way)
    for number, value in enumerate(QUAD_CLASSES):
        yield _Word("class", value, _ENTRIES, bits(None, (number,), None, (), attested=None))
    for value, sign in SIGNS.items():
        yield _Word("sign", value, _ENTRIES, bits(None, (), sign, (), attested=None))
    for number, value in enumerate(STATUSES[1:], 1):
        yield _Word("status", value, _ENTRIES, bits(None, (), None, (number,), attested=None))
    for value, attested in ATTESTED.items():
        if attested is not None:
            yield _Word("attested", value, _ENTRIES, bits(None, (), None, (), attested=attested))
