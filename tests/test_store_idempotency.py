"""A write asked for twice is done once, whoever asks, wherever, and whenever within a day; a dry run is never done."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from graph.db import connect
from graph.errors import Conflict, Invalid, LedgerDamaged, Stale
from graph.store import Idempotency, Store
from graph.store.head_file import HeadFile, path_of, witness_in
from graph.store.idempotency import KEPT_US
from graph.store.transaction import ACTOR, KEPT_RESULT
from tests import statements as say

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(store: Store) -> Store:
    """A ledger with two contributors."""
    with store.write() as w:
        w.add_contributor("ann", "Ann")
        w.add_contributor("bob", "Bob")
    return store


def asked(body: str, key: str = "k-1") -> Idempotency:
    return Idempotency.of(key, b"POST", b"/actors", body.encode())


def post(store: Store, id: str, *, by: str | None = "ann", key: str = "k-1") -> tuple[Any, int]:  # noqa: A002 - the product's word for it
    """Add an actor as a route does; give what is answered, and its revision."""
    with store.write(by=by, op="add", idempotency=asked(id, key)) as w:
        if w.replayed is None:
            added = w.add_actor(say.actor(id))
            w.result = (201, {"id": added.id})
            answer: Any = w.result
        else:
            answer = w.replayed[:2]
    return answer, w.revision


def kept(store: Store) -> int:
    with store.engine.connect() as connection:
        return len(connection.execute(select(KEPT_RESULT)).all())


def test_the_same_request_is_told_the_first_result(store: Store) -> None:
    first = post(store, "us")
    say.one(store, "add_actor", say.actor("russia"))
    head = store.head()
    assert post(store, "us") == first == ((201, {"id": "us"}), 2)
    assert store.head() == head
    other_process = connect(store.engine.url.render_as_string(hide_password=False))
    assert post(Store(other_process), "us") == first
    other_process.dispose()


def test_another_request_with_the_same_key_is_refused(store: Store) -> None:
    post(store, "us")
    with pytest.raises(Invalid, match="Idempotency-Key"):
        post(store, "russia")
    assert store.head().counts["actors"] == 1


def test_a_key_is_its_contributors_own(store: Store) -> None:
    post(store, "us")
    assert post(store, "russia", by="bob")[0] == (201, {"id": "russia"})
    with pytest.raises(Invalid, match="holder"):
        post(store, "china", by=None, key="k-2")


def test_parts_of_a_request_do_not_run_together() -> None:
    assert Idempotency.of("k", b"ab", b"c") != Idempotency.of("k", b"a", b"bc")
    for key in ("", "x" * 256, "a\nb"):
        with pytest.raises(Invalid):
            Idempotency.of(key, b"")


def test_what_added_nothing_is_kept_and_takes_no_revision(store: Store) -> None:
    say.one(store, "add_actor", say.actor("us"))
    head = store.head()
    told = []
    for _ in range(2):
        with store.write(by="ann", idempotency=asked("again")) as w:
            if w.replayed is None:
                w.amend_actor("us", say.actor("us"))
                w.result = (200, {"id": "us"})
        told.append((w.revision, w.replayed))
    assert told == [(head.revision, None), (head.revision, (200, {"id": "us"}, head.revision))]
    assert store.head() == head


def test_a_refusal_is_not_kept(store: Store) -> None:
    say.one(store, "add_actor", say.actor("us"))
    with pytest.raises(Conflict):
        post(store, "us")
    assert post(store, "russia")[0] == (201, {"id": "russia"})


def test_a_result_is_kept_for_a_day(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    post(store, "us")
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE kept_result SET at = at - :day"), {"day": KEPT_US - 1_000_000})
    assert post(store, "us")[1] == 2
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE kept_result SET at = at - 1000000"))
    with pytest.raises(Conflict):
        post(store, "us")
    assert kept(store) == 1
    post(store, "russia", key="k-2")
    assert kept(store) == 1


def test_a_forgotten_key_may_be_used_anew(store: Store) -> None:
    post(store, "us")
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE kept_result SET at = at - :day"), {"day": KEPT_US})
    assert post(store, "russia") == ((201, {"id": "russia"}), 3)
    assert kept(store) == 1


def test_twins_at_the_same_time_are_one(store: Store) -> None:
    answers: list[object] = []
    gate = threading.Barrier(6)

    def twin() -> None:
        gate.wait()
        answers.append(post(store, "us"))

    threads = [threading.Thread(target=twin) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [((201, {"id": "us"}), 2)] * 6
    assert store.head().revision == 2


def test_what_a_replayed_block_writes_is_dropped(store: Store) -> None:
    first = post(store, "us")
    head = store.head()
    with store.write(by="ann", idempotency=asked("us")) as w:
        say.writes(w, "russia")
    assert (w.revision, store.head()) == (first[1], head)


def test_a_dry_run_tells_what_would_be_and_leaves_nothing(store: Store) -> None:
    head = store.head()
    with store.write(by="ann", dry_run=True, idempotency=asked("us")) as w:
        assert w.add_actor(say.actor("us")) == ("us", True)
        w.result = (201, {})
    assert (w.revision, store.head(), kept(store)) == (head.revision, head, 0)
    with store.engine.connect() as connection:
        assert connection.execute(select(ACTOR)).all() == []
    assert post(store, "us")[0] == (201, {"id": "us"})


def test_a_writer_knows_what_it_builds_on(store: Store) -> None:
    newest = store.head().revision
    with store.write() as w:
        assert (w.before, w.revision) == (newest, newest + 1)
        say.writes(w, "us")
        w.expect_version("actor", "us", 1)
        with pytest.raises(Stale) as caught:
            w.expect_version("actor", "us", 2)
    assert caught.value.newest == w.revision


def test_the_log_can_be_read_in_parts(store: Store) -> None:
    say.one(store, "add_actor", say.actor("us"))
    with store.write(by="bob", op="tidy", comment="so") as w:
        w.retract("actor", "us", "no actor")
        say.writes(w, "russia")
        w.amend_actor("us", say.actor("us"), reason="it is one")
    assert [change.revision for change in store.changes(0, 99)] == [1, 2, 3]
    assert store.changes(3, 99) == store.changes(0, 0) == []
    [_, last] = store.changes(1, 3)
    assert (last.by, last.op, last.reason, last.comment) == ("bob", "tidy", None, "so")
    assert last.details == {"reasons": {"actor/us": "it is one"}}
    assert [change.at for change in store.changes(0, 3)] == sorted(change.at for change in store.changes(0, 3))


def test_the_head_file_bears_witness(store: Store) -> None:
    say.one(store, "add_actor", say.actor("us"))
    head = store.head()
    file = path_of(store.engine.url, head.ledger)
    assert witness_in(file, head.ledger) == (head.revision, head.hash)
    assert witness_in(file, "another") is None
    store.head_file.raise_to(head.revision - 1, bytes(16))
    assert witness_in(file, head.ledger) == (head.revision, head.hash)


def test_a_head_file_of_another_ledger_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "head"
    one = HeadFile(path, "one")
    one.raise_to(7, b"7" * 16)
    assert HeadFile(path, "one").read() == 7
    assert HeadFile(path, "other").read() == 0
    assert witness_in(path, "one") is None
    assert witness_in(tmp_path / "none", "one") is None


def test_threads_never_lower_the_head_file(tmp_path: Path) -> None:
    head = HeadFile(tmp_path / "head", "one")

    def raise_by_twos(begin: int) -> None:
        for revision in range(begin, 4000, 2):
            head.raise_to(revision, revision.to_bytes(16, "big"))
            assert head.read() >= revision

    threads = [threading.Thread(target=raise_by_twos, args=(begin,)) for begin in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert head.read() == 3999
    assert witness_in(tmp_path / "head", "one") == (3999, (3999).to_bytes(16, "big"))


def test_a_ledger_that_lost_its_end_is_not_written_on(store: Store) -> None:
    """Else other answers would be given under revisions that were acknowledged once."""
    head = store.head()
    store.head_file.raise_to(head.revision + 1)
    with pytest.raises(LedgerDamaged, match="remove"):
        say.one(store, "add_actor", say.actor("us"))
    assert store.head() == head
    path_of(store.engine.url, head.ledger).unlink()
    say.one(Store(store.engine), "add_actor", say.actor("us"))
