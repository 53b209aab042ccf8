"""What a write says of itself beside its body: parameters and headers, read strictly.

* `If-Match` names the record as its writer knows it. None, or `*`, is 428; a weak tag never matches (RFC 9110, 13.1.1).
* `Idempotency-Key` may come with any write; the same request is what has the same method, path, parameters and body.
* `X-Comment` is UTF-8; a body may say `comment` instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from app import params
from app.errors import PRECONDITION_REQUIRED, STALE, UNSUPPORTED_MEDIA_TYPE, Refused
from graph.errors import Fault, Invalid
from graph.models import faults_of
from graph.models.fields import Prose, Reason
from graph.store import Idempotency
from graph.text import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Scope

_TAG = re.compile(rb'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_TRUTH = {"true": True, "false": False}
_REASON: TypeAdapter[str] = TypeAdapter(Reason)
_COMMENT: TypeAdapter[str] = TypeAdapter(Prose)
_CHARSETS = {"", "utf-8", "utf8"}


@dataclass(frozen=True, slots=True)
class Parameters:
    """The query of a write."""

    dry_run: bool = False
    reason: str | None = None
    atomic: bool = True


class Headers:
    """The headers of a request, each by its name."""

    def __init__(self, scope: Scope) -> None:
        self._values: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            self._values.setdefault(name, []).append(value)

    def each(self, name: str) -> list[bytes]:
        """A header's values, one by one."""
        return self._values.get(name.lower().encode(), [])

    def all(self, name: str) -> bytes:
        """All of a header's values, as one list; empty if there is none."""
        return b",".join(self.each(name))

    def one(self, name: str) -> bytes | None:
        """The one value of a header. Errors: `Invalid` if it came twice."""
        values = self.each(name)
        if len(values) > 1:
            raise Invalid.parameter(name, f"takes one value, and {len(values)} were given.")
        return values[0].strip() if values else None

    def text(self, name: str) -> str | None:
        """The same as text. Errors: `Invalid` if it is no UTF-8 besides."""
        value = self.one(name)
        try:
            return None if value is None else value.decode()
        except UnicodeDecodeError:
            raise Invalid.parameter(name, "is not UTF-8.") from None

    def refuse_other_media(self, *wanted: str) -> None:
        """Errors: `Refused` unless the body is of one of these media types."""
        given = (self.text("Content-Type") or "").lower()
        name, *rest = (part.strip() for part in given.split(";"))
        charset = next((part.partition("=")[2].strip('"') for part in rest if part.startswith("charset=")), "")
        if name not in wanted or charset not in _CHARSETS:
            told = f'"{given[:100]}"' if given else "of no named type"
            detail = f"The body is {told}; send it as {wanted[0]}, and say so: Content-Type: {wanted[0]}"
            raise Refused(UNSUPPORTED_MEDIA_TYPE, detail)

    def comment(self) -> str | None:
        """What `X-Comment` says. Errors: `Invalid`."""
        said = self.text("X-Comment")
        return None if said is None else _checked(_COMMENT, said, "X-Comment")

    def known_tags(self, read_at: str) -> frozenset[bytes]:
        """The strong tags that `If-Match` names. Errors: `Refused` if there is none; `read_at` is where to get it."""
        given = self.all("If-Match").strip()
        how = f"Read {read_at} and send the ETag it came with."
        if not given or given == b"*":
            raise Refused(PRECONDITION_REQUIRED, f"If-Match must name the record as you know it. {how}")
        strong = frozenset(b'"%s"' % tag for weak, tag in _TAG.findall(given) if not weak)
        if not strong:
            raise Refused(STALE, f"If-Match names no strong ETag (in quotes, without W/). {how}")
        return strong

    def idempotency(self, *request: bytes) -> Idempotency | None:
        """The idempotency key, bound to the request. Errors: `Invalid`."""
        key = self.text("Idempotency-Key")
        return None if key is None else Idempotency.of(key, *request)


def parameters(query: bytes, takes: Sequence[str]) -> Parameters:
    """The query of a write. Errors: `Invalid`."""
    faults: list[Fault] = []
    given: dict[str, str] = {}
    for name, value in params.pairs(query):
        if name not in takes:
            near = nearest(name, takes)
            hint = f'Was "{near}" meant?' if near else f"There are {', '.join(takes)}."
            faults.append(Fault("parameter", name, f"there is no such parameter. {hint}"))
        elif name in given:
            faults.append(Fault("parameter", name, "takes one value, and more were given."))
        elif name != "reason" and value not in _TRUTH:
            faults.append(Fault("parameter", name, f'"{value}" is neither true nor false.'))
        given[name] = value
    if faults:
        raise Invalid(faults)
    reason = given.get("reason")
    return Parameters(
        dry_run=given.get("dry_run") == "true",
        atomic=given.get("atomic") != "false",
        reason=None if reason is None else _checked(_REASON, reason, "reason"),
    )


def agreed(parameter: str, one: str | None, other: str | None) -> str | None:
    """What was said in two places. Errors: `Invalid` if they differ."""
    if one is not None and other is not None and one != other:
        raise Invalid.parameter(parameter, "says something else than the body does; say it once.")
    return one if one is not None else other


def _checked(kind: TypeAdapter[str], said: str, name: str) -> str:
    try:
        return kind.validate_python(said)
    except ValidationError as error:
        raise Invalid.parameter(name, faults_of(error).faults[0].detail) from None
