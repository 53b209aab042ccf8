"""The article's graph over HTTP, on both engines: what a reader asks, and what nobody should send."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.main import create_app
from app.settings import load
from app.source import prepare
from graph import queries
from tests.toys import Client, started

RUSSIA = "/actors/russia/relations"


@pytest.fixture
def client(database_url: str) -> Iterator[Client]:
    prepare(database_url, sample=True)
    with started(create_app(load({"ENTENTE_DATABASE_URL": database_url}))) as client:
        yield client


def items(client: Client, path: str) -> list[dict[str, Any]]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["entente-revision"] == "1"
    return list(answer.json()["items"])


def test_what_the_article_says_can_be_asked(client: Client) -> None:
    (sanction,) = items(client, f"{RUSSIA}?type=sanction&valid_at=2026-02-09")
    assert (sanction["source"]["id"], sanction["status"], sanction["end_status"]) == ("us", "reported", "ongoing")
    assert sanction["attributes"]["sector"] == "energy"

    said = items(client, "/actors/lavrov/relations?class=verbal-conflict&include=claims")
    assert said
    for relation in said:
        assert relation["attested"] is True
        assert relation["type"] != "accuse" or all(claim["quote"]["exact"] for claim in relation["claims"])
        assert {claim["claimant"]["id"] for claim in relation["claims"]} == {"lavrov"}
    contents = [relation["about"] for relation in said if relation["about"]]
    for about in [about for about in contents if about["as"] == "content"]:
        alleged = client.get(f"/relations/{about['relation']}").json()
        assert (alleged["status"], alleged["attested"]) == ("claimed", False)

    ends = {
        relation[end]["id"]
        for relation in items(client, "/actors/us/relations?with=russia&rollup=representatives")
        for end in ("source", "target")
    }
    assert ends >= {"us", "russia", "trump", "lavrov"}

    members = items(client, "/actors/brics/relations?type=member-of&direction=in")
    assert {relation["source"]["id"] for relation in members} == {"russia", "china", "india", "brazil"}

    moved = client.get("/actors/iso3:RUS?known_at=1")
    assert (moved.status_code, moved.headers["location"]) == (307, "/actors/russia?known_at=1")
    assert client.get(moved.headers["location"]).json()["name"] == "Russia"


def test_a_slip_is_answered_with_the_word_that_was_meant(client: Client) -> None:
    for path, status, word in (
        (f"{RUSSIA}?tpye=sanction", 422, '"type"'),
        (f"{RUSSIA}?type=sanctoin", 422, '"sanction"'),
        (f"{RUSSIA}?with=lavrof", 422, '"lavrov"'),
        ("/actors/rusia", 404, '"russia"'),
        ("/actors/rusia/relations", 404, '"russia"'),
        ("/types/sanctoin", 404, '"sanction"'),
        ("/actor/russia", 404, '"/actors/russia"'),
    ):
        answer = client.get(path)
        assert answer.status_code == status, path
        assert word in answer.json()["detail"]


def test_pages_put_together_are_the_whole_list(client: Client) -> None:
    whole = [item["id"] for item in items(client, "/relations?limit=1000")]
    walked: list[str] = []
    path: str | None = "/relations?limit=5"
    while path:
        answer = client.get(path)
        walked += [item["id"] for item in answer.json()["items"]]
        link = answer.headers.get("link")
        path = link.partition(">")[0].removeprefix("<") if link else None
    assert walked == whole
    assert client.get("/relations?limit=5&count=exact").json()["total"] == len(whole)


REQUIRED = {
    "/search": "?q=lavrov",
    "/suggest": "?q=lavrov",
    "/compare": "?from=0",
    "/paths": "?source=us&target=china",
    "/series": "?actor=russia",
    "/matrix": "?member_of=brics",
}


def test_every_question_answers_its_example_and_can_be_kept(client: Client) -> None:
    known = {"/claims": "", "/documents": "", "/datasets": "", "/relations": ""}
    for listing in known:
        found = client.get(f"{listing}?limit=1").json()["items"]
        known[listing] = found[0]["id"] if found else ""
    for question in queries.every():
        parent = "/" + question.path.split("/")[1]
        id_ = known.get(parent) or {"/actors": "russia", "/types": "sanction", "/dyads": "us"}.get(parent, "")
        if "{" in question.path and not id_:
            continue
        path = question.path.replace("{id}", id_).replace("{a}", id_).replace("{b}", "russia")
        path += REQUIRED.get(question.path, "")
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        question.answer.model_validate_json(answer.content)
        assert answer.headers["etag"].startswith('"' if question.strong else "W/")
        again = client.get(path, {"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        head = client.ask("HEAD", path)
        assert head.headers["content-length"] == answer.headers["content-length"]


BAD_QUERIES = [
    "valid_at=soon",
    "known_at=never",
    "known_at=99999999999999999999",
    "known_at=-1",
    "limit=0",
    "limit=100000000000000000000000",
    "limit=-5",
    "cursor=nonsense",
    "cursor=" + "A" * 600,
    "q=%00",
    "q=%ff",
    "q=%",
    "id=%00",
    "id=a%20b&id=",
    "type=%F0%9F%A4%A1",
    "sort=sideways",
    "xyzzy=1",
    "limit=5&limit=6",
    "=",
    "=1",
    "%00=1",
    "count=all",
    "&".join(["type=sanction"] * 600),
]


def test_whatever_is_sent_is_answered_with_a_4xx_problem(client: Client) -> None:
    for question in queries.every():
        for query in BAD_QUERIES:
            path = f"{question.path.replace('{id}', 'russia')}?{query}"
            answer = client.get(path)
            assert 400 <= answer.status_code < 500, (path, answer.status_code)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["detail"]


STRANGE_NAMES = ["%20", "a:b:c", ":", "iso3:", "%F0%9F%A4%A1", "-", "A" * 3000, "x.y", "@x", "'--", "a%2Fb", "%25"]


def test_whatever_is_called_by_a_strange_name_is_not_found(client: Client) -> None:
    for path in [question.path for question in queries.every() if "{id}" in question.path]:
        for name in STRANGE_NAMES:
            answer = client.get(path.replace("{id}", name))
            assert answer.status_code == 404, (path, name, answer.text)


def test_a_cursor_of_another_list_or_another_ledger_is_refused(client: Client) -> None:
    cursor = client.get("/relations?limit=2").json()["next"]
    assert client.get(f"/relations?limit=9&cursor={cursor}").status_code == 200
    for path in (f"/relations?type=accuse&cursor={cursor}", f"/actors?cursor={cursor}", f"{RUSSIA}?cursor={cursor}"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-cursor")
