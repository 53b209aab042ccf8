"""The whole log makes the same ledger elsewhere: every version, clock and hash; exported from there, the same bytes."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given

from graph.errors import Invalid
from graph.formats import importers
from graph.store import Store, restore
from graph.store.check import check
from graph.transfer.importing import Import, Into
from tests.asking import ask
from tests.conftest import make_ledger
from tests.test_cli import run  # noqa: F401 - the fixture
from tests.test_export_ndjson import exported, written
from tests.test_histories import FEW, SOME, following, ledgers, randoms  # noqa: F401 - a fixture among them
from tests.test_http_imports import finished, send
from tests.writing import ACTOR, pen

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from graph.transfer.counts import Counts
    from tests.test_cli import Run
    from tests.test_histories import Engine, Ledgers


def log_of(store: Store, **asked: Any) -> bytes:  # noqa: ANN401 - parameters
    with following(store) as live:
        return exported(live, history=True, **asked)


def rebuilt(store: Store, lines: bytes) -> Counts:
    importer = importers()["ndjson"]
    return Import(store, importer, Into.of(importer, "statements")).run(lines.splitlines(keepends=True))


@pytest.mark.parametrize("engines", [("sqlite", "postgresql"), ("postgresql", "sqlite"), ("sqlite", "sqlite")])
def test_any_ledger_is_made_again_from_its_log(
    ledgers: Ledgers,  # noqa: F811 - the fixture
    engines: tuple[Engine, Engine],
) -> None:
    @FEW
    @given(random=randoms)
    def holds(random: Random) -> None:
        with ledgers(engines[0]) as store:
            history = written(store, random)
            lines = log_of(store)
            with ledgers(engines[1]) as other:
                assert rebuilt(other, lines).revision == history.revision
                assert log_of(other) == lines
                assert check(other.engine) == []
                assert other.head() == store.head()
                with following(store) as live, following(other) as copy:
                    for k in {random.randint(1, history.revision), history.revision}:
                        asked = {"known_at": str(k), "include": ["claims", "about"], "limit": 1000}
                        ours, theirs = (
                            ask(each.current(), each.ledger, "list_relations", asked) for each in (live, copy)
                        )
                        assert ours == theirs
                        assert exported(copy, known_at=str(k)) == exported(live, known_at=str(k))

    holds()


@pytest.mark.parametrize("rows", [1, 7])
def test_a_log_that_was_cut_off_goes_on_where_it_ended(
    ledgers: Ledgers,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
    rows: int,
) -> None:
    monkeypatch.setattr(restore, "_ROWS", rows)

    @FEW
    @given(random=randoms)
    def holds(random: Random) -> None:
        with ledgers() as store, ledgers() as other:
            history = written(store, random)
            middle = random.randint(1, history.revision)
            lines = log_of(store)
            rebuilt(other, log_of(store, known_at=str(middle)))
            assert other.head().revision == middle
            cut = lines.splitlines(keepends=True)
            cut = cut[: random.randint(1, len(cut) - 1)]
            if b'"op":"revision"' not in cut[-1] and len(cut) > 1:
                with pytest.raises(Invalid, match="breaks off"):
                    rebuilt(other, b"".join(cut))
            counts = rebuilt(other, lines)
            assert (counts.revision, counts.lines) == (history.revision, len(lines.splitlines()))
            assert rebuilt(other, lines).added == 1  # the first line, which is of no revision
            assert log_of(other) == lines
            assert check(other.engine) == []

    holds()


def test_what_is_not_the_log_that_was_written_does_not_go_in(
    ledgers: Ledgers,  # noqa: F811 - the fixture
) -> None:
    @SOME
    @given(random=randoms)
    def holds(random: Random) -> None:
        with ledgers() as store, ledgers() as other:
            written(store, random, steps=8)
            lines = log_of(store).splitlines()
            at = random.randrange(1, len(lines))
            said = orjson.loads(lines[at])
            match random.choice(["change", "drop", "double", "swap"]):
                case "change":
                    where = said["row"] if said["op"] == "wrote" else said
                    name = random.choice([name for name in where if name not in {"op", "table"}])
                    where[name] = f"{where[name]}x" if isinstance(where[name], str) else 10**6
                    lines[at] = orjson.dumps(said)
                case "drop":
                    del lines[at]
                case "double":
                    lines.insert(at, lines[at])
                case _:
                    lines[at], lines[at - 1] = lines[at - 1], lines[at]
            with suppress(Invalid):
                rebuilt(other, b"\n".join(lines))
            if other.head().revision:  # two lines that may stand in any order, or an end told twice
                assert log_of(other) == log_of(store)

    holds()


def test_a_log_goes_into_no_other_ledger(
    ledgers: Ledgers,  # noqa: F811 - the fixture
) -> None:
    with ledgers() as store, ledgers() as other:
        for each in (store, other):
            with each.write() as writer:
                writer.add_contributor(uuid.uuid4().hex, "Somebody")
        with pytest.raises(Invalid, match="1 revisions of another"):
            rebuilt(other, log_of(store))


def test_a_log_is_asked_for_over_http_and_taken_in_the_terminal(
    run: Run,  # noqa: F811 - the fixture
    database_url: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    with pen(database_url, "write", "curate", uploads=str(tmp_path / "uploads")) as service:
        made = service.post("/actors", ACTOR).json()["id"]
        path = f"/actors/{made}"
        service.write("DELETE", f"{path}?reason=Nobody.", if_match=service.tag(path))
        answer = service.get("/exports/ndjson?history=true")
        assert answer.headers["content-type"] == "application/x-ndjson"
        assert orjson.loads(answer.headers["x-loss-report"]) == {"format": "ndjson", "leaves_out": [], "alters": []}
        for query in ("type=sanction&history=true", "history=true&valid_at=2026"):
            refused = service.get(f"/exports/ndjson?{query}")
            assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "history")
        assert service.get("/exports/csv?history=true").status_code == 422
        pinned = service.get("/exports/ndjson?history=true&known_at=1")
        assert pinned.headers["cache-control"] == "public, max-age=86400, immutable"
        sent = send(service, answer.content, "format=ndjson&dataset=d").json()
        assert "where nobody serves it" in finished(service, sent["id"])["problem"]
    (tmp_path / "copy").mkdir()
    copy = make_ledger(request, "sqlite", tmp_path / "copy")
    file = tmp_path / "log.ndjson"
    file.write_bytes(answer.content)
    status, said, wrong = run("import", "ndjson", str(file), "--database", copy)
    assert (status, wrong) == (0, "")
    assert "0 known, 0 rejected. New: 24 relations, 24 claims" in said
    again = tmp_path / "again.ndjson"
    assert run("export", "ndjson", str(again), "--history", "--database", copy)[0] == 0
    assert again.read_bytes() == answer.content
    assert run("check", "--database", copy)[0] == 0
    _, said, _ = run("ask", "list-actor-versions", made, "--database", copy)
    assert [entry["op"] for entry in orjson.loads(said)["items"]] == ["retract", "add"]
