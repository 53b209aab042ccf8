"""A document's claims are W3C Web Annotations that a client which knows nothing of this service can anchor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.queries.documents import GetDocument, ListDocumentVersions
from graph.snapshot.annotations import _selectors
from graph.store import Live
from tests.statements import actor, begin, claim, claimed, document, one, relation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graph.queries import Answer
    from graph.store import Store, Writer

Json = dict[str, Any]
TEXT = (
    "“We hear fine words,” Lavrov said. 😀 e\u0301 שלום עולם — “We see sanctions,” he said.\r\n"
    "Later he said it again: “We see sanctions.”"
)


@pytest.fixture
def live(store: Store) -> Iterator[Live]:
    begin(store)
    live = Live(store)
    yield live
    live.close()


def get(live: Live, id_: str = "d2", **asked: Any) -> Answer:  # noqa: ANN401 - whatever may be asked
    return GetDocument.model_validate({"id": id_, **asked}).read(live.current(), live.ledger)


def shown(live: Live, id_: str = "d2", **asked: Any) -> Json:  # noqa: ANN401 - as above
    told: Json = orjson.loads(get(live, id_, **asked).body)
    return told


def anchored(text: str, annotation: Json) -> tuple[int, int] | None:
    """Where a client anchors: by place, and by words and context, which must agree."""
    selectors = {selector["type"]: selector for selector in annotation["target"]["selector"]}
    quote, place = selectors.get("TextQuoteSelector"), selectors.get("TextPositionSelector")
    if quote is None or place is None:
        return None
    around = quote["prefix"] + quote["exact"] + quote["suffix"]
    at = text.find(around)
    assert at >= 0
    assert text.find(around, at + 1) < 0
    begin = at + len(quote["prefix"])
    assert (place["start"], place["end"]) == (begin, begin + len(quote["exact"]))
    assert text[place["start"] : place["end"]] == quote["exact"]
    return place["start"], place["end"]


def test_claims_are_anchored_in_the_order_of_the_text(store: Store, live: Live) -> None:
    one(store, "add_document", document("d2", text=TEXT))
    ends = {"document": "d2", "claimant": "lavrov"}
    again = claimed(
        store, relation("sanction", "us", "russia", start="2025"),
        quote={"exact": "We see sanctions", "prefix": 'again: "'}, **ends,
    )  # fmt: skip
    first = claimed(
        store, relation("accuse", "lavrov", "us", start="2026"),
        quote={"exact": "We see sanctions", "suffix": ',"'}, **ends,
    )  # fmt: skip
    whole = claimed(store, relation("allied-with", "us", "russia"), document="d2", stance="denies")
    words = claimed(store, relation("praise-or-endorse", "lavrov", "us", start="2026"), quote={"exact": "שלום"}, **ends)
    told = shown(live)
    assert told["claims"] == 4
    assert [each["id"] for each in told["annotations"]] == [
        f"/claims/{made.claim_id}" for made in (words, first, again, whole)
    ]
    places = [anchored(told["text"], each) for each in told["annotations"]]
    assert places[3] is None
    assert [told["text"][place[0] : place[1]] for place in places[:3] if place] == [
        "שלום", "We see sanctions", "We see sanctions",
    ]  # fmt: skip
    assert "\r" not in told["text"]
    annotation = told["annotations"][1]
    assert annotation["@context"] == "http://www.w3.org/ns/anno.jsonld"
    assert (annotation["type"], annotation["target"]["source"]) == ("Annotation", "/documents/d2")
    said, meant = annotation["body"]
    assert (said["type"], said["value"]) == ("TextualBody", "Lavrov affirms: Lavrov – Accuse → Us")
    assert (meant["type"], meant["source"]) == ("SpecificResource", f"/relations/{first.relation_id}")
    assert told["annotations"][3]["target"]["selector"] == []
    assert told["annotations"][3]["body"][0]["value"] == "Paper denies: Us – Allied with → Russia"


def test_a_text_that_is_not_kept_leaves_the_words(store: Store, live: Live) -> None:
    claimed(store, relation(start="2026"), quote={"exact": "words", "prefix": "fine "})
    (annotation,) = shown(live, "d1")["annotations"]
    assert annotation["target"]["selector"] == [{"type": "TextQuoteSelector", "exact": "words", "prefix": "fine "}]


def test_an_amended_text_moves_the_place_or_loses_it(store: Store, live: Live) -> None:
    one(store, "add_document", document("d2", text="He said: obstacles."))
    claimed(store, relation(start="2026"), document="d2", quote={"exact": "obstacles"})
    one(store, "amend_document", "d2", document("d2", text="On Monday he said: obstacles."))
    told = shown(live)
    assert anchored(told["text"], told["annotations"][0]) == (19, 28)
    assert shown(live, known_at="3")["annotations"][0]["target"]["selector"][1]["start"] == 9
    one(store, "amend_document", "d2", document("d2", text="He said nothing."))
    assert shown(live)["annotations"][0]["target"]["selector"] == [{"type": "TextQuoteSelector", "exact": "obstacles"}]
    history = ListDocumentVersions(id="d2").read(live.current(), live.ledger)
    steps = orjson.loads(history.body)["items"]
    assert [(step["version"], step["op"]) for step in steps] == [(3, "amend"), (2, "amend"), (1, "add")]
    assert len({step["record"]["sha256"] for step in steps}) == 3


def test_its_tag_changes_with_what_it_shows_and_with_nothing_else(store: Store, live: Live) -> None:
    one(store, "add_document", document("d2", text="He said: obstacles."))
    made = claimed(store, relation(start="2026"), document="d2", quote={"exact": "obstacles"}, claimant="lavrov")
    seen = {}
    before = get(live)
    changes: tuple[Callable[[Writer], object], ...] = (
        lambda w: w.add_actor(actor("elsewhere")),
        lambda w: w.claim(claim(relation("sanction", "us", "russia"))),
        lambda w: w.amend_actor("us", actor("us", name="United States")),
        lambda w: w.retract("actor", "lavrov", "nobody"),
        lambda w: w.amend_actor("lavrov", actor("lavrov", "person"), reason="somebody"),
        lambda w: w.retract("claim", made.claim_id, "a slip"),
    )
    for change in changes:
        with store.write() as w:
            change(w)
        after = get(live)
        same = after.body == before.body
        assert (after.newest == before.newest) is same
        seen[w.revision] = same
        before = after
    assert list(seen.values()) == [True, True, False, False, False, False]
    assert shown(live)["annotations"] == []


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=st.text(st.sampled_from("ab 😀é\n“”"), min_size=1, max_size=60),
    place=st.tuples(st.integers(0, 59), st.integers(1, 60)),
    recorded=st.booleans(),
)
def test_selectors_are_exact_whatever_the_text(text: str, place: tuple[int, int], *, recorded: bool) -> None:
    start, end = sorted((place[0] % len(text), min(place[1], len(text))))
    exact = text[start:end]
    if not exact:
        return
    quote = {"exact": exact, "prefix": None, "suffix": None, "start": start if recorded else None, "end": end}
    found = anchored(text, {"target": {"selector": _selectors(quote, text)}})
    if recorded:
        assert found == (start, end)
    else:
        only = text.find(exact) == start and text.find(exact, start + 1) < 0
        assert found == ((start, end) if only else found)
        assert (found is None) == (text.find(exact, text.find(exact) + 1) >= 0)
