"""What is between actors, over HTTP: strict parameters, and every way in which an actor may not be there."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from app.main import create_app
from app.settings import load
from app.source import opened, prepare
from tests.toys import Client, started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def client(tmp_path: Path, migrated_file: Path) -> Iterator[Client]:
    """The article, and an actor that was retracted."""
    shutil.copy(migrated_file, tmp_path / "ledger.db")
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    prepare(url, sample=True)
    with opened(url) as store, store.write(reason="a test") as w:
        w.retract("actor", "digi24", "it is not there")
    with started(create_app(load({"ENTENTE_DATABASE_URL": url}))) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/dyads/us/russia", 200, ""),
        ("/dyads/iso3:USA/russia", 200, ""),
        ("/dyads/us/digi24?known_at=1", 200, ""),
        ("/dyads/us/us", 422, "the same actor"),
        ("/dyads/us/iso3:USA", 422, "the same actor"),
        ("/dyads/us/rusia", 404, "russia"),
        ("/dyads/digi24/us", 410, "it is not there"),
        ("/dyads/us/russia?known_at=0", 404, ""),
        ("/dyads/us/russia?interval=decade", 422, "interval"),
        ("/dyads/us/russia?window=-1", 422, "window"),
        ("/dyads/us/russia?window=1&window=2", 422, "window"),
        ("/dyads/us/russia?windows=1", 422, '"window"'),
        ("/dyads/us/russia?rollup=all", 422, "rollup"),
        ("/dyads/us/russia?limit=5", 422, "limit"),
        ("/dyads/us/russia?type=sanctoin", 422, '"sanction"'),
        ("/dyads/us/russia?claimant=digi24", 422, "retracted"),
        ("/signals", 200, ""),
        ("/signals?between=us&between=russia&rollup=representatives&kind=bark", 200, ""),
        ("/signals?actor=trump", 200, ""),
        ("/signals?between=us", 422, "twice"),
        ("/signals?between=us&between=iso3:USA", 422, "same actor"),
        ("/signals?actor=us&between=us&between=russia", 422, "one way"),
        ("/signals?rollup=members", 422, "named actor"),
        ("/signals?actor=digi24", 422, "retracted"),
        ("/signals?kind=bite", 422, "kind"),
        ("/signals?min_severity=21", 422, "min_severity"),
        ("/signals?cursor=abc", 400, "cursor"),
        ("/series?actor=russia&group_by=with&measure=publishers", 200, ""),
        ("/series", 422, "actor"),
        ("/series?actor=rusia", 422, '"russia"'),
        ("/series?actor=russia&with=digi24", 422, "retracted"),
        ("/series?actor=russia&group_by=year", 422, "group_by"),
        ("/matrix?actor=us&actor=russia&measure=intensity", 200, ""),
        ("/matrix?member_of=brics", 200, ""),
        ("/matrix?member_of=us", 422, "0 members"),
        ("/matrix?actor=us", 422, "2 to 100"),
        ("/matrix", 422, "2 to 100"),
        ("/matrix?actor=us&actor=iso3:USA", 422, "same actor"),
        ("/matrix?actor=us&actor=russia&member_of=brics", 422, "one way"),
        ("/matrix?" + "&".join(["actor=us"] * 101), 422, "at most 100"),
    ],
)
def test_what_is_asked_is_answered_or_refused_for_a_reason(client: Client, path: str, status: int, said: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    if status != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert said in answer.json()["detail"]
