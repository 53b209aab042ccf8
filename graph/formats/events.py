"""Tables of events, with a header: who did what to whom and when, a row each, as CSV, TSV or with semicolons.

Columns are known by their names, in any case, in any order:

    date                                  the day, or a month or year; `end` if it took longer. It may be empty if there
                                          is an end, and of states, which may say `ongoing` as their `end_status`
    source, target                        who, to whom, as the dataset calls them; a state by its English name or code
    relation or cameo                     what: a type's id or label, a CAMEO code; both, if they agree
    id, coded_by, confidence              the row's own id, who or what coded it and in which version, how sure (0 to 1)
    publisher, story, sentence, url       where it was read: publisher and story, or url, make the claim's document
    city, district, province, place, country, latitude, longitude
    source_sectors, target_sectors        what they are said to be, parted by commas
    source_country, target_country        whom they belong to

The last make a relation of their own, undated, one for each actor and country: `represents` where the sectors say
Government, Executive, Legislative, Judicial or Military, else `based-in`; so a state's rebels do not act for it. Of
what else a row says, attributes of claims go by their names, and the rest is kept in `extra`; a column `intensity` is
left out, because it follows from the type.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from graph.formats.cells import NOTHING, URL_LENGTH, Remembered, Unreadable, cells, day, decoded, number, text, whole
from graph.formats.countries import by_iso3, by_name
from graph.formats.incoming import Importer, Party, Reject, Row
from graph.formats.papers import ADDRESS, paper, short
from graph.models import END_STATUSES
from graph.text import canonical, nearest
from graph.vocabulary import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from graph.formats.incoming import Item, Lines, Paper

_ROLES: Final = {
    "date": ("date", "event_date", "start", "day"),
    "end": ("end", "end_date"),
    "end_status": ("end_status",),
    "source": ("source", "source_name", "actor1", "subject"),
    "target": ("target", "target_name", "actor2", "object"),
    "relation": ("relation", "type", "event_text", "event_type", "label"),
    "cameo": ("cameo", "cameo_code", "event_code", "code"),
    "id": ("id", "event_id", "record", "record_id"),
    "coded_by": ("coded_by", "coder"),
    "confidence": ("confidence",),
    "publisher": ("publisher",),
    "story": ("story", "story_id"),
    "url": ("url", "source_url"),
    "city": ("city",),
    "district": ("district",),
    "province": ("province",),
    "source_country": ("source_country",),
    "target_country": ("target_country",),
    "intensity": ("intensity", "goldstein"),
}
_ALSO: Final = {"sentence": "sentence_number", "latitude": "lat", "longitude": "lon"}
_NEEDED: Final = ("date", "source", "target")
_PLACES: Final = ("city", "district", "province")
_DELIMITERS: Final = ("\t", ",", ";")
_ACTING: Final = {"Government", "Executive", "Executive Office", "Legislative", "Legislative / Parliamentary"} | {
    "Judicial",
    "Military",
}
_VOCABULARY: Final = load()
_CLAIM: Final = _VOCABULARY.get("consult").claim_attributes
_READERS: Final[dict[str, Callable[[str, str], Any]]] = {"string": text, "integer": whole, "number": number}


def read(lines: Lines) -> Iterator[Item]:
    """Read a table. What is wrong with its header is told of line 1, and then nothing is read."""
    decoded_lines = decoded(lines)
    n, header = next(decoded_lines, (1, ""))
    if isinstance(header, Reject):
        yield header
        return
    delimiter = max(_DELIMITERS, key=header.count)
    try:
        table = _Table([name.strip().strip('"') for name in header.split(delimiter)])
    except Unreadable as error:
        yield Reject(n, error.column, error.reason)
        return
    for number_, row in cells(decoded_lines, delimiter):
        if isinstance(row, Reject):
            yield row
            continue
        try:
            read_ = table.row(number_, row)
            yield read_
            if table.tells_countries:
                yield from table.countries(read_, row)
        except Unreadable as error:
            yield Reject(number_, error.column, error.reason)


class _Table:
    """What the columns of a table mean, and what its cells said before."""

    def __init__(self, header: Sequence[str]) -> None:
        self._header = header
        self._at = at = _roles(header)
        self._date, self._source, self._target = at["date"], at["source"], at["target"]
        self._relation, self._cameo, self._id = at.get("relation"), at.get("cameo"), at.get("id")
        self._extra = [i for i in range(len(header)) if i not in set(at.values())]
        self._attributes = [(key, at[key], Remembered(_reader(key, header[at[key]]))) for key in _CLAIM if key in at]
        self._days = Remembered(lambda cell: day(cell, self._named("date")))
        self._ends = Remembered(lambda cell: day(cell, self._named("end")))
        self._sources = Remembered(lambda cell: _party(cell, self._named("source")))
        self._targets = Remembered(  # whoever is a source as well is kept once
            lambda cell: self._sources.get(cell) or _party(cell, self._named("target"))
        )
        self._types: dict[tuple[str, str], str] = {}
        self._told: set[tuple[str, str, str]] = set()
        self._texts = Remembered(lambda cell: text(cell, "a text"))
        self._urls = Remembered(lambda cell: text(cell, "url", URL_LENGTH))
        self._papers: dict[tuple[str, ...], Paper] = {}
        self._says_more = bool(self._extra or self._attributes or {"city", "province"} & at.keys())
        self._plain = not {"publisher", "url", "end", "end_status", "coded_by", "confidence"} & at.keys()
        self.tells_countries = bool({"source_country", "target_country"} & at.keys())

    def row(self, line: int, row: list[str]) -> Row:
        """Read one row. Raises Unreadable."""
        if len(row) != len(self._header):
            raise Unreadable(None, f"The row has {len(row)} cells, and the header names {len(self._header)} columns.")
        start = self._days[row[self._date]]
        source, target = self._sources[row[self._source]], self._targets[row[self._target]]
        if source is None or target is None:
            missing = "source" if source is None else "target"
            raise Unreadable(self._named(missing), f"The row has no {missing}.")
        typed = (
            "" if self._relation is None else row[self._relation],
            "" if self._cameo is None else row[self._cameo],
        )
        type_ = self._types.get(typed) or self._type(typed)
        attributes = self._said(row) if self._says_more else None
        record = _fingerprint(attributes) if self._id is None else text(row[self._id], "a text")
        more = {} if self._plain else self._more(row, start)
        if start is None and more.get("end") is None and not self._needs_no_date(type_, row):
            raise Unreadable(self._named("date"), "The row has no date.")
        return Row(line, type_, source, target, start, record=record, attributes=attributes, **more)

    def countries(self, told: Row, row: list[str]) -> Iterator[Row]:
        """Read whom the ends of a row belong to. Raises Unreadable."""
        for end, party in (("source", told.source), ("target", told.target)):
            if f"{end}_country" in self._at:
                yield from self._country(told.line, row, end, party)

    def _said(self, row: list[str]) -> dict[str, Any] | None:
        said = {}
        for key, i, read_ in self._attributes:
            value = read_[row[i]]
            if value is not None:
                said[key] = value
        if "city" in self._at or "province" in self._at:
            parts = [self._texts[row[self._at[name]]] for name in _PLACES if name in self._at]
            place = ", ".join(dict.fromkeys(part for part in parts if part is not None))
            if place:
                said["place"] = place
        if self._extra:
            extra = [(self._header[i], self._texts[row[i]]) for i in self._extra]
            kept = [f"{name}={value}" for name, value in extra if value is not None]
            if kept:
                said["extra"] = kept
        return said or None

    def _needs_no_date(self, type_: str, row: list[str]) -> bool:
        """Whether a row tells of a state, and of no document, which would be dated by it."""
        printed = (row[self._at[name]].strip() for name in ("publisher", "url") if name in self._at)
        return _VOCABULARY.get(type_).temporality == "state" and all(cell in NOTHING for cell in printed)

    def _more(self, row: list[str], start: int | None) -> dict[str, Any]:
        at = self._at
        told: dict[str, Any] = {"end": self._ends[row[at["end"]]]} if "end" in at else {}
        on = start or told.get("end")
        told["document"] = None if on is None else self._paper(row, on)
        if "end_status" in at:
            told["ongoing"] = self._is_ongoing(row[at["end_status"]])
        if "coded_by" in at:
            told["coded_by"] = self._texts[row[at["coded_by"]]]
        if "confidence" in at:
            told["confidence"] = confidence = number(row[at["confidence"]], self._named("confidence"))
            if confidence is not None and not 0 <= confidence <= 1:
                raise Unreadable(self._named("confidence"), f"{confidence} does not lie between 0 and 1.")
        return told

    def _is_ongoing(self, cell: str) -> bool:
        said = cell.strip()
        if said not in NOTHING and said not in END_STATUSES:
            raise Unreadable(self._named("end_status"), f'"{said[:40]}" is none of: {", ".join(END_STATUSES)}.')
        return said == "ongoing"

    def _paper(self, row: list[str], start: int) -> Paper | None:
        at = self._at
        cell = {name: row[at[name]] if name in at else "" for name in ("publisher", "story", "url")}
        day_ = "" if cell["story"].strip() not in NOTHING else str(start)
        key = (*cell.values(), day_)
        if key not in self._papers:
            if len(self._papers) > 100_000:  # noqa: PLR2004 - so that memory stays flat
                self._papers.clear()
            made = paper(self._texts[cell["publisher"]], self._texts[cell["story"]], self._urls[cell["url"]], start)
            if made is None:
                return None
            self._papers[key] = made
        return self._papers[key]

    def _country(self, line: int, row: list[str], end: str, party: Party) -> Iterator[Row]:
        cell = row[self._at[f"{end}_country"]]
        sectors = row[self._at[f"{end}_sectors"]] if f"{end}_sectors" in self._at else ""
        if (party.label, cell, sectors) in self._told:
            return
        if len(self._told) > 100_000:  # noqa: PLR2004 - as above
            self._told.clear()
        self._told.add((party.label, cell, sectors))
        country = _party(cell, self._named(f"{end}_country"))
        if country is None or country.label == party.label:
            return
        if not country.identifiers or country.identifiers != party.identifiers:
            acting = _ACTING & {sector.strip() for sector in sectors.split(",")}
            yield Row(line, "represents" if acting else "based-in", party, country, aside=True)

    def _type(self, typed: tuple[str, str]) -> str:
        label, code = (" ".join(cell.split()) for cell in typed)
        labelled = types_by_label().get(label.casefold(), ())
        if code not in NOTHING:
            coded = _VOCABULARY.by_code("cameo", code)
            if coded is None:
                raise Unreadable(self._named("cameo"), _no_code(code))
            if labelled and coded.id not in labelled:
                told = f'"{code}" is the code of "{coded.label}", and not of "{label}".'
                raise Unreadable(self._named("cameo"), told)
            self._types[typed] = coded.id
        elif label in NOTHING:
            raise Unreadable(self._named("relation" if "relation" in self._at else "cameo"), "The row has no type.")
        elif not labelled:
            near = nearest(label, types_by_label())
            hint = f' Was "{near}" meant?' if near else ""
            raise Unreadable(self._named("relation"), f'There is no type "{label[:100]}".{hint}')
        else:
            self._types[typed] = labelled[-1]
        return self._types[typed]

    def _named(self, role: str) -> str:
        return self._header[self._at[role]]


def types_by_label() -> Mapping[str, tuple[str, ...]]:
    """Tell which types a label, in small letters, may mean: those of its code and of the code below it, that last."""
    return _LABELS


def _labels() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for each in _VOCABULARY.types:
        for name in dict.fromkeys((each.id, each.label.casefold(), f"cameo:{each.codes.cameo}")):
            found[name] = (*found.get(name, ()), each.id)
    return found


_LABELS: Final = _labels()


def _roles(header: Sequence[str]) -> dict[str, int]:
    """Tell in which column each role is. Raises Unreadable if one is missing, or there twice."""
    folded = [re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") for name in header]
    known = {alias: role for role, aliases in _ROLES.items() for alias in aliases}
    known |= {key: key for key in _CLAIM if key not in known and key != "extra"}
    known |= {alias: key for key, alias in _ALSO.items()}
    at: dict[str, int] = {}
    for i, name in enumerate(folded):
        role = known.get(name)
        if role is not None and role in at:
            raise Unreadable(header[i], f'The columns "{header[at[role]]}" and "{header[i]}" say the same.')
        if role is not None:
            at[role] = i
    for role in _NEEDED:
        if role not in at:
            raise Unreadable(role, f'The header names no column "{role}". It names: {", ".join(header)[:300]}.')
    if "relation" not in at and "cameo" not in at:
        raise Unreadable("relation", 'The header names neither a column "relation" nor a column "cameo".')
    return at


def _reader(key: str, column: str) -> Callable[[str], Any]:
    if key == "url":
        return lambda cell: None if ADDRESS.fullmatch(cell.strip()) else text(cell, column)
    of = _CLAIM[key].type
    if of == "array of strings":
        return lambda cell: [said for part in cell.split(",") if (said := text(part, column)) is not None] or None
    return lambda cell: _READERS[of](cell, column)


def _party(cell: str, column: str) -> Party | None:
    label = text(cell, column)
    if label is None:
        return None
    country = by_name().get(label.casefold()) or by_iso3().get(label)
    return Party(label, label) if country is None else country._replace(label=label)


def _no_code(code: str) -> str:
    near = f"0{code}" if _VOCABULARY.by_code("cameo", f"0{code}") else None
    hint = f' Was "{near}" meant? A code is written with all its digits.' if near else ""
    return f'There is no CAMEO code "{code[:40]}".{hint}'


def _fingerprint(attributes: dict[str, Any] | None) -> str | None:
    """Tell rows apart that have no id, and differ in what they say beside who did what to whom and when."""
    return None if attributes is None else f"row-{short(canonical(attributes))}"


IMPORTER = Importer("events", "tables of events with a header: date, source, relation or cameo, target, and more", read)
