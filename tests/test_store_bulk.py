"""Claims in bulk are the claims of the verb: the same rows to the last byte, whatever was recorded or undone before."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from graph.db import connect, reading
from graph.errors import EntenteError
from graph.store import Store
from graph.store.bulk import Statement, by_identifiers, by_ids, claim_all
from graph.store.bulk.claims import as_stated, spelled
from graph.store.check import check
from graph.store.identity import Sameness, many_relation_ids, many_tags, tags
from graph.store.transaction import CLAIM, RELATION
from graph.text import canonical
from graph.time import pack
from tests.statements import actor, begin, claim, one, relation

if TYPE_CHECKING:
    from sqlalchemy import Engine

TYPES = ("accuse", "consult-unspecified", "allied-with", "member-of", "based-in", "sanction")
DATES = (None, "2014", "2014-03", "2014-03-01", "2015-01-01")
ENDS = st.sampled_from(("us", "russia", "lavrov", "brics"))
VALUES = st.sampled_from(("Moscow", 'Köln \\ "x\u2028y"', 3, 2.0, 1e-7, 48.5, True, ["a", "b"]))
KEYS = ("place", "latitude", "mentions", "source_sectors", "no_such")
STATED = st.fixed_dictionaries(
    {
        "type": st.sampled_from(TYPES),
        "source": ENDS,
        "target": ENDS,
        "start": st.sampled_from(DATES),
        "end": st.sampled_from((None, None, None, *DATES)),
        "ongoing": st.sampled_from((False, False, False, True)),
        "relation_attributes": st.sampled_from((None, None, None, {"sector": "energy"})),
        "in": st.sampled_from(((None, "icews"), (None, "icews"), ("d1", "icews"), ("d1", None))),
        "record": st.sampled_from((None, "1", "2")),
        "attributes": st.none()
        | st.dictionaries(st.sampled_from(("place", "latitude", "mentions", "no_such")), VALUES),
        "confidence": st.sampled_from((None, None, 0.5, 1.0)),
        "coded_by": st.sampled_from((None, "BBN")),
    }
)
UNDOING = st.sampled_from(("amend-relation", "retract-relation", "retract-claim", "amend-claim", "retract", "merge"))


class Ledgers(NamedTuple):
    """Two ledgers: one is written by the verb, the other in bulk."""

    verbs: Store
    bulk: Store


def stated(store: Store, said: dict[str, Any]) -> Statement:
    """What a dictionary says, everything found that it refers to."""
    with store.write(dry_run=True) as w:
        actors = by_ids(w, "actor", [said["source"], said["target"]])
        papers = by_ids(w, "document", ["d1"]) | by_ids(w, "dataset", ["icews"])
    dates = {name: None if said[name] is None else pack(said[name]) for name in ("start", "end")}
    found = {
        "type": store.vocabulary.get(said["type"]),
        "source": actors[said["source"]],
        "target": actors[said["target"]],
        "document": papers.get(said["in"][0]),
        "dataset": papers.get(said["in"][1]),
    }
    return Statement(**{**{k: v for k, v in said.items() if k != "in"}, **dates, **found})


def by_verb(store: Store, batch: list[dict[str, Any]]) -> list[tuple[bool, bool, bool]]:
    """What becomes of a batch when the verb is asked for each: new relation, new claim, refused."""
    became = []
    statements = [stated(store, said) for said in batch]
    with store.write(op="import", replay=True) as w:
        for statement in statements:
            try:
                with w.attempt():
                    done = w.claim(as_stated(statement))
                became.append((done.new_relation, done.new_claim, False))
            except EntenteError:
                became.append((False, False, True))
    return became


def in_bulk(store: Store, batch: list[dict[str, Any]]) -> list[tuple[bool, bool, bool]]:
    """The same in bulk."""
    statements = [stated(store, said) for said in batch]
    with store.write(op="import", replay=True) as w:
        outcomes = claim_all(w, statements)
    return [(each.new_relation, each.new_claim, each.error is not None) for each in outcomes]


def undo(store: Store, how: str) -> None:
    """Take something back, or change it, if there is something to."""
    with reading(store.engine) as connection:
        related: Any = connection.execute(select(RELATION).where(RELATION.c.ended.is_(None))).first()
        claimed: Any = connection.execute(select(CLAIM).where(CLAIM.c.ended.is_(None))).first()
        first = (
            None
            if claimed is None
            else connection.execute(select(RELATION.c.id).where(RELATION.c.n == claimed.relation)).scalar()
        )
    try:
        match how:
            case "retract":
                one(store, "retract", "document", "d1", "wrong")
            case "merge":
                one(store, "retract", "actor", "lavrov", "nobody")
            case "retract-relation" if related is not None:
                one(store, "retract", "relation", related.id, "wrong")
            case "retract-claim" if claimed is not None:
                one(store, "retract", "claim", f"{first}.{claimed.tag}", "wrong")
            case "amend-claim" if claimed is not None:
                given_ = {"coded_by": "another", "record": claimed.record, "dataset": "icews"}
                one(store, "amend_claim", f"{first}.{claimed.tag}", claim(str(first), **given_))
            case "amend-relation" if related is not None:
                ids = {"source": "us", "target": "russia"}
                one(store, "amend_relation", related.id, relation(related.type, **ids, start="2014-03-01"), reason="so")
    except EntenteError:
        pass


def rows(store: Store) -> list[Any]:
    """Everything in the ledger, but for what tells two ledgers apart."""
    with reading(store.engine) as connection:
        tables = [connection.execute(select(table).order_by(table.c.n)).all() for table in (RELATION, CLAIM)]
        log = "SELECT revision, op, reason, relations, claims, actors FROM change ORDER BY revision"
        return [row for table in (*tables, connection.execute(text(log)).all()) for row in table]


@settings(max_examples=40, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(STATED, max_size=8) | UNDOING, max_size=5))
def test_a_batch_in_bulk_is_the_verb_again_and_again(migrated_file: Path, history: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stores = []
        for name in ("verbs", "bulk"):
            shutil.copy(migrated_file, Path(folder) / name)
            stores.append(Store(connect(f"sqlite:///{folder}/{name}")))
            begin(stores[-1])
        ledgers = Ledgers(*stores)
        for step in history:
            if isinstance(step, str):
                for store in ledgers:
                    undo(store, step)
            else:
                assert in_bulk(ledgers.bulk, step) == by_verb(ledgers.verbs, step)
        for bulk, verbs in zip(rows(ledgers.bulk), rows(ledgers.verbs), strict=True):
            assert bulk == verbs
        assert check(ledgers.bulk.engine, lambda *_: None) == []
        for store in ledgers:
            store.head_file.close()
            store.engine.dispose()


ACCUSED: dict[str, Any] = {
    "type": "accuse",
    "source": "us",
    "target": "russia",
    "end": None,
    "ongoing": False,
    "relation_attributes": None,
    "in": (None, "icews"),
    "attributes": None,
    "confidence": None,
    "coded_by": None,
}


def test_bulk_works_on_both_engines_and_again(store: Store) -> None:
    begin(store)
    attributes = {"place": "Genève", "tone": -1e-9}
    said = [
        {**ACCUSED, "start": f"2014-03-{i % 9 + 1:02}", "record": str(i), "attributes": attributes} for i in range(20)
    ]
    assert in_bulk(store, said) == [(i < 9, True, False) for i in range(20)]
    assert in_bulk(store, said) == [(False, False, False)] * 20
    one(store, "retract", "actor", "russia", "gone")
    assert in_bulk(store, said[:2]) == [(False, False, False)] * 2
    assert in_bulk(store, [{**said[0], "record": "new"}]) == [(False, False, True)]
    assert check(store.engine, lambda *_: None) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_batch_reads_a_whole_table_that_nobody_analysed(store: Store) -> None:
    begin(store)
    said = [{**ACCUSED, "start": f"2014-{i % 12 + 1:02}-{i % 28 + 1:02}", "record": str(i)} for i in range(500)]
    for batch in (said[:250], said[250:], said):
        statements = [stated(store, each) for each in batch]
        with store.write(op="import", replay=True) as w:
            claim_all(w, statements)
            scans = "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE relname IN ('relation', 'claim')"
            assert {row.relname: row.seq_scan for row in w.rows(text(scans))} == {"relation": 0, "claim": 0}


@given(st.lists(st.tuples(st.text(max_size=9), st.integers(0, 2**22)), max_size=9))
def test_ids_for_many_are_the_ids_of_each(said: list[tuple[str, int]]) -> None:
    same = [Sameness("affirms", None, None, word, None, None) for word, _ in said]
    assert many_tags(canonical(list(each)).encode() for each in same) == [next(tags(each)) for each in same]
    assert len(many_relation_ids([word.encode() for word, _ in said], [day for _, day in said])) == len(said)


@given(st.dictionaries(st.text("abc", min_size=1), st.text() | st.integers(-(2**50), 2**50) | st.floats(-180, 180)))
def test_attributes_are_spelled_as_the_verb_spells_them(attributes: dict[str, Any]) -> None:
    whole = {k: int(v) if isinstance(v, float) and v.is_integer() else v for k, v in attributes.items()}
    assert spelled(attributes) == canonical(whole)


def test_who_has_an_identifier_comes_before_who_had_it(engine: Engine) -> None:
    store = Store(engine)
    pair = ("icews", "Kiev")
    named = [{"scheme": "icews", "value": "Kiev"}]
    one(store, "add_actor", actor("kiev", identifiers=named))
    one(store, "amend_actor", "kiev", actor("kiev"))
    with store.write(dry_run=True) as w:
        assert by_identifiers(w, [pair])[pair].id == "kiev"
    one(store, "add_actor", actor("kyiv", identifiers=named))
    with store.write(dry_run=True) as w:
        assert {pair: known.id for pair, known in by_identifiers(w, [pair, ("icews", "x")]).items()} == {pair: "kyiv"}
