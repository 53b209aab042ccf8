"""What is compiled answers as the reference does, byte for byte: whatever is asked, of whatever history.

The same laws hold for a library that watches every address it reads (`test_no_address_is_read_that_...`).
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from graph.queries.scope import compiled as asking_at_once
from graph.snapshot import Snapshot, entries, native, slices, zones
from graph.snapshot import facets as counting
from graph.snapshot.find import compiled as finding
from graph.snapshot.item import compiled as showing
from graph.snapshot.native import build, library
from graph.store import Store, folders
from tests import statements as say
from tests.asking import Asked, Asker, ask
from tests.histories import ACTING, TYPES, History
from tests.test_histories import FEW, SOME, Ledgers, following, ledgers, randoms

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from graph.queries import Answer
    from graph.snapshot.native import Basis
    from graph.snapshot.view import View

__all__ = ["ledgers"]

PROJECT = Path(__file__).parents[1]
WATCHED = "ENTENTE_TEST_WATCHED"
FLAGS = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
BEYOND = {"count"}

if WATCHED in os.environ:
    vars(library)["library"] = partial(Path, os.environ[WATCHED])

needs_library = pytest.mark.skipif(
    native.loaded() is None, reason="Nothing has been compiled: there is no C compiler (make .venv/.native says more)."
)


@contextmanager
def by_reference() -> Iterator[None]:
    """Answer as where nothing has been compiled."""
    with pytest.MonkeyPatch.context() as patch:
        for asking in (finding, showing, asking_at_once, counting):
            patch.setattr(asking, "loaded", lambda: None)
        yield


@contextmanager
def in_small(zone: int) -> Iterator[None]:
    """Let a short history have levels and zones as a long one has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slices, "PACK_AFTER", 2)
        for of in (zones, entries):
            patch.setattr(of, "ZONE", zone)
        yield


def walked(snapshot: Snapshot, store: Store, name: str, asked: Asked) -> list[Answer]:
    """All pages of a list."""
    pages = [ask(snapshot, store, name, asked)]
    while (following_ := pages[-1].next) is not None:
        pages.append(ask(snapshot, store, name, {**asked, "cursor": following_}))
    return pages


def compare(snapshot: Snapshot, store: Store, name: str, asked: Asked) -> int:
    """Hold the pages of a list against the reference's; how many there are."""
    pages = walked(snapshot, store, name, asked)
    with by_reference():
        assert walked(snapshot, store, name, asked) == pages, (name, asked)
    return len(pages)


def lists(history: History, k: int) -> Iterator[tuple[str, Asked]]:
    """Lists in pages of a few, plain and filtered at random."""
    random, asker = history.random, Asker(history.random, history.world(k))
    for actor in asker.actors:
        plain = {"id": actor, "known_at": str(k), "limit": random.randint(1, 4)}
        yield "list_actor_relations", plain
        for _ in range(3):
            filtered = {name: of for name, of in asker.relations(of_actor=True).items() if name not in BEYOND}
            if random.random() < 0.8:
                for name in ("sort", "rollup", "certain", "attr", *(name for name in asker.asked if name in CLAIMS)):
                    filtered.pop(name, None)
            yield "list_actor_relations", {**filtered, **plain}
    for name in ("list_relations", "list_claims"):
        yield name, {"known_at": str(k), "limit": 3}


CLAIMS = {"claimant", "publisher", "dataset", "document", "licence", "has_quote"}
"""Filters on claims, which only the reference answers."""


def steps(ledgers: Ledgers, random: Random, zone: int) -> Iterator[tuple[Snapshot, Store, History]]:
    """A history, step by step, in levels and zones of a few."""
    with ledgers() as store, in_small(zone), following(store) as live:
        history = History(store, random, random.choice([TYPES, ACTING]))
        history.begin(claims=random.randint(0, 20))
        for _ in range(random.randint(1, 10)):
            history.step()
            yield live.current(), store, history


def hold(ledgers: Ledgers, random: Random, zone: int) -> None:
    """The law, for a history."""
    for snapshot, store, history in steps(ledgers, random, zone):
        for name, asked in lists(history, random.randint(1, history.revision)):
            compare(snapshot, store, name, asked)


@needs_library
@SOME
@given(random=randoms)
def test_pages_are_the_references(ledgers: Ledgers, random: Random) -> None:
    hold(ledgers, random, random.choice([1, 2, 3, 256]))


@needs_library
@FEW
@given(random=randoms)
def test_so_are_those_of_hubs(ledgers: Ledgers, random: Random) -> None:
    """Of some hundred relations each, packed as a whole, in zones that fill a register and more."""
    with ledgers() as store, in_small(random.choice([64, 256])):
        history = History(store, random, first={"us": "state", "russia": "state", "paper": "unknown"})
        history.begin(claims=300)
        with following(store) as live:
            for _ in range(3):
                history.step()
            for k in (1, history.revision):
                asks, pages = list(lists(history, k)), 0
                for name, asked in asks:
                    pages += compare(live.current(), store, name, {**asked, "limit": random.choice([5, 40, 300])})
                assert pages > len(asks) or k > 1


@needs_library
def test_columns_that_have_changed_meanwhile_are_looked_at_anew(
    ledgers: Ledgers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer brings in a claim between the packing of where columns are and the look at them."""
    with ledgers() as store, following(store) as live:
        say.begin(store)
        relation = say.claimed(store, say.relation()).relation_id
        snapshot, fresh, asked = live.current(), native.basis, {"id": "us", "limit": 1}
        before = ask(snapshot, store, "list_actor_relations", asked)
        old = fresh(snapshot.view(snapshot.revision))
        say.claimed(store, relation, stance="denies", claimant="russia")
        live.current()
        asked_anew: dict[str, int] = {"finding": 0, "showing": 0}

        def late(name: str, view: View, *, anew: bool = False) -> Basis:
            asked_anew[name] += anew
            return fresh(view, anew=True) if anew else old

        monkeypatch.setattr(finding, "basis", partial(late, "finding"))
        monkeypatch.setattr(showing, "basis", partial(late, "showing"))
        assert ask(snapshot, store, "list_actor_relations", asked) == before
        assert asked_anew == {"finding": 1, "showing": 1}
        assert b'"status":"reported"' in before.body


@needs_library
def test_files_are_not_trusted_before_they_were_checked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is compiled checks no number that it finds in a column."""
    say.begin(store)
    say.claimed(store, say.relation())
    monkeypatch.setattr(folders, "WORTH", 1)
    doubted = folders.Folders.of(store.engine.url, store.head().ledger)
    tables, evidence = doubted.begin(store.engine)
    assert (doubted.mapped, tables.sound) == (tables.revision, False)
    snapshot = Snapshot(tables, evidence, tables.revision)
    for asking in (finding, showing):
        monkeypatch.setattr(asking, "basis", None)  # whoever asks fails
    assert b'"status":"reported"' in ask(snapshot, store, "list_actor_relations", {"id": "us"}).body
    with following(store) as live:
        deadline = time.monotonic() + 20
        while not live.current().tables.sound:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_what_is_told_of_columns_is_what_c_reads(ledgers: Ledgers) -> None:
    with ledgers() as store, following(store) as live:
        view = live.current().view(0)
        assert (len(native.basis(view).packed), len(view.packed)) == library.LAYOUT[:2]


def test_what_is_loaded_was_made_of_the_source_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = tmp_path / "pages.c"
    monkeypatch.setattr(build, "SOURCE", source)
    source.write_text("int one;")
    one = build.library()
    source.write_text("int other;")
    assert one != build.library()
    assert one.parent == tmp_path


@needs_library
def test_days_are_the_calendars(tmp_path: Path) -> None:
    """Every first and last of a month, and every tenth day between, of all years that have four digits."""
    assert build.build(tmp_path / "open.so", build.compilers()[0], "-Dstatic=") is None
    day, written = ctypes.CDLL(str(tmp_path / "open.so")).day, ctypes.create_string_buffer(16)
    day.argtypes, day.restype = [ctypes.c_char_p, ctypes.c_int64, ctypes.c_int], ctypes.c_void_p
    begins = (date(year, month, 1).toordinal() for year in range(1, 10_000) for month in range(1, 13))
    for ordinal in chain.from_iterable((first - 1 or 1, first, first + 1, first + 27) for first in begins):
        day(written, ordinal, 3)
        assert written.value.decode() == date.fromordinal(ordinal).isoformat()


@needs_library
def test_compilers_have_nothing_to_remark(tmp_path: Path) -> None:
    for number, compiler in enumerate(build.compilers()):
        assert build.build(tmp_path / f"{number}.so", compiler, "-Wall", "-Wextra", "-Werror") is None


def test_without_a_compiler_it_is_said_what_that_means(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "pages.c"
    source.write_text("int one;")
    monkeypatch.setattr(build, "SOURCE", source)
    monkeypatch.setattr(build, "compilers", list)
    build.main()
    assert "takes twice as long: there is no C compiler" in capsys.readouterr().err
    monkeypatch.setattr(build, "compilers", lambda: [["no-such-compiler"], ["false"]])
    build.main()
    assert "takes twice as long: " in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["pages.c"]


@pytest.mark.skipif(WATCHED in os.environ, reason="This is what is watched.")
def test_no_address_is_read_that_is_nobodys_and_nothing_is_computed_that_c_leaves_open(tmp_path: Path) -> None:
    """The laws of this file and of `test_at_once.py`, asked of a library that two sanitizers watch."""
    compiler = shutil.which("gcc")
    watcher = compiler and Path(_said(compiler, "-print-file-name=libasan.so"))
    if not compiler or not watcher or not watcher.is_absolute():
        pytest.skip("There is no gcc with its address sanitizer here.")
    assert build.build(tmp_path / "watched.so", [compiler], *FLAGS) is None
    watched = {
        WATCHED: str(tmp_path / "watched.so"), "LD_PRELOAD": str(watcher), "ENTENTE_TEST_HISTORIES": "4",
        "ASAN_OPTIONS": "detect_leaks=0", "PYTHONMALLOC": "malloc",
    }  # fmt: skip
    laws = "pages or hubs or spelled or refuses", __file__, str(PROJECT / "tests" / "test_at_once.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-k", *laws],
        cwd=PROJECT, env={**os.environ, **watched}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
