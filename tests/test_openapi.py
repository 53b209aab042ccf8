"""The OpenAPI document is committed, true, and such that generated clients come out clean."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.main import create_app
from app.params import slots
from app.settings import Settings
from app.writes import WRITES
from app.writes.statements import read
from graph import queries
from tests.toys import toys

COMMITTED = Path(__file__).parents[1] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings()).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for declared in methods.values():
            yield path, declared


def everywhere(part: object) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from everywhere(value)
    elif isinstance(part, list):
        for value in part:
            yield from everywhere(value)


def reached(part: object, schemas: dict[str, Any], found: frozenset[str] = frozenset()) -> frozenset[str]:
    """The schemas that a part of the document refers to, by whatever way."""
    for each in everywhere(part):
        name = str(each.get("$ref", "")).rpartition("/")[2]
        if name and name not in found:
            found = reached(schemas[name], schemas, found | {name})
    return found


def test_every_write_names_its_body_its_scope_and_its_headers(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert schemes["key"]["scheme"] == "bearer"
    for write in WRITES:
        declared = document["paths"][write.path][write.method.lower()]
        assert declared["security"] == [{"key": [write.scope]}]
        assert ("requestBody" in declared) == (write.statement is not None)
        given = {parameter["name"]: parameter for parameter in declared["parameters"]}
        assert given.keys() == {"dry_run", "Idempotency-Key", "X-Comment"} | (
            ({"id"} if "{id}" in write.path else set()) | ({"reason", "If-Match"} if write.replaces else set())
        )
        for status in set(declared["responses"]) & {"200", "201"}:
            answer = declared["responses"][status]
            if "application/json" in answer["content"]:
                assert {"ETag", "Location", "Entente-Revision"} <= answer["headers"].keys()
        if write.statement is not None:
            body = declared["requestBody"]["content"]["application/json"]
            read(write.statement, body["example"])


def shown(document: dict[str, Any]) -> set[str]:
    """The schemas that answers are made of."""
    schemas = document["components"]["schemas"]
    asked = [declared["responses"] for _, declared in operations(document)]
    found: set[str] = set()
    while asked:
        named = {part["$ref"].rpartition("/")[2] for part in everywhere(asked) if isinstance(part.get("$ref"), str)}
        asked = [schemas[name] for name in (named & schemas.keys()) - found]
        found |= named
    return found


def test_the_committed_document_is_the_services_own(document: dict[str, Any]) -> None:
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert committed == document, "write it again: entente openapi > docs/openapi.json"


def test_every_question_is_in_it_with_all_its_parameters(document: dict[str, Any]) -> None:
    for question in queries.every():
        declared = document["paths"][question.path]["get"]
        assert declared["operationId"] == question.name
        assert {parameter["name"] for parameter in declared["parameters"]} == set(slots(question))


def test_every_operation_is_named_described_and_declares_its_errors(document: dict[str, Any]) -> None:
    names = [declared["operationId"] for _, declared in operations(document)]
    assert len(set(names)) == len(names)
    tags = {tag["name"] for tag in document["tags"]}
    for path, declared in operations(document):
        assert declared["summary"], path
        assert declared["description"], path
        assert set(declared["tags"]) <= tags
        responses = declared["responses"]
        assert {"4XX", "5XX"} < set(responses) <= {"200", "201", "202", "4XX", "5XX"}, path
        for status in ("4XX", "5XX"):
            content = responses[status]["content"]
            assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for status in set(responses) & {"200", "201", "202"}:
            assert "X-Request-ID" in responses[status]["headers"]


def test_every_parameter_is_described_and_none_may_be_null(document: dict[str, Any]) -> None:
    for path, declared in operations(document):
        for parameter in declared.get("parameters", ()):
            assert parameter["description"], (path, parameter["name"])
            schema = parameter["schema"]
            assert "anyOf" not in schema
            assert "null" not in str(schema.get("type"))
            assert schema.get("default", "") is not None
            assert not {"title", "description", "examples"} & set(schema)


def test_nothing_in_it_is_noise_or_breaks_tomorrows_clients(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    shown = reached([declared["responses"] for _, declared in operations(document)], schemas)
    for name, schema in schemas.items():
        assert not {"HTTPValidationError", "ValidationError"} & {name}
        assert "__" not in name, "two models have one name"
        for part in everywhere(schema.get("properties", {})):
            assert not isinstance(part.get("title"), str), name
            if name not in shown:  # what is sent may be bounded
                continue
            assert not {"pattern", "maxLength", "minLength"} & set(part), name
            assert "oneOf" not in part, name
            assert "enum" not in part, name
            if "anyOf" in part:
                kinds = [set(option) for option in part["anyOf"]]
                assert kinds == [{"$ref"}, {"type"}], (name, part)


def test_no_schema_is_there_for_nothing(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert reached([declared for _, declared in operations(document)], schemas) == schemas.keys()


def test_what_may_be_left_out_has_no_null_for_a_default(document: dict[str, Any]) -> None:
    """Types for TypeScript hold a property with a default for one that is always there."""
    assert [part for part in everywhere(document) if part.get("default", "") is None] == []


def test_patterns_can_be_read_in_every_language(document: dict[str, Any]) -> None:
    """A sign that needs no escape may have none: JavaScript's `u` patterns, which validators compile, refuse it."""
    patterns = [str(part["pattern"]) for part in everywhere(document) if "pattern" in part]
    assert patterns
    assert [pattern for pattern in patterns if re.search(r"\\[^\w^$\\.*+?()\[\]{}|/-]", pattern)] == []


def test_pages_are_named_and_link_to_the_next(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        declared = methods.get("get")
        if declared is None:
            continue
        content = declared["responses"]["200"]["content"]
        if "application/json" not in content:
            continue
        schema = content["application/json"]["schema"]
        name = schema["$ref"].rpartition("/")[2]
        headers = declared["responses"]["200"]["headers"]
        pages = "next" in document["components"]["schemas"][name]["properties"]
        assert ("Link" in headers) is pages, path
        if pages:
            assert name.endswith("Page")
            assert set(document["components"]["schemas"][name]["required"]) >= {"items", "next", "total"}


def test_what_clients_are_generated_for_is_said(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "/", "description": "This service"}]
    assert document["info"]["license"] == {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    assert document["security"] == []


def test_it_is_served_and_can_be_kept() -> None:
    with toys() as client:
        answer = client.get("/openapi.json")
        assert answer.json() == client.app.openapi()
        assert client.get("/openapi.json", {"if-none-match": answer.headers["etag"]}).status_code == 304
