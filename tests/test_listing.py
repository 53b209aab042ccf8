"""Lists: their order, whatever came when, and pages that lose nothing and repeat nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.db import connect, upgrade
from graph.queries import claims as claims_module
from graph.queries.scope import listing
from graph.queries.scope.cursor import Cursor
from graph.snapshot.alphabet import Alphabet
from graph.store import Live, Store
from graph.transfer import load
from tests.asking import ask, told
from tests.test_sample import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

words = st.text("aAbé ", max_size=3)


@given(st.lists(st.lists(st.tuples(words, words), max_size=8), max_size=6))
def test_an_alphabet_is_in_order_however_it_grew(batches: list[list[tuple[str, str]]]) -> None:
    texts, ids = list[str](), list[str]()
    alphabet = Alphabet(texts, ids)
    for batch in batches:
        ids += [id_ for _, id_ in batch]
        texts += [text for text, _ in batch]
        order = alphabet.order.tolist()
        assert sorted(order) == list(range(len(texts)))
        assert [(texts[row], ids[row]) for row in order] == sorted(zip(texts, ids, strict=True))
        for text, id_ in batch:
            behind = [row for row in order if (texts[row], ids[row]) > (text, id_)]
            places = alphabet.places(np.arange(len(texts)))
            assert {row for row in order if places[row] > alphabet.after(text, id_)} == set(behind)


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 1.0, 2.5, np.inf]), words), unique_by=lambda pair: pair[1]),
    st.integers(1, 5),
)
def test_pages_of_any_size_are_the_whole_list(entries: list[tuple[float, str]], limit: int) -> None:
    keys = np.array([key for key, _ in entries], np.float64)
    listed = listing.Listed(np.arange(len(entries)), keys, lambda row: entries[row][1])
    left, walked = np.arange(len(entries)), list[int]()
    while len(left):
        page = listed.first(left, limit)
        walked += page
        last = page[-1]
        left = listed.after(Cursor(b"12345678", 1, 0, listed.key(last), listed.id(last)))
    assert [entries[at] for at in walked] == sorted(entries)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    place = tmp_path_factory.mktemp("listing")
    engine = connect(f"sqlite:///{place / 'ledger.db'}")
    upgrade(engine)
    store, lines = Store(engine), SAMPLE.read_bytes().splitlines()
    for part in (2, 3, 4):  # several revisions, with several claims each: what is known is passed over
        load(store, lines[: len(lines) * part // 4])
    live = Live(store)
    live.close()
    yield live
    engine.dispose()


@pytest.mark.parametrize("step", [1, 7, 1000])
@pytest.mark.parametrize("asked", [{}, {"stance": ["affirms"]}, {"said_from": "2026-02"}, {"claimant": "lavrov"}])
def test_claims_are_the_same_in_steps_of_any_size(
    live: Live, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any], step: int
) -> None:
    monkeypatch.setattr(claims_module, "_STEP", step)
    whole = told(ask(live.current(), live.ledger, "list_claims", asked | {"limit": 1000, "count": "exact"}))
    items = whole["items"]
    assert whole["total"] == len(items) > 3
    newest = [(each["recorded_at"], each["id"]) for each in items]
    assert newest == sorted(sorted(newest, key=lambda pair: pair[1]), key=lambda pair: pair[0], reverse=True)
    walked, more = list[Any](), dict[str, Any]()
    while True:
        page = told(ask(live.current(), live.ledger, "list_claims", asked | {"limit": 3} | more))
        walked += page["items"]
        if page["next"] is None:
            break
        more = {"cursor": page["next"]}
    assert walked == items
