"""Questions that could cost anything: they end when their time is up or nobody waits, and starve nobody meanwhile."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
import uvicorn

from graph.errors import OverBudget
from graph.queries import Budget
from tests.toys import toys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.main import Entente
    from tests.toys import ToyClient

ENDLESS = "/counted?toys=1000000000"


@contextmanager
def listening(app: Entente) -> Iterator[str]:
    """An application behind a real port, and where."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = uvicorn.Server(uvicorn.Config(app, http="app.wire:BoundedProtocol", lifespan="off", log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def until(true: object, seconds: float = 5) -> None:
    """Wait until a thing holds."""
    deadline = time.monotonic() + seconds
    while not (true() if callable(true) else true):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def at_rest(client: ToyClient) -> bool:
    """Whether no question is under way."""
    return client.app.heavy.waiting == 0


def test_a_question_that_may_cost_much_runs_in_a_thread() -> None:
    with toys() as client:
        answer = client.get("/counted")
        assert answer.json()["id"].startswith("entente-query")
        assert client.get("/counted", {"if-none-match": answer.headers["etag"]}).status_code == 304


def test_it_ends_when_its_time_is_up() -> None:
    with toys(query_time=1) as client:
        began = time.monotonic()
        answer = client.get(ENDLESS)
        assert 0.9 < time.monotonic() - began < 5
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/query-budget")
        assert "longer than 1 seconds" in answer.json()["detail"]
        assert answer.headers["cache-control"] == "no-store"


def test_others_are_answered_meanwhile_and_too_many_are_told_so() -> None:
    with toys(query_time=3, query_threads=1) as client, listening(client.app) as here:
        statuses: list[int] = []
        slow = [
            threading.Thread(target=lambda: statuses.append(httpx.get(here + ENDLESS, timeout=30).status_code))
            for _ in range(20)
        ]
        for each in slow:
            each.start()
        until(lambda: client.app.heavy.waiting == 17)
        waits = []
        for _ in range(20):
            began = time.monotonic()
            assert httpx.get(f"{here}/toys").status_code == 200
            waits.append(time.monotonic() - began)
        assert sorted(waits)[10] < 1  # the question alone would keep them waiting for three seconds
        for each in slow:
            each.join()
        assert statuses == [503] * 20
        until(lambda: at_rest(client))


def test_who_leaves_ends_the_work() -> None:
    with toys(query_time=60) as client, listening(client.app) as here:
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(here + ENDLESS, timeout=0.5)
        until(lambda: at_rest(client))
        (budget,) = client.shelf.snapshot.asked
        with pytest.raises(OverBudget, match="Nobody waits"):
            budget.check()


def test_a_budget_counts_the_same_with_and_without_a_clock() -> None:
    now = [0.0]
    for budget in (Budget(10, 2), Budget(10, 2, 5, lambda: now[0])):
        assert [budget.step(4) for _ in range(3)] == [True, True, False]
        assert [budget.result() for _ in range(3)] == [True, True, False]
        with pytest.raises(OverBudget, match="more than 10 steps"):
            budget.need()
    budget.check()
    now[0] = 5.1
    with pytest.raises(OverBudget, match="longer than 5 seconds"):
        budget.step(1_000)
