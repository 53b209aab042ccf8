"""What surrounds every request: its id, its bounds, HEAD, OPTIONS, CORS, security headers, gzip."""

import re
import threading
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.negotiation import accepts_gzip, accepts_json
from tests.toys import LONG, ToyClient, toys

EVERYWHERE = ("/toys", "/toys/bear", "/nowhere", "/healthz", "/docs", "/openapi.json", "/toys?x=1")


@pytest.fixture(scope="module")
def client() -> Iterator[ToyClient]:
    with toys() as client:
        yield client


def test_a_sane_request_id_is_taken_and_another_is_made(client: ToyClient) -> None:
    assert client.get("/toys", {"x-request-id": "abc-1.2:3_4"}).headers["x-request-id"] == "abc-1.2:3_4"
    made = [client.get("/toys", {"x-request-id": bad}).headers["x-request-id"] for bad in ("a b", "x" * 65, "<b>", "")]
    assert all(re.fullmatch("[0-9a-f]{16}", name) for name in made)
    assert len(set(made)) == 4


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_head_is_get_without_the_body(client: ToyClient, path: str, encoding: str) -> None:
    headers = {"x-request-id": "same", "accept-encoding": encoding}
    get, head = client.get(path, headers), client.ask("HEAD", path, headers)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert dict(head.headers) == dict(get.headers)
    assert head.headers["content-length"] != "0"


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_is_guarded_and_open_to_any_page(client: ToyClient, path: str) -> None:
    headers = client.get(path, {"origin": "https://page.test"}).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["access-control-allow-origin"] == "*"
    assert "Entente-Revision" in headers["access-control-expose-headers"]


def test_a_preflight_is_answered_for_any_path(client: ToyClient) -> None:
    asked = {"origin": "https://page.test", "access-control-request-method": "GET"}
    for path in EVERYWHERE:
        answer = client.ask("OPTIONS", path, asked)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
        assert "If-None-Match" in answer.headers["access-control-allow-headers"]


def test_options_names_the_methods_of_a_path(client: ToyClient) -> None:
    assert client.ask("OPTIONS", "/toys/bear").headers["allow"] == "GET, HEAD, OPTIONS"


def test_origins_can_be_listed() -> None:
    with toys(cors_origins=("https://page.test",)) as client:
        friend = client.get("/toys", {"origin": "https://page.test"}).headers
        other = client.get("/toys", {"origin": "https://other.test"}).headers
        assert friend["access-control-allow-origin"] == "https://page.test"
        assert "access-control-allow-origin" not in other
        assert friend["vary"] == other["vary"] == "Accept, Accept-Encoding, Origin"
        asked = {"origin": "https://other.test", "access-control-request-method": "GET"}
        assert "access-control-allow-methods" not in client.ask("OPTIONS", "/toys", asked).headers


def test_origins_can_be_none() -> None:
    with toys(cors_origins=()) as client:
        assert "access-control-allow-origin" not in client.get("/toys", {"origin": "https://page.test"}).headers


def test_lists_are_zipped_where_it_was_asked_for(client: ToyClient) -> None:
    answer = client.get("/toys", {"accept-encoding": "gzip;q=0.5, br"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(LONG)
    assert answer.json()["items"][0] == LONG
    assert answer.headers["etag"].startswith("W/")
    assert answer.headers["vary"] == "Accept, Accept-Encoding"


def test_records_and_trifles_are_never_zipped(client: ToyClient) -> None:
    for path in ("/toys/bear", "/nowhere"):
        assert "content-encoding" not in client.get(path, {"accept-encoding": "gzip"}).headers


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (b"gzip", True),
        (b"GZip , br", True),
        (b"x-gzip", True),
        (b"*", True),
        (b"gzip;q=0", False),
        (b"gzip;q=0.000", False),
        (b"*;q=0", False),
        (b"*, gzip;q=0", False),
        (b"br", False),
        (b"identity", False),
        (b"identity, gzip;q=0.5", False),
        (b"identity;q=0.5, gzip", True),
        (b"", False),
        (b";;,,", False),
    ],
)
def test_an_encoding_is_used_only_if_it_weighs_something(header: bytes, wanted: bool) -> None:  # noqa: FBT001 - what a case expects
    assert accepts_gzip(header) is wanted


@pytest.mark.parametrize(
    ("header", "room"),
    [
        (b"", True),
        (b"*/*", True),
        (b"application/json", True),
        (b"application/problem+json", True),
        (b"application/*;q=0.1", True),
        (b"text/html,application/xhtml+xml,*/*;q=0.8", True),
        (b"Application/JSON; charset=utf-8", True),
        (b"text/html", False),
        (b"text/html, image/*", False),
        (b"application/json;q=0, */*", False),
        (b"*/*;q=0", False),
        (b",;", True),
    ],
)
def test_accept_is_refused_only_where_it_leaves_json_out(header: bytes, room: bool) -> None:  # noqa: FBT001 - what a case expects
    assert accepts_json(header) is room


async def _read(request: Request) -> Response:
    return JSONResponse(len(await request.body()))


def test_a_body_is_counted_as_it_streams() -> None:
    with toys(max_body=1000) as client:
        client.app.add_route("/echo", _read, methods=["POST"])
        assert client.ask("POST", "/echo", content=b"x" * 1000).json() == 1000
        for content in (b"x" * 1001, _parts()):
            answer = client.ask("POST", "/echo", content=content)
            assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")


async def _parts() -> AsyncIterator[bytes]:
    for _ in range(100):
        yield b"x" * 100


def test_health_is_answered_while_readers_are_slow() -> None:
    with toys(readers=1) as client:
        client.shelf.delay = 0.4
        answers: list[httpx.Response] = []
        slow = [threading.Thread(target=lambda: answers.append(client.get("/toys/bear/history"))) for _ in range(2)]
        for thread in slow:
            thread.start()
        time.sleep(0.05)
        began = time.monotonic()
        assert client.get("/healthz").status_code == 200
        assert client.get("/toys").status_code == 200
        assert time.monotonic() - began < 0.3
        for thread in slow:
            thread.join()
        assert [answer.status_code for answer in answers] == [200, 200]


def test_too_many_readers_are_sent_away() -> None:
    with toys(readers=1) as client:
        client.shelf.delay = 0.05
        statuses: list[int] = []
        many = [
            threading.Thread(target=lambda: statuses.append(client.get("/toys/bear/history").status_code))
            for _ in range(24)
        ]
        for thread in many:
            thread.start()
        for thread in many:
            thread.join()
        assert set(statuses) == {200, 503}


def test_the_documentation_is_served_from_here_alone(client: ToyClient) -> None:
    page = client.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "://" not in page.text
    assert "<style" not in page.text
    assert re.findall(r"<script(?! src=)", page.text) == []
    for path in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        asset = client.get(f"/{path}")
        assert asset.status_code == 200, path
        assert client.get(f"/{path}", {"if-none-match": asset.headers["etag"]}).status_code == 304
    zipped = client.ask("GET", "/docs/swagger-ui.css", {"accept-encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == client.get("/docs/swagger-ui.css").content
