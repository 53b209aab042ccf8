"""A service to write to: a ledger with the article's graph or an empty one, and keys."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.main import create_app
from app.settings import load
from app.source import prepare
from graph.db import connect
from graph.store import Store, keys
from tests.toys import Client, started

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

ACTOR = {"kind": "person", "name": "Kirill Dmitriev Jr"}
TEXT = "The minister said: «Energy is under attack». He did not say by whom. Later he said: energy prices rise."


@dataclass
class Pen(Client):
    """A client that may write; `key` is what it presents."""

    key: str = ""
    database: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def write(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:  # noqa: ANN401 - JSON
        """The answer to a write; a header's name is given with underscores."""
        given = {"authorization": f"Bearer {self.key}", **{name.replace("_", "-"): headers[name] for name in headers}}
        more: dict[str, Any] = {"content": body} if isinstance(body, (bytes, str)) else {"json": body}
        if body is None:
            more = {}
        elif isinstance(body, (bytes, str)):
            given.setdefault("content-type", "application/json")
        return self.ask(method, path, {name: value for name, value in given.items() if value}, **more)

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:  # noqa: ANN401 - JSON
        return self.write("POST", path, body, **headers)

    def batch(self, *lines: str, query: str = "", **headers: str) -> httpx.Response:
        given = {"content_type": "application/x-ndjson", **headers}
        return self.write("POST", f"/batch{query}", "\n".join(lines), **given)

    def tag(self, path: str) -> str:
        """The ETag by which a record is written next."""
        return str(self.get(path).headers["etag"])

    def revision(self) -> int:
        return int(self.get("/stats").headers["entente-revision"])


def make_key(database: str, *scopes: str, name: str = "Tester") -> str:
    """A key of a ledger."""
    engine = connect(database)
    try:
        return keys.create(Store(engine), name, scopes)
    finally:
        engine.dispose()


@contextmanager
def pen(database: str, *scopes: str, sample: bool = True, **settings: str) -> Iterator[Pen]:
    """A service on a ledger, and a client with a key for it; without scopes there is no key."""
    prepare(database, sample=sample)
    key = make_key(database, *scopes) if scopes else ""
    variables = {f"ENTENTE_{name.upper()}": value for name, value in settings.items()}
    with started(create_app(load({"ENTENTE_DATABASE_URL": database, **variables}))) as client:
        yield Pen(client.app, client.portal, client.http, key, database)
