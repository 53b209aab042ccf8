"""Write once, however often it is asked for: what a write came to is kept, and told again.

1. An idempotency key is its contributor's own. The result is kept in the transaction that it tells of, also if that
   wrote nothing: either both are there, or neither is.
2. It is looked for under the ledger's lock, so a twin that runs at the same time waits, and then is told the result.
3. The same key with another request is refused.
4. A result is kept for 24 hours, in the order in which it tells things: the answer is the same to the byte. A refusal
   is not kept: what was refused may be sent again, corrected, with its key.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from sqlalchemy import delete, insert, select

from graph.errors import Invalid
from graph.store.transaction import KEPT_RESULT
from graph.time import now_us

if TYPE_CHECKING:
    from graph.store.transaction import Transaction

KEPT_US: Final = 24 * 3600 * 1_000_000
KEY_LENGTH: Final = 255
_PARAMETER = "Idempotency-Key"


class Idempotency(NamedTuple):
    """A key, and the digest of what is asked for with it."""

    key: str
    request: bytes

    @classmethod
    def of(cls, key: str, *request: bytes) -> Self:
        """Take what makes two requests the same, part by part. Raises Invalid if the key is empty or too long."""
        if not 0 < len(key) <= KEY_LENGTH or not key.isprintable():
            raise Invalid.parameter(_PARAMETER, f"Give 1 to {KEY_LENGTH} printable characters.")
        digest = sha256()
        for part in request:
            digest.update(len(part).to_bytes(8, "big") + part)
        return cls(key, digest.digest())


class StoredResult(NamedTuple):
    """What a write came to, and the newest revision then: its own, unless it added nothing."""

    status: int
    result: dict[str, Any]
    revision: int


def recall(transaction: Transaction, asked: Idempotency) -> StoredResult | None:
    """Tell what came of the same request before. Raises Invalid if the key came with another one."""
    kept = KEPT_RESULT.c
    same = (kept.contributor == _contributor(transaction), kept.key == asked.key, kept.at > now_us() - KEPT_US)
    row = transaction.first(select(KEPT_RESULT).where(*same))
    if row is None:
        return None
    if row.request != asked.request:
        raise Invalid.parameter(_PARAMETER, "It came with another request before. Take a new key for a new request.")
    return StoredResult(row.status, json.loads(row.result), row.revision)


def keep(transaction: Transaction, asked: Idempotency, status: int, result: dict[str, Any]) -> None:
    """Keep what a write came to, and let go of what was kept for long enough."""
    at = now_us()
    contributor = _contributor(transaction)
    transaction.connection.execute(delete(KEPT_RESULT).where(KEPT_RESULT.c.at <= at - KEPT_US))
    said = {"key": asked.key, "request": asked.request, "status": status, "result": json.dumps(result)}
    row = {"contributor": contributor, **said, "revision": transaction.revision, "at": at}
    transaction.connection.execute(insert(KEPT_RESULT).values(row))


def _contributor(transaction: Transaction) -> int:
    if transaction.by is None:
        raise Invalid.parameter(_PARAMETER, "Only the holder of an API key can use one.")
    return transaction.by
