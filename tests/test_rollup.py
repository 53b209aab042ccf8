"""Who stands for whom: each sentence of the rule by the smallest example, where random histories rarely come.

Actors are single letters: `x` and `y` are states, `b` a bloc, `o` an organization, the others persons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from graph.store import Live
from tests.asking import ask, told
from tests.statements import actor, claim, document, relation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graph.store import Store

    Seen = Callable[..., dict[str, str]]

KINDS = {"x": "state", "y": "state", "b": "bloc", "o": "organization"}
PEOPLE = "acdemnprs"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def live(store: Store) -> Iterator[Live]:
    with store.write() as w:
        for name in (*KINDS, *PEOPLE):
            w.add_actor(actor(name, KINDS.get(name, "person")))
        w.add_document(document(publisher="x"))
    live = Live(store)
    yield live
    live.close()


@pytest.fixture
def seen(live: Live) -> Seen:
    """The relations of an actor, as `source-target` -> direction."""

    def asked(actor: str, rollup: str = "representatives", **more: Any) -> dict[str, str]:  # noqa: ANN401 - parameters
        parameters = {"id": actor, "rollup": rollup, "limit": 1000, **more}
        items = told(ask(live.current(), live.ledger, "list_actor_relations", parameters))["items"]
        return {f"{each['source']['id']}-{each['target']['id']}": each["direction"] for each in items}

    return asked


def tell(live: Live, *told_of: str, **more: Any) -> None:  # noqa: ANN401 - whatever a statement may hold
    """Claim relations, each written as `source type target`, with start and end behind it if it is dated."""
    with live.ledger.write() as w:
        for each in told_of:
            source, type_, target, *dates = each.split()
            w.claim(claim(relation(type_, source, target, **dict(zip(("start", "end"), dates, strict=False))), **more))


def test_deeds_of_whoever_acts_for_an_actor_count_as_its_own_up_to_three_steps(live: Live, seen: Seen) -> None:
    tell(live, "c holds-office x", "d represents c", "e represents d", "m represents e")
    tell(live, "c accuse y", "d accuse y", "e accuse y", "m accuse y")
    assert seen("x") == {"c-y": "out", "d-y": "out", "e-y": "out", "m-e": "in"}
    assert seen("x", rollup="none") == {"c-x": "in"}


def test_members_and_who_acts_for_them_count_for_a_bloc(live: Live, seen: Seen) -> None:
    tell(live, "x member-of b", "c holds-office x", "x accuse y", "c accuse y", "y accuse c")
    assert seen("b", rollup="members") == {"x-y": "out", "c-y": "out", "y-c": "in"}
    assert seen("b") == {"x-b": "in"}


def test_three_steps_are_counted_anew_from_each_member(live: Live, seen: Seen) -> None:
    tell(
        live, "c represents b", "d represents c", "r represents d", "x member-of b", "r represents x", "s represents r"
    )
    tell(live, "s accuse y")
    assert seen("b", rollup="members") == {"s-y": "out"}
    assert seen("b") == {"x-b": "in", "s-r": "in", "r-x": "out"}


def test_an_employer_that_is_a_person_does_not_answer_for_the_employed(live: Live, seen: Seen) -> None:
    tell(live, "c employed-by x", "d employed-by c", "e represents c", "c accuse y", "d accuse y", "e accuse y")
    assert seen("x") == {"c-y": "out", "e-y": "out", "d-c": "in"}
    assert seen("c") == {"c-y": "out", "e-y": "out", "d-c": "in", "c-x": "out"}


def test_steps_must_be_attested(live: Live, seen: Seen) -> None:
    tell(live, "c represents x", claimant="y")
    tell(live, "c accuse y")
    assert seen("x") == {"c-x": "in"}


def test_relation_steps_and_filter_share_a_day(live: Live, seen: Seen) -> None:
    tell(live, "c holds-office x 2024 2024", "d represents c 2024-12 2026-01")
    tell(live, "d accuse y 2024-11-30", "d accuse o 2024-12", "d accuse n 2025", "d accuse m 2024")
    assert seen("x") == {"d-o": "out", "d-m": "out"}
    assert seen("x", valid_to="2024-11") == {}
    assert seen("x", valid_from="2024-12-31") == {"d-o": "out", "d-m": "out"}


def test_what_two_on_one_side_do_to_each_other_is_left_out(live: Live, seen: Seen) -> None:
    tell(live, "c holds-office x", "d represents x", "c accuse d", "x accuse d", "x accuse x", "c accuse y")
    assert seen("x") == {"c-y": "out"}


def test_who_acts_for_both_named_actors_counts_for_neither(live: Live, seen: Seen) -> None:
    tell(live, "c represents x", "c represents y", "d represents y", "c accuse d", "c accuse y", "x accuse c")
    assert seen("x", **{"with": ["y"]}) == {}
    assert seen("x") == {"c-d": "out", "c-y": "out"}


def test_a_named_actor_stands_for_itself_though_it_acts_for_another(live: Live, seen: Seen) -> None:
    tell(live, "c holds-office x", "c accuse x", "d represents x", "c accuse d")
    assert seen("c", **{"with": ["x"]}) == {"c-x": "out", "c-d": "out"}


def test_two_actors_see_the_same_whoever_is_named_first(live: Live) -> None:
    """Who first acts for `y` and then for `x` has a relation to `y` left out: for a year both its ends are `y`'s."""
    tell(live, "c represents y 2024 2024", "c represents x 2025 2025", "c citizen-of y 2024 2025", "c accuse y 2025")
    for between in (["x", "y"], ["y", "x"]):
        asked = {"between": between, "rollup": "representatives"}
        items = told(ask(live.current(), live.ledger, "list_relations", asked))["items"]
        assert [each["type"] for each in items] == ["accuse"]


def test_each_end_may_act_for_the_actor_on_days_of_its_own(live: Live, seen: Seen) -> None:
    tell(live, "c represents x 2024 2024", "d represents x 2025 2025", "c accuse d 2024 2025")
    assert seen("x") == {"c-d": "any"}
    assert seen("x", valid_at="2024") == {"c-d": "out"}
    assert seen("x", valid_at="2025") == {"c-d": "in"}
