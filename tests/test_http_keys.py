"""Who may write: keys over HTTP and in the terminal; what each scope opens, and what is said to who has none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import terminal
from app.source import prepare
from graph import time
from graph.db import connect
from graph.store import Store, keys
from tests.served import served
from tests.writing import ACTOR, make_key, pen

if TYPE_CHECKING:
    from tests.writing import Pen

MERGE = {"absorb": ["us"], "reason": "x"}


def refused(client: Pen, key: str, status: int, challenge: str, *words: str) -> None:
    answer = client.post("/actors", ACTOR, authorization=key)
    assert answer.status_code == status, answer.text
    assert answer.headers["www-authenticate"] == challenge
    for word in words:
        assert word in answer.json()["detail"]
    assert "ent_" not in answer.text.replace("ent_...", "")


def test_without_any_key_the_service_is_read_only_and_says_how_to_make_one(database_url: str) -> None:
    with pen(database_url) as client:
        refused(client, "", 401, 'Bearer realm="entente"', "read-only", "entente keys create NAME --scope write")
        assert client.get("/actors/russia").status_code == 200


def test_a_key_opens_what_its_scopes_say(database_url: str) -> None:
    with pen(database_url, "write") as client:
        challenge = 'Bearer realm="entente"'
        refused(client, "", 401, challenge, "Authorization: Bearer")
        refused(client, f"Basic {client.key}", 401, challenge)
        refused(client, client.key, 401, challenge)
        wrong = f'{challenge}, error="invalid_token"'
        refused(client, "Bearer ent_00000000_" + "0" * 64, 401, wrong)
        refused(client, f"Bearer {client.key}0", 401, wrong)
        refused(client, "Bearer " + "x" * 5000, 401, wrong)
        refused(client, f"Bearer {client.key[:-1]}{'0' if client.key[-1] != '0' else '1'}", 401, wrong)
        assert client.post("/actors", ACTOR, authorization=f"bearer {client.key}").status_code == 201

        forbidden = client.post("/actors/russia/merges", MERGE)
        assert forbidden.status_code == 403
        assert '"curate"' in forbidden.json()["detail"]
        assert 'error="insufficient_scope", scope="curate"' in forbidden.headers["www-authenticate"]
        for path in ("/actors/lavrov", "/merges/m1"):
            assert client.write("DELETE", f"{path}?reason=x", if_match='"1"').status_code == 403

        client.key = make_key(database_url, "curate", name="Curator")
        assert client.post("/actors", ACTOR).status_code == 403
        assert client.write("DELETE", "/actors/lavrov?reason=x", if_match='"1"').status_code == 412
        client.key = make_key(database_url, "admin", name="Admin")
        assert client.post("/actors", ACTOR).status_code == 201
        assert client.write("DELETE", "/actors/lavrov?reason=x", if_match='"1"').status_code == 412


def test_a_key_that_is_revoked_or_has_expired_opens_nothing_more(database_url: str) -> None:
    with pen(database_url, "write") as client:
        assert client.post("/actors", ACTOR).status_code == 201
        engine = connect(database_url)
        store = Store(engine)
        keys.revoke(store, client.key.split("_")[1])
        refused(client, f"Bearer {client.key}", 401, 'Bearer realm="entente", error="invalid_token"')
        refused(client, "", 401, 'Bearer realm="entente"', "read-only")
        soon = keys.create(store, "Soon", ["write"], time.now_us() + 300_000)
        assert client.post("/actors", ACTOR, authorization=f"Bearer {soon}").status_code == 201
        while time.now_us() < next(key.expires_at or 0 for key in keys.listed(store) if key.name == "Soon"):
            pass
        assert client.post("/actors", ACTOR, authorization=f"Bearer {soon}").status_code == 401
        engine.dispose()


def test_who_wrote_is_in_the_history(database_url: str) -> None:
    with pen(database_url, "write") as client:
        client.post("/actors", ACTOR)
        client.key = make_key(database_url, "write", name="Second Writer")
        client.post("/actors", {**ACTOR, "name": "Another"})
        assert client.get("/actors/another/versions").json()["items"][0]["by"] == "second-writer"


def test_keys_are_made_listed_and_revoked_in_the_terminal(database_url: str) -> None:
    def run(*arguments: str) -> str:
        result = CliRunner().invoke(terminal, ["keys", *arguments, "--database", database_url])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.stdout

    key = run("create", "Desk One", "--scope", "write", "--scope", "curate").strip()
    assert re.fullmatch(r"ent_[0-9a-z]{8}_[0-9a-f]{64}", key)
    id_ = key.split("_")[1]
    shown = run("list")
    assert id_ in shown
    assert "desk-one" in shown
    assert "write curate" in shown
    assert "never used" in shown
    assert key.split("_")[2] not in shown

    with pen(database_url) as client:
        client.key = key
        assert client.post("/actors", ACTOR).status_code == 201
        assert "last used" in run("list")
        assert "revoked" in run("revoke", id_)
        assert client.post("/actors", ACTOR).status_code == 401
    assert "revoked" in run("list")
    assert "before" in run("revoke", id_)
    run("create", "Desk Two", "--scope", "write", "--expires", "2999-01-01")
    assert "until 2999-01-01T23:59:59" in run("list")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("create", "X", "--scope", "wriet"), '"write"'),
        (("create", "X", "--scope", "write", "--expires", "tomorrow"), "2027-01-31"),
        (("create", "X", "--scope", "write", "--expires", "2020-01-01"), "passed"),
        (("revoke", "00000000"), "no key"),
    ],
)
def test_a_slip_in_the_terminal_is_a_sentence(
    database_url: str, arguments: tuple[str, ...], word: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr("sys.argv", ["entente", "keys", *arguments, "--database", database_url])
    from app.cli import main  # noqa: PLC0415 - reads the arguments when called

    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code in {1, 2}
    assert word in capsys.readouterr().err


def test_no_key_is_ever_logged(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTENTE_ACCESS_LOG", "true")
    monkeypatch.setenv("ENTENTE_LOG_LEVEL", "debug")
    prepare(database_url, sample=False)
    key = make_key(database_url, "write")
    shown, secret = key.rsplit("_", 1)
    with served(database_url, "--no-sample") as (here, process):
        headers = {"authorization": f"Bearer {key}", "x-comment": key}
        assert httpx.post(f"{here}/actors", json=ACTOR, headers=headers).status_code == 201
        assert httpx.get(f"{here}/actors?key={key}").status_code == 422
        assert httpx.get(f"{here}/actors/{key}").status_code == 404
        process.terminate()
        assert process.stdout is not None
        logged = process.stdout.read()
    assert f"/actors?key={shown}_..." in logged
    assert f"/actors/{shown}_..." in logged
    assert secret not in logged
