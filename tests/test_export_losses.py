"""A loss report names just what is not in the file: every field that is stated is looked for in every format."""

from __future__ import annotations

import html
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import orjson
import pytest

from graph.formats import exporters
from graph.store import Live
from graph.transfer import load
from graph.transfer.exporting import Export

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.store import Store

_SOURCE: Final = {
    "kind": "state",
    "name": "Name of the source",
    "description": "Described like this",
    "names": [{"value": "Alias of the source", "kind": "alias"}],
    "identifiers": [{"scheme": "cow", "value": "987654"}],
}
_SANCTION: Final = {
    "type": "sanction",
    "source": "the-source",
    "target": "the-target",
    "start": "1981-03-11",
    "end": "1991-07-23",
    "attributes": {"sector": "A sector"},
}
_CLAIM: Final = {
    "stance": "denies",
    "claimant": "the-claimant",
    "said_on": "1987-05-17",
    "via": ["the-agency"],
    "document": "the-document",
    "dataset": "the-dataset",
    "record": "Record 7",
    "quote": {"exact": "these are its words"},
    "attributes": {"authority": "An authority"},
    "confidence": 0.8125,
    "coded_by": "Coder of the claim",
}
_DOCUMENT: Final = {
    "title": "Title of the document",
    "publisher": "the-publisher",
    "published_on": "1987-06-19",
    "language": "gsw-language",
    "url": "https://document.example/page",
    "text": "A text in full, and these are its words.",
    "sources": ["another-agency"],
    "licence": "Licence of the document",
}
_DATASET: Final = {
    "title": "Title of the dataset",
    "publisher": "another-publisher",
    "version": "Edition 9",
    "licence": "Licence of the dataset",
    "coder": "Coder of the dataset",
}
_OTHERS: Final = ("target", "claimant", "agency", "publisher")
LINES: Final[list[dict[str, Any]]] = [
    {"op": "actor", "id": "the-source", **_SOURCE},
    *({"op": "actor", "id": f"the-{each}", "kind": "state", "name": each} for each in _OTHERS),
    *({"op": "actor", "id": f"another-{each}", "kind": "state", "name": each} for each in ("agency", "publisher")),
    {"op": "actor", "id": "the-absorbed", "kind": "state", "name": "absorbed"},
    {"op": "merge", "survivor": "the-target", "absorb": ["the-absorbed"], "reason": "the same"},
    {"op": "document", "id": "the-document", **_DOCUMENT},
    {"op": "dataset", "id": "the-dataset", **_DATASET},
    {"op": "claim", "as": "x", "relation": _SANCTION, **_CLAIM},
    {"op": "claim", "relation": {"id": "@x"}, "stance": "affirms", "document": "the-document"},
    {
        "op": "claim",
        "relation": {
            "type": "sanction",
            "source": "the-absorbed",
            "target": "the-source",
            "end_status": "ongoing",
            "about": {"relation": "@x", "as": "retaliation"},
        },
        "stance": "affirms",
        "document": "the-document",
    },
]
STATED: Final = {
    "type": "sanction",
    "source": "the-source",
    "target": "the-target",
    "start": "1981-03-11",
    "end": "1991-07-23",
    "end_status": "ongoing",
    "attributes": "A sector",
    "about": "retaliation",
    "version": 'version(?!":"Edition)',
    "recorded_at": "recorded_at",
    "retracted_at": "retracted_at",
    "merges": "the-absorbed",
    "name": "Name of the source",
    "kind": "state",
    "description": "Described like this",
    "names": "Alias of the source",
    "identifiers": "987654",
    "claims.stance": "denies",
    "claims.claimant": "the-claimant",
    "claims.said_on": "1987-05-17",
    "claims.via": "the-agency",
    "claims.record": "Record 7",
    "claims.quote": "these are its words",
    "claims.attributes": "An authority",
    "claims.confidence": "0.8125",
    "claims.coded_by": "Coder of the claim",
    "documents.id": "the-document",
    "documents.title": "Title of the document",
    "documents.publisher": "the-publisher",
    "documents.published_on": "1987-06-19",
    "documents.language": "gsw-language",
    "documents.url": "https://document.example/page",
    "documents.text": "A text in full",
    "documents.sources": "another-agency",
    "documents.licence": "Licence of the document",
    "datasets.id": "the-dataset",
    "datasets.title": "Title of the dataset",
    "datasets.publisher": "another-publisher",
    "datasets.edition": "Edition 9",
    "datasets.licence": "Licence of the dataset",
    "datasets.coder": "Coder of the dataset",
}
"""Every field that is stated or set, and how it is known in a file."""
FOLLOWING: Final = {"status": "disputed", "attested": "attested", "stances": "affirms", "publishers": "publishers"}
"""What follows from the claims, and so is lost only where something of theirs is."""


@pytest.fixture
def live(store: Store) -> Iterator[Live]:
    load(store, map(orjson.dumps, LINES), reason="To look for.")
    with closing(Live(store)) as live:
        yield live


def covers(name: str, field: str) -> bool:
    """Whether a report that names one thing speaks of a field: `claims` of all that is theirs, `text` of any text."""
    return name == field or field.startswith(f"{name}.") or field.endswith(f".{name}")


@pytest.mark.parametrize("name", [*exporters()])
def test_what_is_named_is_missing_and_what_is_missing_is_named(live: Live, name: str) -> None:
    export, exporter = Export.model_validate({"format": name}, context={"today": 1}), exporters()[name]
    file = html.unescape(b"".join(export.parts(live.current(), live.ledger)).decode())
    lost = {field for field, known_by in STATED.items() if not re.search(known_by, file)}
    if any(field.startswith("claims.") for field in lost):
        lost |= {field for field, known_by in FOLLOWING.items() if known_by not in file}
    told = (*exporter.leaves_out, *exporter.alters)
    assert [field for field in lost if not any(covers(each, field) for each in told)] == []
    assert [each for each in exporter.leaves_out if not any(covers(each, field) for field in lost)] == []
