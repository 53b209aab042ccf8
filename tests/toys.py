"""A service with two toy questions: the conventions of HTTP can be tested without a graph."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any, ClassVar, Literal, cast

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from pydantic import BaseModel, Field

from app.main import Entente, create_app
from app.settings import Settings
from app.source import Following, Source
from graph.errors import Busy, Conflict, Full, Gone, LedgerDamaged, NotFound
from graph.queries import Answer, Bounded, Budget, Known, Paged, Question, Reading, Valid, WholeGraph

HERE = "http://toys.test"
LONG = "x" * 4000


Toybox = Any
"""What stands for a snapshot or a ledger."""
Options = Any


class ToyPage(BaseModel):
    """A page of toys."""

    items: list[str]
    next: str | None
    total: int | None


class ToyRecord(BaseModel):
    """A toy."""

    id: str


class ListToys(Valid, Paged):
    """Toys, as a list."""

    name: ClassVar[str] = "list_toys"
    path: ClassVar[str] = "/toys"
    summary: ClassVar[str] = "Toys"
    tag: ClassVar[str] = "actors"
    answer: ClassVar[type[BaseModel]] = ToyPage

    type: tuple[str, ...] = Field((), max_length=3, description="A kind of toy.")
    class_: Literal["soft", "hard"] | None = Field(None, alias="class", description="How it feels.")
    price: float | None = Field(None, ge=0, le=100, description="At most this much.")
    q: str | None = Field(None, max_length=20, description="A part of its name.")

    def run(self, snapshot: Toybox) -> Answer:
        """Two toys, and more to come."""
        snapshot.asked.append(self)
        page = {"items": [LONG, str(snapshot.revision)], "next": "abc", "total": None}
        return Answer(json.dumps(page).encode(), self.moment(snapshot).revision, next="abc")


class GetToy(Known):
    """One toy, or what is wrong with it."""

    name: ClassVar[str] = "get_toy"
    path: ClassVar[str] = "/toys/{id}"
    summary: ClassVar[str] = "A toy"
    tag: ClassVar[str] = "actors"
    answer: ClassVar[type[BaseModel]] = ToyRecord
    strong: ClassVar[bool] = True

    id: str = Field(max_length=30, description="The toy.")

    FAULTS: ClassVar[dict[str, Exception]] = {
        "gone": Gone("toy", "gone", "it broke", 4),
        "conflict": Conflict("It clashes.", "bear"),
        "busy": Busy(),
        "full": Full(),
        "damaged": LedgerDamaged("row 7 of /var/lib/secret.db"),
        "boom": RuntimeError("SELECT secret FROM /var/lib/secret.db"),
    }

    def run(self, snapshot: Toybox) -> Answer:
        """The bear; another name of it; or a fault."""
        snapshot.asked.append(self)
        if self.id in self.FAULTS:
            raise self.FAULTS[self.id]
        if self.id == "name:bear":
            return Answer(b"", self.moment(snapshot).revision, location="bear")
        if self.id != "bear":
            raise NotFound("toy", self.id, "bear")
        body = json.dumps({"id": LONG}).encode()
        return Answer(body, self.moment(snapshot).revision, newest=3)


class SeekToy(Known):
    """The toy that lies under all others."""

    name: ClassVar[str] = "seek_toy"
    path: ClassVar[str] = "/sought"
    summary: ClassVar[str] = "The toy below"
    tag: ClassVar[str] = "actors"
    answer: ClassVar[type[BaseModel]] = ToyRecord

    under: int = Field(3, ge=0, description="How many lie above it.")

    def effort(self, _snapshot: Toybox) -> int:
        """Each of them is taken away."""
        return self.under

    def run(self, snapshot: Toybox) -> Answer:
        """Where it was found."""
        return Answer(json.dumps({"id": threading.current_thread().name}).encode(), snapshot.revision)


class ReadToy(Reading, Known):
    """What the ledger says of a toy."""

    name: ClassVar[str] = "read_toy"
    path: ClassVar[str] = "/toys/{id}/history"
    summary: ClassVar[str] = "A toy's history"
    tag: ClassVar[str] = "actors"
    answer: ClassVar[type[BaseModel]] = ToyRecord

    id: str = Field(description="The toy.")

    def read(self, snapshot: Toybox, ledger: Toybox) -> Answer:
        """Slowly, in a thread of its own."""
        ledger.wait()
        return Answer(json.dumps({"id": threading.current_thread().name}).encode(), snapshot.revision)


class CountToys(Bounded, Known):
    """Toys, counted one by one for as long as it may take."""

    name: ClassVar[str] = "count_toys"
    path: ClassVar[str] = "/counted"
    summary: ClassVar[str] = "How many toys"
    tag: ClassVar[str] = "actors"
    answer: ClassVar[type[BaseModel]] = ToyRecord
    steps: ClassVar[int] = 10**12

    toys: int = Field(3, ge=0, description="How many there are.")

    def within(self, snapshot: Toybox, budget: Budget) -> Answer:
        """In a thread, which holds the interpreter as a real loop does."""
        snapshot.asked.append(budget)
        for _ in range(self.toys):
            budget.need()
        snapshot.asked.append(self)
        return Answer(json.dumps({"id": threading.current_thread().name}).encode(), snapshot.revision)


class MeasureToys(WholeGraph):
    """A measure of the whole graph that takes as long as one likes; in its process, and nowhere else."""

    name: ClassVar[str] = "measure_toys"
    path: ClassVar[str] = "/measured"
    summary: ClassVar[str] = "A measure"
    tag: ClassVar[str] = "graph"
    answer: ClassVar[type[BaseModel]] = ToyRecord

    seconds: int = Field(0, description="How long it takes.")
    how: Literal["well", "refused", "failed", "killed"] = Field("well", description="How it ends.")

    def measured(self, fold: Toybox, nodes: list[int] | None) -> Options:
        """The process and what it sees."""
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            pass
        if self.how == "refused":
            raise NotFound("toy", "bear")
        if self.how == "failed":
            raise RuntimeError("a secret")
        if self.how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        return os.getpid(), len(fold), int(fold.pairs.nnz), nodes

    def told(self, snapshot: Toybox, fold: Toybox, measured: Options) -> Answer:
        """All of it."""
        return Answer(json.dumps({"id": [measured, fold.revision]}).encode(), snapshot.revision)


class Shelf:
    """A ledger whose snapshot stands still, unless it is told to move."""

    def __init__(self) -> None:
        self.snapshot = SimpleNamespace(
            revision=7, newest_at=7_000_000, revision_at=lambda _: 5, ledger="toys", asked=[]
        )
        self.delay = 0.0
        self.ledger = cast("Any", SimpleNamespace(wait=lambda: time.sleep(self.delay)))
        self.closed = False

    def current(self) -> Toybox:
        return self.snapshot

    def close(self) -> None:
        self.closed = True


@dataclass
class Client:
    """Speaks to an application in this process, and looks like a plain client."""

    app: Entente
    portal: BlockingPortal
    http: httpx.AsyncClient

    def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Options) -> httpx.Response:
        """The answer to a request that says nothing of its own accord."""
        given = {"accept-encoding": "identity", **(headers or {})}
        plain = {name.encode(): value.encode() for name, value in given.items()}
        request = partial(self.http.request, method, path, headers=plain, **more)
        return self.portal.call(request)

    def get(self, path: str, headers: dict[str, str] | None = None, **more: Options) -> httpx.Response:
        return self.ask("GET", path, headers, **more)


@dataclass
class ToyClient(Client):
    """The same, with a hand on the shelf."""

    shelf: Shelf


@contextmanager
def begun(app: Entente) -> Iterator[Client]:
    """An application, started."""
    with start_blocking_portal() as portal:
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HERE)
        with portal.wrap_async_context_manager(app.router.lifespan_context(app)):
            yield Client(app, portal, http)
        portal.call(http.aclose)


@contextmanager
def started(app: Entente) -> Iterator[Client]:
    """An application, started and ready."""
    with begun(app) as client:
        while client.get("/readyz").status_code != 200:
            time.sleep(0.005)
        yield client


QUESTIONS: tuple[type[Question], ...] = (ListToys, GetToy, ReadToy, CountToys, SeekToy)


@contextmanager
def toys(**settings: Options) -> Iterator[ToyClient]:
    """The toy service, started and ready."""
    shelf = Shelf()
    app = create_app(Settings(**settings), Source(lambda _: cast("Following", shelf)), QUESTIONS)
    with started(app) as client:
        yield ToyClient(client.app, client.portal, client.http, shelf)
