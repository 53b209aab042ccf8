"""Writing over HTTP, on both engines: each write of the table, each status it can answer, and what it answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.writing import ACTOR, TEXT, Pen, pen

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


@pytest.fixture
def client(database_url: str) -> Iterator[Pen]:
    with pen(database_url, "write", "curate") as made:
        yield made


def problem(answer: httpx.Response, status: int, *words: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    for word in words:
        assert word in answer.text
    return told


def as_read(client: Pen, answer: httpx.Response) -> None:
    """A write answers with what reading shows, under the same tag, at the revision it names."""
    read = client.get(answer.headers["location"])
    assert read.status_code == 200, read.text
    assert (read.json(), read.headers["etag"]) == (answer.json(), answer.headers["etag"])
    assert read.headers["entente-revision"] == answer.headers["entente-revision"]


def test_an_actor_is_recorded_amended_retracted_and_reinstated(client: Pen) -> None:
    made = client.post("/actors", {**ACTOR, "comment": "seen on television"})
    assert made.status_code == 201
    assert made.headers["location"] == "/actors/kirill-dmitriev-jr"
    assert int(made.headers["entente-revision"]) == client.revision()
    as_read(client, made)
    path = made.headers["location"]

    amended = client.write("PUT", path, {**ACTOR, "description": "An envoy."}, if_match=made.headers["etag"])
    assert amended.status_code == 200
    assert (amended.json()["version"], amended.json()["description"]) == (2, "An envoy.")
    assert amended.headers["etag"] != made.headers["etag"]
    as_read(client, amended)

    same = client.write("PUT", path, {**ACTOR, "description": "An envoy."}, if_match=amended.headers["etag"])
    assert (same.status_code, same.headers["etag"]) == (200, amended.headers["etag"])
    assert same.headers["entente-revision"] == amended.headers["entente-revision"]

    gone = client.write("DELETE", f"{path}?reason=a+mistake", if_match=amended.headers["etag"])
    assert gone.status_code == 200
    assert gone.json()["retracted_at"]
    read = client.get(path)
    problem(read, 410, "a mistake")
    assert read.headers["etag"] == gone.headers["etag"]
    again = client.write("DELETE", f"{path}?reason=again", if_match=gone.headers["etag"])
    problem(again, 410, "a mistake")
    assert again.headers["etag"] == gone.headers["etag"]

    without = client.write("PUT", path, ACTOR, if_match=gone.headers["etag"])
    problem(without, 409, "reason is required")
    back = client.write("PUT", path, {**ACTOR, "reason": "it was right"}, if_match=gone.headers["etag"])
    assert (back.status_code, back.json()["version"], back.json()["retracted_at"]) == (200, 3, None)
    as_read(client, back)
    told = client.get(f"{path}/versions").json()["items"]
    assert [(step["op"], step["reason"], step["by"]) for step in told] == [
        ("reinstate", "it was right", "tester"),
        ("retract", "a mistake", "tester"),
        ("amend", None, "tester"),
        ("add", None, "tester"),
    ]


def test_a_taken_id_or_identifier_names_the_holder(client: Pen) -> None:
    problem(client.post("/actors", {"id": "russia", "kind": "state", "name": "R"}), 409, "russia")
    taken = {"kind": "state", "name": "Rus", "identifiers": [{"scheme": "iso3", "value": "RUS"}]}
    problem(client.post("/actors", taken), 409, "iso3:RUS", "russia")
    first = client.post("/actors", {"kind": "person", "name": "Ivan Ivanov"})
    second = client.post("/actors", {"kind": "person", "name": "Ivan Ivanov"})
    assert (first.json()["id"], second.json()["id"]) == ("ivan-ivanov", "ivan-ivanov-2")


def test_a_document_is_recognised(client: Pen) -> None:
    said = {"title": "Energy", "publisher": "unnamed-newspaper", "published_on": "2026-02-10", "text": TEXT}
    first = client.post("/documents", said)
    assert first.status_code == 201
    as_read(client, first)
    revision = client.revision()
    again = client.post("/documents", {**said, "title": "Energy, again"})
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert again.headers["etag"] == first.headers["etag"]
    assert client.revision() == revision
    path = first.headers["location"]
    put = client.write("PUT", path, {**said, "language": "en"}, if_match=first.headers["etag"])
    assert (put.status_code, put.json()["language"]) == (200, "en")
    as_read(client, put)
    gone = client.write("DELETE", f"{path}?reason=withdrawn", if_match=put.headers["etag"])
    assert gone.status_code == 200
    problem(client.post("/documents", said), 409, first.json()["id"])


def test_a_dataset_too(client: Pen) -> None:
    made = client.post("/datasets", {"title": "ICEWS", "version": "2026"})
    assert made.status_code == 201
    as_read(client, made)
    path = made.headers["location"]
    put = client.write("PUT", path, {"title": "ICEWS", "version": "2027"}, if_match=made.headers["etag"])
    assert (put.status_code, put.json()["version"], put.json()["record_version"]) == (200, "2027", 2)
    gone = client.write("DELETE", f"{path}?reason=withdrawn", if_match=put.headers["etag"])
    assert gone.status_code == 200
    assert gone.json()["retracted_at"]
    problem(client.get(path), 410)
    problem(client.post("/datasets", {"id": made.json()["id"], "title": "ICEWS"}), 409, made.json()["id"])


def claimed(client: Pen, **more: Any) -> httpx.Response:  # noqa: ANN401 - whatever a claim may state
    relation = {"type": "accuse", "source": "lavrov", "target": "us", "start": "2026-03-01"}
    return client.post(
        "/claims", {"relation": relation, "stance": "affirms", "document": "lavrov-interview-report", **more}
    )


def test_a_claim_comes_first_and_is_known_the_second_time(client: Pen) -> None:
    made = claimed(client)
    assert made.status_code == 201
    claim, relation = made.json()["claim"], made.json()["relation"]
    assert claim["relation"] == relation["id"]
    assert [each["id"] for each in relation["claims"]] == [claim["id"]]
    assert made.headers["location"] == f"/claims/{claim['id']}"
    assert client.get(f"/claims/{claim['id']}").headers["etag"] == made.headers["etag"]
    assert client.get(f"/relations/{relation['id']}").json() == relation
    again = claimed(client)
    assert (again.status_code, again.json()) == (200, made.json())
    assert again.headers["entente-revision"] == made.headers["entente-revision"]
    denied = claimed(client, relation={"id": relation["id"]}, stance="denies", claimant="us")
    assert (denied.status_code, denied.json()["relation"]["status"]) == (201, "disputed")


def test_relations_and_claims_are_amended_and_retracted(client: Pen) -> None:
    made = claimed(client).json()
    relation, claim = f"/relations/{made['relation']['id']}", f"/claims/{made['claim']['id']}"
    stated = {"type": "accuse", "source": "lavrov", "target": "us", "start": "2026-03-01", "end": "2026-03-02"}
    put = client.write("PUT", relation, stated, if_match=client.tag(relation))
    assert (put.status_code, put.json()["end"], put.json()["version"]) == (200, "2026-03-02", 2)
    as_read(client, put)
    told = problem(client.write("PUT", relation, stated | {"target": "china"}, if_match=client.tag(relation)), 422)
    assert told["errors"] == [{"pointer": "/target", "detail": told["errors"][0]["detail"]}]

    said = {"relation": {"id": made["relation"]["id"]}, "stance": "affirms", "document": "lavrov-interview-report"}
    put = client.write("PUT", claim, {**said, "confidence": 0.5}, if_match=client.tag(claim))
    assert (put.status_code, put.json()["confidence"]) == (200, 0.5)
    as_read(client, put)
    problem(client.write("PUT", claim, {**said, "stance": "denies"}, if_match=put.headers["etag"]), 422, "/stance")
    gone = client.write("DELETE", f"{claim}?reason=no", if_match=put.headers["etag"])
    assert gone.status_code == 200
    problem(client.get(relation), 410, "every claim on it")
    tag = client.tag(relation)
    gone = client.write("DELETE", f"{relation}?reason=no", if_match=tag)
    assert gone.status_code == 200, gone.text
    assert gone.json()["retracted_at"]
    problem(claimed(client), 409, made["relation"]["id"])


def test_actors_are_merged_and_parted_again(client: Pen) -> None:
    for name in ("Tass", "TASS agency"):
        client.post("/actors", {"kind": "organization", "name": name})
    before = client.get("/actors/tass").json()
    made = client.post("/actors/tass/merges", {"absorb": ["tass-agency"], "reason": "one agency"})
    assert made.status_code == 201, made.text
    assert made.json()["reason"] == "one agency"
    as_read(client, made)
    assert client.get("/actors/tass-agency").headers["location"] == "/actors/tass"
    problem(client.post("/actors/tass/merges", {"absorb": ["tass-agency"], "reason": "again"}), 409, "tass")
    tag = client.tag("/actors/tass")
    put = {"kind": "organization", "name": "Other"}
    problem(client.write("PUT", "/actors/tass-agency", put, if_match=tag), 409, "tass")
    problem(client.write("DELETE", "/actors/tass-agency?reason=x", if_match=tag), 409, "tass")
    path = made.headers["location"]
    problem(client.write("DELETE", f"{path}?reason=wrong"), 428)
    undone = client.write("DELETE", f"{path}?reason=wrong", if_match=made.headers["etag"])
    assert undone.status_code == 200, undone.text
    assert undone.json()["undone_at"]
    assert client.get("/actors/tass").json() == before
    problem(client.write("DELETE", f"{path}?reason=wrong", if_match=undone.headers["etag"]), 410)
    problem(client.write("DELETE", "/merges/m99?reason=wrong", if_match=undone.headers["etag"]), 404)
    problem(client.post("/actors/nobody/merges", {"absorb": ["tass"], "reason": "x"}), 404)


def test_if_match_is_required_strong_and_up_to_date(client: Pen) -> None:
    path, body = "/actors/lavrov", {"kind": "person", "name": "Sergey Lavrov"}
    tag = client.tag(path)
    problem(client.write("PUT", path, body), 428, "If-Match")
    problem(client.write("PUT", path, body, if_match="*"), 428)
    problem(client.write("DELETE", f"{path}?reason=x"), 428)
    problem(client.write("PUT", path, body, if_match=f"W/{tag}"), 412)
    problem(client.write("PUT", path, body, if_match=tag.strip('"')), 412)
    problem(client.write("PUT", path, body, if_match='"1-00000000"'), 412, "Read it again")
    problem(client.write("PUT", "/actors/nobody", body), 404)
    problem(client.write("PUT", "/actors/lavrof", body, if_match=tag), 404, "lavrov")
    put = client.write("PUT", path, body, if_match=f'"x", {tag}')
    assert put.status_code == 200
    problem(client.write("PUT", path, body, if_match=tag), 412)
    problem(client.write("DELETE", f"{path}?reason=x", if_match=tag), 412)
    client.post("/actors", ACTOR)
    assert client.tag(path) == put.headers["etag"], "unrelated writes leave the tag"


def test_a_retraction_needs_a_reason(client: Pen) -> None:
    tag = client.tag("/actors/lavrov")
    told = problem(client.write("DELETE", "/actors/lavrov", if_match=tag), 422)
    assert told["errors"][0]["parameter"] == "reason"
    problem(client.write("DELETE", "/actors/lavrov?reason=", if_match=tag), 422)
    problem(client.write("DELETE", "/actors/lavrov?reason=x&reason=y", if_match=tag), 422)
    problem(client.write("DELETE", "/actors/lavrov?raeson=x", if_match=tag), 422, '"reason\\" meant')
    problem(client.write("DELETE", "/actors/lavrov?reason=x", {"a": 1}, if_match=tag), 422, "no body")


@pytest.mark.parametrize(
    ("body", "pointer", "word"),
    [
        (b"{", "", "not JSON"),
        (b"[]", "", "object"),
        (b"\xff", "", "UTF-8"),
        (b'\xef\xbb\xbf{"kind": "person", "name": "x"}', "", "not JSON"),
        (b'{"kind": "person", "name": "x", "name": "y"}', "/name", "twice"),
        (b'{"kind": "person", "name": "x", "names": [{"value": "a", "value": "b"}]}', "/names/0/value", "twice"),
        (b'{"kind": "person", "name": "\\ud800"}', "/name", "half"),
        (b'{"kind": "person", "name": NaN}', "", "NaN"),
        (b"[" * 65 + b"]" * 65, "", "deep"),
        (b"[" * 100_000, "", "deep"),
        (b'{"kind": "person"}', "/name", "required"),
        (b'{"kind": "person", "name": 7}', "/name", "string"),
        (b'{"kind": "persn", "name": "x"}', "/kind", "person"),
        (b'{"kind": "person", "name": "x", "descripton": "y"}', "/descripton", '"description" meant'),
        (b'{"kind": "person", "name": "x", "comment": 7}', "/comment", "string"),
        (b'{"kind": "person", "name": "x", "identifiers": [{"scheme": "Iso 3", "value": "x"}]}',
         "/identifiers/0/scheme", "pattern"),
    ],
)  # fmt: skip
def test_a_body_is_read_strictly(client: Pen, body: bytes, pointer: str, word: str) -> None:
    told = problem(client.post("/actors", body), 422)
    assert any(fault["pointer"] == pointer and word in fault["detail"] for fault in told["errors"]), told


def test_other_bodies_are_refused_before_they_are_read(client: Pen) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", ""):
        problem(client.post("/actors", b"{}", content_type=kind), 415, "Content-Type: application/json")
    good = client.post("/actors", b'{"kind": "person", "name": "x"}', content_type="application/json; charset=UTF-8")
    assert good.status_code == 201
    problem(client.post("/actors", b" " * (1024 * 1024 + 1)), 413)
    problem(client.post("/actors", ACTOR, accept="text/csv"), 406)
    problem(client.write("PATCH", "/actors/lavrov", {}), 405, "DELETE")


def test_what_a_claim_refers_to_is_named_where_it_stands(client: Pen) -> None:
    told = problem(claimed(client, document="lavrov-interview-reprt"), 422)
    assert told["errors"][0]["pointer"] == "/document"
    assert '"lavrov-interview-report"' in told["detail"]
    told = problem(claimed(client, relation={"type": "acuse", "source": "lavrov", "target": "us"}), 422)
    assert told["errors"][0]["pointer"] == "/relation/type"


def test_a_dry_run_tells_what_would_happen(client: Pen) -> None:
    revision = client.revision()
    told = client.post("/actors?dry_run=true", ACTOR)
    assert told.status_code == 200
    assert told.headers["content-type"] == "application/vnd.entente.dry-run+json"
    assert told.json() == {
        "dry_run": True,
        "status": 201,
        "record": "actor",
        "id": "kirill-dmitriev-jr",
        "relation": None,
    }
    assert "etag" not in told.headers
    problem(client.get("/actors/kirill-dmitriev-jr"), 404)
    problem(client.post("/actors?dry_run=true", {"id": "russia", "kind": "state", "name": "R"}), 409)
    problem(client.write("DELETE", "/actors/lavrov?reason=x&dry_run=true", if_match='"1"'), 412)
    would = client.write("DELETE", "/actors/lavrov?reason=x&dry_run=true", if_match=client.tag("/actors/lavrov"))
    assert would.json()["status"] == 200
    assert client.revision() == revision
    problem(client.post("/actors?dry_run=perhaps", ACTOR), 422, "dry_run")


def test_comments_and_reasons_are_in_the_log(client: Pen) -> None:
    revision = client.revision()
    client.post("/actors", {**ACTOR, "comment": "in the body", "reason": "named in the text"})
    client.post("/actors", ACTOR, x_comment="in the header: é")
    problem(client.post("/actors", {**ACTOR, "comment": "one"}, x_comment="another"), 422, "X-Comment")
    log = client.app.source.store.changes(revision, client.revision())
    assert [(each.by, each.op, each.comment, each.reason) for each in log] == [
        ("tester", "add", "in the body", "named in the text"),
        ("tester", "add", "in the header: é", None),
    ]
