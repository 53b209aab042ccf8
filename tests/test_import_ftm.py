"""FollowTheMoney comes in whole: actors, what is between them, sanctions and offices; the rest is counted by name."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from sqlalchemy import select, text

from graph import formats
from graph.db import reading
from graph.formats import ftm, importers
from graph.formats.ftm.schemas import EDGES, IDENTIFIERS, KINDS, POST, SAME
from graph.formats.incoming import Party, Reject, Row, Tally
from graph.store.check import check
from graph.store.transaction import ACTOR, CLAIM, RELATION
from graph.time import unpack
from graph.vocabulary import load
from tests.ftm.judge import library, needs_library
from tests.icews import import_file
from tests.statements import actor, one

if TYPE_CHECKING:
    from graph.store import Store

FTM = Path(__file__).parents[2] / "shared" / "data" / "ftm"
needs_files = pytest.mark.skipif(not FTM.exists(), reason="the FtM files in ../shared/data are not on this machine")


def entity(schema: str, id_: str, **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - values
    """An entity; a single value is one of a list."""
    said = {name: value if isinstance(value, list) else [value] for name, value in properties.items()}
    return {"id": id_, "schema": schema, "properties": said}


def items(*entities: dict[str, Any] | bytes) -> list[Any]:
    """What a file of entities holds."""
    lines = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in entities]
    return list(importers()["ftm"].read(io.BytesIO(b"\n".join(lines)).readlines()))


def rows(*entities: dict[str, Any] | bytes) -> list[Row]:
    return [item for item in items(*entities) if isinstance(item, Row) and not item.aside]


@pytest.mark.parametrize("schema", sorted(EDGES.keys() - {"Occupancy", "Sanction"}))
def test_every_edge_is_a_relation_from_its_source_to_its_target(schema: str) -> None:
    edge = EDGES[schema]
    said = entity(
        schema, "e", **{edge.source: "a", edge.target: "b"}, startDate="2014-03", endDate="2015-01-02T09:00:00"
    )
    (row,) = rows(said)
    assert (row.source.label, row.target.label, row.record) == ("a", "b", "e")
    assert (row.type, unpack(row.start or 0), unpack(row.end or 0)) == (edge.type, "2014-03", "2015-01-02")
    assert load().get(row.type).codes.ftm == schema or f"schema={schema}" in row.attributes["extra"]  # type: ignore[index, operator]  # a list of texts


def test_an_edge_loses_nothing_that_it_says() -> None:
    said = entity(
        "Ownership", "e", owner=["a", "c"], asset="b", percentage=["12.50", "13"], sharesCount="a lot", date="2014"
    )
    said |= {"datasets": ["x", "y"], "caption": "Ownership"}
    first, second = [item for item in items(said) if isinstance(item, Row)]
    assert first.attributes == {
        "percentage": 12.5,
        "shares": "a lot",
        "extra": ["caption=Ownership", "datasets=x", "datasets=y", "date=2014", "percentage=13"],
    }
    assert (first.source.label, second.source.label, first.aside, second.aside) == ("a", "c", False, True)
    assert (first.start, first.end) == (None, None)


def test_a_sanction_is_the_measure_of_a_state_or_else_of_its_authority() -> None:
    said = entity("Sanction", "s", entity="a", country="us", authority="OFAC", program=["Z", "RUSSIA-EO14024"])
    (row,) = rows(said)
    assert (row.source.name, row.target.label, row.type) == ("United States", "a", "sanction")
    assert row.relation_attributes == {"programme": "RUSSIA-EO14024"}
    assert (row.attributes or {})["authority"] == "OFAC"
    assert (row.attributes or {})["extra"] == ["country=us", "program=Z"]
    said["properties"]["country"] = ["us", "gb"]
    assert rows(said)[0].source == Party("OFAC", "OFAC", "organization")
    del said["properties"]["authority"]
    assert isinstance(items(said)[0], Reject)


def test_an_office_is_held_in_the_body_or_state_of_its_position(monkeypatch: pytest.MonkeyPatch) -> None:
    posts = [entity(POST, f"p{i}", name=f"Post {i}", country="ua") for i in range(9)]
    held = [entity("Occupancy", f"o{i}", holder="a", post=f"p{i}", periodStart=f"20{10 + i}") for i in range(10)]
    expected = {f"Post {i}" for i in range(9)}
    for most in (100_000, 2):
        monkeypatch.setattr(ftm, "_AT_ONCE", most)
        found = rows(*held, *posts)
        assert sorted((row.relation_attributes or {})["title"] for row in found) == sorted(expected)
        assert {row.target.name for row in found} == {"Ukraine"}
        (reject,) = [item for item in items(*held, *posts) if isinstance(item, Reject)]
        assert (reject.line, reject.column, 'There is no Position "p9"' in reject.reason) == (10, "post", True)


def test_an_actor_keeps_names_identifiers_description_and_countries() -> None:
    said = entity(
        "Person",
        "Q1",
        name=["Лавров", "Sergei\u00a0 Lavrov"],
        alias="Lavrov",
        previousName="Kalantaryan",
        abbreviation="SL",
        wikidataId="Q58217",
        innCode="77",
        nationality=["ru", "xx"],
        country="ru",
        summary="A minister.",
        birthDate="1950-03-21",
    )
    party, *rest = items({**said, "caption": "Sergei Lavrov"})
    assert (party.name, party.kind, party.description) == ("Sergei Lavrov", "person", "A minister.")
    assert set(party.names) == {
        ("Лавров", None, "alias"),
        ("Lavrov", None, "alias"),
        ("Kalantaryan", None, "former"),
        ("SL", None, "acronym"),
    }
    assert (party.identifiers, party.further) == ((("wikidata", "Q58217"),), (("inn", "77"),))
    assert [(row.type, row.target.name) for row in rest if isinstance(row, Row)] == [
        ("citizen-of", "Russia"),
        ("based-in", "Russia"),
    ]
    assert {tally.what for tally in rest if isinstance(tally, Tally)} == {
        "property Person:birthDate",
        'nationality "xx", which is no country here',
    }


@pytest.mark.parametrize(
    ("line", "column", "told"),
    [
        (b"{", None, "not JSON"),
        (b"[]", None, "a JSON object"),
        (b'{"id": "a", "properties": {}}', "schema", "no schema"),
        (b'{"schema": "Person", "properties": {}}', "id", "no id"),
        (b'{"id": "a", "schema": "Person"}', "properties", "no properties"),
        (json.dumps(entity("Ownership", "e", owner="a")).encode(), "asset", "no asset"),
        (json.dumps(entity("Family", "e", person="a", relative="b", startDate="1/1/14")).encode(), "startDate", "two"),
    ],
)  # fmt: skip
def test_what_is_no_entity_is_told(line: bytes, column: str | None, told: str) -> None:
    (reject,) = items(line)
    assert (reject.line, reject.column) == (1, column)
    assert told in reject.reason


def test_unknown_schemas_and_values_are_counted_never_dropped() -> None:
    found = items(entity("Spaceship", "a"), entity("Person", "b", name="x\x07", wings="2"))
    assert Counter(item.what for item in found if isinstance(item, Tally)) == {
        "schema Spaceship": 1,
        "value of Person:name, for its control characters": 1,
        "property Person:wings": 1,
    }


LATER = {"Control", "Territory"}
LATER_CODES = {"bikCode", "brightQueryId", "brightQueryOrgId", "cryptoAddress", "iban", "sayariId", "uscCode"}
"""What came with version 4 of the library, or identifies there; that version cannot be had as wheels alone."""


@needs_library
def test_the_schemas_are_those_of_the_library() -> None:
    model = library("model")
    edges = {name for name, schema in model.items() if schema["edge"]}
    assert EDGES.keys() - {"Sanction", *LATER} == edges - {"Documentation"}
    for name in EDGES.keys() - LATER:
        edge = EDGES[name]
        assert {edge.source, edge.target, *edge.claim, *edge.relation} <= model[name]["properties"].keys(), name
    kinds = KINDS.keys() - LATER
    for name in kinds:
        assert not model[name]["abstract"] or name == "Asset"
    identifying = {name for kind in kinds for name, type_ in model[kind]["properties"].items() if type_ == "identifier"}
    assert IDENTIFIERS | set(SAME) == identifying & (IDENTIFIERS | set(SAME)) | LATER_CODES


# Into the ledger


def write(path: Path, *entities: dict[str, Any]) -> Path:
    """Write a file."""
    path.write_bytes(b"\n".join(orjson.dumps(each) for each in entities))
    return path


def test_edges_may_come_before_their_ends_and_lost_ends_are_told(store: Store, tmp_path: Path) -> None:
    one(store, "add_actor", actor("russia", kind="state", identifiers=[{"scheme": "iso2", "value": "RU"}]))
    one(store, "add_actor", actor("lavrov", kind="person", identifiers=[{"scheme": "wikidata", "value": "Q58217"}]))
    path = write(
        tmp_path / "a.json",
        entity("Ownership", "e1", owner="p", asset="c"),
        entity("Ownership", "e2", owner="p", asset="nobody"),
        entity("Company", "c", name="A company", innCode="7", jurisdiction="ru"),
        entity("Person", "p", name="S. Lavrov", wikidataId="Q58217"),
        entity("Company", "d", name="A company", innCode="7"),
    )
    for batch, added in ((1, 3), (10_000, 0)):  # the person is known
        rejected: list[Reject] = []
        counts = import_file(store, "ftm", path, "d", batch=batch, rejected=rejected)
        assert (counts.lines, counts.added, counts.known, counts.rejected) == (5, added, 4 - added, 1)
        assert [(reject.line, '"nobody"' in reject.reason) for reject in rejected] == [(2, True)]
    with reading(store.engine) as connection:
        ends = "FROM relation JOIN actor a ON a.n = source JOIN actor b ON b.n = target"
        said = f"SELECT a.id, type, b.id {ends} ORDER BY type"
        found = [tuple(row) for row in connection.execute(text(said))]
        slugs = sorted(connection.execute(select(ACTOR.c.id)).scalars())
    assert found == [("a-company", "based-in", "russia"), ("lavrov", "owns", "a-company")]
    assert (len(slugs), slugs[0], slugs[1][:10]) == (4, "a-company", "a-company-")
    later = write(tmp_path / "b.json", entity("Directorship", "e3", director="Q58217", organization="c"))
    assert import_file(store, "ftm", later, "d").added == 1
    assert check(store.engine, lambda *_: None) == []


@needs_files
def test_donations_come_in_whole(store: Store) -> None:
    counts = import_file(store, "ftm", FTM / "nomenklatura_donations.ijson", "donations")
    assert (counts.lines, counts.added, counts.rejected) == (474, 385, 0)
    assert counts.left_out["schema Address"] == 89
    with reading(store.engine) as connection:
        paid = [orjson.loads(row) for row in connection.execute(
            select(CLAIM.c.attributes).join(RELATION, RELATION.c.n == CLAIM.c.relation).where(RELATION.c.type == "pays")
        ).scalars()]  # fmt: skip
    lines = [orjson.loads(line) for line in (FTM / "nomenklatura_donations.ijson").read_bytes().splitlines()]
    amounts = Counter(float(each["properties"]["amountEur"][0]) for each in lines if each["schema"] == "Payment")
    assert Counter(each["amount_eur"] for each in paid) == amounts
    assert import_file(store, "ftm", FTM / "nomenklatura_donations.ijson", "donations").added == 0


@needs_files
def test_sanctions_come_in_with_their_authorities(store: Store) -> None:
    rejected: list[Reject] = []
    counts = import_file(store, "ftm", FTM / "yente_zala_entities.ftm.json", "zala", rejected=rejected)
    assert (counts.lines, counts.added + counts.rejected) == (91, 79)
    with reading(store.engine) as connection:
        claims = connection.execute(select(CLAIM.c.record, CLAIM.c.attributes).where(CLAIM.c.record.is_not(None))).all()
    said = {record: orjson.loads(attributes or "{}") for record, attributes in claims}
    lines = [orjson.loads(line) for line in (FTM / "yente_zala_entities.ftm.json").read_bytes().splitlines()]
    sanctions = {each["id"]: each["properties"] for each in lines if each["schema"] == "Sanction"}
    assert len(sanctions) == 41
    assert all(said[id_]["authority"] in each["authority"] for id_, each in sanctions.items())
    assert formats.importers()["ftm"].dataset is None
    assert check(store.engine, lambda *_: None) == []
