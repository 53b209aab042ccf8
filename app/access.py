"""Who may write: the holder of an API key, `Authorization: Bearer ent_...`, within the scopes of the key.

1. Without a key that stands the answer is 401, and says how to make one where the ledger has none at all.
2. A key without the scope that is wanted: 403, naming it. `admin` implies the others.
3. A key is looked up in the ledger for each request, so one that is revoked is of no use from the next one on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from app.errors import FORBIDDEN, UNAUTHORIZED, Refused
from graph.store import keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Scope

    from app.problems import Headers
    from app.rates import Rates
    from app.source import Source
    from app.threads import Threads
    from graph.store.keys import Holder

_BEARER: Final = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] +(\S+) *")
_LONGEST: Final = 256
_REALM: Final = b'Bearer realm="entente"'
_MAKE_ONE: Final = (
    "This service is read-only as yet: it has no key. Whoever runs it makes one by "
    "`entente keys create NAME --scope write`, which prints it once."
)
_SEND_ONE: Final = "A key is needed to write. Send it as Authorization: Bearer ent_..."
_WRONG: Final = "The key is not known, or has been revoked, or is past its day."


class Access:
    """The door-keeper of writes."""

    def __init__(self, source: Source, threads: Threads, rates: Rates) -> None:
        self._source = source
        self._rates = rates
        self._threads = threads

    async def holder(self, given: Sequence[bytes], scope: Scope) -> Holder:
        """Whose key stands in a request's Authorization headers, the request counted for it. Errors: `Refused`."""
        if len(given) != 1 or not (match := _BEARER.fullmatch(given[0])):
            made = await self._threads.run(keys.any_live, self._source.store)
            raise _unauthorized(_SEND_ONE if made else _MAKE_ONE)
        token = match[1].decode("latin-1")
        holder = None
        if len(token) <= _LONGEST:
            holder = await self._threads.run(keys.authenticate, self._source.store, token)
        if holder is None:
            raise _unauthorized(_WRONG, b', error="invalid_token"')
        self._rates.count_key(holder.key, scope)
        return holder


def require(holder: Holder, scope: str) -> None:
    """Errors: `Refused` if a key does not have a scope."""
    if scope not in holder.scopes and "admin" not in holder.scopes:
        has = ", ".join(sorted(holder.scopes))
        challenge: Headers = (
            (b"www-authenticate", _REALM + f', error="insufficient_scope", scope="{scope}"'.encode()),
        )
        raise Refused(FORBIDDEN, f'This needs the scope "{scope}", and the key has: {has}.', challenge)


def _unauthorized(detail: str, more: bytes = b"") -> Refused:
    return Refused(UNAUTHORIZED, detail, ((b"www-authenticate", _REALM + more),))
