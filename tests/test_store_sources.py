"""Documents and datasets: which statement is the same document, and versions of either."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import select

from graph.errors import Conflict, Invalid
from graph.store import Store
from graph.store.transaction import DATASET, DOCUMENT
from tests import statements as say

URL = "https://example.org/a"


@pytest.fixture(autouse=True)
def _begun(store: Store) -> None:
    say.begin(store)


@pytest.mark.parametrize(
    ("first", "again", "same"),
    [
        ({"text": "words", "url": URL}, {"text": "words", "url": URL + "b", "title": "T"}, True),
        ({"text": "words", "url": URL}, {"text": "other words", "url": URL}, False),
        ({"text": "words", "url": URL}, {"url": URL, "on": "2025"}, True),
        ({"url": URL}, {"url": URL, "title": "T"}, True),
        ({"url": URL}, {"url": URL + "b"}, False),
        ({"title": "T"}, {"title": "T"}, True),
        ({"title": "T"}, {"title": "T", "on": "2025"}, False),
        ({"title": "T"}, {"title": "T", "publisher": "us"}, False),
        ({"text": "words"}, {"text": "words", "publisher": "us"}, False),
        ({}, {}, False),
    ],
)
def test_the_same_text_else_url_else_title_and_day(
    store: Store, first: dict[str, Any], again: dict[str, Any], *, same: bool
) -> None:
    one = say.one(store, "add_document", say.document(None, **first))
    two = say.one(store, "add_document", say.document(None, **again))
    assert (two.id == one.id, two.new) == (same, not same)


def test_ids_are_made_from_titles_else_from_publisher_and_day(store: Store) -> None:
    made = [say.one(store, "add_document", say.document(None, **more)).id for more in ({"title": "A Title"}, {}, {})]
    assert made == ["a-title", "paper-2026-02-09", "paper-2026-02-09-2"]


def test_the_same_document_under_another_id_is_refused_by_name(store: Store) -> None:
    say.one(store, "add_document", say.document("x", url=URL))
    assert not say.one(store, "add_document", say.document("x", url=URL)).new
    with pytest.raises(Conflict) as caught:
        say.one(store, "add_document", say.document("y", url=URL))
    assert caught.value.holder == "x"
    with pytest.raises(Conflict):
        say.one(store, "add_document", say.document("x"))


def test_a_retracted_document_is_refused_until_reinstated(store: Store) -> None:
    say.one(store, "add_document", say.document("x", url=URL))
    say.one(store, "retract", "document", "x", "forged")
    with pytest.raises(Conflict):
        say.one(store, "add_document", say.document(None, url=URL))
    with pytest.raises(Conflict, match="reason"):
        say.one(store, "amend_document", "x", say.document(None, url=URL))
    say.one(store, "amend_document", "x", say.document(None, url=URL), reason="genuine")
    assert [step.op for step in store.history("document", "x")] == ["reinstate", "retract", "add"]


def test_a_text_is_kept_in_one_form_with_its_digest(store: Store) -> None:
    say.one(store, "add_document", say.document("x", text="e\u0301te\u0301\r\nnext", sources=["us", "russia"]))
    with store.engine.connect() as connection:
        row = connection.execute(select(DOCUMENT).where(DOCUMENT.c.id == "x")).one()
    assert row.text == "été\nnext"
    assert row.sha256 == sha256("été\nnext".encode()).digest()
    assert row.sources == "[1,2]"
    assert store.document_text(row.n) == row.text


def test_who_publishes_must_be_known_and_not_retracted(store: Store) -> None:
    with pytest.raises(Invalid, match=r'"nobody"') as caught:
        say.one(store, "add_document", say.document(None, publisher="nobody"))
    assert caught.value.faults[0].name == "/publisher"
    say.one(store, "retract", "actor", "brics", "no actor")
    with pytest.raises(Invalid) as caught:
        say.one(store, "add_document", say.document(None, sources=["us", "brics"]))
    assert caught.value.faults[0].name == "/sources/1"
    with pytest.raises(Invalid):
        say.one(store, "add_dataset", say.dataset("x", publisher="brics"))


def test_a_dataset_has_an_edition_and_versions(store: Store) -> None:
    assert (
        say.one(store, "add_dataset", say.dataset(None, "Some Events", version="2018", coder="BBN")).id == "some-events"
    )
    assert say.one(store, "amend_dataset", "some-events", say.dataset(None, "Some Events", version="2019"))
    assert not say.one(store, "amend_dataset", "some-events", say.dataset(None, "Some Events", version="2019"))
    with store.engine.connect() as connection:
        rows = connection.execute(
            select(DATASET).where(DATASET.c.id == "some-events").order_by(DATASET.c.version)
        ).all()
    assert [(row.version, row.edition, row.coder) for row in rows] == [(1, "2018", "BBN"), (2, "2019", None)]
    with pytest.raises(Conflict):
        say.one(store, "add_dataset", say.dataset("some-events"))


def test_words_are_found_alike_on_both_engines(store: Store) -> None:
    text = "Économie: “artificial obstacles” стоят; C'est l'été. " + "x" * 100
    say.one(store, "add_document", say.document("x", title="Outlook", text=text))
    say.one(store, "add_document", say.document("y", title="Artificial light"))
    for asked, found in {
        "artificial": [2, 3],
        "arti": [2, 3],
        "artificial obst": [2],
        "obst artificial": [],
        "economie stoi": [],
        "ECONOMIE stoyat": [2],
        "outlook": [2],
        "light outlook": [],
        "x" * 100: [2],
        "": [],
        '" OR *': [],
        "-'&|!:": [],
    }.items():
        assert store.find_documents(asked).numbers.tolist() == found, asked


def test_a_capped_search_names_the_newest_and_says_so(store: Store) -> None:
    for i in range(5):
        say.claimed(store, say.relation(start=f"200{i}"), quote={"exact": f"the same words {i}"})
    found = store.find_quotes("same word", limit=3)
    assert (found.numbers.tolist(), found.complete) == ([3, 4, 5], False)
    assert store.find_quotes("same word", limit=5).complete
