"""The one strict parser: the bytes of a query string become a question, or a list of faults that name their parameter.

A query is refused iff
1. its bytes are no percent-encoded UTF-8, or hold a control character;
2. it names a parameter the question does not have, or one that takes a single value twice;
3. a value is empty, or is no number, truth value or word of those the parameter takes;
4. the question itself finds fault with the values (ranges, dates, clocks that contradict each other).

Nothing is guessed, trimmed or ignored: a filter that silently does nothing is worse than an error.
"""

from __future__ import annotations

import re
import types
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin
from urllib.parse import unquote_to_bytes

from pydantic import ValidationError

from app.errors import NOT_FOUND, Refused
from graph.errors import Fault, Invalid
from graph.text import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from graph.queries import Question

MOST_PAIRS = 500
_KEPT = 512
_LONGEST_KEPT = 1024
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_PLAIN = re.compile(rb"[!-$&-*,-~]*")
"""Visible ASCII without "%" and "+"."""
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_REAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Slot:
    """What one parameter takes."""

    many: bool
    kind: type
    choices: tuple[str, ...]
    in_path: bool


class Asked(NamedTuple):
    """A parsed question, and the day that it was asked on, as an ordinal."""

    question: Question
    day: int


class Reader:
    """Reads the parameters of one kind of question, and remembers the last ones.

    A remembered question is good on the day that it was asked on, and for ever if it did not say `today`.
    """

    def __init__(self, question: type[Question]) -> None:
        self.question = question
        self.slots = slots(question)
        self.names = [name for name, slot in self.slots.items() if not slot.in_path]
        self._kept: OrderedDict[tuple[str, bytes], Asked] = OrderedDict()

    def read(self, path: Mapping[str, str], query: bytes, today: int) -> Asked:
        """The question of a request. Errors: `Invalid`, `BadCursor`; `Refused` if the path can't name a record."""
        key = ("\0".join(path.values()), query)
        asked = self._kept.get(key)
        if asked is not None and (asked.day == today or not asked.question.relative):
            return asked
        asked = Asked(self.build(path, pairs(query), today), today)
        if len(query) <= _LONGEST_KEPT:
            if len(self._kept) >= _KEPT:
                self._kept.popitem(last=False)
            self._kept[key] = asked
        return asked

    def build(self, path: Mapping[str, str], given: Sequence[tuple[str, str]], today: int) -> Question:
        """The question made of path values and parameters."""
        values: dict[str, Any] = dict(path)
        faults: list[Fault] = []
        for name, texts in _grouped(given).items():
            slot = self.slots.get(name)
            if slot is None or slot.in_path:
                faults.append(Fault("parameter", name, self._unknown(name)))
            elif len(texts) > 1 and not slot.many:
                faults.append(Fault("parameter", name, f"takes one value, and {len(texts)} were given."))
            else:
                found = [_value(slot, text) for text in texts]
                faults += [Fault("parameter", name, value.detail) for value in found if isinstance(value, _Wrong)]
                values[name] = found if slot.many else found[0]
        if faults:
            raise Invalid(faults)
        try:
            return self.question.model_validate(values, context={"today": today}, by_alias=True)
        except ValidationError as error:
            faults = [self._fault(entry) for entry in error.errors(include_url=False)]
        for fault in faults:
            if fault.name in path:
                raise Refused(NOT_FOUND, f'Nothing can be called "{path[fault.name]}": it {fault.detail}')
        raise Invalid(faults)

    def _unknown(self, name: str) -> str:
        near = nearest(name, self.names)
        if near is not None:
            return f'there is no such parameter. Was "{near}" meant?'
        takes = f"there are {', '.join(self.names)}" if self.names else "nothing can be asked for here"
        return f"there is no such parameter; {takes}."

    def _fault(self, entry: Any) -> Fault:  # noqa: ANN401 - pydantic's error dictionaries are untyped
        name = str(entry["loc"][0]) if entry["loc"] else ""
        slot = self.slots.get(name)
        return Fault("parameter", name, sentence(entry, slot.choices if slot else ()))


@dataclass(frozen=True, slots=True)
class _Wrong:
    detail: str


def slots(question: type[Question]) -> dict[str, Slot]:
    """What each parameter of a question takes, by its name on the wire."""
    in_path = set(re.findall(r"{(\w+)}", question.path))
    found = {}
    for field, declared in question.model_fields.items():
        many, kind, choices = _taken(declared.annotation)
        found[declared.alias or field] = Slot(many, kind, choices, field in in_path)
    return found


def pairs(query: bytes) -> list[tuple[str, str]]:
    """The names and values of a query string, decoded. Errors: `Invalid`."""
    parts = [part for part in query.split(b"&") if part]
    if len(parts) > MOST_PAIRS:
        raise Invalid.parameter("", f"at most {MOST_PAIRS} parameters can be given, and these are {len(parts)}.")
    if _PLAIN.fullmatch(query):  # as most are: nothing to decode
        return [(name, value) for name, _, value in (part.decode().partition("=") for part in parts)]
    found = []
    for part in parts:
        raw_name, _, raw_value = part.partition(b"=")
        name = _decoded(raw_name, "")
        found.append((name, _decoded(raw_value, name)))
    return found


def sentence(entry: Any, choices: Sequence[str] = ()) -> str:  # noqa: ANN401 - as above
    """What pydantic found, as a reader would say it."""
    context = entry.get("ctx") or {}
    kind = entry["type"]
    if kind == "literal_error":
        return _not_a_choice(str(entry["input"]), choices)
    said = str(context["error"]) if kind in {"value_error", "assertion_error"} else str(entry["msg"])
    if words := _SENTENCES.get(kind):
        said = words.format(**context)
    return said if said.endswith((".", "?")) else f"{said}."


_SENTENCES = {
    "missing": "is required",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "string_pattern_mismatch": "has a form that does not occur here ({pattern})",
    "too_long": "takes at most {max_length} values, and {actual_length} were given",
    "too_short": "takes at least {min_length} values, and {actual_length} were given",
}


def _taken(annotation: Any) -> tuple[bool, type, tuple[str, ...]]:  # noqa: ANN401 - annotations are untyped
    """Whether an annotation takes several values, of which kind, and the words it is limited to."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _taken(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        return _taken(next(part for part in get_args(annotation) if part is not types.NoneType))
    if origin in {tuple, list, frozenset, set}:
        _, kind, choices = _taken(get_args(annotation)[0])
        return True, kind, choices
    if origin is Literal:
        return False, str, tuple(str(choice) for choice in get_args(annotation))
    return False, annotation if annotation in {bool, int, float} else str, ()


def _grouped(given: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, text in given:
        grouped.setdefault(name, []).append(text)
    return grouped


def _value(slot: Slot, text: str) -> Any:  # noqa: ANN401 - what the slot takes, or `_Wrong`
    if not text.strip():
        return _Wrong("is empty; leave it out, or give it a value.")
    if slot.choices and text not in slot.choices:
        return _Wrong(_not_a_choice(text, slot.choices))
    if slot.kind is bool:
        return _TRUTH.get(text, _Wrong(f'"{text}" is neither true nor false.'))
    if slot.kind is int:
        return int(text) if _WHOLE.fullmatch(text) else _Wrong(f'"{text}" is not a whole number.')
    if slot.kind is float:
        return float(text) if _REAL.fullmatch(text) else _Wrong(f'"{text}" is not a number.')
    return text


def _not_a_choice(text: str, choices: Sequence[str]) -> str:
    near = nearest(text, choices)
    meant = f' Was "{near}" meant?' if near else ""
    return f'"{text}" is not one of {", ".join(choices)}.{meant}'


def _decoded(raw: bytes, name: str) -> str:
    """A name or value out of its percent-encoding; `name` is the parameter to blame."""
    if _BAD_ESCAPE.search(raw):
        raise Invalid.parameter(name, 'has a "%" that begins no escape; a percent sign itself is written "%25".')
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise Invalid.parameter(name, "is not UTF-8.") from None
    if _CONTROL.search(text):
        raise Invalid.parameter(name, "has a control character in it.")
    return text
