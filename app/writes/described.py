"""What a write adds to the OpenAPI document: its parameters, body and security, with examples from the seed graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic.json_schema import models_json_schema

from app.negotiation import LINES
from app.writes.answers import Outlook
from app.writes.door import DRY_RUN
from app.writes.statements import Told
from app.writes.table import WRITES

if TYPE_CHECKING:
    from pydantic import BaseModel

    from app.writes.table import Write
    from graph.models.fields import Statement

BEARER: Final = "key"
SECURITY_SCHEMES: Final = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "description": (
            "An API key, `ent_...`. Whoever runs the service makes one: `entente keys create NAME --scope write`. "
            "Scopes: `write` states and amends, `curate` merges and retracts, `admin` is both."
        ),
    }
}
_RELATION: Final = {"type": "accuse", "source": "lavrov", "target": "us", "start": "2026-02-09"}
_EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "actor": {
        "kind": "person",
        "name": "Kirill Dmitriev",
        "names": [{"value": "Кирилл Дмитриев", "lang": "ru", "kind": "alias"}],
        "identifiers": [{"scheme": "wikidata", "value": "Q4164153"}],
    },
    "document": {
        "title": "Lavrov on sanctions",
        "publisher": "unnamed-newspaper",
        "published_on": "2026-02-09",
        "language": "en",
        "text": "Lavrov said that the sanctions contradict the words.",
    },
    "dataset": {"title": "ICEWS Coded Event Data", "version": "2026-02", "licence": "CC0-1.0"},
    "relation": {**_RELATION, "end": "2026-02-09"},
    "claim": {
        "relation": _RELATION,
        "stance": "affirms",
        "claimant": "lavrov",
        "document": "lavrov-interview-report",
        "confidence": 0.9,
    },
    "merge": {"absorb": ["sergey-lavrov"], "reason": "Two spellings of one name."},
}
_LINES: Final = """\
{"op": "actor", "as": "tass", "kind": "organization", "name": "TASS"}
{"op": "document", "as": "d", "publisher": "@tass", "published_on": "2026-02-10", "title": "On the sanctions"}
{"op": "claim", "relation": {"type": "accuse", "source": "lavrov", "target": "us"}, "stance": "affirms", \
"document": "@d"}
"""
_PATH_IDS: Final = {
    "actor": "lavrov",
    "document": "lavrov-interview-report",
    "dataset": "icews",
    "relation": "0000h2xy63s48gea",
    "claim": "0000h2xy63s48gea.1j7whj1y",
    "merge": "m1",
}
_HEADERS: Final = {
    "ETag": "The record's strong ETag: what If-Match must name to write it next.",
    "Entente-Revision": "The revision of this write; the newest one if nothing was added.",
    "Location": "Where the record is read.",
    "Idempotent-Replayed": "`true` if the same request was answered before, by its Idempotency-Key.",
    "Cache-Control": "How long the answer may be kept.",
}


def operation(write: Write) -> dict[str, Any]:
    """The operation of a write to one record."""
    responses = {str(status): _written(write.answer) for status in statuses(write)}
    responses.setdefault("200", {})["description"] = "The record; or what a dry run answers."
    responses["200"].setdefault("content", {})[DRY_RUN.decode()] = {"schema": _ref(Outlook.__name__)}
    described: dict[str, Any] = {
        "parameters": _parameters(write),
        "responses": responses,
        "security": [{BEARER: [write.scope]}],
    }
    if write.statement is not None:
        body = {"schema": _ref(body_name(write.statement)), "example": _EXAMPLES[write.kind]}
        described["requestBody"] = {"required": True, "content": {"application/json": body}}
    return described


def batch() -> dict[str, Any]:
    """The operation of the batch."""
    text = {"type": "string", "format": "binary", "description": "One JSON object a line, in UTF-8."}
    lines = {"schema": text, "example": _LINES}
    return {
        "parameters": [
            _flag(
                "atomic", "Whether a line that is refused refuses the whole batch; else that line alone.", default=True
            ),
            _DRY_RUN,
            _IDEMPOTENCY_KEY,
            _COMMENT,
        ],
        "responses": {"200": {"headers": {"Entente-Revision": _header(_HEADERS["Entente-Revision"])}}},
        "requestBody": {"required": True, "content": {LINES[0]: lines}},
        "security": [{BEARER: ["write"]}],
    }


def statuses(write: Write) -> tuple[int, ...]:
    """With which statuses a write answers with the record."""
    if write.method != "POST":
        return (200,)
    return (201, 200) if write.kind in {"document", "claim"} else (201,)


def schemas() -> dict[str, Any]:
    """The schemas that no route declares by itself: of bodies, and of what a dry run answers."""
    stated = sorted(
        {write.statement for write in WRITES if write.statement is not None}, key=lambda each: each.__name__
    )
    models: list[tuple[type[BaseModel], Any]] = [(Outlook, "serialization"), *((each, "validation") for each in stated)]
    _, made = models_json_schema(models, ref_template="#/components/schemas/{model}", by_alias=True)
    found: dict[str, Any] = made["$defs"]
    told = Told.model_json_schema()["properties"]
    for statement in stated:
        schema = found[statement.__name__]
        own = {name: field for name, field in told.items() if name not in schema["properties"]}
        found[body_name(statement)] = {**schema, "properties": {**schema["properties"], **own}}
    return found


def body_name(statement: type[Statement]) -> str:
    """What the schema of a body is called: of its statement, and why it is written."""
    return statement.__name__.removesuffix("Statement") + "Body"


def _written(answer: type[BaseModel]) -> dict[str, Any]:
    return {
        "description": "The record as it is now read.",
        "headers": {name: _header(text) for name, text in _HEADERS.items()},
        "content": {"application/json": {"schema": _ref(answer.__name__)}},
    }


def _parameters(write: Write) -> list[dict[str, Any]]:
    found = []
    if "{id}" in write.path:
        whose = "actor" if write.path.startswith("/actors") else write.kind
        named = "The id, or scheme:value." if whose == "actor" else "The id."
        found.append(_parameter("id", "path", named, _PATH_IDS[whose], required=True))
    found.append(_DRY_RUN)
    if write.replaces:
        needed = write.statement is None
        told = "Why it is retracted." if needed else "Why it is written; reinstating what was retracted needs one."
        found.append(_parameter("reason", "query", told, "The article was withdrawn.", required=needed))
        known = "The strong ETag of the record as you know it."
        found.append(_parameter("If-Match", "header", known, '"12-ab12cd34"', required=True))
    return [*found, _IDEMPOTENCY_KEY, _COMMENT]


def _parameter(name: str, where: str, told: str, example: object, *, required: bool = False) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1}
    return {
        "name": name, "in": where, "required": required, "description": told, "example": example, "schema": schema,
    }  # fmt: skip


def _flag(name: str, told: str, *, default: bool) -> dict[str, Any]:
    return {
        "name": name, "in": "query", "required": False, "description": told,
        "schema": {"type": "boolean", "default": default},
    }  # fmt: skip


_DRY_RUN: Final = _flag("dry_run", "Check it all and answer what would happen, but write nothing.", default=False)
_IDEMPOTENCY_KEY: Final = _parameter(
    "Idempotency-Key",
    "header",
    "A name of your own for this request: sent again within 24 hours, it is answered as before and nothing is written.",
    "6f1d6c1e-0d7b-4c58-9c64-0a8f6d3c1b0e",
)
_COMMENT: Final = _parameter("X-Comment", "header", "A remark for the change log.", "From the evening edition.")


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}
