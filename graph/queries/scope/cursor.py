"""Where the next page of a list begins, as a token that only its own list takes."""

from __future__ import annotations

import base64
import binascii
import math
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import orjson
from pydantic import TypeAdapter

from graph.errors import BadCursor

__all__ = ["Cursor"]

_NO_CURSOR = "This is no cursor of this service; start again without it."
_PLACE: TypeAdapter[tuple[float | str | None, str]] = TypeAdapter(tuple[float | str | None, str])


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page begins: after `(key, id)` in the order of one question at one revision.

    On the wire: URL-safe base64 of the question's fingerprint, the revision, the day `today` was, and as JSON the sort
    key (null sorts last) and the id. It holds no position, so that nothing written later moves it.
    """

    fingerprint: bytes
    revision: int
    today: int
    key: float | str
    id: str

    _HEAD: ClassVar[struct.Struct] = struct.Struct(">8sQI")

    @property
    def number(self) -> float:
        """The key of a list that is ordered by numbers. Errors: `BadCursor`."""
        if isinstance(self.key, str):
            raise BadCursor(_NO_CURSOR)
        return self.key

    def encode(self) -> str:
        """The token that a client sends back."""
        head = self._HEAD.pack(self.fingerprint, self.revision, self.today)
        place = [None if self.key == math.inf else self.key, self.id]
        return base64.urlsafe_b64encode(head + orjson.dumps(place)).rstrip(b"=").decode()

    @classmethod
    @lru_cache(maxsize=1024)
    def decode(cls, token: str) -> Cursor:
        """The cursor in a token. Errors: `BadCursor`."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            fingerprint, revision, today = cls._HEAD.unpack_from(raw)
            place = _PLACE.validate_json(raw[cls._HEAD.size :])
        except (binascii.Error, struct.error, ValueError) as wrong:
            raise BadCursor(_NO_CURSOR) from wrong
        cursor = cls(fingerprint, revision, today, math.inf if place[0] is None else place[0], place[1])
        if cursor.encode() != token:
            raise BadCursor(_NO_CURSOR)
        return cursor
