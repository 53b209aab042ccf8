"""Keys: told once, kept as a hash, recognised while they are live, revocable, and two at a time."""

from __future__ import annotations

import re
import sqlite3
from hashlib import sha256
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import select, text

from graph.errors import Conflict, Invalid, NotFound
from graph.store import keys
from graph.store.transaction import KEY
from graph.time import now_us
from tests import statements as say

if TYPE_CHECKING:
    from graph.store import Store

HOUR_US = 3_600_000_000


def _set(store: Store, **columns: int) -> None:
    with store.engine.begin() as connection:
        for name, value in columns.items():
            connection.execute(text(f"UPDATE key SET {name} = :value"), {"value": value})  # noqa: S608 - our columns


def test_a_key_names_its_holder(store: Store) -> None:
    token = keys.create(store, "Ann Smith", ["curate", "write", "write"])
    assert re.fullmatch(r"ent_[0-9a-z]{8}_[0-9a-f]{64}", token)
    holder = keys.authenticate(store, token)
    assert holder == keys.Holder("ann-smith", frozenset({"write", "curate"}), token.split("_")[1])
    with store.write(by=holder.contributor) as w:
        say.writes(w, "us")
    assert [change.by for change in store.changes(0, 9)] == [None, "ann-smith"]


def test_only_the_hash_of_the_secret_is_kept(store: Store) -> None:
    token = keys.create(store, "ann", ["write"])
    secret = token.split("_")[2]
    with store.engine.connect() as connection:
        row = connection.execute(select(KEY)).one()
    assert row.secret == sha256(secret.encode()).digest()
    assert secret not in repr(row)
    assert secret not in repr(keys.listed(store))


@pytest.mark.parametrize("other", ["", "ent", "ent__", "ent_00000000_" + "0" * 64, "Bearer x", "ent_é_ü", "x" * 9999])
def test_what_is_no_key_opens_nothing(store: Store, other: str) -> None:
    token = keys.create(store, "ann", ["write"])
    assert keys.authenticate(store, other) is None
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    for near in (wrong, token[:-1], token + "0", token.replace("ent", "ENT"), token.upper(), token.replace("_", "-")):
        assert keys.authenticate(store, near) is None


def test_a_secret_is_compared_in_constant_time_even_without_a_key(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[int, int]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return one == other

    monkeypatch.setattr("graph.store.keys.hmac.compare_digest", compare)
    token = keys.create(store, "ann", ["write"])
    for presented in (token, "ent_00000000_" + "0" * 64, "nonsense"):
        keys.authenticate(store, presented)
    assert compared == [(32, 32)] * 3


def test_a_revoked_key_opens_nothing_any_more(store: Store) -> None:
    token = keys.create(store, "ann", ["write"])
    assert keys.any_live(store)
    id_ = token.split("_")[1]
    assert keys.revoke(store, id_)
    assert not keys.revoke(store, id_)
    assert keys.authenticate(store, token) is None
    assert not keys.any_live(store)
    with pytest.raises(NotFound):
        keys.revoke(store, "00000000")


def test_a_key_expires(store: Store) -> None:
    token = keys.create(store, "ann", ["write"], now_us() + HOUR_US)
    assert keys.authenticate(store, token) is not None
    _set(store, expires_at=now_us() - 1)
    assert keys.authenticate(store, token) is None
    assert not keys.any_live(store)
    with pytest.raises(Invalid, match="passed"):
        keys.create(store, "ann", ["write"], now_us() - 1)


def test_two_live_keys_for_one_contributor(store: Store) -> None:
    """The new one is in use before the old one is revoked."""
    old, new = (keys.create(store, name, ["write"]) for name in ("Ann", "ann"))
    with pytest.raises(Conflict, match="two live keys"):
        keys.create(store, "ann", ["write"])
    keys.revoke(store, old.split("_")[1])
    assert keys.authenticate(store, new) is not None
    keys.create(store, "ann", ["write"])
    keys.create(store, "bob", ["admin"])
    assert [(key.contributor, key.name, key.live_at(now_us())) for key in keys.listed(store)] == [
        ("ann", "Ann", False),
        ("ann", "Ann", True),
        ("ann", "Ann", True),
        ("bob", "bob", True),
    ]
    assert store.head().revision == 2  # one for each contributor; a key is outside of history


def test_last_use_is_noted_once_a_minute(store: Store) -> None:
    token = keys.create(store, "ann", ["write"])
    head = store.head()

    def used() -> int | None:
        [key] = keys.listed(store)
        return key.last_used_at

    assert used() is None
    keys.authenticate(store, token)
    first = used()
    assert first is not None
    keys.authenticate(store, token)
    assert used() == first
    _set(store, last_used_at=first - keys.USE_NOTED_US)
    keys.authenticate(store, token)
    assert (used() or 0) > first
    assert store.head() == head


def test_a_key_is_recognised_while_others_write(store: Store, database_url: str) -> None:
    token = keys.create(store, "ann", ["write"])
    if database_url.startswith("sqlite"):
        file = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
        file.execute("BEGIN IMMEDIATE")
        assert keys.authenticate(store, token) is not None
        file.close()
        assert keys.listed(store)[0].last_used_at is None
        return
    with psycopg.connect(database_url) as server:
        server.execute("UPDATE head SET revision = revision + 1")
        assert keys.authenticate(store, token) is not None
        server.rollback()
    assert keys.listed(store)[0].last_used_at is not None


@pytest.mark.parametrize(
    ("name", "scopes", "told"),
    [
        ("ann", ["writer"], 'Was "write" meant'),
        ("ann", ["zzz"], "There are: write"),
        ("ann", [], "good for something"),
        (" ", ["write"], "whose key"),
        ("a\nb", ["write"], "whose key"),
        ("a" * 501, ["write"], "whose key"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(store: Store, name: str, scopes: list[str], told: str) -> None:
    with pytest.raises(Invalid, match=told):
        keys.create(store, name, scopes)
    assert store.head().revision == 0
    assert keys.listed(store) == []
