"""Every error has one shape, and tells nothing of the inside."""

import json
import logging
import threading
from collections.abc import Iterator
from typing import cast

import pytest

from app import conditional
from app.errors import KINDS, TABLE
from app.main import create_app
from app.problems import Problem
from app.settings import Settings
from app.source import Following, Source
from graph import errors
from graph.store.news import Progress
from tests.toys import QUESTIONS, Shelf, ToyClient, begun, toys


@pytest.fixture(scope="module")
def client() -> Iterator[ToyClient]:
    with toys() as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "headers", "slug"),
    [
        ("GET", "/toys?tpye=ball", {}, "invalid"),
        ("GET", "/toys?cursor=nonsense", {}, "bad-cursor"),
        ("GET", "/toys/beer", {}, "not-found"),
        ("GET", "/toys/gone", {}, "gone"),
        ("GET", "/toys/conflict", {}, "conflict"),
        ("GET", "/toys/busy", {}, "busy"),
        ("GET", "/toys/full", {}, "full"),
        ("GET", "/toys/damaged", {}, "internal"),
        ("GET", "/toys/boom", {}, "internal"),
        ("GET", "/nowhere", {}, "no-such-path"),
        ("GET", "/problems/nowhere", {}, "not-found"),
        ("GET", "/docs/nowhere.js", {}, "no-such-path"),
        ("OPTIONS", "/nowhere", {}, "no-such-path"),
        ("POST", "/toys", {"content-type": "text/xml"}, "method-not-allowed"),
        ("PUT", "/toys/bear", {}, "method-not-allowed"),
        ("PATCH", "/healthz", {}, "method-not-allowed"),
        ("DELETE", "/openapi.json", {}, "method-not-allowed"),
        ("TRACE", "/docs", {}, "method-not-allowed"),
        ("GET", "/toys", {"accept": "text/html"}, "not-acceptable"),
        ("GET", "/toys", {"entente-min-revision": "99"}, "behind"),
        ("GET", "/toys?q=" + "a" * 9000, {}, "url-too-long"),
        ("GET", "/toys", {"x-long": "a" * 20_000}, "headers-too-large"),
        ("GET", "/toys", {"content-length": "99999999"}, "body-too-large"),
    ],
)
def test_an_error_is_a_problem_and_tells_nothing_of_the_inside(
    client: ToyClient, method: str, path: str, headers: dict[str, str], slug: str
) -> None:
    answer = client.ask(method, path, headers)
    kind = KINDS[slug]
    problem = answer.json()
    Problem.model_validate(problem)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["type"]) == (kind.status, kind.status, kind.type)
    assert problem["title"] == kind.title
    assert problem["instance"] == path.partition("?")[0]
    assert answer.headers["x-request-id"]
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert not any(secret in answer.text for secret in ("SELECT", "secret", "Traceback", ".py", "/var/"))
    head = client.ask("HEAD" if method == "GET" else method, path, headers)
    assert head.status_code == kind.status


def test_an_unexpected_error_is_found_in_the_log_by_its_request(
    client: ToyClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "entente"):
        answer = client.get("/toys/boom", {"x-request-id": "find-me"})
    assert "find-me" in answer.json()["detail"]
    assert "find-me" in caplog.text
    assert "SELECT secret" in caplog.text


def test_a_retracted_record_has_its_reason_and_the_tag_that_reinstating_needs(client: ToyClient) -> None:
    answer = client.get("/toys/gone")
    assert "it broke" in answer.json()["detail"]
    assert answer.headers["etag"] == conditional.strong(4, "toys").decode()
    assert answer.headers["entente-revision"] == "7"


def test_what_is_near_is_suggested(client: ToyClient) -> None:
    assert 'Was "bear" meant?' in client.get("/toys/beer").json()["detail"]
    assert 'Was "/toys/bear" meant?' in client.get("/tyos/bear").json()["detail"]
    assert 'Was "/toys" meant?' in client.get("/toys/").json()["detail"]
    assert 'Was "/toys/bear/history" meant?' in client.get("/toys/bear/histroy").json()["detail"]


def test_a_method_that_is_not_allowed_names_those_that_are(client: ToyClient) -> None:
    for path in ("/toys", "/toys/bear", "/healthz", "/docs", "/openapi.json", "/"):
        assert client.ask("POST", path).headers["allow"] == "GET, HEAD, OPTIONS"


def test_every_error_of_the_domain_is_in_the_table() -> None:
    known = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.EntenteError)}
    assert set(TABLE) == {kind for kind in known if not kind.__name__.startswith("_")} - {errors.EntenteError}


def test_the_type_of_a_problem_can_be_looked_up(client: ToyClient) -> None:
    listed = client.get("/problems").json()["items"]
    assert [kind["type"] for kind in listed] == [kind.type for kind in KINDS.values()]
    for kind in listed:
        assert client.get(kind["type"]).json() == kind


def test_a_service_that_is_loading_says_how_far_it_is_and_is_alive() -> None:
    going_on = threading.Event()

    def opening(progress: Progress) -> Following:
        progress(300, 1_000)
        assert going_on.wait(60)
        return cast("Following", Shelf())

    with begun(create_app(Settings(), Source(opening), QUESTIONS)) as client:
        while client.get("/readyz").json()["detail"] == "The ledger is being read: 0 % is done.":
            pass
        for path in ("/readyz", "/toys"):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-ready")
            assert answer.json()["detail"] == "The ledger is being read: 30 % is done."
            assert answer.headers["retry-after"] == "1"
        assert client.get("/healthz").json() == {"status": "ok"}
        assert json.loads(client.get("/").content)["name"] == "Entente"
        going_on.set()
        while client.get("/readyz").status_code != 200:
            pass
