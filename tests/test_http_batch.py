"""Many writes at once: one revision, all or nothing or line by line, and what came of each line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.writing import make_key, pen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.writing import Pen

TASS = '{"op": "actor", "as": "tass", "kind": "organization", "name": "TASS"}'
PRINTED = '{"op": "document", "as": "d", "publisher": "@tass", "published_on": "2026-02-10", "title": "Sanctions"}'
CLAIMED = json.dumps(
    {
        "op": "claim",
        "as": "c",
        "relation": {"type": "accuse", "source": "lavrov", "target": "us"},
        "stance": "affirms",
        "document": "@d",
    }
)
WRONG = '{"op": "actor", "kind": "state", "name": "R", "id": "russia"}'


@pytest.fixture
def client(database_url: str) -> Iterator[Pen]:
    with pen(database_url, "write", "curate") as made:
        yield made


def told(answer: Any) -> dict[str, Any]:  # noqa: ANN401 - an httpx response
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_batch_is_one_revision_and_its_lines_refer_to_each_other(client: Pen) -> None:
    before = client.revision()
    answer = client.batch(TASS, "", PRINTED, CLAIMED, x_comment="one edition")
    done = told(answer)
    assert int(answer.headers["entente-revision"]) == done["revision"] == before + 1 == client.revision()
    assert (done["written"], done["refused"], done["dry_run"]) == (3, 0, False)
    assert [(each["line"], each["status"], each["record"]) for each in done["results"]] == [
        (1, 201, "actor"),
        (3, 201, "document"),
        (4, 201, "claim"),
    ]
    claim = done["results"][2]
    assert claim["id"].startswith(f"{claim['relation']}.")
    assert client.get(f"/claims/{claim['id']}").json()["document"]["publisher"]["id"] == "tass"
    again = told(client.batch(PRINTED.replace("@tass", "tass"), CLAIMED))
    assert [each["status"] for each in again["results"]] == [200, 200]
    assert (again["written"], again["revision"]) == (0, before + 1)


def test_one_refused_line_refuses_an_atomic_batch(client: Pen) -> None:
    before = client.revision()
    answer = client.batch(TASS, WRONG)
    assert answer.status_code == 409
    assert "Line 2:" in answer.json()["detail"]
    assert client.get("/actors/tass").status_code == 404
    answer = client.batch(TASS, "{", PRINTED.replace("title", "titel"))
    assert answer.status_code == 422
    assert [fault["detail"][:7] for fault in answer.json()["errors"]] == ["Line 2:", "Line 3:"]
    assert answer.json()["errors"][1]["pointer"] == "/titel"
    assert client.revision() == before


def test_else_a_refused_line_leaves_nothing_behind_and_the_others_stay(client: Pen) -> None:
    before = client.revision()
    half = '{"op": "actor", "as": "tass", "kind": "state", "name": "Half"}'
    lines = (TASS, WRONG, "[]", PRINTED, CLAIMED.replace("@d", "@nothing"), half, CLAIMED)
    done = told(client.batch(*lines, query="?atomic=false"))
    assert [each["status"] for each in done["results"]] == [201, 409, 422, 201, 422, 422, 201]
    assert (done["written"], done["refused"], done["revision"]) == (3, 4, before + 1)
    assert done["results"][1]["problem"]["type"] == "/problems/conflict"
    assert done["results"][4]["problem"]["errors"][0]["pointer"] == "/document"
    assert client.get("/actors/half").status_code == 404
    assert client.get("/actors/tass").status_code == 200


def test_a_line_that_replaces_a_record_says_which_version_it_knows(client: Pen) -> None:
    amend: dict[str, Any] = {
        "op": "amend", "record": "actor", "id": "lavrov", "statement": {"kind": "person", "name": "S. Lavrov"},
    }  # fmt: skip
    assert client.batch(json.dumps(amend)).status_code == 428
    assert client.batch(json.dumps(amend | {"if_version": 2})).status_code == 412
    done = told(client.batch(json.dumps(amend | {"if_version": 1}), json.dumps(amend | {"if_version": 2})))
    assert [each["status"] for each in done["results"]] == [200, 200]
    assert client.get("/actors/lavrov").json()["version"] == 2
    retract = {"op": "retract", "record": "actor", "id": "lavrov", "reason": "x"}
    assert client.batch(json.dumps(retract)).status_code == 428
    done = told(client.batch(json.dumps(retract | {"if_version": 2}), json.dumps(retract), query="?atomic=false"))
    assert [each["status"] for each in done["results"]] == [200, 428]
    assert client.get("/actors/lavrov").status_code == 410
    gone = client.batch(json.dumps(retract | {"if_version": 2}))
    assert gone.status_code == 410


def test_retracting_and_merging_in_a_batch_need_the_scope_too(client: Pen) -> None:
    client.key = make_key(client.database, "write", name="Writer")
    merge = '{"op": "merge", "survivor": "@tass", "absorb": ["lavrov"], "reason": "x"}'
    forbidden = client.batch(TASS, merge)
    assert forbidden.status_code == 403
    assert '"curate"' in forbidden.json()["detail"]
    done = told(client.batch(TASS, merge, query="?atomic=false"))
    assert [each["status"] for each in done["results"]] == [201, 403]


def test_a_batch_can_be_tried_and_repeated(client: Pen) -> None:
    before = client.revision()
    done = told(client.batch(TASS, WRONG, query="?atomic=false&dry_run=true"))
    assert ([each["status"] for each in done["results"]], done["dry_run"]) == ([201, 409], True)
    assert client.revision() == before
    first = client.batch(TASS, PRINTED, idempotency_key="b1")
    again = client.batch(TASS, PRINTED, idempotency_key="b1")
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    assert client.revision() == before + 1


def test_a_batch_is_of_its_own_media_type_and_has_lines(client: Pen) -> None:
    assert client.batch(TASS, content_type="application/json").status_code == 415
    assert client.batch("", " ").status_code == 422
    assert client.batch(TASS, query="?atomic=maybe").status_code == 422
    assert client.batch(TASS, "[" * 100).status_code == 422
