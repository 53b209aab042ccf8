"""What requests about imports say in their query, read strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, Self

from app import params
from graph import formats
from graph.errors import BadCursor, Fault, Invalid
from graph.models.job import STATES
from graph.queries.scope.cursor import Cursor
from graph.text import has_control, nearest
from graph.transfer.importing import Into

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graph.formats import Importer

UPLOAD_TAKES: Final = ("format", "dataset", "on_error", "title", "licence", "edition", "coder")
_ON_ERROR: Final = ("reject", "abort")
_LONGEST: Final = 500
_LIMIT: Final = re.compile(r"[0-9]{1,4}")
_MOST: Final = 1000


def given(query: bytes, takes: Iterable[str], many: str | None = None) -> dict[str, list[str]]:
    """The values of each parameter. Errors: `Invalid` that names every unknown, empty or repeated one."""
    known = tuple(takes)
    faults, found = [], dict[str, list[str]]()
    for name, value in params.pairs(query):
        if name not in known:
            near = nearest(name, known)
            hint = f'Was "{near}" meant?' if near else f"There are {', '.join(known)}."
            faults.append(Fault("parameter", name, f"there is no such parameter. {hint}"))
        elif name in found and name != many:
            faults.append(Fault("parameter", name, "takes one value, and more were given."))
        elif not value.strip() or len(value) > _LONGEST or has_control(value) or "\n" in value:
            faults.append(Fault("parameter", name, f"takes one line of 1 to {_LONGEST} characters."))
        found.setdefault(name, []).append(value.strip())
    if faults:
        raise Invalid(faults)
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an upload is to become."""

    importer: Importer
    into: Into
    on_error: str

    @classmethod
    def of(cls, query: bytes) -> Self:
        """Read a query. Errors: `Invalid`."""
        said = {name: values[0] for name, values in given(query, UPLOAD_TAKES).items()}
        known = formats.importers()
        if said.get("format") not in known:
            raise Invalid.parameter("format", _one_of(said.get("format"), known))
        importer = known[said["format"]]
        dataset = said.get("dataset") or importer.dataset
        if dataset is None:
            raise Invalid.parameter("dataset", f"is required: which dataset the {importer.name} file belongs to.")
        on_error = said.get("on_error", "reject")
        if on_error not in _ON_ERROR:
            raise Invalid.parameter("on_error", _one_of(on_error, _ON_ERROR))
        told = {"licence": said.get("licence"), "version": said.get("edition"), "coder": said.get("coder")}
        return cls(importer, Into.of(importer, dataset, said.get("title"), **told), on_error)

    @property
    def said(self) -> dict[str, Any]:
        """What is told of the dataset."""
        return {name: value for name, value in self.into._asdict().items() if name != "dataset"}


@dataclass(frozen=True, slots=True)
class Paged:
    """Which page of a list: after which number, how many, whether they are counted."""

    after: int | None
    limit: int
    count: bool
    states: tuple[str, ...]
    fingerprint: bytes

    @classmethod
    def of(cls, path: str, query: bytes, *, by_state: bool = False) -> Self:
        """Read a query. Errors: `Invalid`, `BadCursor`."""
        said = given(query, ("limit", "cursor", "count", *(("state",) if by_state else ())), many="state")
        for state in said.get("state", ()):
            if state not in STATES:
                raise Invalid.parameter("state", _one_of(state, STATES))
        limit = said.get("limit", ["50"])[0]
        if not _LIMIT.fullmatch(limit) or not 1 <= int(limit) <= _MOST:
            raise Invalid.parameter("limit", f"takes a whole number from 1 to {_MOST}.")
        if said.get("count", ["exact"])[0] != "exact":
            raise Invalid.parameter("count", 'takes "exact", or is left out.')
        states = tuple(sorted(set(said.get("state", ()))))
        fingerprint = blake2b(repr((path, states)).encode(), digest_size=8).digest()
        after = _after(said["cursor"][0], fingerprint) if "cursor" in said else None
        return cls(after, int(limit), "count" in said, states, fingerprint)

    def cursor(self, n: int) -> str:
        """The cursor of the page after the one that ends with a number."""
        return Cursor(self.fingerprint, 0, 0, float(n), "").encode()


def _after(token: str, fingerprint: bytes) -> int:
    cursor = Cursor.decode(token)
    if cursor.fingerprint != fingerprint or not isinstance(cursor.key, float):
        raise BadCursor("This cursor belongs to another list; start again without it.")
    return int(cursor.key)


def _one_of(value: str | None, known: Mapping[str, object] | tuple[str, ...]) -> str:
    near = None if value is None else nearest(value, known)
    hint = f' Was "{near}" meant?' if near else ""
    return f"takes one of: {', '.join(known)}.{hint}"
