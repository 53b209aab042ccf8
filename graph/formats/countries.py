"""States and their parts of the world: the 249 of ISO 3166-1, with codes, and names in the UN's languages.

As a format it reads no file. To other formats it tells which state a name means: exactly, in any of its English
spellings, and nothing that is only alike.

The facts are of the `country-codes` data package (PDDL); demonyms and further spellings were added.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from graph.formats.incoming import Importer, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.formats.incoming import Lines

_CAMEO = {"IMY": "IMN", "ROM": "ROU", "TMP": "TLS"}
_CODES = ("iso3", "iso2", "m49", "fips", "wikidata")


@cache
def _table() -> tuple[dict[str, str], ...]:
    lines = (files("graph.formats") / "data" / "countries.tsv").read_text(encoding="utf-8").splitlines()
    columns = lines[0].split("\t")
    return tuple(dict(zip(columns, line.split("\t"), strict=True)) for line in lines[1:])


@cache
def _demonyms() -> frozenset[str]:
    return frozenset(demonym for said in _table() for demonym in said["demonyms"].split(" | "))


@cache
def countries() -> tuple[Party, ...]:
    """All of them, by their ISO codes of three letters."""
    return tuple(_party(said) for said in _table())


@cache
def by_name() -> dict[str, Party]:
    """Whom an English name means, in small letters. Who a people is called by is not the name of its state."""
    named: dict[str, Party] = {}
    for country in countries():
        for name, lang, _ in ((country.name, "en", ""), *country.names):
            if lang == "en" and name not in _demonyms():
                named.setdefault(name.casefold(), country)
    return named


@cache
def by_iso3() -> dict[str, Party]:
    """Whom a code of three letters means."""
    return {country.label: country for country in countries()}


@cache
def by_cameo() -> dict[str, Party]:
    """Whom a country's code of CAMEO means: that of ISO, but for the few that CAMEO writes in its own way."""
    return by_iso3() | {own: by_iso3()[iso]._replace(label=own) for own, iso in _CAMEO.items()}


@cache
def by_iso2() -> dict[str, Party]:
    """Whom a code of two letters means."""
    return {dict(country.identifiers)["iso2"]: country for country in countries()}


def _party(said: dict[str, str]) -> Party:
    codes = tuple((scheme, said[scheme]) for scheme in _CODES if said[scheme])
    names = []
    for written in filter(None, said["names"].split(" | ")):
        value, _, tag = written.rpartition("@")
        lang, _, kind = tag.partition("=")
        names.append((value, lang, kind or "alias"))
    names += [(demonym, "en", "alias") for demonym in filter(None, said["demonyms"].split(" | "))]
    return Party(said["iso3"], said["name"], "state", codes, tuple(names), slug=said["id"] or None)


def _read(_lines: Lines) -> Iterator[Party]:
    yield from countries()


IMPORTER = Importer(
    "countries",
    "the 249 states and areas of ISO 3166-1, with their codes and names: takes no file",
    _read,
    dataset="iso-3166",
    title="ISO 3166-1: countries, their codes and names",
    licence="PDDL-1.0",
    takes_file=False,
)
