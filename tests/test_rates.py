"""Rate limits: none unless they are set; then for each address and each key, told in every answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.toys import HERE, toys
from tests.writing import ACTOR, make_key, pen

if TYPE_CHECKING:
    from pathlib import Path

    from tests.toys import ToyClient

FIELDS = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit-policy")


def from_address(client: ToyClient, address: str, path: str = "/toys") -> httpx.Response:
    """The answer to somebody who asks from an address."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(client.app, client=(address, 1234))
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as http:
            return await http.get(path)

    return client.portal.call(ask)


def standing(answer: httpx.Response) -> tuple[int, int]:
    """Requests at most, and requests left."""
    return int(answer.headers["ratelimit-limit"]), int(answer.headers["ratelimit-remaining"])


def test_without_a_setting_nothing_is_counted() -> None:
    with toys() as client:
        for _ in range(50):
            answer = client.get("/toys")
            assert answer.status_code == 200
            assert not set(FIELDS) & set(answer.headers)


def test_an_address_is_told_how_it_stands_and_refused_once_it_has_had_its_share() -> None:
    with toys(rate_address="3/hour") as client:
        assert [standing(from_address(client, "192.0.2.1")) for _ in range(3)] == [(3, 2), (3, 1), (3, 0)]
        refused = from_address(client, "192.0.2.1")
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-requests")
        assert "3 requests in 3600 s" in refused.json()["detail"]
        assert refused.headers["content-type"] == "application/problem+json"
        assert 1 <= int(refused.headers["retry-after"]) <= 3600
        assert refused.headers["ratelimit-reset"] == refused.headers["retry-after"]
        assert (standing(refused), refused.headers["ratelimit-policy"]) == ((3, 0), "3;w=3600")
        assert from_address(client, "192.0.2.2").status_code == 200


def test_what_is_answered_with_an_error_is_counted_too_but_health_never_is() -> None:
    with toys(rate_address="2/hour") as client:
        assert standing(from_address(client, "192.0.2.1", "/toys?xyzzy=1")) == (2, 1)
        assert standing(from_address(client, "192.0.2.1", "/nowhere")) == (2, 0)
        for path in ("/healthz", "/readyz"):
            answer = from_address(client, "192.0.2.1", path)
            assert answer.status_code == 200
            assert "ratelimit-limit" not in answer.headers
        assert from_address(client, "192.0.2.1").status_code == 429


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("a socket", "a socket", True),
    ],
)
def test_a_subscriber_has_one_share_however_many_addresses(one: str, other: str, *, same: bool) -> None:
    with toys(rate_address="1/hour") as client:
        assert from_address(client, one).status_code == 200
        assert from_address(client, other).status_code == (429 if same else 200)


def test_of_several_windows_the_tightest_is_told_and_each_must_have_room() -> None:
    with toys(rate_address="100/hour; 2/minute") as client:
        assert standing(from_address(client, "192.0.2.1")) == (2, 1)
        assert from_address(client, "192.0.2.1").headers["ratelimit-policy"] == "2;w=60, 100;w=3600"
        refused = from_address(client, "192.0.2.1")
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) <= 120


def test_a_page_of_another_origin_may_read_the_fields() -> None:
    with toys(rate_address="5/hour") as client:
        exposed = client.get("/toys", {"origin": "https://example.org"}).headers["access-control-expose-headers"]
        assert {name.lower() for name in re.split(r",\s*", exposed)} >= set(FIELDS)


def test_a_key_has_its_own_share_and_one_that_does_not_stand_has_none(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/entente.db"
    with pen(database, "write", rate_key="2/hour") as client:
        assert standing(client.post("/actors?dry_run=true", ACTOR)) == (2, 1)
        assert standing(client.post("/actors?dry_run=true", {"kind": "nonsense"})) == (2, 0)
        refused = client.post("/actors", ACTOR)
        assert (refused.status_code, standing(refused)) == (429, (2, 0))
        assert "for one key" in refused.json()["detail"]
        assert client.get("/actors/russia").status_code == 200

        client.key = "ent_" + "x" * 40
        wrong = client.post("/actors", ACTOR)
        assert (wrong.status_code, "ratelimit-limit" in wrong.headers) == (401, False)
        client.key = make_key(database, "write", name="Another")
        assert client.post("/actors", ACTOR).status_code == 201


def test_who_is_counted_twice_is_told_the_tighter_limit(tmp_path: Path) -> None:
    with pen(f"sqlite:///{tmp_path}/entente.db", "write", rate_key="5/hour", rate_address="1000/hour") as client:
        answer = client.post("/actors?dry_run=true", ACTOR)
        assert standing(answer) == (5, 4)
        assert answer.headers["ratelimit-policy"] == "1000;w=3600, 5;w=3600"
