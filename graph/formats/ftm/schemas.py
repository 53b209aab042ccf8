"""What FollowTheMoney's schemas and properties are here. The names are facts of its model, version 4.

1. A schema of `KINDS` is an actor. Things that can't act, but can be owned, sanctioned or paid, are `unknown`.
2. A schema of `EDGES` is a relation of a type; more than one may be of the same type, and then the claim tells which.
3. A property of an edge that has no key of its own is kept in the claim's `extra`, as `property=value`.
4. Identifiers are kept by `scheme_of`; none but those of `SAME` says that two actors are one.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

KINDS: Final = {
    "Person": "person",
    **dict.fromkeys(("Organization", "Company", "PublicBody"), "organization"),
    "Territory": "place",
    **dict.fromkeys(
        (
            "LegalEntity",
            "Asset",
            "Airplane",
            "Vehicle",
            "Vessel",
            "RealEstate",
            "Security",
            "Contract",
            "License",
            "BankAccount",
            "CryptoWallet",
            "Project",
            "CourtCase",
            "Event",
            "CallForTenders",
        ),
        "unknown",
    ),
}
"""The kind of actor that each schema is."""

POST: Final = "Position"
"""The schema that is no actor but the title of an office, with the body or the country whose office it is."""


class Edge(NamedTuple):
    """A schema whose entities are relations.

    `source` and `target` name the properties with its ends, `relation` and `claim` those that have a key of their own.
    """

    type: str
    source: str
    target: str
    claim: dict[str, str]
    relation: dict[str, str]


def _edge(type_: str, source: str, target: str, claim: str = "", relation: str = "") -> Edge:
    keys = (dict(pair.split(":") for pair in said.split()) for said in (claim, relation))
    return Edge(type_, source, target, *keys)


EDGES: Final = {
    "Associate": _edge("associate-of", "person", "associate", "relationship:relationship"),
    "ContractAward": _edge("linked-to", "contract", "supplier", "role:role"),
    "Control": _edge("directs", "controller", "controlled", "role:role"),
    "CourtCaseParty": _edge("linked-to", "party", "case", "role:role"),
    "Debt": _edge("linked-to", "debtor", "creditor"),
    "Directorship": _edge("directs", "director", "organization", "role:role"),
    "Employment": _edge("employed-by", "employee", "employer", "role:role"),
    "Family": _edge("family-of", "person", "relative", "relationship:relationship"),
    "Membership": _edge("member-of", "member", "organization", "role:role"),
    "Occupancy": _edge("holds-office", "holder", "post"),
    "Ownership": _edge("owns", "owner", "asset", "percentage:percentage sharesCount:shares role:role"),
    "Payment": _edge(
        "pays",
        "payer",
        "beneficiary",
        "amount:amount currency:currency amountEur:amount_eur amountUsd:amount_usd purpose:purpose",
    ),
    "ProjectParticipant": _edge("linked-to", "participant", "project", "role:role"),
    "Representation": _edge("represents", "agent", "client", relation="role:title"),
    "Sanction": _edge(
        "sanction",
        "authority",
        "entity",
        "authority:authority authorityId:reference listingDate:listed_on reason:reason",
        "program:programme provisions:measure",
    ),
    "Succession": _edge("succeeds", "successor", "predecessor"),
    "UnknownLink": _edge("linked-to", "subject", "object", "role:role"),
}
NUMBERS: Final = frozenset({"percentage", "amount", "amount_eur", "amount_usd"})
"""Those keys that are numbers."""

ANY_EDGE: Final = {"sourceUrl": "url", "summary": "note"}
"""Properties that have a key of their own on every claim."""

USUALLY_DATED_BY: Final = (("startDate",), ("endDate",))
DATED_BY: Final = {
    "Occupancy": (("startDate", "periodStart"), ("endDate", "periodEnd")),
    "Payment": (("startDate", "date"), ("endDate",)),
}
"""Which properties date an edge: its start and its end, the first that has a value."""

NAMES: Final = {
    "name": "alias",
    "alias": "alias",
    "weakAlias": "alias",
    "previousName": "former",
    "abbreviation": "acronym",
}
"""The kind of name that each property is; the first is also what an actor is called."""

PROSE: Final = ("description", "summary", "notes")
"""What makes an actor's description."""

COUNTRIES: Final = {
    "nationality": "citizen-of",
    "citizenship": "citizen-of",
    "country": "based-in",
    "jurisdiction": "based-in",
    "mainCountry": "based-in",
}
"""The type of relation that an actor has to a country of each property; a public body represents it."""

NOT_STATES: Final = {
    "dd": ("German Democratic Republic", "state", (("wikidata", "Q16957"),)),
    "eu": ("European Union", "bloc", (("wikidata", "Q458"),)),
    "suhh": ("Soviet Union", "state", (("wikidata", "Q15180"),)),
    "un": ("United Nations", "organization", (("wikidata", "Q1065"),)),
    "xk": ("Kosovo", "state", (("wikidata", "Q1246"),)),
}
"""Codes of countries that ISO 3166-1 does not have: name, kind, identifiers."""

SAME: Final = {"wikidataId": "wikidata", "leiCode": "lei"}
"""Identifiers by which an actor is recognised whatever dataset names it."""

_SCHEMES: Final = {
    "innCode": "inn",
    "ogrnCode": "ogrn",
    "okpoCode": "okpo",
    "dunsCode": "duns",
    "imoNumber": "imo",
    "isinCode": "isin",
}
IDENTIFIERS: Final = frozenset(
    {
        "bikCode",
        "brightQueryId",
        "brightQueryOrgId",
        "bvdId",
        "cageCode",
        "callSign",
        "cikCode",
        "cryptoAddress",
        "dunsCode",
        "figiCode",
        "giiNumber",
        "iban",
        "idNumber",
        "imoNumber",
        "innCode",
        "ipoCode",
        "irsCode",
        "isin",
        "isinCode",
        "jibCode",
        "licenseNumber",
        "mbsCode",
        "mmsi",
        "npiCode",
        "ogrnCode",
        "okpoCode",
        "passportNumber",
        "permId",
        "registrationNumber",
        "ricCode",
        "sayariId",
        "serialNumber",
        "socialSecurityNumber",
        "swiftBic",
        "taxNumber",
        "ticker",
        "uniqueEntityId",
        "uscCode",
        "vatCode",
        "voenCode",
    }
)
"""Properties that are kept as identifiers, if nobody else has them, and identify nobody."""


def scheme_of(property_: str) -> str:
    """Tell under which scheme an identifier is kept: `registrationNumber` as `registration-number`."""
    kebab = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", property_).lower()
    return SAME.get(property_) or _SCHEMES.get(property_) or kebab
