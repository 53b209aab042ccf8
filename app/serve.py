"""Start the server: take the port, say where to look, answer until told to stop."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
from typing import TYPE_CHECKING

import typer
import uvicorn
from uvicorn.supervisors import Multiprocess

from app.logs import logging_config

if TYPE_CHECKING:
    from app.settings import Settings

_GRACE_S = 10
_SLOW_START_S = 300  # a worker that is still importing is not dead: killed too early, it would begin anew for ever
_LAST_PORT = 65535
_WAITING = 2048


class CantServe(Exception):  # noqa: N818 - read as a sentence, as the rest of the error tree is
    """The server can't be started; `str()` says why and what would do."""


def listen(settings: Settings) -> socket.socket:
    """The port, taken. Errors: `CantServe`."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    taken = socket.socket(family)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((settings.host, settings.port))
    except OSError as error:
        taken.close()
        raise CantServe(_why(error, settings)) from None
    taken.listen(_WAITING)  # who comes before the workers are ready waits, and is not turned away
    taken.set_inheritable(True)  # the workers answer on it
    return taken


def welcome(settings: Settings, port: int) -> str:
    """Where to look, for whoever started the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - to name, not to bind
    here = f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{port}"
    return (
        f"Entente answers at {here}, from {settings.database_shown}\n"
        f"  {here}/actors/russia/relations?type=sanction\n"
        f"  {here}/docs"
    )


def run(settings: Settings, taken: socket.socket) -> None:
    """Answer until told to stop; requests that are under way may finish."""
    os.environ.update(settings.as_variables())  # each worker reads its settings for itself
    config = uvicorn.Config(
        "app.main:create_app",
        factory=True,
        workers=settings.workers,
        loop="uvloop",
        http="app.wire:BoundedProtocol",
        ws="none",
        lifespan="on",
        log_config=logging_config(settings),
        access_log=settings.access_log,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
        timeout_worker_healthcheck=_SLOW_START_S,
    )
    typer.echo(welcome(settings, taken.getsockname()[1]))
    # Uvicorn, all requests answered, raises again the signal that stopped it. To be told to stop is no failure: exit 0.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        if settings.workers > 1:
            Multiprocess(config, sockets=[taken]).run()
        else:
            uvicorn.Server(config).run(sockets=[taken])


def _why(error: OSError, settings: Settings) -> str:
    if error.errno == errno.EADDRINUSE:
        other = settings.port + 1 if settings.port < _LAST_PORT else settings.port - 1
        return (
            f"Port {settings.port} on {settings.host} is taken by another program. "
            f"Stop that one, or take another port: entente serve --port {other}"
        )
    if error.errno == errno.EACCES:
        return f"Port {settings.port} is not for everyone; take one above 1023: entente serve --port 8000"
    return f"{settings.host} is no address of this machine; take another: entente serve --host 127.0.0.1"
