"""GDELT 2.0 events: 61 columns between tabs, no header, as published every quarter of an hour.

An actor is its CAMEO code, such as `USAGOV`: the names that GDELT found in the text (`VIRGINIA`, `MONTREAL` for `USA`,
`CAN`) stay with the claim. What a code says of the country becomes a relation: `represents` for government,
legislature, courts and the military, else `based-in`. The page is the document, its site the publisher. Rows that name
one actor alone say no relation, and are rejected, so that they are told. Left out is what follows from other columns,
and where GDELT places the actors.
"""

from __future__ import annotations

from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from graph.formats.cells import URL_LENGTH, Remembered, Unreadable, cells, day, decoded, number, text, whole
from graph.formats.countries import by_cameo
from graph.formats.incoming import Importer, Party, Reject, Row
from graph.formats.papers import paper
from graph.vocabulary import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graph.formats.incoming import Item, Lines, Paper

_COLUMNS: Final = 61
_ID, _DAY, _ACTOR1, _ACTOR2, _CODE = 0, 1, 5, 15, 26
_ADDED, _URL = 59, 60
_NAME, _COUNTRY, _FIRST_ROLE, _PAST_ROLES = 1, 2, 7, 10
_ACTING: Final = frozenset({"GOV", "LEG", "JUD", "MIL"})
_ATTRIBUTES: Final[tuple[tuple[str, int, str, Callable[[str, str], Any]], ...]] = (
    ("source_name", _ACTOR1 + _NAME, "Actor1Name", text),
    ("target_name", _ACTOR2 + _NAME, "Actor2Name", text),
    ("mentions", 31, "NumMentions", whole),
    ("outlets", 32, "NumSources", whole),
    ("articles", 33, "NumArticles", whole),
    ("tone", 34, "AvgTone", number),
    ("place", 52, "ActionGeo_FullName", text),
    ("country", 53, "ActionGeo_CountryCode", text),
    ("latitude", 56, "ActionGeo_Lat", number),
    ("longitude", 57, "ActionGeo_Long", number),
)
_VOCABULARY: Final = load()


class _Actor(NamedTuple):
    """An actor's code, and the columns that take it apart."""

    party: Party
    country: Party | None
    acting: bool


def read(lines: Lines) -> Iterator[Item]:
    """Read a file."""
    reader = _Reader()
    for n, row in cells(decoded(lines), "\t"):
        if isinstance(row, Reject):
            yield row
            continue
        try:
            yield from reader.items(n, row)
        except Unreadable as error:
            yield Reject(n, error.column, error.reason)


class _Reader:
    """What cells said before."""

    def __init__(self) -> None:
        self._days = Remembered(lambda cell: day(cell, "SQLDATE"))
        self._added = Remembered(lambda cell: day(cell[:8], "DATEADDED"))
        self._readers = [
            (key, i, Remembered(partial(_read_cell, reads, column))) for key, i, column, reads in _ATTRIBUTES
        ]
        self._told: set[str] = set()

    def items(self, line: int, row: list[str]) -> Iterator[Item]:
        """Read one row. Raises Unreadable."""
        if len(row) != _COLUMNS:
            raise Unreadable(None, f"The row has {len(row)} cells, and GDELT 2.0 has {_COLUMNS}.")
        start = self._days[row[_DAY]]
        if start is None:
            raise Unreadable("SQLDATE", "The row has no date.")
        source, target = _actor(row, _ACTOR1, "Actor1Code"), _actor(row, _ACTOR2, "Actor2Code")
        type_ = _VOCABULARY.by_code("cameo", row[_CODE].strip())
        if type_ is None:
            raise Unreadable("EventCode", f'There is no CAMEO code "{row[_CODE][:40]}".')
        said = {key: value for key, i, reads in self._readers if (value := reads[row[i]]) is not None}
        document = self._paper(row, start)
        if document is None and (named := text(row[_URL], "SOURCEURL")) is not None:
            said["url"] = named
        record = text(row[_ID], "GLOBALEVENTID")
        yield Row(line, type_.id, source.party, target.party, start, record=record, attributes=said, document=document)
        for actor in (source, target):
            if actor.country is not None and actor.party.label not in self._told:
                self._told.add(actor.party.label)
                places = actor.country.kind == "place" or not actor.acting
                yield Row(line, "based-in" if places else "represents", actor.party, actor.country, aside=True)

    def _paper(self, row: list[str], start: int) -> Paper | None:
        return paper(None, None, text(row[_URL], "SOURCEURL", URL_LENGTH), self._added[row[_ADDED]] or start)


def _read_cell(reads: Callable[[str, str], Any], column: str, cell: str) -> Any:  # noqa: ANN401 - what a cell says
    return reads(cell, column)


def _actor(row: list[str], at: int, column: str) -> _Actor:
    code = text(row[at], column)
    if code is None:
        raise Unreadable(column, "The row names one actor alone, and so no relation.")
    country = row[at + _COUNTRY].strip()
    roles = frozenset(row[at + _FIRST_ROLE : at + _PAST_ROLES])
    return _told_by(code, country, bool(roles & _ACTING))


@cache
def _told_by(code: str, country: str, acting: bool) -> _Actor:  # noqa: FBT001 - a column
    party, home = _party(code), _party(country) if country else None
    return _Actor(party, None if home == party else home, acting)


@cache
def _party(code: str) -> Party:
    state = by_cameo().get(code)
    if state is not None:
        return state._replace(label=code)
    kind, label = _codes().get(code, ("", ""))
    kinds = {"region": "place", "organization": "organization"}
    return Party(code, label or _spelled(code), kinds.get(kind, "unknown"))


def _spelled(code: str) -> str:
    """Spell out a code, three letters each: `USAGOV` is the `Government (United States)`."""
    parts = [code[i : i + 3] for i in range(0, len(code), 3)]
    state = by_cameo().get(parts[0])
    words = [_codes()[part][1] if part in _codes() else part for part in (parts[1:] if state else parts)]
    told = ", ".join(dict.fromkeys(words))
    return f"{told} ({state.name})" if state is not None else told


@cache
def _codes() -> dict[str, tuple[str, str]]:
    """Kind and label of the codes that CAMEO has for others than states."""
    lines = (files("graph.formats") / "data" / "cameo_actors.tsv").read_text(encoding="utf-8").splitlines()
    return {code: (kind, label) for code, kind, label in (line.split("\t") for line in lines[1:])}


IMPORTER = Importer(
    "gdelt",
    "GDELT 2.0 events: 61 columns, no header",
    read,
    dataset="gdelt",
    title="GDELT 2.0 Event Database",
    coder="GDELT 2.0",
    licence="free use with citation of the GDELT Project",
)
