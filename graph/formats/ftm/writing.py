"""Actors and relations as FollowTheMoney entities: each relation is an edge of the schema that its type has there.

1. A type that has no schema, or whose schema does not take such ends, is an `UnknownLink` whose role is its label.
2. A sanction names its target; its source by the country if that is a state, and as the authority if no claim names
   another. An office is an occupancy of a position of its own, that names the body.
3. Undated, to be a citizen of a state or based there is no edge, but a property of the actor.
4. What claims say that has a property is there, all values of all visible claims: pages, publishers, roles.
   What `entente import ftm` kept as `extra` of a claim goes back to its property, if the schema has it.
5. Whoever is owned must be a company there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from graph.formats.ftm.schemas import ANY_EDGE, EDGES, POST, SAME, scheme_of
from graph.formats.outgoing import joined
from graph.snapshot import item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.formats.ftm.schemas import Edge
    from graph.formats.outgoing import Actor, Claimed, Selection, Told

Properties = dict[str, list[str]]

_LINK: Final = "UnknownLink"
_SCHEMAS: Final = {
    "state": "PublicBody", "bloc": "Organization", "organization": "Organization", "group": "Organization",
    "person": "Person", "place": "Territory", "unknown": "LegalEntity",
}  # fmt: skip
"""The schema that each kind of actor is written as."""
_BODIES: Final = frozenset({"state", "bloc", "organization", "group"})
_LEGAL: Final = _BODIES | {"person", "unknown"}
_ANYONE: Final = _LEGAL | {"place"}
_PERSON: Final = frozenset({"person"})
_TAKES: Final = {
    "Associate": (_PERSON, _PERSON), "Directorship": (_LEGAL, _BODIES), "Control": (_LEGAL, _ANYONE),
    "Employment": (_PERSON, _BODIES), "Family": (_PERSON, _PERSON), "Membership": (_LEGAL, _BODIES),
    "Occupancy": (_PERSON, _BODIES), "Ownership": (_LEGAL, frozenset({"bloc", "organization", "group"})),
    "Payment": (_LEGAL, _LEGAL), "Representation": (_LEGAL, _LEGAL), "Sanction": (_ANYONE, _ANYONE),
    "Succession": (_LEGAL, _LEGAL), "UnknownLink": (_ANYONE, _ANYONE),
}  # fmt: skip
"""The kinds of actors that each schema takes at its source and target."""
_USUAL: Final = {
    edge.type: schema for schema, edge in reversed(EDGES.items()) if schema in _TAKES and schema != "Control"
} | {"linked-to": _LINK}
_ANY: Final = {
    *("date", "description", "endDate", "modifiedAt", "namesMentioned", "publisher", "publisherUrl", "recordId"),
    *("retrievedAt", "sourceUrl", "startDate", "summary"),
}
"""Properties that every edge has."""
_INTEREST: Final = frozenset({"role", "status"})
_MORE: Final = {
    "Associate": frozenset[str](),
    "Family": frozenset[str](),
    "Occupancy": frozenset({"declarationDate", "status"}),
    "Ownership": _INTEREST | {"legalBasis", "ownershipType", "sharesCurrency", "sharesType", "sharesValue"},
    "Payment": frozenset({"programme", "sequenceNumber", "transactionNumber"}),
    "Sanction": frozenset(["country", "duration", "programId", "programUrl", "status", "unscId"]),
}
"""What else the edges of a schema have that has no key of its own here; of others it is what any interest has."""
_HOMES: Final = {"based-in": "country", "citizen-of": "nationality"}
_NAMES: Final = {"alias": "alias", "former": "previousName", "acronym": "weakAlias"}
_IDENTIFIERS: Final = {
    **{scheme: name for name, scheme in SAME.items()},
    **{
        scheme_of(name): name
        for name in ("dunsCode", "idNumber", "innCode", "ogrnCode", "registrationNumber", "taxNumber")
    },
}
_EVERY_THING: Final = frozenset({"wikidataId"})


def write(selection: Selection) -> Iterator[bytes]:
    """Write edges, then the actors at their ends: only then is it known who is owned."""
    writer = _Writer(selection)
    yield from joined(_line(each) for block in selection.told() for each in writer.edges(block))
    yield from joined(map(_line, writer.actors()))


class _Writer:
    """Writes one selection, and notes who stands at an end, and who is owned."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._view = selection.view
        self._met = np.zeros(len(self._view.tables.actors), np.bool_)
        self._owned: set[int] = set()
        self._codes: dict[int, str | None] = {}
        self._homes: dict[int, set[tuple[str, str]]] = {}

    def edges(self, block: list[Told]) -> Iterator[dict[str, Any]]:
        """The entities of a block of relations."""
        for told, claims in zip(block, self._selection.claimed(block), strict=True):
            self._met[told.source.record] = True
            if not self._is_home(told):
                self._met[told.target.record] = True
                yield from self._edge(told, claims)

    def _is_home(self, told: Told) -> bool:
        """Rule 3."""
        property_ = _HOMES.get(told.type.id)
        if property_ is None or told.start or told.end or told.target.kind != "state":
            return False
        country = self._country(told.target)
        if country is None or (property_ == "nationality" and told.source.kind != "person"):
            return False
        self._homes.setdefault(told.source.record, set()).add((property_, country))
        return True

    def _edge(self, told: Told, claims: list[Claimed]) -> Iterator[dict[str, Any]]:
        kept = (said for claim in claims for said in claim.said["attributes"].get("extra", ()))
        extra = [said.split("=", 1) for said in kept if "=" in said]
        named = next((value for name, value in extra if name == "schema"), None)
        schema = _schema(told, named)
        edge = EDGES[schema]
        said: Properties = {}
        self._name_ends(schema, edge, told, said)
        _date(schema, told, said)
        attributes = orjson.loads(told.attributes or b"{}")
        _take(said, {name: attributes.get(key) for name, key in edge.relation.items()})
        if schema == _LINK and told.type.id != "linked-to":
            _take(said, {"role": told.type.label})
        for claim in claims:
            of_claim = claim.said["attributes"]
            _take(said, {name: of_claim.get(key) for name, key in {**ANY_EDGE, **edge.claim}.items()})
            if claim.document is not None:
                _take(said, {"sourceUrl": claim.document.url, "publisher": claim.document.publisher.name})
        for name, value in extra:
            if name in _ANY or name in edge.claim or name in edge.relation or name in _MORE.get(schema, _INTEREST):
                _take(said, {name: value})
        if schema == "Sanction" and "authority" not in said:
            _take(said, {"authority": told.source.name})
        if schema == "Occupancy":
            yield _post(told, attributes)
        if schema == "Ownership":
            self._owned.add(told.target.record)
        yield {"id": told.id, "schema": schema, "properties": said}

    def _name_ends(self, schema: str, edge: Edge, told: Told, said: Properties) -> None:
        if schema == "Sanction":
            country = self._country(told.source) if told.source.kind == "state" else None
            _take(said, {edge.target: told.target.id, "country": country})
        elif schema == "Occupancy":
            _take(said, {edge.source: told.source.id, edge.target: f"{told.id}-post"})
        else:
            _take(said, {edge.source: told.source.id, edge.target: told.target.id})

    def _country(self, actor: Actor) -> str | None:
        if actor.record not in self._codes:
            core = orjson.loads(item.actor(self._view, self._view.actor_row(actor.record)))
            codes = (each["value"].lower() for each in core["identifiers"] if each["scheme"] == "iso2")
            self._codes[actor.record] = next(codes, None)
        return self._codes[actor.record]

    def actors(self) -> Iterator[dict[str, Any]]:
        """The entities of those at the ends."""
        for record in np.flatnonzero(self._met).tolist():
            core = orjson.loads(item.actor(self._view, self._view.actor_row(record)))
            schema = "Company" if record in self._owned else _SCHEMAS[core["kind"]]
            said: Properties = {}
            _take(said, {"name": core["name"], "description": core["description"]})
            for name in core["names"]:
                _take(said, {_NAMES[name["kind"]]: name["value"]})
            for each in core["identifiers"]:
                property_ = _IDENTIFIERS.get(each["scheme"])
                if property_ in _EVERY_THING or (property_ and schema != "Territory"):
                    _take(said, {property_: each["value"]})
                elif each["scheme"] == "iso2":
                    _take(said, {"country": each["value"].lower()})
            for property_, country in sorted(self._homes.get(record, ())):
                _take(said, {property_: country})
            yield {"id": core["id"], "schema": schema, "properties": said}


def _schema(told: Told, named: str | None) -> str:
    """Rule 1: the schema that it came from, or that its type has, if that takes its ends."""
    for schema in (named, _USUAL.get(told.type.id)):
        if schema in _TAKES and EDGES[schema].type == told.type.id:
            sources, targets = _TAKES[schema]
            if told.source.kind in sources and told.target.kind in targets:
                return schema
    return _LINK


def _post(told: Told, attributes: dict[str, Any]) -> dict[str, Any]:
    said: Properties = {}
    _take(said, {"name": attributes.get("title") or told.type.label, "organization": told.target.id})
    return {"id": f"{told.id}-post", "schema": POST, "properties": said}


def _date(schema: str, told: Told, said: Properties) -> None:
    """An event has its day; the dates are as partial as they are here."""
    if schema == "Payment":
        _take(said, {"date": told.start, "endDate": told.end if told.end != told.start else None})
    else:
        _take(said, {"startDate": told.start, "endDate": told.end})


def _take(said: Properties, values: dict[str, Any]) -> None:
    """Add values to a multiset that has each once, as FollowTheMoney's are: texts all of them."""
    for name, value in values.items():
        if value is None:
            continue
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        if text not in said.setdefault(name, []):
            said[name].append(text)


def _line(entity: dict[str, Any]) -> bytes:
    return orjson.dumps(entity) + b"\n"
