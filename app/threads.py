"""Threads for what waits for the ledger: few of a kind, so that everything else stays responsive."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from graph.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Callable

_P = ParamSpec("_P")
_T = TypeVar("_T")

_WAITING_PER_THREAD = 16


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
