"""What clients may keep, and how they ask whether it is still good."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app import conditional
from app.params import Reader
from app.problems import Reply
from app.replies import Known, Replies
from tests.toys import ToyClient, toys


@pytest.fixture
def client() -> Iterator[ToyClient]:
    with toys() as client:
        yield client


def test_a_lists_tag_is_weak_and_is_compared_before_any_work(client: ToyClient) -> None:
    first = client.get("/toys?type=a&type=b")
    tag = first.headers["etag"]
    assert tag.startswith('W/"7-')
    client.shelf.snapshot.asked.clear()
    again = client.get("/toys?type=a&type=b", {"if-none-match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert again.headers["entente-revision"] == "7"
    assert again.headers["vary"] == "Accept, Accept-Encoding"
    assert client.shelf.snapshot.asked == []


def test_a_lists_tag_changes_with_the_ledger_the_revision_and_the_question(client: ToyClient) -> None:
    tags = {client.get(query).headers["etag"] for query in ("/toys", "/toys?type=a", "/toys?type=b", "/toys?limit=5")}
    client.shelf.snapshot.revision = 8
    tags.add(client.get("/toys").headers["etag"])
    client.shelf.snapshot.ledger = "another one, whose revision 8 says something else"
    tags.add(client.get("/toys").headers["etag"])
    assert len(tags) == 6


def test_an_address_is_marked_by_what_it_asks_and_by_the_day_if_it_says_today() -> None:
    marked = conditional.mark(b"/toys", b"type=a&limit=5", 739_000)
    assert conditional.mark(b"/toys", b"limit=5&type=a", 739_001) == marked
    others = [
        conditional.mark(path, query, day)
        for path, query in ((b"/toys", b"valid_at=today"), (b"/toys", b"valid_at=%74oday"), (b"/toy", b"s=valid_at"))
        for day in (739_000, 739_001)
    ]
    assert len({marked, *others}) == 6


def test_a_good_copy_is_known_before_its_parameters_are_read(
    client: ToyClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = {path: client.get(path).headers["etag"] for path in ("/toys?type=a", "/toys?known_at=7")}
    monkeypatch.setattr(Reader, "read", lambda *_: pytest.fail("the parameters were read"))
    assert client.get("/toys?type=a", {"if-none-match": tags["/toys?type=a"]}).status_code == 304
    monkeypatch.undo()
    kept = client.get("/toys?known_at=7", {"if-none-match": tags["/toys?known_at=7"]})
    assert (kept.status_code, kept.headers["cache-control"]) == (304, "public, max-age=86400, immutable")


def test_a_star_matches_whatever_there_is(client: ToyClient) -> None:
    assert client.get("/toys", {"if-none-match": "*"}).status_code == 304
    assert client.get("/toys/bear", {"if-none-match": "*"}).status_code == 304
    assert client.get("/toys/beer", {"if-none-match": "*"}).status_code == 404


def test_a_records_tag_is_strong_and_unrelated_writes_leave_it(client: ToyClient) -> None:
    tag = client.get("/toys/bear").headers["etag"]
    assert tag == f'"3-{conditional.shape("toys")}"'
    client.shelf.snapshot.revision = 8
    assert client.get("/toys/bear").headers["etag"] == tag
    for known in (tag, f"W/{tag}", f'"1", {tag}'):
        assert client.get("/toys/bear", {"if-none-match": known}).status_code == 304
    assert client.get("/toys/bear", {"if-none-match": '"2"'}).status_code == 200


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", "no-cache"),
        ("known_at=7", "public, max-age=86400, immutable"),
        ("known_at=1970-01-01T00:00:07Z", "public, max-age=86400, immutable"),
        ("known_at=1970-01-01T00:00:08Z", "no-cache"),
        ("known_at=7&valid_at=2026", "public, max-age=86400, immutable"),
        ("known_at=7&valid_at=today", "no-cache"),
    ],
)
def test_only_what_can_never_change_may_be_kept_unasked(client: ToyClient, query: str, kept: str) -> None:
    assert client.get(f"/toys?{query}").headers["cache-control"] == kept


def test_the_next_page_is_linked_with_the_same_question(client: ToyClient) -> None:
    answer = client.get("/toys?type=a&%63ursor=&q=%3Cb%3E".replace("&%63ursor=", ""))
    assert answer.headers["link"] == '</toys?type=a&q=%3Cb%3E&cursor=abc>; rel="next"'
    assert conditional.next_link(b"/t", b'cursor=x&q="<>&%63ursor=y', "z") == b'</t?q=%22%3C%3E&cursor=z>; rel="next"'


def test_another_name_leads_to_the_records_own_and_is_not_kept(client: ToyClient) -> None:
    answer = client.get("/toys/name:bear?known_at=7", {"host": "evil.test"})
    assert answer.status_code == 307
    assert answer.headers["location"] == "/toys/bear?known_at=7"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["entente-revision"] == "7"


def test_an_answer_from_a_revision_at_least(client: ToyClient) -> None:
    assert client.get("/toys", {"entente-min-revision": "7"}).headers["entente-revision"] == "7"
    behind = client.get("/toys", {"entente-min-revision": "8"})
    assert (behind.status_code, behind.json()["type"]) == (503, "/problems/behind")
    assert int(behind.headers["retry-after"]) > 0
    for value in ("x", "-1", "9" * 30):
        wrong = client.get("/toys", {"entente-min-revision": value})
        assert wrong.json()["errors"][0]["parameter"] == "Entente-Min-Revision"


def test_a_revision_that_arrives_in_time_is_waited_for() -> None:
    with toys(min_revision_wait=5000) as client:
        client.portal.start_task_soon(_arrives, client)
        assert client.get("/toys", {"entente-min-revision": "8"}).headers["entente-revision"] == "8"


async def _arrives(client: ToyClient) -> None:
    client.shelf.snapshot.revision = 8


def test_a_question_that_reads_the_ledger_leaves_the_others_alone(client: ToyClient) -> None:
    answer = client.get("/toys/bear/history")
    assert json.loads(answer.content)["id"].startswith("entente-reader")
    assert answer.headers["etag"].startswith("W/")


def test_the_same_again_is_answered_without_asking_until_something_is_written(client: ToyClient) -> None:
    asked = client.shelf.snapshot.asked
    for path in ("/toys?type=a", "/toys/bear"):
        client.get(path)  # what is asked for once is not kept
        asked.clear()
        first = client.get(path)
        again = client.get(path)
        assert (again.status_code, again.content) == (200, first.content)
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["x-request-id"] != first.headers["x-request-id"]
        assert client.get(path, {"if-none-match": first.headers["etag"]}).status_code == 304
        assert client.get(path, {"if-none-match": "*"}).status_code == 304
        assert client.get(path, {"if-none-match": '"other"'}).content == first.content
        assert len(asked) == 1
    client.shelf.snapshot.revision = 8
    assert client.get("/toys?type=a").json()["items"][1] == "8"
    client.shelf.snapshot.ledger = "another one, whose revision 8 says something else"
    asked.clear()
    client.get("/toys?type=a")
    assert len(asked) == 1


def test_what_is_no_answer_or_no_pure_one_is_asked_again(client: ToyClient) -> None:
    asked = client.shelf.snapshot.asked
    for path in ("/toys/gone", "/toys/beer", "/toys/name:bear"):
        asked.clear()
        for _ in range(2):
            client.get(path)
        assert len(asked) == 2
    assert client.get("/toys?type=a", {"accept": "image/png"}).status_code == 406
    assert client.get("/toys?type=a", {"accept": "application/x-ndjson"}).status_code == 406


def test_today_is_kept_for_a_day_and_what_is_large_not_at_all() -> None:
    replies, snapshot = Replies(), SimpleNamespace(ledger="toys", revision=7)
    for size in (1, 10**5, 10**7):
        known = Known(Reply(200, (), b"x" * size), b'W/"1"', b"no-cache", 7, day=739_000)
        for _ in range(2):
            replies.keep(cast("Any", snapshot), b"/toys", b"%d" % size, known)
    found = [
        replies.find(cast("Any", snapshot), b"/toys", query, day) is not None
        for query, day in ((b"1", 739_000), (b"1", 739_001), (b"100000", 739_000), (b"10000000", 739_000))
    ]
    assert found == [True, False, True, False]


def test_what_was_asked_for_longest_ago_makes_room() -> None:
    replies, snapshot = Replies(), cast("Any", SimpleNamespace(ledger="toys", revision=7))
    for number in range(200):
        known = Known(Reply(200, (), b"x" * 100_000), b'"1"', b"no-cache", 7)
        replies.keep(snapshot, b"/toys", b"%d" % number, known)
        assert number == 0 or replies.find(snapshot, b"/toys", b"%d" % number, 0) is None
        replies.keep(snapshot, b"/toys", b"%d" % number, known)
        assert replies.find(snapshot, b"/toys", b"0", 0) is not None
    kept = [number for number in range(200) if replies.find(snapshot, b"/toys", b"%d" % number, 0)]
    assert kept[0] == 0
    assert kept[1:] == list(range(kept[1], 200))
    assert 50 < len(kept) < 90
