"""The paths of imports, and what the OpenAPI document says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.imports.doors import PATH, JobDoor, JobsDoor, RejectsDoor, UndoDoor, UploadDoor
from app.writes.described import BEARER
from app.writes.mount import WriteRoute
from graph import formats
from graph.models import ImportJob, ImportJobPage, ImportRejectPage
from graph.models.job import STATES

if TYPE_CHECKING:
    from app.imports.doors import Desk

_TAG: Final = "imports"
_LINKED: Final = {
    "200": {"headers": {"Link": {"description": 'The next page: `<...>; rel="next"`.', "schema": {"type": "string"}}}}
}
_TAGGED: Final = {"ETag": {"description": "The import as it stands.", "schema": {"type": "string"}}}


def mount(desk: Desk) -> list[WriteRoute]:
    """The routes."""
    return [_upload(desk), _list(desk), _one(desk), _rejects(desk), _undo(desk)]


def _upload(desk: Desk) -> WriteRoute:
    listed = ", ".join(f"`{name}` ({importer.summary})" for name, importer in formats.importers().items())
    described = [
        _parameter("format", f"What the file is: {listed}.", "events", choices=[*formats.importers()], required=True),
        _parameter("dataset", "The dataset that its claims belong to; for some formats it may be left out.", "icews"),
        _parameter(
            "on_error", "Reject bad lines, or take nothing unless all is good.", "reject", choices=["reject", "abort"]
        ),
        _parameter("title", "The dataset's title, if it is new.", "ICEWS Coded Event Data"),
        _parameter("licence", "Its licence, if it is new.", "CC0-1.0"),
        _parameter("edition", "Its own version, if it is new.", "2026-02"),
        _parameter("coder", "Who or what coded the rows, and in which version.", "BBN ACCENT"),
        _parameter(
            "Idempotency-Key",
            "A name of your own for this request: sent again within 24 hours, it is answered by the same import.",
            "6f1d6c1e-0d7b-4c58-9c64-0a8f6d3c1b0e",
            where="header",
        ),
    ]
    file = {"schema": {"type": "string", "format": "binary"}, "description": "The file itself, plain or gzip."}
    headers = {**_TAGGED, "Location": {"description": "Where to see how far it is.", "schema": {"type": "string"}}}
    return WriteRoute(
        PATH,
        UploadDoor(desk),
        "add_import",
        methods=["POST"],
        response_model=ImportJob,
        status_code=202,
        response_description="The file has come in whole, and waits for its turn.",
        summary="Import a file",
        description=(
            "The body is the file, plain or gzip; it streams to disk, up to `ENTENTE_MAX_UPLOAD` bytes. What is "
            "recorded already adds nothing, so the same file may be sent again. A compressed file that unfolds beyond "
            "belief is cut off. Lines of `ndjson` may retract and merge, and need the scope `curate`."
        ),
        tags=[_TAG],
        openapi_extra={
            "parameters": described,
            "requestBody": {"required": False, "content": {"application/octet-stream": {"schema": file["schema"]}}},
            "responses": {"202": {"headers": headers}},
            "security": [{BEARER: ["write"]}],
        },
    )


def _list(desk: Desk) -> WriteRoute:
    states = _parameter("state", "Only those in this state.", "running", choices=[*STATES])
    states |= {"schema": {"type": "array", "items": states["schema"]}, "example": ["running"]}
    return WriteRoute(
        PATH,
        JobsDoor(desk),
        "list_imports",
        methods=["GET"],
        response_model=ImportJobPage,
        summary="Imports",
        description="Files that were sent to be imported, newest first, and how far each is.",
        tags=[_TAG],
        openapi_extra={"parameters": [{**states, "style": "form", "explode": True}, *_PAGED], "responses": _LINKED},
    )


def _one(desk: Desk) -> WriteRoute:
    return WriteRoute(
        f"{PATH}/{{id}}",
        JobDoor(desk),
        "get_import",
        methods=["GET"],
        response_model=ImportJob,
        summary="How far an import is",
        description="It moves on batch by batch; what is counted is there to be asked for.",
        tags=[_TAG],
        openapi_extra={"parameters": [_ID], "responses": {"200": {"headers": _TAGGED}}},
    )


def _rejects(desk: Desk) -> WriteRoute:
    return WriteRoute(
        f"{PATH}/{{id}}/rejects",
        RejectsDoor(desk),
        "list_import_rejects",
        methods=["GET"],
        response_model=ImportRejectPage,
        summary="What an import could not take in",
        description="Each line, its column if it is one column's fault, and the reason. The first 100,000 are kept.",
        tags=[_TAG],
        openapi_extra={"parameters": [_ID, *_PAGED], "responses": _LINKED},
    )


def _undo(desk: Desk) -> WriteRoute:
    return WriteRoute(
        f"{PATH}/{{id}}",
        UndoDoor(desk),
        "undo_import",
        methods=["DELETE"],
        response_model=ImportJob,
        response_description="The import, undone.",
        summary="Take an import back",
        description=(
            "Every claim that it recorded is retracted, in one revision; relations without another claim are hidden. "
            "What it amended, retracted or merged is as it was before. Actors and documents that came with it stay, as "
            "others may refer to them. What was retracted stays so when the file is sent again. 409 while it is under "
            "way, and, naming the record, if another revision has written since to what it changed."
        ),
        tags=[_TAG],
        openapi_extra={
            "parameters": [
                _ID,
                _parameter("reason", "Why it is taken back.", "The wrong file.", required=True),
                _parameter(
                    "If-Match", "The ETag of the import as you know it.", '"ab12cd34"', where="header", required=True
                ),
            ],
            "responses": {"200": {"headers": _TAGGED}},
            "security": [{BEARER: ["curate"]}],
        },
    )


def _parameter(
    name: str,
    told: str,
    example: str,
    *,
    where: str = "query",
    choices: list[str] | None = None,
    required: bool = False,
) -> dict[str, Any]:
    schema = {"type": "string", "enum": choices} if choices else {"type": "string", "minLength": 1}
    return {
        "name": name, "in": where, "required": required, "description": told, "example": example, "schema": schema,
    }  # fmt: skip


_ID: Final = _parameter("id", "The import's id.", "i1", where="path", required=True)
_PAGED: Final = (
    {
        "name": "limit", "in": "query", "required": False, "description": "How many on a page.", "example": 50,
        "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 50},
    },
    _parameter("cursor", "The `next` of the page before.", "AAAA"),
    _parameter("count", "`exact` fills `total`.", "exact", choices=["exact"]),
)  # fmt: skip
