"""Mapped files: whoever begins with them answers as whoever read the ledger, and what is wrong with them is noticed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from graph.db import reading
from graph.errors import NotReady
from graph.snapshot.folder import Damaged, check, open_folder, write_folder
from graph.store import Live, folders, follow
from graph.store.folders import Folders
from graph.vocabulary import load
from tests.asking import ask
from tests.statements import begin, claimed, merging, one, relation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graph.snapshot import Snapshot
    from graph.store import Store

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LISTS = ("list_relations", "list_claims", "list_actors", "list_documents", "list_datasets", "list_changes")


@pytest.fixture(autouse=True)
def _every_ledger_is_worth_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "WORTH", 1)


@pytest.fixture
def filled(store: Store) -> Store:
    begin(store)
    said = [claimed(store, relation(start=f"2026-02-0{day}"), claimant="lavrov") for day in range(1, 8)]
    claimed(store, said[0].relation_id, stance="denies", record="another")
    one(store, "retract", "relation", said[1].relation_id, "a mistake")
    one(store, "retract", "claim", said[2].claim_id, "another")
    one(store, "merge", "us", merging("russia"))
    return store


@pytest.fixture
def mapped(filled: Store) -> Iterator[Live]:
    Live(filled).close()  # this one has written them
    live = Live(filled)
    yield live
    live.close()


def folder(live: Live) -> Path:
    return live._folders.path / str(live._folders.mapped)


def answers(snapshot: Snapshot, store: Store) -> list[bytes]:
    bodies = []
    for k in range(snapshot.revision + 1):
        bodies += [ask(snapshot, store, name, {"known_at": str(k)}).body for name in LISTS if name != "list_changes"]
    return [*bodies, ask(snapshot, store, "list_changes", {}).body]


def from_the_ledger(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    monkeypatch.setattr(folders, "WORTH", 10**9)
    shutil.rmtree(Folders.of(store.engine.url, store.head().ledger).path)
    live = Live(store)
    live.close()
    return answers(live.current(), store)


def test_who_maps_answers_as_who_reads(filled: Store, mapped: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mapped._folders.mapped == mapped.current().revision
    assert answers(mapped.current(), filled) == from_the_ledger(filled, monkeypatch)


def test_rows_go_on_where_the_files_end(filled: Store, mapped: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    claimed(filled, relation(start="2026-02-08"))
    one(filled, "undo_merge", "m1", "two after all")
    one(filled, "retract", "document", "d1", "a forgery")
    assert answers(mapped.current(), filled) == from_the_ledger(filled, monkeypatch)


def test_a_process_changes_no_file(filled: Store, mapped: Live) -> None:
    one(filled, "retract", "document", "d1", "a forgery")
    mapped.current()
    check(folder(mapped))


def test_the_next_files_are_gone_over_to(filled: Store, mapped: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    first = folder(mapped)
    claimed(filled, relation(start="2026-02-08"))
    with reading(filled.engine) as connection:
        Folders.of(filled.engine.url, mapped._folders.ledger).compact(connection)
    before = mapped.current()
    mapped._exchange()
    claimed(filled, relation(start="2026-02-09"))
    after = mapped.current()
    assert folder(mapped) != first
    assert after.tables is not before.tables
    assert ask(before, filled, "list_relations", {"known_at": "3"}).body
    assert answers(after, filled) == from_the_ledger(filled, monkeypatch)


def test_a_flipped_bit_is_found_and_the_ledger_read(
    filled: Store, mapped: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapped.close()  # or the check beside its work might come first
    file = folder(mapped) / "relations.type"
    content = bytearray(file.read_bytes())
    content[0] ^= 1
    file.write_bytes(content)
    with pytest.raises(Damaged):
        check(folder(mapped))
    begun = Live._begin

    def begin_again(live: Live) -> None:
        with pytest.raises(NotReady):
            live.current()
        begun(live)

    monkeypatch.setattr(Live, "_begin", begin_again)
    mapped._check()
    monkeypatch.undo()
    assert answers(mapped.current(), filled) == from_the_ledger(filled, monkeypatch)


@pytest.mark.parametrize("damage", ["short", "no manifest", "manifest", "foreign"])
def test_what_can_not_be_used_is_written_anew(
    filled: Store, mapped: Live, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapped.close()  # as above
    path = folder(mapped)
    manifest = path / "manifest.json"
    if damage == "short":
        (path / "claims.written").write_bytes(b"")
    elif damage == "no manifest":
        manifest.unlink()
    elif damage == "manifest":
        manifest.write_bytes(manifest.read_bytes().replace(b"<i4", b"<u4", 1))
    else:
        shutil.rmtree(path)
        mapped._tables.ledger = "another"
        write_folder(path, mapped._tables, mapped._evidence)
    with pytest.raises(Damaged):
        open_folder(path, mapped._folders.ledger, load())
    other = Live(filled)
    other.close()
    check(folder(other))
    assert answers(other.current(), filled) == from_the_ledger(filled, monkeypatch)


def test_very_much_is_read_in_the_background(filled: Store, mapped: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    mapped.close()
    monkeypatch.setattr(follow, "_INLINE", 0)
    known = mapped.current().revision
    claimed(filled, relation(start="2026-02-08"))
    assert mapped.current().revision == known
    assert mapped.catch_up().revision == known + 1
    assert mapped.current().revision == known + 1
