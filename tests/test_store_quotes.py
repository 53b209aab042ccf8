"""A quote is found in its document's text, and kept as the document has it."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from graph.errors import Invalid
from graph.models import QuoteStatement
from graph.store import Store
from graph.store.quotes import place
from graph.store.transaction import CLAIM
from tests import statements as say

TEXT = "He said:  “They are\ncreating artificial obstacles.” She said: “They are not.” He said: “They are.”"


def _place(exact: str, text: str = TEXT, **more: Any) -> tuple[str, int | None]:  # noqa: ANN401 - fields of a quote
    placed = place(QuoteStatement(exact=exact, **more), text, "/quote")
    assert placed.start is not None
    assert text[placed.start : placed.end] == placed.exact
    return placed.exact, placed.start


def test_white_space_and_quote_marks_are_tolerated() -> None:
    assert _place('said: "They are creating') == ("said:  “They are\ncreating", 3)


@pytest.mark.parametrize("exact", ["they are creating", "They were creating", "obstacle."])
def test_nothing_else_is(exact: str) -> None:
    with pytest.raises(Invalid) as caught:
        _place(exact)
    assert caught.value.faults[0].name == "/quote/exact"


def test_the_nearest_passage_is_named() -> None:
    with pytest.raises(Invalid, match="creating artificial obstacles"):
        _place("creating artifical obstacle")


def test_what_occurs_more_than_once_needs_its_surroundings() -> None:
    with pytest.raises(Invalid, match="more than once"):
        _place("They are")
    assert _place("They are", suffix=" not")[1] == TEXT.index("They are not")
    assert _place("They are", prefix='He said: "', suffix=".")[1] == TEXT.rindex("They are")
    assert _place("They are", start=11, end=19) == ("They are", 11)
    with pytest.raises(Invalid):
        _place("They are", prefix="Nobody said")


def test_a_long_text_that_says_it_all_the_time_is_read_once() -> None:
    """Whoever places a quote holds the ledger's lock."""
    text = "again and " * 99_000 + "never again"
    began = process_time()
    assert _place("again", text, prefix="never ")[1] == len(text) - 5
    for exact, prefix in (("again", ""), ("again", "ever and"), ("gain and again and " * 250 + "x", "")):
        with pytest.raises(Invalid):
            _place(exact, text, prefix=prefix)
    assert process_time() - began < 5


@pytest.mark.parametrize(("start", "end"), [(12, 20), (0, 8), (1000, 1008)])
def test_offsets_must_hold_the_quote(start: int, end: int) -> None:
    with pytest.raises(Invalid) as caught:
        _place("They are", start=start, end=end)
    assert caught.value.faults[0].name == "/quote/start"


@given(st.data())
def test_every_part_of_a_text_is_found_where_it_is(data: st.DataObject) -> None:
    text = data.draw(st.text(alphabet="ab \n“'é𝄞", min_size=1, max_size=40).filter(str.strip))
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    exact = text[start:end]
    if exact.strip():
        placed = place(QuoteStatement(exact=exact, start=start, end=end), text, "")
        assert (placed.exact, placed.start, placed.end) == (exact, start, end)
        try:
            found = place(QuoteStatement(exact=exact), text, "")
        except Invalid as error:
            assert "more than once" in str(error)  # noqa: PT017 - either is right
        else:
            assert found.start is not None
            assert start <= found.start < end


def test_a_claim_s_quote_is_kept_as_the_document_has_it(store: Store) -> None:
    say.begin(store)
    say.one(store, "add_document", say.document("said", text=TEXT))
    first = say.claimed(store, say.relation(start="2026"), document="said", quote={"exact": 'said: "They are creating'})
    again = say.claimed(
        store, say.relation(start="2026"), document="said", quote={"exact": "said:  “They are\ncreating"}
    )
    assert again.claim_id == first.claim_id
    with store.engine.connect() as connection:
        row = connection.execute(select(CLAIM)).one()
    assert (row.quote_exact, row.quote_start, row.quote_end) == ("said:  “They are\ncreating", 3, 28)
    with pytest.raises(Invalid, match="does not say this"):
        say.claimed(store, say.relation(start="2026"), document="said", quote={"exact": "never said"})
