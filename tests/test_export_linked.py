"""JSON-LD expands without loss; FollowTheMoney comes in as it went out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from pyld import jsonld

from graph.formats import importers
from graph.formats.ftm.schemas import EDGES
from graph.transfer.exporting import Export
from graph.transfer.importing import Import, Into, Listener
from graph.transfer.reading import FileLines
from tests.ftm.judge import library, needs_library
from tests.test_export_ndjson import written
from tests.test_histories import FEW, following, ledgers, randoms  # noqa: F401 - a fixture among them
from tests.test_import_ftm import FTM, needs_files
from tests.writing import Pen, pen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from graph.store import Live
    from tests.test_histories import Ledgers

OURS, HERE = "urn:entente:", "https://entente.example"
ENDS = {name for edge in EDGES.values() for name in (edge.source, edge.target)}


@pytest.fixture
def service(database_url: str) -> Iterator[Pen]:
    with pen(database_url, "write") as client:
        yield client


def nothing_is_fetched(url: str, _: dict[str, Any]) -> dict[str, Any]:
    raise AssertionError(url)


def test_every_term_of_json_ld_expands(service: Pen) -> None:
    body = service.get("/exports/jsonld").content
    document = orjson.loads(body)
    served = service.get("/contexts/entente.jsonld")
    assert served.headers["content-type"] == "application/ld+json"
    assert served.json() == {"@context": document["@context"]}
    options = {"base": f"{HERE}/exports/jsonld", "documentLoader": nothing_is_fetched}
    expanded = {node["@id"]: node for node in jsonld.expand(document, options)}
    assert len(expanded) == len(document["@graph"])
    for node in document["@graph"]:
        told = expanded[HERE + node["@id"]]
        assert len(told) == len(node), (node, told)
    items = service.get("/relations?limit=1000&include=claims").json()["items"]
    for item in items:
        told = expanded[f"{HERE}/relations/{item['id']}"]
        assert told[f"{OURS}source"] == [{"@id": f"{HERE}/actors/{item['source']['id']}"}]
        assert told[f"{OURS}attested"] == [{"@value": item["attested"]}]
        if item["start"]:
            assert told[f"{OURS}start"][0]["@value"] == item["start"]
        if item["attributes"]:
            assert told[f"{OURS}attributes"] == [{"@value": item["attributes"], "@type": "@json"}]
        claims = {claim["@id"]: claim for claim in told[f"{OURS}claims"]}
        for claim in item["claims"]:
            said = claims[f"{HERE}/claims/{claim['id']}"]
            via = said.get(f"{OURS}via", [{"@list": []}])[0]["@list"]
            assert [each["@id"].rpartition("/")[2] for each in via] == [each["id"] for each in claim["via"]]
            quote = said[f"{OURS}quote"][0]["@value"]["exact"] if claim["quote"] else None
            assert quote == (claim["quote"] and claim["quote"]["exact"])


def values(body: bytes) -> Counter[tuple[str, str, str]]:
    """What the edges of a file say, but for whom they name: schema, property, value."""
    entities = [orjson.loads(line) for line in body.splitlines()]
    return Counter(
        (entity["schema"], name, value)
        for entity in entities
        if entity["schema"] in EDGES
        for name, said in entity["properties"].items()
        if name not in ENDS
        for value in said
    )


def exported(live: Live) -> bytes:
    export = Export.model_validate({"format": "ftm"}, context={"today": 1})
    return b"".join(export.parts(live.current(), live.ledger))


@needs_files
def test_follow_the_money_goes_out_as_it_came_in(ledgers: Ledgers) -> None:  # noqa: F811 - the fixture
    lines = (FTM / "nomenklatura_donations.ijson").read_bytes().splitlines(keepends=True)
    with ledgers() as store, following(store) as live:
        importer = importers()["ftm"]
        rejects: list[object] = []
        into = Into.of(importer, "money")
        Import(store, importer, into).run(lines, "reject", Listener(rejected=rejects.append))
        assert rejects == []
        live.catch_up()
        assert values(exported(live)) == values(b"".join(lines))


@needs_library
def test_the_library_takes_every_entity_as_it_is(ledgers: Ledgers) -> None:  # noqa: F811 - the fixture
    @FEW
    @given(random=randoms)
    def holds(random: Random) -> None:
        with ledgers() as store, following(store) as live:
            written(store, random)
            assert library("check", exported(live)) == []

    holds()


@needs_library
def test_the_library_takes_the_article(service: Pen) -> None:
    assert library("check", service.get("/exports/ftm").content) == []


@needs_files
@needs_library
@pytest.mark.parametrize("name", ["nomenklatura_donations.ijson", "yente_zala_entities.ftm.json"])
def test_the_library_takes_what_was_imported(ledgers: Ledgers, name: str) -> None:  # noqa: F811 - the fixture
    with ledgers() as store, following(store) as live:
        importer = importers()["ftm"]
        Import(store, importer, Into.of(importer, "money")).run(FileLines(FTM / name))
        live.catch_up()
        body = exported(live)
        assert body.count(b"\n") > 50
        assert library("check", body) == []


def test_follow_the_money_has_a_schema_for_each_type(service: Pen) -> None:
    entities = {each["id"]: each for each in map(orjson.loads, service.get("/exports/ftm").content.splitlines())}
    sanction = next(each for each in entities.values() if each["schema"] == "Sanction")
    assert sanction["properties"]["authority"] == ["Donald Trump"]
    assert sanction["properties"]["country"] == ["us"]
    assert sanction["properties"]["entity"] == ["russia"]
    offices = [each["properties"] for each in entities.values() if each["schema"] == "Occupancy"]
    assert {entities[office["post"][0]]["properties"]["name"][0] for office in offices} == {
        "foreign minister", "President",
    }  # fmt: skip
    for entity in entities.values():
        edge = EDGES.get(entity["schema"])
        for name in (edge.source, edge.target) if edge and entity["schema"] != "Sanction" else ():
            assert entity["properties"][name][0] in entities
