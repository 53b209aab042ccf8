"""Threads for what waits for the ledger or takes long: few of a kind, so that everything else stays responsive."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

from graph.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_P = ParamSpec("_P")
_T = TypeVar("_T")
_Asked = TypeVar("_Asked")

_WAITING_PER_THREAD = 16
_TOGETHER = 32
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
        self._refuse_more()
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

    def _refuse_more(self) -> None:
        if self.waiting >= self._most:
            raise Busy

    def _done(self, _: object) -> None:
        self._asked -= 1


class Line(Threads, Generic[_Asked, _T]):
    """One thread for what is done best together: it takes all that waits, and waits for nobody.

    `work` is given at most 32, in the order in which they came, and gives what came of the first of them, of one at
    least: each a result, or what it raised.
    """

    def __init__(self, name: str, work: Callable[[Sequence[_Asked]], Sequence[_T | Exception]], waiting: int) -> None:
        super().__init__(name, 1, waiting)
        self._work = work
        self._line: deque[tuple[_Asked, asyncio.Future[_T]]] = deque()
        self._called = False
        """Whether the thread is about to look at the line."""

    async def join(self, asked: _Asked) -> _T:
        """What comes of one. Errors: those of it; `Busy` when too many wait already."""
        self._refuse_more()
        future: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        self._line.append((asked, future))
        self._call()
        return await future

    @property
    def waiting(self) -> int:
        """How many calls have not ended yet, or have not begun."""
        return super().waiting + len(self._line)

    def close(self) -> None:
        """Let those finish that have begun, and no other."""
        super().close()
        for _, future in self._line:
            future.get_loop().call_soon_threadsafe(future.cancel)

    def _call(self) -> None:
        """Have the thread look at the line, behind all other calls: both take turns."""
        if self._line and not self._called:
            self._called = True
            self._pool.submit(self._serve)

    def _serve(self) -> None:
        self._called = False  # before it looks: whoever joins from here on calls again
        taken = [self._line.popleft() for _ in range(min(len(self._line), _TOGETHER))]
        if not taken:
            return
        outcomes: Sequence[_T | Exception]
        try:
            outcomes = self._work([asked for asked, _ in taken])
        except Exception as error:  # noqa: BLE001 - it is told to those who wait for it
            outcomes = [error] * len(taken)
        self._line.extendleft(reversed(taken[len(outcomes) :]))
        futures = [future for _, future in taken[: len(outcomes)]]
        futures[0].get_loop().call_soon_threadsafe(_tell, futures, outcomes)
        self._call()


def _tell(futures: Sequence[asyncio.Future[_T]], outcomes: Sequence[_T | Exception]) -> None:
    for future, outcome in zip(futures, outcomes, strict=True):
        if future.done():  # whoever asked has left
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


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
