"""What is exported as our own lines makes the same records elsewhere: exported from there it is the same bytes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from graph.store import Live, Store
from graph.transfer import load
from graph.transfer.exporting import Export
from tests.asking import TODAY, Asker, ask, told
from tests.histories import History
from tests.test_histories import FEW, SOME, following, ledgers, randoms  # noqa: F401 - a fixture among them

if TYPE_CHECKING:
    from random import Random

    from graph.snapshot import Snapshot
    from tests.test_histories import Engine, Ledgers

DAY = date.fromisoformat(TODAY).toordinal()
CLOCKS = ("version", "recorded_at", "retracted_at")


def exported(live: Live, **asked: Any) -> bytes:  # noqa: ANN401 - parameters
    export = Export.model_validate({"format": "ndjson", **asked}, context={"today": DAY})
    return b"".join(export.parts(live.current(), live.ledger))


def relations(snapshot: Snapshot, live: Live, **asked: Any) -> list[Any]:  # noqa: ANN401 - parameters
    """All relations with their claims, clocks and the number of a merge left out."""
    page = told(ask(snapshot, live.ledger, "list_relations", {"limit": 1000, "include": ["claims"], **asked}))
    assert page["next"] is None
    for item in page["items"]:
        item["claims"].sort(key=lambda claim: claim["id"])
        for record in (item, *item["claims"]):
            for clock in CLOCKS:
                del record[clock]
    return sorted(page["items"], key=lambda item: str(item["id"]))


def written(store: Store, random: Random, steps: int = 25) -> History:
    history = History(store, random)
    history.begin(claims=8)
    for _ in range(steps):
        history.step()
    return history


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_copy_of_any_history_shows_the_same_and_is_exported_as_the_same_bytes(
    ledgers: Ledgers,  # noqa: F811 - the fixture
    engine: Engine,
) -> None:
    @SOME if engine == "sqlite" else FEW
    @given(random=randoms)
    def holds(random: Random) -> None:
        with ledgers(engine) as store, following(store) as live:
            history = written(store, random)
            for k in {random.randint(1, history.revision), history.revision}:
                lines = exported(live, known_at=str(k))
                with ledgers() as other, following(other) as copy:
                    load(other, lines.splitlines())
                    assert exported(copy) == lines
                    assert relations(copy.current(), copy) == relations(live.current(), live, known_at=str(k))
                    again = load(other, lines.splitlines())
                    assert again.added == 0

    holds()


def test_what_is_selected_comes_with_all_that_it_names(ledgers: Ledgers) -> None:  # noqa: F811 - the fixture
    @SOME
    @given(random=randoms)
    def holds(random: Random) -> None:
        with ledgers() as store, following(store) as live:
            history = written(store, random)
            asker = Asker(random, history.world())
            if not asker.actors:
                return
            asked = asker.relations(of_actor=False)
            for page_only in ("sort", "include", "facets"):
                asked.pop(page_only, None)
            lines = exported(live, **asked)
            with ledgers() as other, following(other) as copy:
                load(other, lines.splitlines())
                assert exported(copy) == lines
                assert relations(copy.current(), copy) == relations(live.current(), live, **asked)

    holds()
