"""uvicorn's HTTP/1.1 protocol with bounds on what is read before the application is asked, and a shorter way to write.

The parser gathers the whole request line and all headers in memory, however long, and what it can't read is answered in
text/plain. Here the head of a request is counted as it streams: past the limit the client gets its problem at once, and
what it still sends is read and dropped for a moment, so that it sees the answer instead of a reset connection.

An answer that is there as a whole may be written in one piece, its head already spelled out (`_written`): where nothing
is in its way, and else as every other, a message at a time. uvicorn looks at each character of each header, every time.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app import problems
from app.envelope import SECURITY, WIRE, new_id, spelled
from app.errors import BAD_REQUEST, HEADERS_TOO_LARGE, URL_TOO_LONG, Refused
from app.settings import load

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

_LINGER_S = 5.0
_MOST_DROPPED = 256 * 1024 * 1024
_SLACK = 1024
"""The envelope counts exactly and knows the request's id; this protocol steps in where it would not be asked."""


_settings = cache(load)


class BoundedProtocol(HttpToolsProtocol):
    """One connection, within the limits of the environment's settings."""

    _in_head = True
    _head_bytes = 0
    _dropped: int | None = None
    _refusal: Refused | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*args, **kwargs)
        self.max_url = _settings().max_url
        self.max_headers = _settings().max_headers

    def data_received(self, data: bytes) -> None:
        """Feed the parser; once a request has been refused, drop what follows."""
        if self._dropped is not None:
            self._dropped += len(data)
            if self._dropped > _MOST_DROPPED:
                self.transport.close()
            return
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > self.max_url + self.max_headers + _SLACK and self._dropped is None:
            self._refuse(self._headers_too_large())

    def on_message_begin(self) -> None:
        """Count from zero for each request of a connection."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the request line. An exception is how a callback stops the parser."""
        super().on_url(url)
        if len(self.url) > self.max_url + _SLACK:
            self._refusal = Refused(URL_TOO_LONG, f"The URL is too long; at most {self.max_url} bytes are read.")
            raise self._refusal

    def on_headers_complete(self) -> None:
        """Hand the request to the application."""
        self._in_head = False
        super().on_headers_complete()
        self.scope[WIRE] = partial(_written, self.cycle)  # type: ignore[literal-required]  # a key of our own

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser could not or would not read on, in the shape of every other error."""
        told = f"{msg.rstrip('.')}. In a URL, whatever is not plain ASCII is percent-encoded."
        self._refuse(self._refusal or Refused(BAD_REQUEST, told))

    def _headers_too_large(self) -> Refused:
        return Refused(HEADERS_TOO_LARGE, f"The headers are too large; at most {self.max_headers} bytes are read.")

    def _refuse(self, refused: Refused) -> None:
        path = getattr(self, "url", b"/").partition(b"?")[0][: self.max_url].decode("ascii", "replace")
        reply = problems.reply(refused, path)
        request_id = (b"x-request-id", new_id())
        headers = (*self.server_state.default_headers, *reply.headers, request_id, *SECURITY, (b"connection", b"close"))
        self.transport.write(b"".join([STATUS_LINE[reply.status], spelled(headers), b"\r\n", reply.body]))
        self._dropped = 0
        self.flow.resume_reading()
        self.loop.call_later(_LINGER_S, self.transport.close)

    def shutdown(self) -> None:
        """Begin to stop: what goes on without an end is told so, as the server waits for whatever is under way."""
        if stop := self.app_state.get("stop"):
            stop()
        super().shutdown()

    def eof_received(self) -> None:
        """The client has nothing more to say."""
        if self._dropped is not None:
            self.transport.close()


def _written(cycle: RequestResponseCycle, status: int, head: bytes, body: bytes) -> bool:
    """Write an answer in one piece; nothing is written, and it is for uvicorn to do, if anything is in the way."""
    if cycle.response_started or cycle.disconnected or cycle.flow.write_paused:
        return False
    if cycle.access_log or not cycle.keep_alive:
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(b"".join((STATUS_LINE[status], spelled(cycle.default_headers), head, b"\r\n")))
    if body:
        cycle.transport.write(body)
    cycle.message_event.set()
    cycle.on_response()
    return True
