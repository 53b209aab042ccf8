"""Questions that could cost anything: they end when their time is up or nobody waits, and starve nobody meanwhile."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Literal

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from app import threads
from app.main import create_app
from app.settings import Settings
from graph.errors import OverBudget
from graph.models import ActorStatement
from graph.queries import Budget
from graph.queries.components import Components
from graph.queries.stats import GetStats
from tests.histories import History
from tests.toys import MeasureToys, Options, toys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.main import Entente
    from graph.store import Store
    from tests.toys import ToyClient

ENDLESS = "/counted?toys=1000000000"


@contextmanager
def listening(app: Entente, lifespan: Literal["on", "off"] = "off") -> Iterator[str]:
    """An application behind a real port, and where; started by the server, or already."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = uvicorn.Server(
            uvicorn.Config(app, http="app.wire:BoundedProtocol", lifespan=lifespan, log_level="error")
        )
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


def test_a_question_that_looks_at_very_much_runs_in_a_thread_and_others_where_they_are_asked() -> None:
    with toys() as client:
        assert client.get("/sought?under=1000000").json()["id"].startswith("entente-query")
        assert not client.get("/sought?under=1000").json()["id"].startswith("entente-query")


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


@contextmanager
def measuring(store: Store, **given: Options) -> Iterator[tuple[Entente, httpx.Client]]:
    """A service behind a real port, with a measure that takes as long as one likes, and some of the real ones."""
    history = History(store, Random(4))
    history.begin(30)
    url = SecretStr(store.engine.url.render_as_string(hide_password=False))
    settings = Settings(database_url=url, sample=False, **{"query_time": 60, **given})
    app = create_app(settings, questions=[MeasureToys, Components, GetStats])
    with listening(app, "on") as here, httpx.Client(base_url=here, timeout=90) as client:
        until(lambda: client.get("/readyz").status_code == 200, 30)
        yield app, client


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # which ledger makes no difference here


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@on_sqlite
def test_whole_graphs_are_measured_in_a_process_that_stays_warm(store: Store) -> None:
    with measuring(store, fold_age=3600) as (app, client):
        first, second = (client.get(f"/measured?attested={attested}").json()["id"][0] for attested in ("true", "any"))
        assert first[0] == second[0] != os.getpid()
        assert 0 < first[1] <= second[1]
        components = client.get("/graph/components").json()
        assert sum(each["size"] for each in components["items"]) == first[1] == components["basis"]["actors"]
        assert (first[2], first[3]) == (components["basis"]["pairs"], None)
        assert client.get("/measured").json()["id"][0] == first  # kept, not measured again
        assert client.get("/measured?how=refused").json()["type"] == "/problems/not-found"
        failed = client.get("/measured?how=failed")
        assert (failed.status_code, failed.json()["type"]) == (500, "/problems/internal")
        assert "secret" not in failed.text
        check_lag(store, app, client)
        killed = client.get("/measured?how=killed")
        assert (killed.status_code, killed.json()["type"]) == (503, "/problems/query-budget")
        last = client.get("/measured?status=reported").json()["id"][0][0]
        assert last != first[0]
    until(lambda: not alive(last))


def check_lag(store: Store, app: Entente, client: httpx.Client) -> None:
    """A measure may lag behind unless a revision is asked for, and not by more than is allowed."""
    old = client.get("/graph/components")
    then = int(old.headers["entente-revision"])
    write(store, client, "newcomer", then + 1)
    lagging = client.get("/graph/components", headers={"if-none-match": old.headers["etag"]})
    assert (lagging.status_code, lagging.headers["entente-revision"]) == (304, str(then))
    for exact in (
        client.get("/graph/components", headers={"entente-min-revision": str(then + 1)}),
        client.get(f"/graph/components?known_at={then + 1}"),
        client.get("/graph/components"),  # as there is a newer fold now
    ):
        assert (exact.headers["entente-revision"], exact.json()["basis"]["revision"]) == (str(then + 1), then + 1)
        assert exact.json()["items"] == old.json()["items"]
    app.heavy._age_us = 0
    write(store, client, "another", then + 2)
    assert client.get("/graph/components").headers["entente-revision"] == str(then + 2)


def write(store: Store, client: httpx.Client, id_: str, revision: int) -> None:
    with store.write() as w:
        w.add_actor(ActorStatement(id=id_, kind="state", name=id_))
    until(lambda: client.get("/stats").headers["entente-revision"] == str(revision))


@on_sqlite
def test_a_measure_starves_nobody_and_ends_when_time_is_up_or_nobody_waits(store: Store) -> None:
    with measuring(store) as (app, client):
        warm = client.get("/measured").json()["id"][0][0]
        answers: list[str] = []
        here = client.base_url
        slow = [
            threading.Thread(target=lambda: answers.append(httpx.get(f"{here}/measured?seconds=3", timeout=60).text))
            for _ in range(8)
        ]
        for each in slow:
            each.start()
        until(lambda: app.heavy.waiting > 0)
        waits = []
        for _ in range(20):
            began = time.monotonic()
            assert client.get("/stats").status_code == 200
            waits.append(time.monotonic() - began)
        assert sorted(waits)[10] < 1
        for each in slow:
            each.join()
        assert (len(answers), len(set(answers))) == (8, 1)  # the same is measured once
        with pytest.raises(httpx.ReadTimeout):
            client.get("/measured?seconds=600", timeout=1)
        until(lambda: not alive(warm) and app.heavy.waiting == 0)
        anew = client.get("/measured?attested=any").json()["id"][0][0]
        app.heavy._seconds = 1
        answer = client.get("/measured?seconds=600")
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/query-budget")
        until(lambda: not alive(anew))


@on_sqlite
def test_a_process_that_is_not_there_yet_is_left_to_whoever_comes_next(store: Store) -> None:
    with measuring(store) as (app, client):
        app.heavy._seconds = 0.2  # less than it takes to start one
        for _ in range(4):
            assert client.get("/measured?seconds=600").json()["type"] == "/problems/query-budget"
        app.heavy._seconds = 600
        assert client.get("/measured").status_code == 200
        assert len(app.heavy._processes._all) <= 3


def test_threads_work_one_at_a_time_and_a_long_turn_lets_others_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_STRETCH_S", 0.005)
    turns, inside, most, ended = threads.Turns(), list[str](), list[int](), list[str]()
    begun = threading.Event()

    def work(name: str, looks: int) -> None:
        with turns.taken():
            begun.set()
            for _ in range(looks):
                inside.append(name)
                most.append(len(inside))
                time.sleep(0.001)
                inside.remove(name)
                turns.clock()
            ended.append(name)

    long = threading.Thread(target=work, args=("long", 400))
    long.start()
    assert begun.wait(10)
    short = [threading.Thread(target=work, args=(f"short {number}", 3)) for number in range(3)]
    for each in short:
        each.start()
        time.sleep(0.001)
    for each in (long, *short):
        each.join(60)
    assert max(most) == 1
    assert sorted(ended[:3]) == ["short 0", "short 1", "short 2"]
    assert ended[3:] == ["long"]


def test_a_turn_ends_with_whatever_is_raised_in_it_and_whoever_has_none_just_sees_the_time() -> None:
    turns = threads.Turns()
    with pytest.raises(OverBudget), turns.taken():
        raise OverBudget("too long")
    before = time.monotonic()
    assert before <= turns.clock() <= time.monotonic()
    with turns.taken():
        assert before <= turns.clock()
