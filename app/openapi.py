"""The OpenAPI document: what FastAPI writes, made such that generated clients come out clean.

* A question's parameters are read off the same model that parses them; nothing optional is `anyOf null`.
* Every error is one schema under `application/problem+json`, every 200 names the headers it carries.
* A field that may be null says `type: [T, "null"]`; generated titles, which only repeat names, are left out.
* An answer promises no pattern and no length: a client generated today must read what is written tomorrow.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from app.negotiation import LINES
from app.params import slots
from app.problems import Problem
from app.writes import described as writes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from graph.queries import Question

DESCRIPTION = """\
A knowledge graph of political actors and the typed, dated, sourced, attributed relations between them.

**Two clocks.** `valid_at`, `valid_from`, `valid_to` ask when something holds in the world; `known_at` asks what this
service knew, by revision or instant. Dates are partial: `2026`, `2026-02`, `2026-02-09`.

**Lists** are pages: `items`, `next` (an opaque cursor, also as a `Link` header) and `total` with `count=exact`.

**Parameters are strict**: an unknown or repeated one is a 422 that names it. Several values: repeat the parameter.

**Errors** are RFC 9457 problems, every one. **Every answer** names the revision it was computed from in
`Entente-Revision`; send `Entente-Min-Revision` to get none older. `If-None-Match` is answered 304. HEAD is GET without
the body. `X-Request-ID` is taken from the request, or made.
"""

TAGS = {
    "actors": "Who can act or be acted on: states, blocs, organizations, persons, groups, places.",
    "relations": "Typed, directed, dated propositions: what is claimed, with its status.",
    "claims": "Who says so, where, in which words.",
    "documents": "Published texts.",
    "datasets": "Bulk sources.",
    "types": "The vocabulary of relations: a tree with crosswalk codes.",
    "search": "Finding actors, quotes and documents.",
    "merges": "Actors that turned out to be one.",
    "batch": "Many writes at once.",
    "imports": "Files that come in: tables of events, entities, statements.",
    "exports": "The visible graph as a file.",
    "changes": "The log: what was written, by whom, when and why.",
    "graph": "Questions about more than one relation.",
    "service": "The service itself.",
}

_EXAMPLES: dict[str, Any] = {
    "q": "lavrov",
    "type": "sanction",
    "class": "material-conflict",
    "with": "russia",
    "valid_at": "2026-02-09",
    "valid_from": "2026-01",
    "valid_to": "2026-12",
    "said_from": "2026-01",
    "said_to": "2026-12",
    "published_from": "2026-01",
    "published_to": "2026-12",
}
_PATH_EXAMPLES = {"actors": "russia", "types": "sanction"}
_PARAMETER_KEYS = ("description", "deprecated")
_HEADERS = {
    "ETag": "Of this answer; weak for lists and questions, strong for a single record.",
    "Entente-Revision": "The one complete revision that the answer was computed from.",
    "Cache-Control": "How long the answer may be kept.",
}
_NOISE = frozenset({"title"})
_PROMISES = frozenset({"pattern", "minLength", "maxLength"})
_ABSENT = ("default", None)
"""What may be left out is null then: said of a default, generators in TypeScript take it for what is always there."""
_NAMED = ("properties", "patternProperties", "$defs")
_VALUES = ("default", "example", "examples", "enum", "const")
_LINK = 'The next page: `<...>; rel="next"`.'


def operation(question: type[Question]) -> dict[str, Any]:
    """What a question adds to its operation: its parameters, and the headers of its answer."""
    headers = {name: _header(text) for name, text in _HEADERS.items()}
    if "next" in question.answer.model_fields:
        headers["Link"] = _header(_LINK)
    answer: dict[str, Any] = {"headers": headers}
    if question.lines:
        answer["content"] = {LINES[0]: {"schema": {"type": "string", "description": "One item a line, as JSON."}}}
    if question.media:
        others = [media for media in question.media if media != "application/json"]
        answer["content"] = {media: {"schema": {"type": "string", "format": "binary"}} for media in others}
    return {"parameters": parameters(question), "responses": {"200": answer}}


def parameters(question: type[Question]) -> list[dict[str, Any]]:
    """The parameters of a question, for its operation."""
    schema = question.model_json_schema(by_alias=True, mode="validation")
    required = set(schema.get("required", ()))
    found = []
    for name, slot in slots(question).items():
        declared = flat(schema["properties"][name], schema.get("$defs", {}))
        parameter = {
            "name": name,
            "in": "path" if slot.in_path else "query",
            "required": slot.in_path or name in required,
            **{key: declared.pop(key) for key in _PARAMETER_KEYS if key in declared},
        }
        examples = declared.pop("examples", None) or declared.get("items", {}).pop("examples", None)
        example = _example(question, name, slot.in_path, examples)
        if example is not None:
            parameter["example"] = [example] if slot.many else example
        parameter["schema"] = declared
        if slot.many:
            parameter |= {"style": "form", "explode": True}
        found.append(parameter)
    return found


def document(app: FastAPI) -> dict[str, Any]:
    """The whole OpenAPI document of the service."""
    written = get_openapi(
        title="Entente",
        version=version("entente"),
        summary="Political actors and the relations between them, as they are claimed.",
        description=DESCRIPTION,
        routes=app.routes,
        servers=[{"url": "/", "description": "This service"}],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    tags = {tag for declared in _operations(written) for tag in declared.get("tags", ())}
    written["tags"] = [{"name": tag, "description": TAGS[tag]} for tag in TAGS if tag in tags]
    written["security"] = []
    _, problem = models_json_schema([(Problem, "serialization")], ref_template="#/components/schemas/{model}")
    schemas = written.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {**writes.schemas(), **schemas, **problem["$defs"]}
    written["components"]["securitySchemes"] = writes.SECURITY_SCHEMES
    for declared in _operations(written):
        for parameter in declared.get("parameters", ()):
            _plain(parameter)
        _complete(declared)
    bodies = _reached([declared.get("requestBody", {}) for declared in _operations(written)], schemas)
    used = _reached(list(_operations(written)), schemas)  # not so a statement, which is told as its body
    written["components"]["schemas"] = {
        name: tidy(schemas[name], _NOISE if name in bodies else _NOISE | _PROMISES) for name in sorted(used)
    }
    return written


def tidy(schema: Any, without: frozenset[str] = _NOISE) -> Any:  # noqa: ANN401 - JSON
    """A schema without generated titles, or whatever else is to be left out, and with null as one of the types."""
    if isinstance(schema, list):
        return [tidy(part, without) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key not in without and (key, value) != _ABSENT}
    for key, value in kept.items():
        if key in _NAMED:
            kept[key] = {name: tidy(part, without) for name, part in value.items()}
        elif key not in _VALUES:
            kept[key] = tidy(value, without)
    return _with_null(kept)


def flat(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema: references resolved, "or nothing" left out, as leaving it out is how nothing is said."""
    schema = dict(schema)
    if "$ref" in schema:
        schema = {**definitions[schema.pop("$ref").rpartition("/")[2]], **schema}
    for union in ("anyOf", "oneOf"):
        parts = [part for part in schema.get(union, ()) if part.get("type") != "null"]
        if len(parts) == 1:
            del schema[union]
            schema = {**flat(parts[0], definitions), **schema}
    if "items" in schema:
        schema["items"] = flat(schema["items"], definitions)
    schema.pop("title", None)
    if schema.get("type") == "string" and "enum" not in schema:
        schema.setdefault("minLength", 1)  # `params` refuses an empty value wherever it stands
    if "const" in schema:  # generators know lists of words, not all of them a single one
        schema["enum"] = [schema.pop("const")]
    if schema.get("default", ...) in (None, []):
        del schema["default"]
    return schema


def _reached(part: Any, schemas: dict[str, Any], found: frozenset[str] = frozenset()) -> frozenset[str]:  # noqa: ANN401 - any part of the document
    """The names of the schemas that a part of the document refers to, and those that these refer to."""
    if isinstance(part, list):
        for item in part:
            found = _reached(item, schemas, found)
    elif isinstance(part, dict):
        name = str(part.get("$ref", "")).rpartition("/")[2]
        if name and name not in found:
            found = _reached(schemas[name], schemas, found | {name})
        found = _reached(list(part.values()), schemas, found)
    return found


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    """`anyOf: [{type: T, ...}, {type: null}]` as `type: [T, null]`; a reference keeps its union, for want of a type."""
    parts = schema.get("anyOf", ())
    rest = [part for part in parts if part != {"type": "null"}]
    if len(rest) == 1 and len(parts) == len(rest) + 1 and isinstance(rest[0].get("type"), str):
        outer = {key: value for key, value in schema.items() if key != "anyOf"}
        return {**rest[0], **outer, "type": [rest[0]["type"], "null"]}
    return schema


def _example(question: type[Question], name: str, in_path: bool, given: list[Any] | None) -> Any:  # noqa: ANN401, FBT001 - any value; a fact about the parameter
    if in_path:
        return _PATH_EXAMPLES.get(question.path.split("/")[1]) if not given else given[0]
    return given[0] if given else _EXAMPLES.get(name)


def _operations(written: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in written["paths"].values():
        yield from path.values()


def _plain(parameter: dict[str, Any]) -> None:
    """A parameter that FastAPI declared, as we declare ours: what it means stands beside its schema, once."""
    schema = parameter["schema"] = tidy(parameter["schema"])
    if schema.pop("description", None) is not None and (examples := schema.pop("examples", None)):
        parameter["example"] = examples[0]


def _complete(operation: dict[str, Any]) -> None:
    """What every operation has: its errors, and the request's id."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses = operation["responses"]
    responses.pop("422", None)
    for answer in responses.values():
        answer.setdefault("headers", {})["X-Request-ID"] = _header("The request's id, as sent or made.")
    responses["4XX"] = {"description": "The request can't be answered as it is.", "content": content}
    responses["5XX"] = {"description": "The service can't answer now.", "content": content}


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}
