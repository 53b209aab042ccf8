"""Many who write through one process at once share a commit, and each is answered as if it had been alone."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from app.threads import Line
from graph.errors import Busy
from graph.store.check import check
from tests.statements import held
from tests.writing import ACTOR, pen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import httpx
    from sqlalchemy import Connection

    from tests.writing import Pen

CROWD = 16


@pytest.fixture
def client(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pen]:
    monkeypatch.setattr("graph.store.ledger._STRETCH_S", 60)  # as on a machine that has nothing else to do
    with pen(database_url, "write", "curate") as made:
        yield made


def at_once(client: Pen, *asked: Callable[[], httpx.Response]) -> tuple[list[httpx.Response], int]:
    """The answers to writes that all wait for the ledger's lock before it is let go; and how often was committed."""
    commits: list[int] = []

    def committed(connection: Connection) -> None:
        if connection.get_execution_options().get("entente_writes"):
            commits.append(1)

    engine = client.app.source.store.engine
    with ThreadPoolExecutor(len(asked)) as pool:
        with held(client.database):
            event.listen(engine, "commit", committed)
            waiting = [pool.submit(ask) for ask in asked]
            deadline = time.monotonic() + 4
            while client.app.line.waiting < len(asked) - 1 and time.monotonic() < deadline:
                time.sleep(0.005)  # the first one is not waiting: it wants the lock
        return [each.result(60) for each in waiting], len(commits)


def test_those_who_wait_share_a_commit(client: Pen) -> None:
    before = client.revision()
    said = [{**ACTOR, "name": f"Somebody {number}"} for number in range(CROWD)]
    answers, commits = at_once(client, *(lambda one=one: client.post("/actors", one) for one in said))
    assert Counter(answer.status_code for answer in answers) == {201: CROWD}
    revisions = sorted(int(answer.headers["entente-revision"]) for answer in answers)
    assert revisions == list(range(before + 1, before + CROWD + 1))
    assert commits < CROWD // 2
    for one, answer in zip(said, answers, strict=True):
        assert answer.json()["name"] == one["name"]
        assert client.get(answer.headers["location"]).content == answer.content
    page = client.get(f"/changes?after={before}").json()["items"]
    instants = [change["at"] for change in page]
    assert len(instants) == CROWD
    assert instants == sorted(set(instants))
    assert check(client.app.source.store.engine) == []


def test_each_is_told_its_own(client: Pen) -> None:
    """Whatever can become of a write, all at once: nobody's refusal is another's."""
    tag = client.tag("/actors/lavrov")
    before = client.revision()
    held_id = {**ACTOR, "id": "only-one"}
    line = '{"op": "actor", "kind": "person", "name": "In a batch"}'
    answers, _ = at_once(
        client,
        lambda: client.post("/actors", ACTOR, idempotency_key="k1"),
        lambda: client.post("/actors", ACTOR, idempotency_key="k1"),
        lambda: client.post("/actors", ACTOR, idempotency_key="k1"),
        lambda: client.post("/actors", held_id),
        lambda: client.post("/actors", held_id),
        lambda: client.post("/actors?dry_run=true", {**ACTOR, "id": "never"}),
        lambda: client.write("PUT", "/actors/lavrov", {"kind": "person", "name": "L. 1"}, if_match=tag),
        lambda: client.write("PUT", "/actors/lavrov", {"kind": "person", "name": "L. 2"}, if_match=tag),
        lambda: client.write("PUT", "/actors/nobody", {"kind": "person", "name": "N."}, if_match=tag),
        lambda: client.write("DELETE", "/actors/us?reason=x"),
        lambda: client.post("/claims", {"stance": "affirms", "relation": {"id": "none"}, "document": "none"}),
        lambda: client.post("/actors", {**ACTOR, "name": ""}),
        lambda: client.batch(line, line),
    )
    statuses = [answer.status_code for answer in answers]
    assert {(answer.status_code, answer.content) for answer in answers[:3]} == {(201, answers[0].content)}
    assert sorted(answer.headers.get("idempotent-replayed", "") for answer in answers[:3]) == ["", "true", "true"]
    assert sorted(statuses[3:5]) == [201, 409]
    assert statuses[5] == 200
    assert sorted(statuses[6:8]) == [200, 412]
    assert statuses[8:] == [404, 428, 422, 422, 200]
    assert client.revision() == before + 4
    assert client.get("/actors/never").status_code == 404
    told = {change["revision"] for change in client.get(f"/changes?after={before}").json()["items"]}
    assert told == set(range(before + 1, before + 5))
    assert check(client.app.source.store.engine) == []


def test_a_line_serves_in_order_and_lets_others_take_turns() -> None:
    groups: list[list[int]] = []
    first = threading.Event()

    def work(asked: Sequence[int]) -> list[int | Exception]:
        if not groups:
            first.wait(10)
        groups.append(list(asked))
        return [ValueError(str(one)) if one == 7 else one for one in asked[:20]]

    async def crowd() -> list[Any]:
        line = Line("test", work, waiting=100)
        joined = [asyncio.create_task(line.join(0))]
        await asyncio.sleep(0.05)
        joined += [asyncio.create_task(line.join(number)) for number in range(1, 51)]
        await asyncio.sleep(0)
        alone = asyncio.create_task(line.run(lambda: len(groups)))
        await asyncio.sleep(0)
        joined[9].cancel()
        first.set()
        outcomes = await asyncio.gather(*joined, alone, return_exceptions=True)
        assert line.waiting == 0
        await asyncio.to_thread(line.close)
        return outcomes

    *outcomes, taken = asyncio.run(crowd())
    assert [outcome for outcome in outcomes if isinstance(outcome, int)] == [n for n in range(51) if n not in {7, 9}]
    assert isinstance(outcomes[7], ValueError)
    assert isinstance(outcomes[9], asyncio.CancelledError)
    assert [each[0] for each in groups] == [0, 1, 21, 41]
    assert max(len(each) for each in groups) == 32
    assert taken == 2, "a call that is not of the line waits for one group"


def test_a_line_that_is_too_long_is_told_so() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(asked: Sequence[int]) -> Sequence[int]:
        begun.set()
        go_on.wait(10)
        raise RuntimeError(f"{len(asked)} in vain")

    async def crowd() -> list[Any]:
        line = Line("test", work, waiting=2)
        first = asyncio.create_task(line.join(0))
        await asyncio.to_thread(begun.wait, 10)
        joined = [asyncio.create_task(line.join(number)) for number in range(1, 5)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(asyncio.to_thread(line.close))
        await asyncio.sleep(0.05)
        go_on.set()
        await closing
        return await asyncio.gather(first, *joined, return_exceptions=True)

    outcomes = asyncio.run(crowd())
    assert isinstance(outcomes[0], RuntimeError)
    assert [type(outcome) for outcome in outcomes[1:]] == [asyncio.CancelledError] * 3 + [Busy]
