"""Histories written over HTTP: the verbs of a writer, each as the request that it is, by several clients.

Every request is made as a careful or a careless client would: as a dry run first, with a tag that has gone stale, sent
again under its idempotency key. None of that may change anything, and each tells so by its status.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode
from uuid import UUID

import orjson

from tests.histories import VERBS, History

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    import httpx

    from graph.models import ClaimStatement, MergeStatement
    from graph.models.fields import Statement
    from tests.writing import Pen

Body = dict[str, Any]
REFUSED = {"op": "actor", "id": "russia", "kind": "state", "name": "Another Russia"}
"""A line that is refused wherever Russia has ever been recorded."""


class Claimed(NamedTuple):
    """What a claim came to."""

    claim_id: str
    relation_id: str
    new_relation: bool
    new_claim: bool


def body_of(statement: Statement) -> Body:
    """What was stated, as JSON."""
    return statement.model_dump(mode="json", by_alias=True, exclude_unset=True)


class Remote:
    """What a history writes through: the verbs of a writer, as requests. Each verb gives what the writer's gives."""

    def __init__(self, clients: Sequence[Pen], random: Random) -> None:
        self.clients = clients
        self.random = random
        self.began = self.revision = clients[0].revision()
        self.met: set[str] = set()
        """The relations that have been made by it."""

    @property
    def client(self) -> Pen:
        """Any of the clients."""
        return self.random.choice(self.clients)

    @property
    def wrote(self) -> int:
        """How many revisions were written since it began."""
        return self.revision - self.began

    @property
    def at(self) -> int:
        """The instant of the newest revision, microseconds."""
        (change,) = self.client.get(f"/changes?after={self.revision - 1}&limit=1").json()["items"]
        return (datetime.fromisoformat(change["at"]) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

    def add_actor(self, statement: Statement) -> tuple[str, bool]:
        return self._added("actor", statement)

    def add_document(self, statement: Statement) -> tuple[str, bool]:
        return self._added("document", statement)

    def add_dataset(self, statement: Statement) -> tuple[str, bool]:
        return self._added("dataset", statement)

    def amend_actor(self, id_: str, statement: Statement, *, reason: str) -> bool:
        return self.replace("actor", id_, reason, statement)

    def amend_document(self, id_: str, statement: Statement, *, reason: str) -> bool:
        return self.replace("document", id_, reason, statement)

    def amend_dataset(self, id_: str, statement: Statement, *, reason: str) -> bool:
        return self.replace("dataset", id_, reason, statement)

    def amend_relation(self, id_: str, statement: Statement, *, reason: str) -> bool:
        return self.replace("relation", id_, reason, statement)

    def amend_claim(self, id_: str, statement: Statement, *, reason: str) -> bool:
        return self.replace("claim", id_, reason, statement)

    def retract(self, kind: str, id_: str, reason: str) -> bool:
        return self.replace(kind, id_, reason)

    def undo_merge(self, id_: str, reason: str) -> bool:
        return self.replace("merge", id_, reason)

    def merge(self, survivor: str, statement: MergeStatement) -> str:
        id_, new = self.state("merge", body_of(statement), survivor)
        assert new
        return id_

    def claim(self, statement: ClaimStatement) -> Claimed:
        claim, new = self.state("claim", body_of(statement))
        relation = claim.partition(".")[0]
        made = relation not in self.met
        self.met.add(relation)
        return Claimed(claim, relation, made, new)

    def _added(self, kind: str, statement: Statement) -> tuple[str, bool]:
        return self.state(kind, body_of(statement))

    def state(self, kind: str, body: Body, survivor: str = "") -> tuple[str, bool]:
        """State a record; its id, and whether it is new."""
        raise NotImplementedError

    def replace(self, kind: str, id_: str, reason: str, statement: Statement | None = None) -> bool:
        """State a record anew, or end its life; whether anything changed."""
        raise NotImplementedError

    def unchanged(self) -> None:
        """Nothing was written."""
        assert self.client.revision() == self.revision


class Requests(Remote):
    """Each verb is a request of its own, and a revision if it changes anything."""

    def state(self, kind: str, body: Body, survivor: str = "") -> tuple[str, bool]:
        path = f"/actors/{survivor}/merges" if survivor else f"/{kind}s"
        answer = self._send("POST", path, body)
        told = answer.json()
        return (told["claim"] if kind == "claim" else told)["id"], answer.status_code == 201

    def replace(self, kind: str, id_: str, reason: str, statement: Statement | None = None) -> bool:
        path = f"/{kind}s/{id_}"
        before, tag = self.revision, self.client.tag(path)
        if self.random.random() < 0.3:
            self._refuse_stale(path, reason, statement, tag)
        if statement is None:
            self._send("DELETE", f"{path}?reason={quote(reason)}", if_match=tag)
        else:
            self._send("PUT", path, body_of(statement) | {"reason": reason}, if_match=tag)
        return self.revision > before

    def _refuse_stale(self, path: str, reason: str, statement: Statement | None, tag: str) -> None:
        number, shape = tag.strip('"').split("-", 1)
        stale = f'"{self.random.randrange(int(number))}-{shape}"'
        if statement is None:
            answer = self.client.write("DELETE", f"{path}?reason={quote(reason)}", if_match=stale)
        else:
            answer = self.client.write("PUT", path, body_of(statement) | {"reason": reason}, if_match=stale)
        assert answer.status_code == 412, answer.text
        self.unchanged()

    def _send(self, method: str, path: str, body: Body | None = None, **headers: str) -> httpx.Response:
        client = self.client
        foreseen = None
        if self.random.random() < 0.3:
            foreseen = client.write(method, path + ("&" if "?" in path else "?") + "dry_run=true", body, **headers)
            self.unchanged()
        if self.random.random() < 0.3:
            headers["idempotency_key"] = str(UUID(int=self.random.getrandbits(128)))
        answer = client.write(method, path, body, **headers)
        assert answer.status_code in {200, 201}, (method, path, body, answer.text)
        self.revision = client.revision()
        assert int(answer.headers["entente-revision"]) == self.revision
        if foreseen is not None:
            assert foreseen.status_code == 200, foreseen.text
            assert foreseen.json()["status"] == answer.status_code
        if "idempotency_key" in headers:
            again = client.write(method, path, body, **headers)
            assert again.headers["idempotent-replayed"] == "true"
            assert (again.status_code, again.content) == (answer.status_code, answer.content)
            self.unchanged()
        return answer


class Batch(Remote):
    """The verbs are lines of one batch. What each comes to is told by a dry run of the lines so far."""

    def __init__(self, clients: Sequence[Pen], random: Random) -> None:
        super().__init__(clients, random)
        self.lines: list[Body] = []
        self.foreseen: list[Body] = []
        self.written = 0
        self.versions: dict[tuple[str, str], int] = {}
        """What each record has come to in these lines."""

    def state(self, kind: str, body: Body, survivor: str = "") -> tuple[str, bool]:
        result = self._line({"op": kind, **({"survivor": survivor} if survivor else {}), **body})
        if result["status"] == 201:
            self.versions[kind, result["id"]] = 1
            if kind == "claim" and result["relation"] not in self.met:
                self.versions.setdefault(("relation", result["relation"]), 1)
        return result["id"], result["status"] == 201

    def replace(self, kind: str, id_: str, reason: str, statement: Statement | None = None) -> bool:
        version = self.versions.get((kind, id_)) or self._version(kind, id_)
        line = {"record": kind, "id": id_, "reason": reason, "if_version": version}
        if self.random.random() < 0.3:
            self._refuse_stale(line, statement)
        before = self.written
        self._line(self._replacing(line, statement))
        wrote = self.written > before
        self.versions[kind, id_] = version + (wrote and statement is not None)
        return wrote

    def send(self) -> None:
        """Write the lines: what comes is what was foreseen. A line that is refused leaves the others alone."""
        if not self.lines:
            return
        lines, results = list(self.lines), list(self.foreseen)
        atomic = self.random.random() < 0.5
        spoilt = self.random.randint(0, len(lines))
        broken = [*lines[:spoilt], REFUSED, *lines[spoilt:]]
        refusable = self.client.get("/actors/russia").status_code != 404
        if atomic or not refusable:
            if refusable:
                assert self._post(broken).status_code == 409
                self.unchanged()
            answer = self._post(lines)
            got = answer.json()["results"]
        else:
            answer = self._post(broken, "?atomic=false")
            got = answer.json()["results"]
            assert got.pop(spoilt)["status"] == 409
            got = [each | {"line": number} for number, each in enumerate(got, start=1)]
        assert (answer.status_code, got) == (200, results), answer.text
        self.revision = self.client.revision()
        assert answer.json()["revision"] == self.revision

    def _line(self, line: Body) -> Body:
        self.lines.append(line)
        answer = self._post(self.lines, "?dry_run=true")
        assert answer.status_code == 200, (line, answer.text)
        self.unchanged()
        self.foreseen = answer.json()["results"]
        self.written = answer.json()["written"]
        result: Body = self.foreseen[-1]
        return result

    def _refuse_stale(self, line: Body, statement: Statement | None) -> None:
        stale = self._replacing(line | {"if_version": line["if_version"] + 1}, statement)
        answer = self._post([*self.lines, stale], "?dry_run=true")
        assert answer.status_code == 412, answer.text

    def _replacing(self, line: Body, statement: Statement | None) -> Body:
        if statement is None:
            return {"op": "retract", **line}
        return {"op": "amend", **line, "statement": body_of(statement)}

    def _version(self, kind: str, id_: str) -> int:
        if kind == "merge":
            return 1
        page = self.client.get(f"/{kind}s/{id_}/versions?limit=1").json()
        version: int = page["items"][0]["version"]
        return version

    def _post(self, lines: Sequence[Body], query: str = "") -> httpx.Response:
        return self.client.batch(*(orjson.dumps(line).decode() for line in lines), query=query)


class RemoteHistory(History):
    """A history whose verbs are requests of several clients."""

    def __init__(self, clients: Sequence[Pen], random: Random) -> None:
        self.clients = clients
        super().__init__(None, random)  # type: ignore[arg-type]  # the ledger is reached by HTTP alone
        self.met: set[str] = set()
        self.start = clients[0].revision()
        self.revision = self.start
        self.instants = dict.fromkeys(range(1, self.start + 1), 0)  # of the keys: before all that is recorded

    def begin(self, claims: int = 4) -> None:
        remote = self._through(Batch)
        for id_, kind in (("us", "state"), ("russia", "state"), ("lavrov", "person"), ("paper", "unknown")):
            self._state_actor(remote, id_, self._actor(id_, kind), new=True)  # type: ignore[arg-type]  # has the verbs
        for verb in (History._new_document, History._new_dataset, *[History._claim] * claims):
            verb(self, remote)  # type: ignore[arg-type]  # it has the verbs of a history
        self._close(remote)

    def request(self) -> None:
        """One verb, as a request."""
        remote = self._through(Requests)
        self.random.choice(VERBS)(self, remote)  # type: ignore[arg-type]  # it has the verbs of a history
        self._close(remote)

    def batch(self) -> None:
        """Up to three verbs, as lines of a batch."""
        remote = self._through(Batch)
        for _ in range(self.random.randint(1, 3)):
            self.random.choice(VERBS)(self, remote)  # type: ignore[arg-type]  # it has the verbs of a history
        self._close(remote)

    def _through(self, how: type[Remote]) -> Remote:
        remote = how(self.clients, self.random)
        remote.met = self.met
        return remote

    def _close(self, remote: Remote) -> None:
        if isinstance(remote, Batch):
            remote.send()
        self._keep(remote)  # type: ignore[arg-type]  # it has the verbs of a history


def url(path: str, asked: Body) -> str:
    """A request with its parameters as they stand in a URL."""
    plain = {name: str(value).lower() if isinstance(value, bool) else value for name, value in asked.items()}
    return f"{path}?{urlencode(plain, doseq=True)}" if plain else path
