"""How often one may ask: limits for each address and for each key, off unless they are set.

1. Every request counts for its address, an IPv6 one with its whole /64, which is what one subscriber has. Only health
   is never counted: whoever watches the service must always be answered.
2. A request that needs a key counts for the key as well, once the key stands.
3. A limit may have several windows (`10/second;1000/hour`); each must have room. A window slides: the one before counts
   for as much of it as still lies within. (Sliding window counter, in constant memory for each who asks.)
4. Each worker counts for itself, and forgets when it ends. Behind a proxy every address is the proxy's: limit there.

Every answer that was counted says how the tightest window stands, in the fields of draft-ietf-httpapi-ratelimit-headers
that clients know best; a refusal is a 429 with Retry-After.
"""

from __future__ import annotations

import math
import time
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Final, NamedTuple

from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from app.errors import TOO_MANY_REQUESTS, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limits import RateLimitItem
    from starlette.types import Scope

    from app.problems import Headers
    from app.settings import Settings

STANDING: Final = "entente.rates"
"""Where a request's scope holds how the limits stand that it was counted by."""
FIELDS: Final = b"RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, RateLimit-Policy"
_NEVER_COUNTED: Final = frozenset({"/healthz", "/readyz"})
_SUBSCRIBER: Final = 64


class Standing(NamedTuple):
    """How one window stands: requests in it at most, requests left, seconds until it has room for all, its length."""

    most: int
    left: int
    reset_s: int
    window_s: int


class Rates:
    """The counters of this process."""

    def __init__(self, settings: Settings) -> None:
        self._limits = {"address": _windows(settings.rate_address), "key": _windows(settings.rate_key)}
        self._counter = SlidingWindowCounterRateLimiter(MemoryStorage()) if any(self._limits.values()) else None

    def count_address(self, scope: Scope) -> None:
        """Count a request for its address. Errors: `Refused`."""
        if self._limits["address"] and scope["path"] not in _NEVER_COUNTED:
            self._count("address", _subscriber(scope), scope)

    def count_key(self, key: str, scope: Scope) -> None:
        """Count a request for its key, which is known to stand. Errors: `Refused`."""
        self._count("key", key, scope)

    def _count(self, kind: str, who: str, scope: Scope) -> None:
        if self._counter is None:
            return
        noted: list[Standing] = scope.setdefault(STANDING, [])
        for window in self._limits[kind]:
            taken = self._counter.hit(window, kind, who)
            reset_at, left = self._counter.get_window_stats(window, kind, who)
            reset_s = max(1, math.ceil(reset_at - time.time()))
            noted.append(Standing(window.amount, left if taken else 0, reset_s, window.get_expiry()))
            if not taken:
                said = f"At most {window.amount} requests in {window.get_expiry()} s are answered for one {kind}."
                raise Refused(TOO_MANY_REQUESTS, said, ((b"retry-after", b"%d" % reset_s),))


def fields(noted: Sequence[Standing]) -> Headers:
    """The header fields of an answer: how the window stands that has the least room."""
    if not noted:
        return ()
    tightest = min(noted, key=lambda standing: standing.left / standing.most)
    policy = ", ".join(f"{standing.most};w={standing.window_s}" for standing in dict.fromkeys(noted))
    return (
        (b"ratelimit-limit", b"%d" % tightest.most),
        (b"ratelimit-remaining", b"%d" % tightest.left),
        (b"ratelimit-reset", b"%d" % tightest.reset_s),
        (b"ratelimit-policy", policy.encode()),
    )


def _windows(text: str) -> Sequence[RateLimitItem]:
    """The windows of a limit, the shortest first. Errors: `ValueError`."""
    return sorted(parse_many(text), key=lambda window: window.get_expiry()) if text else ()


def check(text: str) -> str:
    """A limit as it was written. Errors: `ValueError`, if it can't be read."""
    try:
        _windows(text)
    except ValueError:
        reason = "must be a number of requests in a time, such as 100/minute or 10/second;1000/hour, or nothing"
        raise ValueError(reason) from None
    return text


def _subscriber(scope: Scope) -> str:
    """Who asks, as far as an address tells; all who have none are one."""
    host: str = (scope.get("client") or ("",))[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{int(address) >> (128 - _SUBSCRIBER):x}::/{_SUBSCRIBER}"
