"""Statements as lines: read strictly, loaded in one revision, and nothing at all the second time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph.errors import Conflict, Invalid
from graph.formats.ndjson import read
from graph.store import Store
from graph.transfer import load
from tests import statements as say

LINES: list[dict[str, Any]] = [
    {"op": "actor", "id": "us", "kind": "state", "name": "United States",
     "identifiers": [{"scheme": "iso3", "value": "USA"}]},
    {"op": "actor", "id": "russia", "kind": "state", "name": "Russia"},
    {"op": "actor", "kind": "person", "name": "Kirill Dmitriev", "as": "d"},
    {"op": "actor", "kind": "person", "name": "K. Dmitriev", "as": "double"},
    {"op": "actor", "id": "paper", "kind": "unknown", "name": "A paper"},
    {"op": "document", "publisher": "paper", "published_on": "2026-02-09", "as": "paper1"},
    {"op": "dataset", "title": "Some events", "as": "events"},
    {"op": "claim", "as": "c1", "relation": {"type": "reduce-relations", "source": "iso3:USA", "target": "russia"},
     "stance": "affirms", "claimant": "@d", "document": "@paper1"},
    {"op": "claim", "as": "s1", "relation": {"type": "accuse", "source": "@d", "target": "us", "start": "2026-02-09",
     "about": {"relation": "@c1", "as": "content"}}, "stance": "affirms", "claimant": "@d", "document": "@paper1",
     "via": ["paper"]},
    {"op": "claim", "as": "x", "relation": {"id": "@s1"}, "stance": "doubts", "dataset": "@events"},
    {"op": "amend", "record": "relation", "id": "@s1", "statement": {"type": "accuse", "source": "@d", "target": "us",
     "start": "2026-02-08", "about": {"relation": "@c1", "as": "content"}}, "reason": "a day earlier", "if_version": 1},
    {"op": "retract", "record": "claim", "id": "@x", "reason": "misread"},
    {"op": "merge", "survivor": "@d", "absorb": ["@double"], "reason": "the same man", "as": "m"},
    {"op": "retract", "record": "merge", "id": "@m", "reason": "two men"},
    {"op": "amend", "record": "actor", "id": "us", "statement": {"kind": "state", "name": "USA"}},
]  # fmt: skip


def _lines(*lines: dict[str, Any]) -> list[str]:
    return [json.dumps(line) for line in lines]


def test_a_file_is_one_revision_and_nothing_the_second_time(store: Store) -> None:
    first = load(store, [*_lines(*LINES), "", "  \n"], reason="the sample")
    assert (first.added, first.known, first.revision) == (len(LINES), 0, 1)
    head = store.head()
    again = load(store, _lines(*LINES))
    assert (again.added, again.known, again.revision) == (0, len(LINES), 1)
    assert store.head() == head
    assert store.history("actor", "us")[0].reason == "the sample"


def test_a_file_is_known_after_whatever_was_done_since(store: Store) -> None:
    load(store, _lines(*LINES[:10]))
    with store.write() as w:
        w.amend_actor("russia", say.actor("russia", name="Russian Federation"))
        w.merge("kirill-dmitriev", say.merging("k-dmitriev"))
        w.retract("document", "paper-2026-02-09", "forged")
        w.retract("actor", "us", "no")
    before = store.head()
    assert load(store, _lines(*LINES[:10])).known == 10
    assert store.head() == before


def test_a_bad_line_is_named_and_nothing_is_kept(store: Store) -> None:
    before = store.head()
    with pytest.raises(Invalid, match=r"Line 3: .*gone") as caught:
        load(store, _lines(*LINES[:2], LINES[7] | {"claimant": "gone"}))
    assert caught.value.faults[0].name == "/claimant"
    with pytest.raises(Conflict, match="Line 2") as clash:
        load(store, _lines(LINES[0], LINES[0] | {"name": "Other"}))
    assert clash.value.holder == "us"
    assert store.head() == before


def test_a_name_stands_for_one_line(store: Store) -> None:
    with pytest.raises(Invalid, match="Line 2") as caught:
        load(store, _lines(LINES[0] | {"as": "a"}, LINES[1] | {"as": "a"}))
    assert caught.value.faults[0].name == "/as"
    with pytest.raises(Invalid, match="@nobody"):
        load(store, _lines(LINES[4], LINES[5] | {"publisher": "@nobody"}))


def test_an_amendment_of_another_version_is_refused(store: Store) -> None:
    load(store, _lines(LINES[0]))
    amend = {
        "op": "amend",
        "record": "actor",
        "id": "us",
        "statement": {"kind": "state", "name": "USA"},
        "if_version": 2,
    }
    with pytest.raises(Conflict, match="version 1"):
        load(store, _lines(amend))


@pytest.mark.parametrize(
    ("line", "pointers"),
    [
        ("{", [""]),
        ("[]", [""]),
        ('"text"', [""]),
        ("{}", ["/op"]),
        ('{"op": "delete"}', ["/op"]),
        ('{"op": ["actor"]}', ["/op"]),
        ('{"op": "relation"}', ["/op"]),
        ('{"op": "actor", "as": "a b", "kind": "state", "name": "A"}', ["/as"]),
        ('{"op": "actor", "kind": "king", "name": "A"}', ["/kind"]),
        ('{"op": "actor", "kind": "state", "name": "A\\u0000"}', ["/name"]),
        ('{"op": "actor", "kind": "state", "name": "A", "id": "A b"}', ["/id"]),
        ('{"op": "actor", "kind": "state", "name": "A", "names": [{"value": "A"}]}', [""]),
        ('{"op": "actor", "kind": "state", "name": 7, "nmae": "A"}', ["/name", "/nmae"]),
        ('{"op": "document", "publisher": "a", "published_on": "26"}', ["/published_on"]),
        ('{"op": "document", "publisher": "a", "published_on": "2026", "url": "javascript:alert(1)"}', ["/url"]),
        ('{"op": "claim", "relation": {"id": "x"}, "stance": "affirms"}', [""]),
        ('{"op": "claim", "relation": {"type": "x"}, "stance": "affirms", "document": "d"}',
         ["/relation/source", "/relation/target"]),
        ('{"op": "claim", "relation": {"id": "x", "type": "y"}, "stance": "affirms", "document": "d"}',
         ["/relation/type"]),
        ('{"op": "claim", "relation": {"id": "x"}, "stance": "affirms", "document": "d", "confidence": true}',
         ["/confidence"]),
        ('{"op": "claim", "relation": 7, "stance": "affirms", "document": "d"}', ["/relation"]),
        ('{"op":"claim", "relation": {"id":"x"}, "stance":"denies", "dataset": "d", "quote": {"exact": "a", "end": 2}}',
         ["/quote"]),
        ('{"op": "amend", "record": "actor", "id": "x", "statement": {"kind": "state"}}', ["/statement/name"]),
        ('{"op": "retract", "record": "actor", "id": "x", "reason": " "}', ["/reason"]),
        ('{"op": "merge", "survivor": "x", "absorb": [], "reason": "y"}', ["/absorb"]),
        ('{"op": "actor", "kind": "state", "name": NaN}', [""]),
    ],
)  # fmt: skip
def test_a_line_that_breaks_a_rule_is_named_with_the_place(line: str, pointers: list[str]) -> None:
    good = '{"op": "actor", "kind": "state", "name": "A"}'
    with pytest.raises(Invalid, match="Line 2") as caught:
        list(read([good, line]))
    assert sorted(fault.name for fault in caught.value.faults) == pointers
