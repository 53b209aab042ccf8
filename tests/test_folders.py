"""Mapped files: whoever begins with them answers as whoever read the ledger, and what is wrong with them is noticed."""

from __future__ import annotations

import resource
import shutil
import time
import weakref
from typing import TYPE_CHECKING

import orjson
import pytest

from graph import formats
from graph.errors import NotReady
from graph.snapshot.folder import Damaged, check, open_folder, write_folder
from graph.store import Live, folders, follow, news
from graph.store.folders import Folders
from graph.transfer.exporting import Export
from graph.vocabulary import load
from tests.asking import ask
from tests.statements import begin, claimed, merging, one, relation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from graph.snapshot import Snapshot
    from graph.store import Store

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
    shutil.rmtree(live._folders.path, ignore_errors=True)


def folder(live: Live) -> Path:
    return live._folders.path / str(live._folders.mapped)


def answers(snapshot: Snapshot, store: Store) -> list[bytes]:
    bodies = []
    for k in range(snapshot.revision + 1):
        bodies += [ask(snapshot, store, name, {"known_at": str(k)}).body for name in LISTS if name != "list_changes"]
    files = [b"".join(Export(format=name, known_at=None).parts(snapshot, store)) for name in formats.exporters()]
    return [*bodies, *files, ask(snapshot, store, "list_changes", {}).body]


def from_the_ledger(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    monkeypatch.setattr(folders, "WORTH", 10**9)
    shutil.rmtree(Folders.of(store.engine.url, store.head().ledger).path, ignore_errors=True)
    live = Live(store)
    live.close()
    return answers(live.current(), store)


def test_who_reads_the_ledger_says_how_far_it_is(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "WORTH", 10**9)
    monkeypatch.setattr(news, "_STRETCH", 3)
    monkeypatch.setattr(news, "_TOGETHER", 2)
    told: list[tuple[int, int]] = []
    tables, _ = Folders.of(filled.engine.url, filled.head().ledger).begin(filled.engine, lambda *far: told.append(far))
    assert {everything for _, everything in told} == {2 * len(tables.relations) + len(tables.claims)}
    assert told == sorted(told)
    assert told[0][0] == 0
    assert 0.9 < told[-1][0] / told[-1][1] <= 1


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
    Folders.of(filled.engine.url, mapped._folders.ledger).compact(filled.engine)
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
    mapped._doubted = True
    mapped._look()
    monkeypatch.undo()
    assert answers(mapped.current(), filled) == from_the_ledger(filled, monkeypatch)


@pytest.mark.parametrize("damage", ["short", "no manifest", "manifest", "another ledger", "another past"])
def test_what_can_not_be_used_is_written_anew(
    filled: Store, mapped: Live, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapped.close()  # as above
    path, tables = folder(mapped), mapped._tables
    ledger, chain = tables.ledger, tables.chain
    manifest = path / "manifest.json"
    if damage == "short":
        (path / "claims.written").write_bytes(b"")
    elif damage == "no manifest":
        manifest.unlink()
    elif damage == "manifest":
        manifest.write_bytes(manifest.read_bytes().replace(b"<i4", b"<u4", 1))
    else:
        shutil.rmtree(path)
        if damage == "another ledger":
            tables.ledger = "another"
        else:
            tables.chain = bytes(len(chain))
        write_folder(path, tables, mapped._evidence)
    with pytest.raises(Damaged):
        open_folder(path, ledger, load(), chain)
    other = Live(filled)
    other.close()
    check(folder(other))
    assert answers(other.current(), filled) == from_the_ledger(filled, monkeypatch)


def test_what_an_older_state_was_put_back_over_is_not_mapped(filled: Store, mapped: Live) -> None:
    mapped.close()
    path = folder(mapped)
    shutil.copytree(path, path.with_name("1000"))
    other = Live(filled)
    other.close()
    assert not path.with_name("1000").exists()
    assert other.current().revision == filled.head().revision


def test_two_folders_are_kept_and_nothing_half_written(filled: Store, mapped: Live) -> None:
    half = mapped._folders.path / "5.12345"
    half.mkdir()
    (half / "claims.written").write_bytes(b"half")
    first = mapped.current()
    for day in (8, 9, 10, 11):
        claimed(filled, relation(start=f"2026-02-{day:02}"))
        Folders.of(filled.engine.url, mapped._folders.ledger).compact(filled.engine)
    newest = filled.head().revision
    assert {each.name for each in mapped._folders.path.iterdir()} == {"lock", str(newest), str(newest - 1)}
    assert ask(first, filled, "list_relations", {}).body  # its files are gone, and its pages are not
    mapped._look()
    assert mapped._folders.mapped == newest


def test_a_damaged_next_folder_is_not_gone_over_to(filled: Store, mapped: Live) -> None:
    mapped.close()
    first = folder(mapped)
    claimed(filled, relation(start="2026-02-08"))
    Folders.of(filled.engine.url, mapped._folders.ledger).compact(filled.engine)
    second = first.with_name(str(filled.head().revision))
    content = bytearray((second / "relations.type").read_bytes())
    content[0] ^= 1
    (second / "relations.type").write_bytes(content)
    mapped._look()
    assert folder(mapped) == first
    assert not second.exists()
    assert mapped.current().revision == filled.head().revision


def test_a_process_of_its_own_writes_the_next_files_and_all_go_over(
    filled: Store, mapped: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_DUE", 1)
    other = Live(filled)
    claimed(filled, relation(start="2026-02-08"))
    newest, deadline = filled.head().revision, time.monotonic() + 60
    while not mapped._folders.mapped == other._folders.mapped == newest:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    other.close()
    assert other.current().revision == mapped.current().revision == newest


def test_what_was_gone_over_from_is_let_go(filled: Store, mapped: Live) -> None:
    before = weakref.ref(mapped._tables)
    for name in ("get_stats", "list_relations", "list_claims", "list_actors"):
        ask(mapped.current(), filled, name, {})
        ask(mapped.current(), filled, name, {"known_at": "3"})
    claimed(filled, relation(start="2026-02-08"))
    ask(mapped.current(), filled, "get_stats", {})
    Folders.of(filled.engine.url, mapped._folders.ledger).compact(filled.engine)
    mapped._exchange()
    assert before() is None
    assert orjson.loads(ask(mapped.current(), filled, "list_relations", {}).body)["items"]


def test_what_was_read_to_write_the_first_files_is_let_go(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    read, kept = Folders._read, list[weakref.ref[object]]()

    def noted(self: Folders, engine: Engine, progress: news.Progress) -> folders.Loaded:
        loaded = read(self, engine, progress)
        kept.append(weakref.ref(loaded[0]))
        return loaded

    monkeypatch.setattr(Folders, "_read", noted)
    live = Live(filled)
    live.close()
    assert live._folders.mapped
    assert [each() for each in kept] == [None]
    shutil.rmtree(live._folders.path)


def test_a_large_ledger_is_read_by_a_process_of_its_own(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which says how far it is; where it can't do it, this one does."""
    monkeypatch.setattr(folders, "APART", 1)
    told: list[tuple[int, int]] = []
    one = Folders.of(filled.engine.url, filled.head().ledger)
    with monkeypatch.context() as patch:
        patch.setattr(Folders, "_read", None)
        tables, _ = one.begin(filled.engine, lambda *far: told.append(far))
    assert one.mapped == tables.revision == filled.head().revision
    assert told
    assert {everything for _, everything in told} == {2 * len(tables.relations) + len(tables.claims)}
    shutil.rmtree(one.path)
    monkeypatch.setattr(folders, "_begin", max)  # what writes nothing
    other = Folders.of(filled.engine.url, filled.head().ledger)
    assert len(other.begin(filled.engine)[0].relations) == len(tables.relations)
    assert other.mapped
    shutil.rmtree(other.path)


@pytest.fixture
def no_room() -> Iterator[None]:
    """No file may grow as long as mapped ones do: what a full disk is like, for those alone."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_without_room_the_graph_is_held_in_memory(
    filled: Store, no_room: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    live = Live(filled)
    Folders.of(filled.engine.url, live._folders.ledger).compact(filled.engine)
    live.close()
    assert [each.name for each in live._folders.path.iterdir()] == ["lock"]
    assert caplog.messages[0].endswith("it is held in memory")
    assert live._folders.mapped == 0
    assert answers(live.current(), filled) == from_the_ledger(filled, monkeypatch)


def test_where_no_folder_may_be_made_the_graph_is_held_in_memory(
    filled: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = Folders.of(filled.engine.url, filled.head().ledger).path
    path.write_bytes(b"in the way")
    live = Live(filled)
    claimed(filled, relation(start="2026-02-08"))
    live._look()
    live.close()
    assert caplog.messages[0].endswith("it is held in memory")
    assert answers(live.current(), filled) == from_the_ledger(filled, monkeypatch)
    path.unlink()


def test_very_much_is_read_in_the_background(filled: Store, mapped: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    mapped.close()
    monkeypatch.setattr(follow, "_INLINE", 0)
    known = mapped.current().revision
    claimed(filled, relation(start="2026-02-08"))
    assert mapped.current().revision == known
    assert mapped.catch_up().revision == known + 1
    assert mapped.current().revision == known + 1
