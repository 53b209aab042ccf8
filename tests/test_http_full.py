"""A disk without room: writes are told so and leave nothing, reads go on, and writes go on once there is room again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event

from tests.writing import pen

if TYPE_CHECKING:
    from collections.abc import Iterator


class Disk:
    """As many pages as a database may have, on every connection to come."""

    def __init__(self) -> None:
        self.pages: int | None = None

    def bound(self, connection: Any, *_: object) -> None:  # noqa: ANN401 - the driver's own
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages + 1 if self.pages is None else self.pages}")


@pytest.fixture
def disk() -> Iterator[Disk]:
    made = Disk()
    event.listen(Engine, "checkout", made.bound)
    yield made
    event.remove(Engine, "checkout", made.bound)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_room_reads_go_on_and_writes_resume(database_url: str, disk: Disk) -> None:
    disk.pages = 1_000_000
    with pen(database_url, "write") as client:
        before = client.revision()
        disk.pages = None
        long = {"title": "x", "publisher": "reuters", "published_on": "2026-02-10", "text": "All words. " * 20_000}
        for _ in range(3):
            full = client.post("/documents", long)
            assert (full.status_code, full.json()["type"]) == (507, "/problems/full")
            assert client.get("/actors/russia/relations?type=sanction").json()["items"]
            assert client.revision() == before
        disk.pages = 1_000_000
        assert client.post("/documents", long).status_code == 201
        assert client.revision() == before + 1
