"""JSON-LD 1.1 (https://www.w3.org/TR/json-ld11/): linked data whose every term expands, with a context of our own.

The context stands in the file, so that nothing has to be fetched, and at `/contexts/entente.jsonld`. Names of records
are paths of the service that wrote them. Relations come first, each with its claims, then whom they name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from graph.formats.outgoing import Exporter, joined, listed
from graph.formats.referred import Referred
from graph.snapshot import item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.formats.outgoing import Claimed, Selection, Told

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_REFERENCE: Final = {"@type": "@id"}
_IN_ORDER: Final = {"@type": "@id", "@container": "@list"}
_AS_IT_IS: Final = {"@type": "@json"}
CONTEXT: Final[dict[str, Any]] = {
    "@version": 1.1,
    "@vocab": "urn:entente:",
    "name": "https://schema.org/name",
    "description": "https://schema.org/description",
    "url": {"@id": "https://schema.org/url"},
    "text": "https://schema.org/text",
    "recorded_at": {"@type": f"{_XSD}dateTime"},
    **dict.fromkeys(("relation_type", "source", "target", "about", "claimant", "publisher"), _REFERENCE),
    **dict.fromkeys(("document", "dataset"), _REFERENCE),
    **dict.fromkeys(("via", "sources"), _IN_ORDER),
    **dict.fromkeys(("attributes", "quote"), _AS_IT_IS),
}
"""What every term means. Whatever is not told apart here is a term of our own by its name."""

_DATES: Final = {4: f"{_XSD}gYear", 7: f"{_XSD}gYearMonth", 10: f"{_XSD}date"}
_DATED: Final = ("start", "end", "said_on", "published_on")


def write(selection: Selection) -> Iterator[bytes]:
    """Write relations with their claims, then actors, documents and datasets. Reads the selection twice."""
    yield b'{"@context":' + orjson.dumps(CONTEXT) + b',"@graph":[\n'
    yield from joined(listed(_nodes(selection, Referred(selection))))
    yield b"\n]}\n"


def _nodes(selection: Selection, referred: Referred) -> Iterator[bytes]:
    view = selection.view
    tables, k = view.tables, view.k
    for block in selection.told():
        for told, claims in zip(block, selection.claimed(block), strict=True):
            yield orjson.dumps(_said(_relation(told) | {"claims": [_claim(selection, each) for each in claims]}))
    actors = np.unique(view.resolve(np.flatnonzero(referred.actors).astype(np.int32)))
    for actor in actors.tolist():
        yield orjson.dumps(_named("actors", "Actor", orjson.loads(item.actor(view, view.actor_row(actor)))))
    for document in np.flatnonzero(referred.documents).tolist():
        row = tables.documents.last_at(document, k)
        said = orjson.loads(item.document(view, row))
        said["text"] = None if said["sha256"] is None else selection.texts(row + 1)
        yield orjson.dumps(_named("documents", "Document", said))
    for dataset in np.flatnonzero(referred.datasets).tolist():
        said = orjson.loads(item.dataset(view, tables.datasets.last_at(dataset, k), (0, 0)))
        del said["relations"], said["claims"]  # those of the whole ledger, not of the file
        yield orjson.dumps(_named("datasets", "Dataset", said))


def _relation(told: Told) -> dict[str, Any]:
    return {
        "@id": f"/relations/{told.id}",
        "@type": "Relation",
        "relation_type": f"/types/{told.type.id}",
        "source": f"/actors/{told.source.id}",
        "target": f"/actors/{told.target.id}",
        "start": told.start,
        "end": told.end,
        "end_status": told.end_status,
        "attributes": orjson.loads(told.attributes or b"null"),
        "about": None if told.about is None else f"/relations/{told.about}",
        "about_as": told.about_as,
        "status": told.status,
        "attested": told.attested,
        "confidence": told.confidence,
        "publishers": told.publishers,
        "version": told.version,
        "recorded_at": told.recorded_at,
    }


def _claim(selection: Selection, claim: Claimed) -> dict[str, Any]:
    said = claim.said
    quote = said["quote"] and {key: value for key, value in said["quote"].items() if value is not None}
    return _said(
        {
            "@id": f"/claims/{claim.id}",
            "@type": "Claim",
            "stance": claim.stance,
            "claimant": claim.claimant and f"/actors/{claim.claimant.id}",
            "said_on": claim.said_on,
            "document": claim.document and f"/documents/{claim.document.id}",
            "dataset": claim.dataset and f"/datasets/{claim.dataset}",
            "record": said["record"],
            "via": [f"/actors/{selection.actor(actor).id}" for actor in said["via"]],
            "quote": quote,
            "attributes": said["attributes"] or None,
            "confidence": claim.confidence,
            "coded_by": said["coded_by"],
            "version": claim.version,
            "recorded_at": claim.recorded_at,
        }
    )


def _named(kind: str, type_: str, said: dict[str, Any]) -> dict[str, Any]:
    """A record as our own JSON has it, with paths for ids."""
    node = {"@id": f"/{kind}/{said.pop('id')}", "@type": type_, **said}
    if node.get("publisher"):
        node["publisher"] = f"/actors/{node['publisher']['id']}"
    if "sources" in node:
        node["sources"] = [f"/actors/{actor['id']}" for actor in node["sources"]]
    return _said(node)


def _said(node: dict[str, Any]) -> dict[str, Any]:
    """What is said, with a type for each date; expanding drops nulls, and an empty list says nothing."""
    kept = {key: value for key, value in node.items() if value is not None and value != []}
    for key in _DATED:
        if key in kept:
            kept[key] = {"@value": kept[key], "@type": _DATES[len(kept[key])]}
    return kept


EXPORTER = Exporter(
    "jsonld",
    "JSON-LD: linked data with a context of our own",
    "application/ld+json",
    "jsonld",
    write,
    leaves_out=("merges", "retracted_at"),
)
