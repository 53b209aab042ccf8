"""Serve a peer on a free port of the loopback, as our service is served: uvicorn, uvloop, httptools, no access log."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import uvicorn

from bench.peers import limit

if __name__ == "__main__":
    name, folder = sys.argv[1:]
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    print(f"{name} answers at http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        limit(name).app(Path(folder)), loop="uvloop", http="httptools", ws="none", log_level="warning", access_log=False
    )
    uvicorn.Server(config).run(sockets=[listening])
