"""The walk of the how-to, through the console script and real workers: from a key to a disputed relation."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import httpx

from tests.served import SCRIPTS, served

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "On Tuesday the minister accused Washington. «The United States blew up the talks», he said on television."


def test_from_a_key_to_a_disputed_relation(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/entente.db"
    with served(tmp_path, "--workers", "2") as (here, _):
        command = [str(SCRIPTS / "entente"), "keys", "create", "Desk", "--scope", "write", "--database", database]
        key = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        with httpx.Client(base_url=here, headers={"authorization": f"Bearer {key}"}, timeout=30) as client:
            document = client.post(
                "/documents",
                json={"title": "Talks", "publisher": "unnamed-newspaper", "published_on": "2026-03-04", "text": TEXT},
            )
            assert document.status_code == 201, document.text
            printed = {"document": document.json()["id"], "stance": "affirms", "said_on": "2026-03-03"}

            content = client.post(
                "/claims",
                json={
                    **printed,
                    "relation": {"type": "reduce-or-break-diplomatic-relations", "source": "us", "target": "russia"},
                    "claimant": "lavrov",
                    "quote": {"exact": '"The United States blew up  the talks"'},
                },
            )
            assert content.status_code == 201, content.text
            assert content.json()["claim"]["quote"]["exact"] == "«The United States blew up the talks»"
            alleged = content.json()["relation"]["id"]

            accused = client.post(
                "/claims",
                json={
                    **printed,
                    "relation": {
                        "type": "accuse",
                        "source": "lavrov",
                        "target": "us",
                        "about": {"relation": alleged, "as": "content"},
                    },
                    "quote": {"exact": "the minister accused Washington"},
                },
            )
            assert accused.status_code == 201, accused.text
            accusation = accused.json()["relation"]["id"]

            def statuses(path: str) -> dict[str, str]:
                items = client.get(path).json()["items"]
                assert all(item["claims"] for item in items)
                return {item["id"]: item["status"] for item in items if item["id"] in {alleged, accusation}}

            mine = "/actors/us/relations?include=claims&valid_from=2026-03"
            assert statuses(mine) == {accusation: "reported", alleged: "claimed"}

            before = int(accused.headers["entente-revision"])
            denied = client.post(
                "/claims", json={**printed, "relation": {"id": alleged}, "stance": "denies", "claimant": "us"}
            )
            assert denied.status_code == 201, denied.text
            assert statuses(mine) == {accusation: "reported", alleged: "disputed"}
            assert statuses(f"{mine}&known_at={before}") == {accusation: "reported", alleged: "claimed"}

            for _ in range(20):  # each worker, many times: what was answered is in the very next answer
                made = client.post("/actors", json={"kind": "person", "name": "Reader"})
                with httpx.Client(base_url=here, timeout=30) as other:
                    found = other.get(made.headers["location"])
                    assert (found.status_code, found.json()) == (200, made.json())
                    assert int(found.headers["entente-revision"]) >= int(made.headers["entente-revision"])
