"""A body as JSON, strictly: what two programs could read in two ways is refused, with a pointer to where it stands.

A body is refused iff
1. its bytes are no UTF-8, or no JSON (RFC 8259: no comments, no NaN, no byte order mark);
2. it is nested deeper than 64 levels, which is looked at before it is parsed;
3. an object names a key twice;
4. a text holds half a character (a lone surrogate).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

from graph.errors import Fault, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 64
_LONGEST_NUMBER = 300
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_HALF = re.compile("[\ud800-\udfff]")


class _Twice(dict[str, Any]):
    """An object that names a key twice."""

    keys_again: tuple[str, ...] = ()


def parse(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """The value of a body. Errors: `Invalid`, with JSON pointers."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Invalid.pointer("", f"The body is not UTF-8: see byte {error.start}.") from None
    _refuse_deep(text)
    try:
        said = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        told = error.msg[:1].lower() + error.msg[1:]
        raise Invalid.pointer(
            "", f"The body is not JSON: {told}, in line {error.lineno}, column {error.colno}."
        ) from None
    faults = list(_faults(said, ""))
    if faults:
        raise Invalid(faults)
    return said


def _refuse_deep(text: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        first = token[0][0]
        depth += (first in "[{") - (first in "]}")
        if depth > DEEPEST:
            raise Invalid.pointer("", f"The body is nested too deeply: at most {DEEPEST} levels are read.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) == len(pairs):
        return said
    twice = _Twice(said)
    names = [name for name, _ in pairs]
    twice.keys_again = tuple(name for name in said if names.count(name) > 1)
    return twice


def _no_number(text: str) -> NoReturn:
    raise Invalid.pointer("", f"The body is not JSON: it has no number called {text[:20]}.")


def _whole(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise Invalid.pointer("", f"A number has more than {_LONGEST_NUMBER} digits.")
    return int(text)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number, parse_int=_whole)


def _faults(said: object, here: str) -> Iterator[Fault]:
    if isinstance(said, str) and _HALF.search(said):
        yield Fault("pointer", here, "It holds half a character: a surrogate without its other half.")
    elif isinstance(said, list):
        for place, part in enumerate(said):
            yield from _faults(part, f"{here}/{place}")
    elif isinstance(said, dict):
        for name in said.keys_again if isinstance(said, _Twice) else ():
            yield Fault("pointer", here + _step(name), "This key stands here twice: say it once.")
        for name, part in said.items():
            yield from _faults(name, here)
            yield from _faults(part, here + _step(name))


def _step(name: str) -> str:
    return "/" + _HALF.sub("\ufffd", name).replace("~", "~0").replace("/", "~1")
