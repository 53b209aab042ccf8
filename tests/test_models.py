"""What clients are generated from, and what statements refuse."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from graph import models
from graph.models import METADATA, Actor, ActorStatement, ClaimStatement, Relation, RelationPage, Shape
from graph.models.fields import Statement
from graph.vocabulary import KINDS

SHAPES = [
    each for each in vars(models).values() if isinstance(each, type) and issubclass(each, Shape) and each is not Shape
]


def _schemas(model: type[BaseModel]) -> list[dict[str, Any]]:
    whole = model.model_json_schema(mode="serialization")
    return [whole, *whole.pop("$defs", {}).values()]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_shape_closes_nothing_and_says_what_is_always_there(shape: type[Shape]) -> None:
    for schema in _schemas(shape):
        fields = schema.get("properties", {})
        for name, field in fields.items():
            assert not field.keys() & {"enum", "const", "pattern", "maxLength", "minLength", "title", "default"}, name
            assert not any(choice.get("type") not in {None, "null"} and choice.get("type") != "array"
                           for choice in field.get("anyOf", [])), name  # fmt: skip
        assert schema.get("additionalProperties") is not False
    absent = {shape.model_fields[name].alias or name for name in shape.absent_unless_asked}
    whole = shape.model_json_schema(mode="serialization")
    if "$ref" in whole:
        whole = whole["$defs"][shape.__name__]
    assert set(whole["required"]) == whole["properties"].keys() - absent


def test_what_is_only_there_when_asked_is_absent_otherwise() -> None:
    page = RelationPage(items=[], next=None, total=None)
    assert page.model_dump(exclude_unset=True).keys() == {"items", "next", "total"}
    assert "class" in Relation.model_json_schema(mode="serialization")["$defs"]["Relation"]["properties"]


def test_what_a_shape_shows_comes_from_columns_or_names_why_not() -> None:
    """A field is written once: each shown field of a record is a column, a part of it, or follows from the clocks."""
    derived = {"recorded_at", "retracted_at", "names", "identifiers"}
    assert Actor.model_fields.keys() - derived <= set(METADATA.tables["actor"].columns.keys())


@pytest.mark.parametrize("statement", [ActorStatement, ClaimStatement])
def test_every_text_of_a_statement_is_bounded(statement: type[Statement]) -> None:
    whole = statement.model_json_schema()
    texts = [
        choice
        for schema in [whole, *whole.get("$defs", {}).values()]
        for field in schema.get("properties", {}).values()
        for choice in [field, field.get("items", {}), *field.get("anyOf", [])]
        if choice.get("type") == "string" and "enum" not in choice and "examples" not in choice
    ]
    assert texts
    assert all("maxLength" in text for text in texts)


def test_the_kinds_are_those_of_the_vocabulary() -> None:
    assert models.ACTOR_KINDS == KINDS


def test_a_text_is_taken_in_one_form() -> None:
    assert ActorStatement(kind="state", name="  e\u0301tat ").name == "état"


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x00", "a\x1b", "\ud800", "x" * 501, 7, None])
def test_a_name_that_cannot_be_shown_is_refused(name: Any) -> None:  # noqa: ANN401 - that is the test
    with pytest.raises(ValidationError):
        ActorStatement.model_validate({"kind": "state", "name": name})


@pytest.mark.parametrize("value", [None, {}, [1], float("inf"), 2**60, "a\x00"])
def test_an_attribute_is_flat_and_finite(value: object) -> None:
    stated = {"relation": {"id": "x"}, "stance": "affirms", "document": "d", "attributes": {"place": value}}
    with pytest.raises(ValidationError):
        ClaimStatement.model_validate(stated)


def test_a_number_is_one_number() -> None:
    stated = {
        "relation": {"id": "x"},
        "stance": "affirms",
        "document": "d",
        "attributes": {"percentage": 7.0, "x": True},
    }
    assert repr(ClaimStatement.model_validate(stated).attributes) == "{'percentage': 7, 'x': True}"
