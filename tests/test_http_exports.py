"""`/exports/{format}`: the same relations as `/relations`, in every format, with the conventions of HTTP."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import networkx as nx
import orjson
import pytest
from hypothesis import given
from networkx.readwrite.json_graph import cytoscape_graph

from graph import formats, models
from graph.formats.ftm.schemas import EDGES
from graph.store import Store
from graph.transfer.exporting import Export
from tests.asking import Asker, ask
from tests.test_export_ndjson import DAY, written
from tests.test_histories import FEW, following, ledgers, randoms  # noqa: F401 - a fixture among them
from tests.writing import ACTOR, Pen, pen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from sqlalchemy import Engine

    from tests.test_histories import Ledgers

FORMATS = list(formats.exporters())
GRAPHS = ("graphml", "gexf", "cytoscape")
FILTERS = (
    "",
    "type=sanction",
    "actor=us&direction=in&valid_at=2026-02-09",
    "between=us&between=russia&rollup=representatives&attested=true",
    "claimant=lavrov&has_quote=true&class=verbal-conflict&class=verbal-cooperation",
    "status=claimed&attr=sector:energy",
)


@pytest.fixture
def service(database_url: str) -> Iterator[Pen]:
    with pen(database_url, "write") as client:
        yield client


def ids(name: str, body: bytes) -> list[str]:
    """The relations that a file holds."""
    if name == "csv":
        return [row["id"] for row in csv.DictReader(io.StringIO(body.decode()))]
    if name in GRAPHS:
        return [edge.get("id", key) for _, _, key, edge in graph(name, body).edges(keys=True, data=True)]
    if name == "ndjson":
        lines = [orjson.loads(line) for line in body.splitlines()]
        claimed = {line["id"].partition(".")[0] for line in lines if line["record"] == "claim"}
        return [line["id"] for line in lines if line["record"] == "relation" and line["id"] in claimed]
    if name == "jsonld":
        return [
            node["@id"].removeprefix("/relations/")
            for node in orjson.loads(body)["@graph"]
            if node["@type"] == "Relation"
        ]
    if name == "ftm":
        entities = [orjson.loads(line) for line in body.splitlines()]
        return [entity["id"] for entity in entities if entity["schema"] in EDGES]
    raise AssertionError(name)


def graph(name: str, body: bytes) -> nx.MultiDiGraph:
    """What NetworkX reads."""
    if name == "graphml":
        return nx.read_graphml(io.BytesIO(body), force_multigraph=True)
    if name == "gexf":
        return nx.MultiDiGraph(nx.read_gexf(io.BytesIO(body)))
    return cytoscape_graph(json.loads(body))


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_holds_what_the_list_holds(service: Pen, name: str) -> None:
    for filters in FILTERS:
        answer = service.get(f"/exports/{name}?{filters}")
        assert answer.status_code == 200, answer.text
        listed = service.get(f"/relations?limit=1000&{filters}").json()["items"]
        assert len(ids(name, answer.content)) == len(listed)
        assert set(ids(name, answer.content)) == {item["id"] for item in listed}, filters


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_says_what_it_is_and_what_it_lacks(service: Pen, name: str) -> None:
    answer = service.get(f"/exports/{name}")
    exporter = formats.exporters()[name]
    assert answer.headers["content-type"] == exporter.media_type
    named = f"entente-{service.revision()}.{exporter.suffix}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{named}"'
    assert answer.headers["entente-revision"] == str(service.revision())
    loss = json.loads(answer.headers["x-loss-report"])
    assert loss == {"format": name, "leaves_out": list(exporter.leaves_out), "alters": list(exporter.alters)}
    head = service.ask("HEAD", f"/exports/{name}", {})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == answer.headers["etag"]
    zipped = service.ask("GET", f"/exports/{name}", {"accept-encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == answer.content


def test_a_copy_that_is_still_good_is_not_sent_again(service: Pen) -> None:
    tag = service.get("/exports/csv").headers["etag"]
    assert service.ask("GET", "/exports/csv", {"if-none-match": tag}).status_code == 304
    assert service.ask("GET", "/exports/graphml", {"if-none-match": tag}).status_code == 200
    assert service.post("/actors", ACTOR).status_code == 201
    assert service.ask("GET", "/exports/csv", {"if-none-match": tag}).status_code == 200
    pinned = service.get("/exports/csv?known_at=1")
    assert pinned.headers["cache-control"] == "public, max-age=86400, immutable"
    assert pinned.headers["entente-revision"] == "1"


def test_parameters_are_as_strict_as_everywhere(service: Pen) -> None:
    for query, told in (
        ("tpye=sanction", 'Was "type" meant?'),
        ("type=sanctoin", "sanction"),
        ("limit=3", "there is no such parameter"),
        ("source=nobody-at-all", "no actor"),
        ("rollup=members", "named actor"),
        ("known_at=99", "not reached"),
    ):
        answer = service.get(f"/exports/csv?{query}")
        assert answer.status_code == 422, query
        assert told in answer.json()["detail"]
    missing = service.get("/exports/cvs")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    assert "csv" in missing.json()["detail"]
    assert service.ask("POST", "/exports/csv", {}).status_code == 405


def test_a_file_is_of_one_revision_whatever_is_written_meanwhile(service: Pen, engine: Engine) -> None:
    with following(Store(engine)) as live:
        for name in FORMATS:
            export = Export.model_validate({"format": name}, context={"today": DAY})
            before = b"".join(export.parts(live.current(), live.ledger))
            parts = export.parts(live.current(), live.ledger)
            first = next(parts)
            made = service.post("/actors", {**ACTOR, "name": f"Somebody {name}"}).json()["id"]
            said = {"type": "accuse", "source": made, "target": "us", "start": "2026-03-01"}
            claim = {"relation": said, "stance": "affirms", "document": "lavrov-interview-report"}
            assert service.post("/claims", claim).status_code == 201
            live.catch_up()
            assert first + b"".join(parts) == before
            assert made.encode() in b"".join(export.parts(live.current(), live.ledger))


@pytest.mark.parametrize("name", GRAPHS)
def test_networkx_reads_the_graph_that_the_list_tells_of(service: Pen, name: str) -> None:
    strange = "<&\"'> \u2028 Ольга\u200f 𝔘"
    made = service.post("/actors", {"kind": "group", "name": strange}).json()["id"]
    for day in ("2026-03-01", "2026-03"):  # two between the same two
        said = {"type": "accuse", "source": made, "target": "us", "start": day}
        service.post("/claims", {"relation": said, "stance": "affirms", "document": "lavrov-interview-report"})
    read = graph(name, service.get(f"/exports/{name}").content)
    items = service.get("/relations?limit=1000").json()["items"]
    assert read.is_directed()
    assert read.is_multigraph()
    assert read.number_of_edges(made, "us") == 2
    assert read.nodes[made]["name"] == strange
    found = read.edges(keys=True, data=True)
    edges = {edge.get("id", key): (source, target, edge) for source, target, key, edge in found}
    for item in items:
        source, target, edge = edges.pop(item["id"])
        assert (source, target) == (item["source"]["id"], item["target"]["id"])
        assert read.nodes[source]["kind"] == item["source"]["kind"]
        assert edge["relation_type"] == item["type"]
        assert edge["stated_start" if name == "gexf" else "start"] == item["start"] if item["start"] else True
        assert edge.get("intensity") == item["intensity"]
        assert json.loads(edge.get("attributes", "{}")) == item["attributes"]
        assert edge["attested"] is item["attested"]
    assert not edges


def test_no_cell_is_a_formula(service: Pen) -> None:
    for sign in ("=1+1", "+1", "-1", "@sum", "＝1"):
        made = service.post("/actors", {"kind": "person", "name": f'{sign}, "x"'}).json()["id"]
        said = {"type": "accuse", "source": made, "target": "us", "start": "2026-03-01"}
        service.post("/claims", {"relation": said, "stance": "affirms", "document": "lavrov-interview-report"})
    body = service.get("/exports/csv").content
    assert body.count(b"\r\n") == body.count(b"\n")
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    cells = [row[name] for row in rows for name in ("source", "target")]
    assert sum(cell.startswith("'") for cell in cells) == 5
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "＝"))]


def test_any_selection_of_any_history_is_what_the_list_finds(ledgers: Ledgers) -> None:  # noqa: F811 - the fixture
    @FEW
    @given(random=randoms)
    def holds(random: Random) -> None:
        with ledgers() as store, following(store) as live:
            history = written(store, random)
            asker = Asker(random, history.world())
            for name in FORMATS if asker.actors else ():
                asked = asker.relations(of_actor=False)
                for page_only in ("sort", "include", "facets"):
                    asked.pop(page_only, None)
                listed = orjson.loads(ask(live.current(), live.ledger, "list_relations", asked | {"limit": 1000}).body)
                export = Export.model_validate({"format": name, **asked}, context={"today": DAY})
                body = b"".join(export.parts(live.current(), live.ledger))
                assert sorted(ids(name, body)) == sorted(item["id"] for item in listed["items"])

    holds()


def test_a_loss_report_names_what_there_is() -> None:
    known = {
        *(name for shape in (models.Relation, models.Claim, models.Document, models.Actor, models.Dataset)
          for name in shape.model_fields),
        "documents", "datasets", "actors", "merges",
    }  # fmt: skip
    for exporter in formats.exporters().values():
        for told in (*exporter.leaves_out, *exporter.alters):
            assert told.partition(".")[0] in known, told
