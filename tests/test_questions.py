"""What holds for every question, whoever adds one."""

from __future__ import annotations

import contextlib
import itertools
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from pydantic import ValidationError
from sqlalchemy import event

from graph.db import connect
from graph.errors import EntenteError, Invalid
from graph.queries import Bounded, Question, Reading, every
from graph.queries.relations import ActorRelations, Relations
from graph.queries.scope.cursor import Cursor
from graph.store import Live, Store
from graph.transfer import load
from tests.asking import ask
from tests.conftest import ENGINES, make_ledger
from tests.test_sample import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.snapshot import Snapshot

EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "list_actor_relations": [
        {"id": "us"},
        {"id": "lavrov", "include": ["claims", "about"], "facets": ["type", "class", "with", "status", "year"]},
        {"id": "us", "with": ["russia"], "rollup": "representatives", "count": "exact", "limit": 3},
    ],
    "list_relations": [{}, {"between": ["us", "russia"], "sort": "intensity", "limit": 2}],
    "get_matrix": [{"actor": ["us", "russia"], "rollup": "representatives"}, {"member_of": "brics"}],
    "list_signals": [{}, {"between": ["us", "russia"], "rollup": "representatives"}],
    "suggest": [{"q": "la"}],
    "search": [{"q": "obstacles"}, {"q": "Lawrow"}],
    "list_types": [{"limit": 5}],
    "get_dataset": [{"id": "events"}],
    "list_dataset_versions": [{"id": "events"}],
    "get_merge": [],  # the sample merges nobody
}


@pytest.fixture(scope="module", params=ENGINES)
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The sample graph, for all questions: asking changes nothing, as is proved here. Nobody follows the ledger."""
    engine = connect(make_ledger(request, request.param, tmp_path_factory.mktemp("questions")))
    store = Store(engine)
    load(store, [*SAMPLE.read_bytes().splitlines(), b'{"op": "dataset", "id": "events", "title": "Events"}'])
    live = Live(store)
    live.close()
    yield live
    engine.dispose()


def asked_of(question: type[Question]) -> list[dict[str, Any]]:
    """Requests that the sample graph can answer: those above, else the first example of each required field."""
    if question.name in EXAMPLES:
        return EXAMPLES[question.name]
    required = {
        name: field.json_schema_extra["examples"][0]  # type: ignore[index]  # a dict, as every field's
        for name, field in question.model_fields.items()
        if field.is_required()
    }
    return [required]


def test_questions_are_found() -> None:
    names = [question.name for question in every()]
    assert len(set(names)) == len(names)
    assert {"list_actor_relations", "get_actor", "list_claims", "search", "get_stats"} <= set(names)


@pytest.mark.parametrize("question", every(), ids=lambda question: question.name)
def test_a_question_is_its_own_documentation(question: type[Question]) -> None:
    assert question.__doc__
    assert question.__doc__ != Question.__doc__
    assert question.summary
    assert question.tag
    assert question.path.startswith("/")
    own = question.read if issubclass(question, Reading) else question.run
    assert own not in {Reading.read, Question.run}
    assert not issubclass(question, Bounded) or question.within is not Bounded.within
    for name, field in question.model_fields.items():
        assert field.description, f"{question.name}: {name}"


@pytest.mark.parametrize("question", every(), ids=lambda question: question.name)
def test_an_answer_is_its_shape_and_the_same_every_time(question: type[Question], live: Live) -> None:
    snapshot = live.current()
    for asked in asked_of(question):
        first = ask(snapshot, live.ledger, question.name, asked)
        again = ask(snapshot, live.ledger, question.name, asked)
        assert first.body == again.body
        shaped = question.answer.model_validate_json(first.body, strict=False)
        assert orjson.loads(shaped.model_dump_json(by_alias=True, exclude_unset=True)) == orjson.loads(first.body)
        assert orjson.loads(first.body).get("next") == first.next


@pytest.mark.parametrize("question", [each for each in every() if not issubclass(each, Reading)], ids=lambda q: q.name)
def test_a_pure_question_asks_no_database_and_leaves_the_snapshot_alone(question: type[Question], live: Live) -> None:
    snapshot = live.current()
    statements: list[str] = []

    def note(*args: Any) -> None:  # noqa: ANN401 - the event's own
        statements.append(args[2])

    before = state(snapshot)
    event.listen(live.ledger.engine, "before_cursor_execute", note)
    for asked in asked_of(question):
        ask(snapshot, live.ledger, question.name, asked)
    event.remove(live.ledger.engine, "before_cursor_execute", note)
    assert not statements
    assert state(snapshot) == before


def state(snapshot: Snapshot) -> list[bytes]:
    """Every column, as bytes."""
    tables = snapshot.tables.records().values()
    return [getattr(table, name).tobytes() for table in tables for name in table.names]


@pytest.mark.parametrize("question", every(), ids=lambda question: question.name)
def test_the_order_of_parameters_does_not_matter_and_their_values_do(question: type[Question]) -> None:
    for asked in asked_of(question):
        one = question.model_validate(asked)
        other = question.model_validate(dict(reversed(asked.items())))
        assert one.fingerprint() == other.fingerprint()
        if "known_at" in question.model_fields:
            assert one.fingerprint() != question.model_validate(asked | {"known_at": "1"}).fingerprint()


@pytest.mark.parametrize("question", every(), ids=lambda question: question.name)
def test_what_a_question_does_not_know_is_refused(question: type[Question]) -> None:
    wrong: list[dict[str, Any]] = [{"colour": "red"}]
    if "limit" in question.model_fields:
        wrong += [{"limit": 0}, {"limit": 100_000}, {"limit": 1.5}]
    if "known_at" in question.model_fields:
        wrong += [{"known_at": "yesterday"}, {"known_at": "2026-02"}]
    if "valid_at" in question.model_fields:
        wrong += [{"valid_at": "2026-13"}, {"valid_at": "2026", "valid_to": "2027"}, {"certain": True}]
    for asked in asked_of(question):
        for more in wrong:
            with pytest.raises((ValidationError, Invalid)):
                question.model_validate(asked | more)


_PAGED = [each for each in every() if "cursor" in each.model_fields]


@pytest.mark.parametrize("question", _PAGED, ids=lambda question: question.name)
def test_a_cursor_that_was_tampered_with_is_answered_or_refused(question: type[Question], live: Live) -> None:
    snapshot = live.current()
    for asked in asked_of(question):
        first = orjson.loads(ask(snapshot, live.ledger, question.name, asked | {"limit": 1}).body)
        if first.get("next") is None:
            continue
        real = Cursor.decode(first["next"])
        keys: list[float | str] = [math.inf, 1e300, -1e300, -0.5, "", "no number"]
        for key, id_ in itertools.product(keys, ("", real.id, "\u00e4")):
            forged = replace(real, key=key, id=id_).encode()
            with contextlib.suppress(EntenteError):
                assert "items" in orjson.loads(
                    ask(snapshot, live.ledger, question.name, asked | {"limit": 1, "cursor": forged}).body
                )


@pytest.mark.parametrize(
    "asked", [{}, {"type": ("sanction",)}, {"known_at": "1"}, {"valid_at": "2026"}, {"limit": 1000}]
)
def test_what_is_found_on_the_way_is_no_effort(live: Live, asked: dict[str, Any]) -> None:
    assert ActorRelations(id="us", **asked).effort(live.current()) == 0
    assert Relations(actor="us", **asked).effort(live.current()) == 0


@pytest.mark.parametrize(
    "asked",
    [{"count": "exact"}, {"facets": ("type",)}, {"sort": "start"}, {"attr": ("sector:energy",)}, {"has_quote": True}],
)
def test_what_all_has_to_be_looked_at_for_is_as_much_as_there_is(live: Live, asked: dict[str, Any]) -> None:
    relations = ActorRelations(id="us", count="exact").run(live.current())
    assert ActorRelations(id="us", **asked).effort(live.current()) == orjson.loads(relations.body)["total"]
    assert Relations(**asked).effort(live.current()) == len(live.current().tables.relations)
    assert ActorRelations(id="us", rollup="representatives").effort(live.current()) == len(
        live.current().tables.relations
    )
