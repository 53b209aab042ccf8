"""Threads for what waits for the ledger or takes long: few of a kind, so that everything else stays responsive."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from graph.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_P = ParamSpec("_P")
_T = TypeVar("_T")

_WAITING_PER_THREAD = 16
_STRETCH_S = 0.02


class Threads:
    """A few threads of one kind, and as many calls waiting for one as can be served soon.

    What has begun is finished, also if whoever asked for it has left meanwhile.
    """

    def __init__(self, name: str, count: int, waiting: int = _WAITING_PER_THREAD) -> None:
        self._pool = ThreadPoolExecutor(count, f"entente-{name}")
        self._most = count * (1 + waiting)
        self._asked = 0

    async def run(self, call: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What a call comes to. Errors: `Busy` when too many wait already."""
        if self._asked >= self._most:
            raise Busy
        self._asked += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, lambda: call(*args, **kwargs))
        future.add_done_callback(self._done)
        return await future

    @property
    def waiting(self) -> int:
        """How many calls have not ended yet."""
        return self._asked

    def close(self) -> None:
        """Let the last ones finish, begin no other."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _done(self, _: object) -> None:
        self._asked -= 1


class Turns:
    """Lets one thread work at a time, in the order in which they come, and 20 ms at a stretch while others wait.

    Python lets no two threads compute at once, and if it is left to them they hand over at nearly every call of
    numpy's: two of them need half as much of the processor again.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._given = self._now = 0
        self._worker = 0
        self._since = 0.0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a turn, and end it."""
        self._take()
        try:
            yield
        finally:
            self._end()

    def clock(self) -> float:
        """Seconds, as `time.monotonic` counts them. Whoever looks at them late in its turn lets the others go first."""
        late = time.monotonic() - self._since > _STRETCH_S
        if late and self._worker == threading.get_ident() and self._given - self._now > 1:
            self._end()
            self._take()
        return time.monotonic()

    def _take(self) -> None:
        with self._changed:
            own, self._given = self._given, self._given + 1
            self._changed.wait_for(lambda: self._now == own)
            self._worker, self._since = threading.get_ident(), time.monotonic()

    def _end(self) -> None:
        with self._changed:
            self._worker, self._now = 0, self._now + 1
            self._changed.notify_all()
