"""A stretch of a table is read in few values, and says what its rows say one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from graph.db import reading
from graph.models import claim as of_claims
from graph.models import relation as of_relations
from graph.snapshot import batch
from graph.store.stretches import rows_after, stretch
from graph.store.transaction import CLAIM, RELATION
from tests.statements import claim, claimed, one, relation
from tests.test_store_check import tell

if TYPE_CHECKING:
    from sqlalchemy import Engine, Table

    from graph.store import Store


@pytest.fixture
def told(store: Store) -> Engine:
    tell(store)
    for day in range(1, 8):  # most are like these
        claimed(store, relation(start=f"2026-03-0{day}"), record=f'\u2019{day}, "quoted"')
    claimed(store, relation(start="2026-03-08"), claimant="lavrov", said_on="2026-03")
    claimed(store, relation("allied-with", start="2026", end_status="ongoing"), stance="denies", coded_by="a coder")
    return store.engine


def in_stretches(engine: Engine, table: Table, most: int) -> dict[str, list[Any]]:
    """All rows, each column as a list."""
    found: dict[str, list[Any]] = {}
    with reading(engine) as connection:
        known = 0
        while len((rows := stretch(connection, table, known, most))["n"]):
            for name, values in rows.items():
                found.setdefault(name, []).extend(values)
            known += most
    return found


def one_by_one(engine: Engine, table: Table) -> dict[str, list[Any]]:
    with reading(engine) as connection:
        return {name: list(values) for name, values in rows_after(connection, table, 0).items()}


@pytest.mark.parametrize("most", [1, 3, 1000])
@pytest.mark.parametrize("table", [RELATION, CLAIM], ids=str)
def test_a_stretch_says_what_its_rows_say(told: Engine, table: Table, most: int) -> None:
    assert in_stretches(told, table, most) == one_by_one(told, table)


def test_words_that_hold_lines_stay_whole(told: Engine, store: Store) -> None:
    lines = claim(relation(start="2026-03-09")).model_copy(update={"record": "one\n\ntwo"})  # no door lets it in
    one(store, "claim", lines)
    assert in_stretches(told, CLAIM, 1000) == one_by_one(told, CLAIM)


def test_the_closed_sets_are_those_of_the_models() -> None:
    assert batch.STANCES == of_claims.STANCES
    assert batch.ABOUT_AS == of_relations.ABOUT_AS
    assert batch.END_STATUSES == of_relations.END_STATUSES
