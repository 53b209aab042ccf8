"""An import is taken back in one revision, and then everything says again what it said before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from graph.db import connect
from graph.store.check import check
from tests.test_http_imports import finished, send
from tests.writing import pen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.writing import Pen

STATES = b"id,date,end,source,relation,target\n"
OPEN, CLOSED = STATES + b"1,2014,,a,Employed by,b\n", STATES + b"1,2014,2016,a,Employed by,b\n"
LAVROV = {"kind": "person", "name": "S. Lavrov", "identifiers": [{"scheme": "wikidata", "value": "Q1"}]}


@pytest.fixture
def desk(database_url: str) -> Iterator[Pen]:
    with pen(database_url, "write", "curate") as client:
        yield client


def imported(desk: Pen, *lines: dict[str, Any], body: bytes | None = None) -> str:
    """The path of an import that is done and took in every line."""
    query = "format=events&dataset=d" if body else "format=ndjson"
    told = finished(desk, send(desk, body or b"\n".join(map(orjson.dumps, lines)), query).json()["id"])
    assert (told["state"], told["rejected"], told["known"]) == ("done", 0, 0), told
    return f"/imports/{told['id']}"


def undo(desk: Pen, path: str) -> Any:  # noqa: ANN401 - an answer
    return desk.write("DELETE", f"{path}?reason=Wrong.", if_match=desk.tag(path))


def amend(record: str, called: str, **statement: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"op": "amend", "record": record, "id": called, "statement": statement}


def retract(record: str, called: str) -> dict[str, Any]:
    return {"op": "retract", "record": record, "id": called, "reason": "x"}


def everything(desk: Pen) -> list[bytes]:
    """All that is stated, as far as it is visible: our own lines, less what they said before they were amended."""
    lines = map(orjson.loads, desk.get("/exports/ndjson").content.splitlines())
    told = [{name: said for name, said in line.items() if name != "first"} for line in lines]
    return sorted(orjson.dumps(line) for line in told if line.get("id") != "someone")


def sound(desk: Pen) -> bool:
    engine = connect(desk.database)
    try:
        return check(engine) == []
    finally:
        engine.dispose()


def ends(desk: Pen) -> set[tuple[str | None, str]]:
    items = desk.get("/relations?type=employed-by").json()["items"]
    return {(each["end"], each["end_status"]) for each in items}


def test_a_newer_edition_is_taken_back_and_the_older_one_stands_again(desk: Pen) -> None:
    imported(desk, body=OPEN)
    newer = imported(desk, body=CLOSED)
    assert ends(desk) == {("2016", "ended")}
    before = desk.revision()
    answer = undo(desk, newer)
    assert (answer.status_code, answer.json()["undone_revision"], desk.revision()) == (200, before + 1, before + 1)
    assert ends(desk) == {(None, "unknown")}
    relation = desk.get("/relations?type=employed-by").json()["items"][0]["id"]
    versions = desk.get(f"/relations/{relation}/versions").json()["items"]
    assert [(each["version"], each["op"], each["reason"]) for each in versions[:1]] == [(3, "amend", "Wrong.")]
    assert sound(desk)


def test_whatever_an_import_changed_says_again_what_it_said(desk: Pen) -> None:
    quoted = desk.get("/claims?q=artificial obstacles").json()["items"][0]
    other = next(each["id"] for each in desk.get("/claims").json()["items"] if each["quote"] is None)
    document = desk.get(f"/documents/{quoted['document']['id']}").json()
    kept = {name: document[name] for name in ("published_on", "language", "text") if document[name] is not None}
    sanction = desk.get("/relations?type=sanction").json()["items"][0]["id"]
    stated = {"type": "sanction", "source": "us", "target": "russia", "attributes": {"sector": "energy"}}
    before = everything(desk)
    path = imported(
        desk,
        amend("actor", "lavrov", **LAVROV),
        amend("document", document["id"], publisher=document["publisher"]["id"], title="Another title", **kept),
        amend("relation", sanction, **stated, start="2014", end="2015", end_status="ended"),
        retract("claim", quoted["id"]),
        retract("relation", other.partition(".")[0]),
        {"op": "actor", "id": "someone", "kind": "person", "name": "Someone"},
        {"op": "merge", "survivor": "lavrov", "absorb": ["someone"], "reason": "x"},
        amend("actor", "lavrov", **LAVROV | {"name": "Lavrov, once more"}),
    )
    assert everything(desk) != before
    assert undo(desk, path).status_code == 200
    assert everything(desk) == before
    assert desk.get("/claims?q=artificial obstacles").json()["items"][0]["id"] == quoted["id"]
    assert desk.get("/actors/someone").json()["name"] == "Someone"
    assert sound(desk)


def test_what_others_changed_since_is_named_and_nothing_is_taken_back(desk: Pen) -> None:
    imported(desk, body=OPEN)
    newer = imported(desk, body=CLOSED)
    item = desk.get("/relations?type=employed-by").json()["items"][0]
    path = f"/relations/{item['id']}"
    stated = {"type": "employed-by", "source": "a", "target": "b", "start": "2014", "end": "2017"}
    assert desk.write("PUT", path, stated, if_match=desk.tag(path)).status_code == 200
    before = desk.revision()
    answer = undo(desk, newer)
    assert (answer.status_code, desk.revision()) == (409, before)
    assert f'the relation "{item["id"]}", and revision {before} changed it since' in answer.json()["detail"]
    assert ends(desk) == {("2017", "ended")}


def test_an_identifier_that_went_to_another_actor_is_not_taken_back(desk: Pen) -> None:
    path = imported(desk, amend("actor", "lavrov", **LAVROV))
    old = desk.get("/actors/lavrov?known_at=1").json()["identifiers"][0]
    other = {"kind": "person", "name": "Another Lavrov", "identifiers": [old]}
    assert desk.post("/actors", other).status_code == 201
    answer = undo(desk, path)
    assert (answer.status_code, '"another-lavrov" has now' in answer.json()["detail"]) == (409, True)


def test_what_an_import_was_the_first_to_record_stays_as_it_left_it_but_for_its_claims(desk: Pen) -> None:
    relation = {"type": "accuse", "source": "n", "target": "us", "start": "2020"}
    path = imported(
        desk,
        {"op": "actor", "id": "n", "kind": "person", "name": "N"},
        amend("actor", "n", kind="person", name="M"),
        {"op": "dataset", "id": "own", "title": "Own"},
        {"op": "claim", "as": "c", "relation": relation, "stance": "affirms", "dataset": "own"},
        amend("claim", "@c", relation=relation, stance="affirms", dataset="own", confidence=0.5),
    )
    assert desk.get("/relations?actor=n&count=exact").json()["total"] == 1
    assert undo(desk, path).status_code == 200
    assert desk.get("/relations?actor=n&count=exact").json()["total"] == 0
    assert desk.get("/actors/n").json()["name"] == "M"
    assert sound(desk)
