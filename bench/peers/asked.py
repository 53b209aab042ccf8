"""A question as the peers that are written here understand it, and an answer as they make it.

They trust what they are asked: an unknown parameter is overlooked, a wrong value is a 500.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from graph.vocabulary import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from bench.asks import Item

PAGE: Final = 50
_RANGES: Final = {each.id: (each.number, each.stop - 1) for each in load().types}
_TYPES: Final = tuple((each.id, each.label, each.quad_class, each.sign, each.intensity) for each in load().types)


class Asked(NamedTuple):
    """Numbers of types are in the order of the tree, so a type and its descendants are a range; days are ordinals."""

    actor: str
    types: tuple[int, int] | None
    quad_class: str | None
    first: int | None
    last: int | None
    other: str | None
    direction: str
    known_at: str | None
    after: tuple[int, str] | None
    claims: bool

    @classmethod
    def by(cls, actor: str, query: Sequence[tuple[str, str]]) -> Asked:
        """What an actor's path and these parameters ask."""
        told = dict(query)
        start, _, after = told.get("after", "").partition(",")
        return cls(
            actor,
            _RANGES[told["type"]] if "type" in told else None,
            told.get("class"),
            day(told.get("valid_from")),
            day(told.get("valid_to")),
            told.get("with"),
            told.get("direction", "any"),
            told.get("known_at"),
            (day(start) or 0, after) if after else None,
            told.get("include") == "claims",
        )

    @classmethod
    def of(cls, request: Request) -> Asked:
        """What a request asks."""
        return cls.by(request.path_params["actor"], request.query_params.multi_items())


def day(text: str | None) -> int | None:
    """A full date as an ordinal."""
    return date.fromisoformat(text).toordinal() if text else None


def page(found: list[Item]) -> bytes:
    """One page of what was found, of which there is one more than a page holds if it is not the last."""
    last = found[PAGE - 1] if len(found) > PAGE else None
    following = f"{last['start']},{last['id']}" if last else None
    return orjson.dumps({"items": found[:PAGE], "next": following, "total": None})


def items(body: bytes) -> list[Any]:
    """The relations of a page."""
    found: list[Any] = orjson.loads(body)["items"]
    return found


def relation_of(row: Sequence[Any]) -> Item:
    """A relation as our service shows it; `row` has its type's number, its side and texts of JSON in its order."""
    type_, label, quad_class, sign, intensity = _TYPES[row[2]]
    return {
        "id": row[1],
        "type": type_,
        "label": label,
        "class": quad_class,
        "sign": sign,
        "intensity": intensity,
        "source": {"id": row[4], "name": row[5], "kind": row[6]},
        "target": {"id": row[7], "name": row[8], "kind": row[9]},
        "direction": row[3],
        "start": row[10],
        "end": row[11],
        "end_status": row[12],
        "attributes": orjson.Fragment(row[13]),
        "about": orjson.Fragment(row[14]),
        "status": row[15],
        "attested": bool(row[16]),
        "confidence": row[17],
        "stances": {"affirms": row[18], "denies": row[19], "doubts": row[20]},
        "publishers": row[21],
        "version": row[22],
        "recorded_at": row[23],
        "retracted_at": row[24],
    }
