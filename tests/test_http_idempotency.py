"""A write that is asked for twice by one key is done once, also across workers, restarts and at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random
from threading import Timer
from typing import TYPE_CHECKING

import httpx
import pytest

from app.source import prepare
from tests.served import served
from tests.writing import ACTOR, make_key, pen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.writing import Pen


@pytest.fixture
def client(database_url: str) -> Iterator[Pen]:
    with pen(database_url, "write", "curate") as made:
        yield made


def test_the_same_key_and_body_is_answered_as_before(client: Pen) -> None:
    first = client.post("/actors", ACTOR, idempotency_key="k1")
    client.write("PUT", "/actors/kirill-dmitriev-jr", {**ACTOR, "name": "K."}, if_match=first.headers["etag"])
    again = client.post("/actors", ACTOR, idempotency_key="k1")
    assert again.status_code == first.status_code == 201
    assert again.content == first.content
    for name in ("etag", "location", "entente-revision"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert client.post("/actors", ACTOR).json()["id"] == "kirill-dmitriev-jr-2"


def test_the_same_key_with_another_request_is_refused(client: Pen) -> None:
    client.post("/actors", ACTOR, idempotency_key="k1")
    for answer in (
        client.post("/actors", {**ACTOR, "name": "Other"}, idempotency_key="k1"),
        client.post("/datasets", ACTOR | {"title": "x"}, idempotency_key="k1"),
    ):
        assert answer.status_code == 422
    told = client.post("/actors", {**ACTOR, "name": "Other"}, idempotency_key="k1").json()
    assert told["errors"][0]["parameter"] == "Idempotency-Key"
    client.key = make_key(client.database, "write", name="Other")
    assert client.post("/actors", {**ACTOR, "name": "Other"}, idempotency_key="k1").status_code == 201
    assert client.post("/actors", ACTOR, idempotency_key="").status_code == 201
    assert client.post("/actors", ACTOR, idempotency_key="x" * 300).status_code == 422


def test_what_was_refused_may_be_sent_again_with_its_key(client: Pen) -> None:
    assert client.post("/actors", {**ACTOR, "id": "russia"}, idempotency_key="k1").status_code == 409
    assert client.post("/actors", ACTOR, idempotency_key="k1").status_code == 201


def test_what_added_nothing_is_kept_too(client: Pen) -> None:
    said = {"title": "x", "publisher": "unnamed-newspaper", "published_on": "2026-02-10"}
    client.post("/documents", said)
    known = client.post("/documents", said, idempotency_key="k1")
    again = client.post("/documents", said, idempotency_key="k1")
    assert (known.status_code, again.status_code, again.headers["idempotent-replayed"]) == (200, 200, "true")
    assert client.post("/documents", {**said, "title": "y"}, idempotency_key="k1").status_code == 422


def test_a_replacement_whose_answer_was_lost_may_be_sent_again(client: Pen) -> None:
    tag = client.tag("/actors/lavrov")
    body = {"kind": "person", "name": "S. Lavrov"}
    first = client.write("PUT", "/actors/lavrov", body, if_match=tag, idempotency_key="p1")
    again = client.write("PUT", "/actors/lavrov", body, if_match=tag, idempotency_key="p1")
    assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)
    gone = [
        client.write("DELETE", "/actors/lavrov?reason=x", if_match=first.headers["etag"], idempotency_key="d1")
        for _ in range(2)
    ]
    assert [answer.status_code for answer in gone] == [200, 200]
    assert gone[0].content == gone[1].content


def test_twins_at_the_same_time_are_one(client: Pen) -> None:
    before = client.revision()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post("/actors", ACTOR, idempotency_key="k1"), range(8)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert client.revision() == before + 1


def test_an_if_match_race_has_one_winner(client: Pen) -> None:
    tag = client.tag("/actors/lavrov")
    bodies = [{"kind": "person", "name": f"Lavrov {number}"} for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: client.write("PUT", "/actors/lavrov", body, if_match=tag), bodies))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    (winner,) = (answer for answer in answers if answer.status_code == 200)
    assert client.get("/actors/lavrov").json() == winner.json()


def test_it_outlives_the_process(database_url: str) -> None:
    with pen(database_url, "write") as client:
        first = client.post("/actors", ACTOR, idempotency_key="k1")
        key = client.key
    with pen(database_url) as client:
        client.key = key
        again = client.post("/actors", ACTOR, idempotency_key="k1")
    assert (again.status_code, again.content, again.headers["etag"]) == (201, first.content, first.headers["etag"])


def test_a_write_that_a_kill_cut_short_is_done_once_when_it_is_sent_again(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/entente.db"
    prepare(database, sample=True)
    headers = {"authorization": f"Bearer {make_key(database, 'write')}"}
    random = Random(7)
    unsure = 0
    for round_ in range(4):
        sent = 0
        with served(tmp_path) as (here, process):
            timer = Timer(random.uniform(0.05, 0.4), process.kill)
            timer.start()
            with suppress(httpx.TransportError):
                while True:
                    key = {"idempotency-key": f"{round_}.{sent}"}
                    made = httpx.post(f"{here}/actors", json=ACTOR, headers=headers | key)
                    assert made.status_code == 201
                    sent += 1
            timer.join()
        with served(tmp_path) as (here, _):
            before = int(httpx.get(f"{here}/stats").headers["entente-revision"])
            key = {"idempotency-key": f"{round_}.{sent}"}
            again = httpx.post(f"{here}/actors", json=ACTOR, headers=headers | key)
            assert again.status_code == 201
            replayed = again.headers.get("idempotent-replayed") == "true"
            after = int(httpx.get(f"{here}/stats").headers["entente-revision"])
            assert after == before + (not replayed)
            unsure += sent + 1
            total = httpx.get(f"{here}/actors?q=dmitriev+jr&count=exact&limit=1").json()["total"]
            assert total == unsure, "every acknowledged one is there, and the one that was cut short is there once"
