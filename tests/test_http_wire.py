"""A real server and real sockets: what never reaches the application is bounded, and answered in the same shape."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any, cast

import httpx
import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from app import wire
from app.envelope import WIRE, Envelope, _Exchange
from app.main import create_app
from app.problems import Reply
from app.rates import Rates
from app.settings import Settings
from app.source import Following, Source
from app.wire import BoundedProtocol
from tests.toys import QUESTIONS, Shelf

Address = tuple[str, int]


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    app = create_app(Settings(), Source(lambda _: cast("Following", Shelf())), QUESTIONS)
    config = uvicorn.Config(
        app, http=BoundedProtocol, ws="none", log_level="critical", access_log=False, server_header=False
    )
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    host, port = listening.getsockname()
    while httpx.get(f"http://{host}:{port}/readyz").status_code != 200:
        time.sleep(0.01)
    yield host, port
    server.should_exit = True
    thread.join()


def say(address: Address, *parts: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes as they are and read one answer to its end."""
    with closing(socket.create_connection(address, 10)) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        while len(body) < int(headers.get("content-length", 0)):
            body += connection.recv(65536)
    return int(lines[0].split()[1]), headers, body


def problem(address: Address, *parts: bytes) -> str:
    status, headers, body = say(address, *parts)
    told = json.loads(body)
    assert headers["content-type"] == "application/problem+json"
    assert re.fullmatch("[0-9a-f]{16}", headers["x-request-id"])
    assert told["status"] == status
    assert 400 <= status < 500
    return str(told["type"])


def test_ten_megabytes_of_query_are_refused(address: Address) -> None:
    parts = [b"GET /toys?q=", *[b"a" * 1_000_000] * 10, b" HTTP/1.1\r\nhost: x\r\n\r\n"]
    assert problem(address, *parts) == "/problems/url-too-long"


@pytest.mark.parametrize("size", [9_000, 30_000, 60_000, 70_000, 200_000])
def test_a_long_url_is_refused_whatever_its_length(address: Address, size: int) -> None:
    url = b"/toys?q=" + b"a" * size
    assert problem(address, b"GET " + url + b" HTTP/1.1\r\nhost: x\r\n\r\n") == "/problems/url-too-long"


@pytest.mark.parametrize("size", [17_000, 30_000, 200_000, 3_000_000])
def test_long_headers_are_refused_even_if_they_never_end(address: Address, size: int) -> None:
    head = b"GET /toys HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * size
    assert problem(address, head + b"\r\n\r\n") == "/problems/headers-too-large"
    if size > 100_000:
        assert problem(address, head) == "/problems/headers-too-large"
    many = b"".join(b"x-%d: %s\r\n" % (number, b"a" * 100) for number in range(size // 100))
    assert problem(address, b"GET /toys HTTP/1.1\r\n" + many + b"\r\n") == "/problems/headers-too-large"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"FOO /toys HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /toys\xc3\xa9 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /to ys HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /toys HTTP/1.1\r\nhost: x\r\nbad header: \x01\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /toys HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    ],
)
def test_what_is_no_http_is_a_problem_too(address: Address, request_bytes: bytes) -> None:
    assert problem(address, request_bytes) == "/problems/bad-request"


def test_a_body_is_refused_by_its_length_and_as_it_streams(address: Address) -> None:
    head = b"POST /toys HTTP/1.1\r\nhost: x\r\ncontent-length: 300000000\r\n\r\n"
    assert problem(address, head) == "/problems/body-too-large"


def test_the_next_request_of_a_connection_is_counted_from_zero(address: Address) -> None:
    with httpx.Client(base_url=f"http://{address[0]}:{address[1]}") as client:
        for _ in range(10):
            assert client.get("/toys?q=a", headers={"x-filler": "b" * 8000}).status_code == 200


def test_head_and_conditional_requests_keep_the_connection(address: Address) -> None:
    with httpx.Client(base_url=f"http://{address[0]}:{address[1]}") as client:
        tag = client.get("/toys").headers["etag"]
        assert client.head("/toys").headers["etag"] == tag
        assert client.get("/toys", headers={"if-none-match": tag}).status_code == 304
        assert client.options("/toys").status_code == 204
        assert client.head("/toys/boom").status_code == 500
        assert client.get("/toys").status_code == 200


def test_the_server_says_nothing_of_its_make(address: Address) -> None:
    _, headers, _ = say(address, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
    assert "server" not in headers
    assert headers["date"]


def test_a_host_header_is_never_believed(address: Address) -> None:
    request = b"GET http://evil.test/toys/name:bear HTTP/1.1\r\nhost: evil.test\r\nx-forwarded-host: evil.test\r\n\r\n"
    status, headers, body = say(address, request)
    assert (status, headers["location"]) == (307, "/toys/bear")
    assert "evil" not in str(headers) + body.decode()


def told(address: Address, *lines: bytes, method: bytes = b"GET") -> tuple[int, dict[str, str], bytes]:
    """What one request on a connection of its own is told, without what differs from one to the next."""
    head = b"".join(line + b"\r\n" for line in (method + b" /toys?type=a HTTP/1.1", b"host: x", *lines))
    status, headers, body = say(address, head + b"\r\n")
    for name in ("date", "x-request-id"):
        assert headers.pop(name)
    return status, headers, body


def test_an_answer_in_one_piece_is_that_in_messages(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte, whatever is asked; and only where nothing is in the way it is one."""
    pieces: list[bool] = []

    def noted(cycle: RequestResponseCycle, status: int, head: bytes, body: bytes) -> bool:
        cycle.access_log = logged
        pieces.append(written(cycle, status, head, body))
        return pieces[-1]

    written, logged = wire._written, False
    tag = told(address)[1]["etag"].encode()
    asked = ((), (b"accept: text/plain",), (b"if-none-match: " + tag,), (b"x-request-id: own",))
    with monkeypatch.context() as patch:
        patch.setattr(wire, "_written", lambda *_: False)
        in_messages = [told(address, *lines) for lines in asked]
    monkeypatch.setattr(wire, "_written", noted)
    assert [told(address, *lines) for lines in asked] == in_messages
    assert [status for status, _, _ in in_messages] == [200, 406, 304, 200]
    assert pieces == [True] * 4
    assert told(address, b"connection: close")[1]["connection"] == "close"
    assert pieces.pop() is False
    told(address, b"accept-encoding: gzip")
    assert len(pieces) == 4
    logged = True
    told(address)
    assert pieces.pop() is False


def test_requests_that_wait_behind_each_other_are_answered_in_their_order(address: Address) -> None:
    asked = [b"/toys?type=a", b"/toys?nonsense=1", b"/toys?type=b", b"/nowhere", b"/toys?type=a"]
    with closing(socket.create_connection(address, 10)) as connection:
        connection.sendall(b"".join(b"GET " + path + b" HTTP/1.1\r\nhost: x\r\n\r\n" for path in asked))
        received = b""
        while received.count(b"HTTP/1.1 ") < len(asked) or not received.endswith(b"}"):
            received += connection.recv(65536)
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200", b"422", b"200", b"404", b"200"]


def test_no_header_can_begin_another_one() -> None:
    exchange = _Exchange(
        Envelope(cast("Any", None), Settings(), Rates(Settings()), lambda _: set()),
        {"type": "http", "method": "GET", "path": "/", "headers": [], WIRE: lambda *_: True},
        cast("Any", None), cast("Any", None),
    )  # fmt: skip
    assert exchange.whole(Reply(200, ((b"link", b"<a>"),), b""))
    with pytest.raises(ValueError, match="line break"):
        exchange.whole(Reply(200, ((b"link", b"<a>\r\nset-cookie: b"),), b""))
