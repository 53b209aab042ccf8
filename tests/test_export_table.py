"""A table that was exported is read again by the importer of event tables, and says the same."""

from __future__ import annotations

import csv
from contextlib import closing
from typing import TYPE_CHECKING, Any

import orjson

from graph.formats import importers
from graph.store import Live
from graph.transfer import load
from graph.transfer.exporting import Export
from graph.transfer.importing import Import, Into, Listener
from tests.statements import actor, begin, claim, dataset, relation
from tests.test_sample import SAMPLE

if TYPE_CHECKING:
    from graph.formats.incoming import Reject
    from graph.store import Store
    from graph.transfer.counts import Counts


def exported(store: Store, name: str = "csv", **asked: str) -> list[bytes]:
    """The lines of a file."""
    export = Export.model_validate({"format": name, **asked}, context={"today": 1})
    with closing(Live(store)) as live:
        return b"".join(export.parts(live.current(), live.ledger)).splitlines(keepends=True)


def read(store: Store, lines: list[bytes]) -> tuple[Counts, list[Reject]]:
    """What became of a table that was read."""
    rejected: list[Reject] = []
    work = Import(store, importers()["events"], Into("copied", "Copied"))
    return work.run(lines, told=Listener(rejected=rejected.append)), rejected


def told(lines: list[bytes]) -> list[tuple[Any, ...]]:
    """What rows say: who did what to whom, when."""
    rows = csv.DictReader(line.decode() for line in lines)
    names = ("source", "type", "cameo", "target", "start", "end", "end_status")
    return sorted(tuple(row[name] for name in names) for row in rows)


def test_the_article_is_read_again_from_its_exported(store: Store) -> None:
    load(store, SAMPLE.read_bytes().splitlines(), reason="The sample graph.")
    lines = exported(store)
    counts, rejected = read(store, lines)
    assert (rejected, counts.lines, counts.added, counts.claims) == ([], len(lines) - 1, len(lines) - 1, len(lines) - 1)
    assert set(told(exported(store, dataset="copied"))) == set(told(lines))
    head = store.head()
    counts, _ = read(store, lines)
    assert (counts.known, counts.added, store.head()) == (len(lines) - 1, 0, head)


def test_every_row_keeps_what_its_relation_was_called(store: Store) -> None:
    begin(store)
    with store.write() as writer:
        writer.add_actor(actor("formula", "person", '=1+1, "quoted"'))
        one = writer.claim(claim(relation("accuse", "formula", "us", start="2014-03"), dataset="icews"))
        writer.claim(claim(relation("sanction", "us", "russia", end_status="ongoing"), dataset="icews"))
    counts, rejected = read(store, exported(store))
    assert (rejected, counts.added) == ([], 2)
    lines = [orjson.loads(line) for line in exported(store, "ndjson", dataset="copied")]
    assert one.relation_id in {line["statement"].get("record") for line in lines}
    assert '\'=1+1, "quoted"' in {line["statement"].get("name") for line in lines}


def test_only_states_and_what_has_an_end_may_have_no_date(store: Store) -> None:
    header = b"date,end,end_status,source,type,target,publisher\n"
    rows = {
        b",2014,ended,a,accuse,b,\n": None,
        b",,ongoing,a,allied-with,b,\n": None,
        b",,,a,member-of,b,\n": None,
        b",,,a,accuse,b,\n": "The row has no date.",
        b",,,a,member-of,c,Reuters\n": "The row has no date.",
        b",,over,a,member-of,d,\n": '"over" is none of: ended, ongoing, unknown.',
    }
    with store.write() as writer:
        writer.add_dataset(dataset("copied", "Copied"))
    counts, rejected = read(store, [header, *rows])
    wrong = [reason for reason in rows.values() if reason is not None]
    assert (counts.added, [reject.reason for reject in rejected]) == (len(rows) - len(wrong), wrong)
