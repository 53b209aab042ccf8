"""Rows of foreign files: each goes in as it is meant, or is told with line, column and reason; never by a guess."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from graph.db import reading
from graph.errors import Conflict, Invalid
from graph.formats import importers
from graph.formats.cells import LINE_LENGTH
from graph.formats.incoming import Importer, Party, Reject, Row
from graph.models import DatasetStatement
from graph.store import Store
from graph.store.check import check
from graph.store.transaction import ACTOR, ACTOR_NAME, CLAIM, RELATION
from graph.time import unpack
from graph.transfer.counts import Counts
from graph.transfer.importing import Aborted, Import, Into, Listener
from graph.transfer.reading import FileLines
from tests.statements import actor, claim, one

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "date,source,relation,target,cameo"


def items(*lines: str | bytes, format_: str = "events") -> list[Any]:
    """What a file holds."""
    file = io.BytesIO(b"\n".join(line.encode() if isinstance(line, str) else line for line in lines))
    return list(importers()[format_].read(file))


def one_row(row: str, header: str = HEADER) -> Row:
    """The one row of a table."""
    (found,) = items(header, row)
    assert isinstance(found, Row), found
    return found


def rejected(row: str | bytes, header: str = HEADER) -> Reject:
    """Why a row can't go in."""
    found = items(header, row)
    assert isinstance(found[0], Reject), found
    return found[0]


def test_a_row_says_who_did_what_to_whom_and_when() -> None:
    row = one_row("2014-01-02, John\u00a0 Kerry ,Consult,Women (Australia),040")
    assert (row.type, unpack(row.start or 0)) == ("consult-unspecified", "2014-01-02")
    assert (row.source, row.target.name) == (Party("John Kerry", "John Kerry"), "Women (Australia)")


@pytest.mark.parametrize(
    ("row", "type_"),
    [
        ("2014,a,Make statement,b,010", "make-statement"),
        ("2014,a,Make statement,b, 010", "make-statement"),
        ("2014,a,,b,010", "make-statement"),
        ("2014,a,make STATEMENT,b,NA", "make-statement"),
        ("2014,a,,b,10", "demand"),
        ("2014,a,sanction,b,", "sanction"),
        ("2014,a,cameo:0831,b,", "accede-to-demands-for-change-in-leadership"),
    ],
)
def test_a_type_is_a_code_or_a_label_or_both(row: str, type_: str) -> None:
    assert one_row(row).type == type_


@pytest.mark.parametrize(
    ("row", "column", "told"),
    [
        ("2014-01-02,a,Make statement,b,10", "cameo", '"10" is the code of "Demand"'),
        ("2014-01-02,a,Consult,b,40", "cameo", 'Was "040" meant?'),
        ("2014-01-02,a,Consul,b,", "relation", 'Was "consult" meant?'),
        ("2014-01-02,a,,b,", "relation", "no type"),
        ("02/03/14,a,Consult,b,", "date", "year of two digits"),
        ("14-03-02,a,Consult,b,", "date", "year of two digits"),
        ("02.03.2014,a,Consult,b,", "date", "which is the day"),
        ("2014-02-30,a,Consult,b,", "date", "not a date"),
        ("NA,a,Consult,b,", "date", "no date"),
        ("2014-01-02,a,Consult, NA ,", "target", "no target"),
        ("2014-01-02,,Consult,b,", "source", "no source"),
        ("2014-01-02,a,Consult,b", None, "4 cells"),
        ("2014-01-02,a,Consult,b,,", None, "6 cells"),
        ('2014-01-02,"a,Consult,b,', None, "not closed"),
        ("2014-01-02,a\x07,Consult,b,", "source", "control characters"),
        (f"2014-01-02,{'a' * 501},Consult,b,", "source", "501 characters"),
        ("2014-01-02,Köln,Consult,b,".encode("latin-1"), None, "Latin-1"),
        pytest.param(b"x" * LINE_LENGTH, None, "longer than", id="long"),
    ],
)
def test_what_cannot_be_read_is_told_by_line_and_column(row: str | bytes, column: str | None, told: str) -> None:
    reject = rejected(row)
    assert (reject.line, reject.column) == (2, column)
    assert told in reject.reason


def test_a_table_may_begin_with_a_mark_use_other_signs_and_quote() -> None:
    for header, row in (
        ("\ufeffDate;Source Name;Event Text;Target Name", '"2014-01-02";"Ban Ki-moon; UN";Consult;"the ""EU"""'),
        ("date\tsource\trelation\ttarget\r", '2014-01-02\tBan Ki-moon; UN\tConsult\tthe "EU"\r'),
    ):
        row_ = one_row(row, header)
        assert (row_.source.name, row_.target.name) == ("Ban Ki-moon; UN", 'the "EU"')


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("date,source,relation", 'no column "target"'),
        ("date,source,target", 'neither a column "relation"'),
        ("date,day,source,relation,target", "say the same"),
        ("", 'no column "date"'),
    ],
)
def test_a_header_that_lacks_something_is_told(header: str, told: str) -> None:
    (reject,) = items(header, "2014,a,b,c,d")
    assert reject.line == 1
    assert told in reject.reason


def test_a_row_keeps_what_the_source_knows() -> None:
    header = "id,date,end,source,target,cameo,publisher,story,sentence,city,province,lat,lon,coder,confidence,url,split"
    row = one_row("7,2014-01,2014-02,a,b,040,BBC,s1,3,Rome,Lazio,41.5,NA,X 2.1,0.5,not a page,train", header)
    assert row.record == "7"
    assert row.attributes == {
        "story": "s1",
        "sentence": 3,
        "place": "Rome, Lazio",
        "latitude": 41.5,
        "url": "not a page",
        "extra": ["split=train"],
    }
    assert (row.coded_by, row.confidence, unpack(row.end or 0)) == ("X 2.1", 0.5, "2014-02")
    assert row.document is not None
    assert (row.document.publisher.name, row.document.title) == ("BBC", "Story s1")


def test_rows_without_an_id_differ_by_what_else_they_say() -> None:
    rows = [one_row(f"2014,a,b,040,{split}", "date,source,target,cameo,split") for split in ("x", "y", "x", "")]
    assert rows[0].record == rows[2].record != rows[1].record
    assert rows[3].record is None


def test_a_country_is_a_relation_of_the_actor() -> None:
    header = "date,source,source_sectors,source_country,target,target_country,cameo"
    told = items(
        header,
        '2014,Cabinet (Mali),"Elite,Executive",Mali,Rebels,Mali,040',
        '2014,Cabinet (Mali),"Elite,Executive",Mali,Mali,Mali,040',
    )
    found = [(row.line, row.type, row.source.name, row.target.name) for row in told if row.aside]
    assert found == [(2, "represents", "Cabinet (Mali)", "Mali"), (2, "based-in", "Rebels", "Mali")]


def test_a_state_is_known_by_its_names_and_codes_and_nothing_alike() -> None:
    for name in ("Russian Federation", "russia", "RUS"):
        assert one_row(f"2014,{name},Consult,b,").source.identifiers[0] == ("iso3", "RUS")
    for name in ("Russians", "Russian", "Rusia", "Georgian"):
        assert one_row(f"2014,{name},Consult,b,").source.identifiers == ()


def test_every_importer_says_what_it_reads_and_survives_anything() -> None:
    assert {"countries", "events", "gdelt", "icews", "ndjson"} <= importers().keys()
    for importer in importers().values():
        assert importer.summary
        for junk in (b"", b"\n\n", b"\xff\xfe\x00", b"{}\n[]\n{", b"a,b\n\t\t\n"):
            assert not any(isinstance(item, Row) for item in importer.read(io.BytesIO(junk)))


def test_a_table_in_another_encoding_is_told_of_and_not_read() -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        found = items(f"{HEADER}\n2014,a,Consult,b,040\n".encode(encoding))
        assert found, encoding
        assert {type(item) for item in found} == {Reject}, encoding
    (reject,) = items("date,source,relation,target\r2014,a,Consult,b")
    assert 'no column "target"' in reject.reason


# Into the ledger


def run(store: Store, path: Path, format_: str = "events", on_error: Any = "reject", **more: Any) -> Counts:  # noqa: ANN401 - any word; options
    """Import a file into the dataset `d`."""
    rejects: list[Reject] = more.pop("rejects", [])
    importer: Importer = importers()[format_]
    work = Import(store, importer, Into.of(importer, "d"), **more)
    return work.run(FileLines(path), on_error, Listener(rejected=rejects.append))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of which one row is bad."""
    path = tmp_path / "events.csv"
    rows = [f"2014-01-{i % 28 + 1:02},actor {i % 5},Consult,actor {i % 3},040" for i in range(60)]
    path.write_text("\n".join([HEADER, *rows, "2014-01-02,a,Consult,,040"]) + "\n")
    return path


def rows_of(store: Store) -> set[tuple[Any, ...]]:
    """What claims say, however they are numbered."""
    joined = RELATION.join(CLAIM, CLAIM.c.relation == RELATION.c.n).join(ACTOR, ACTOR.c.n == RELATION.c.source)
    with reading(store.engine) as connection:
        said = select(RELATION.c.id, ACTOR.c.id.label("source"), CLAIM.c.tag, CLAIM.c.record)
        return {tuple(row) for row in connection.execute(said.select_from(joined))}


def test_the_rest_goes_in_and_a_second_time_adds_nothing(store: Store, table: Path) -> None:
    rejects: list[Reject] = []
    counts = run(store, table, rejects=rejects)
    assert (counts.lines, counts.added, counts.known, counts.rejected) == (61, 60, 0, 1)
    assert (counts.relations, counts.actors, rejects[0].line) == (60, 5, 62)
    head = store.head()
    again = run(store, table)
    assert (again.added, again.known, again.rejected) == (0, 60, 1)
    assert store.head() == head
    assert check(store.engine, lambda *_: None) == []


def test_with_abort_nothing_goes_in_unless_everything_does(store: Store, table: Path) -> None:
    with pytest.raises(Aborted, match=r"Line 62, target: The row has no target. Nothing was imported."):
        run(store, table, on_error="abort", batch=7)
    assert store.head().revision == 0
    table.write_text("\n".join(table.read_text().splitlines()[:-1]))
    counts = run(store, table, on_error="abort", batch=7)
    assert (counts.added, counts.revision, store.head().revision) == (60, 1, 1)


def test_with_abort_what_only_the_ledger_refuses_stops_it_too(store: Store, table: Path) -> None:
    table.write_text("\n".join(table.read_text().splitlines()[:-1]))
    one(store, "add_actor", actor("gone", identifiers=[{"scheme": "d", "value": "actor 4"}]))
    one(store, "retract", "actor", "gone", "nobody")
    before = store.head()
    with pytest.raises(Aborted, match='The actor "gone" was retracted'):
        run(store, table, on_error="abort", batch=7)
    assert store.head() == before
    counts = run(store, table, batch=7)
    assert (counts.added, counts.rejected) == (48, 12)


def test_an_import_that_was_cut_off_is_finished_by_another(store: Store, table: Path) -> None:
    class Killed(Exception):  # noqa: N818 - it stands for a signal
        pass

    def kill(counts: Counts) -> None:
        if counts.lines > 30:
            raise Killed

    importer = importers()["events"]
    work = Import(store, importer, Into.of(importer, "d"), batch=7)
    with pytest.raises(Killed):
        work.run(FileLines(table), told=Listener(counted=kill))
    begun = rows_of(store)
    assert 0 < len(begun) < 60
    counts = run(store, table)
    assert counts.known == len(begun)
    assert counts.known + counts.added == 60
    assert rows_of(store) >= begun
    assert len(rows_of(store)) == 60


def test_a_taken_name_gets_letters_of_its_own(store: Store, table: Path) -> None:
    one(store, "add_actor", actor("actor-1"))
    run(store, table)
    with reading(store.engine) as connection:
        ids = sorted(connection.execute(select(ACTOR.c.id)).scalars())
    assert [id_[:8] for id_ in ids] == ["actor-0", "actor-1", "actor-1-", "actor-2", "actor-3", "actor-4"]


def test_compressed_files_are_read_and_bombs_are_cut_off(store: Store, table: Path, tmp_path: Path) -> None:
    packed = tmp_path / "events.csv.gz"
    packed.write_bytes(gzip.compress(table.read_bytes()))
    assert run(store, packed).added == 60
    packed.write_bytes(gzip.compress(table.read_bytes())[:-20])
    with pytest.raises(Invalid, match="damaged"):
        run(store, packed)
    for filling in ((b"x" * 1023 + b"\n") * 1024, b"x" * 2**20):
        with gzip.open(packed, "wb") as bomb:
            bomb.write(f"{HEADER}\n".encode())
            for _ in range(20):
                bomb.write(filling)
        with pytest.raises(Invalid, match="cut off"):
            run(store, packed)


def test_what_looks_like_a_slip_is_kept_as_it_stands(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    rows = [
        "1,2013-12-31,Iran,Iran,040,BBC",  # of itself, and of the year before the file's
        "2,2014-01-02,A,B,046,BBC",
        "3,2014-01-02,B,A,046,BBC",  # mirrored: both are told
        "4,2014-01-03,A,B,040,BBC",
        "5,2014-01-03,A,B,040,Reuters",  # the same, as another one prints it
    ]
    path.write_text("\n".join(["id,date,source,target,cameo,publisher", *rows]))
    counts = run(store, path)
    assert (counts.added, counts.relations, counts.claims, counts.rejected) == (5, 4, 5, 0)
    with reading(store.engine) as connection:
        found = connection.execute(select(RELATION.c.source, RELATION.c.target, RELATION.c.start)).all()
        papers = connection.execute(select(CLAIM.c.relation, CLAIM.c.document)).all()
    assert [unpack(start) for source, target, start in found if source == target] == ["2013-12-31"]
    pairs = [(source, target) for source, target, start in found if unpack(start) == "2014-01-02"]
    assert pairs[0] == pairs[1][::-1]
    assert len({document for relation, document in papers if relation == 4}) == 2


def test_a_newer_edition_may_end_what_no_other_dataset_claims(store: Store, tmp_path: Path) -> None:
    def edition(*rows: str) -> Counts:
        path = tmp_path / "states.csv"
        path.write_text("\n".join(["id,date,end,source,relation,target", *rows]))
        return run(store, path)

    def ends() -> set[str | None]:
        with reading(store.engine) as connection:
            found = connection.execute(select(RELATION.c.end).where(RELATION.c.ended.is_(None))).scalars().all()
        return {None if end is None else unpack(end) for end in found}

    open_, closed = "1,2014,,a,Employed by,b", "1,2014,2016,a,Employed by,b"
    assert edition(open_).added == 1
    assert (edition(closed).added, ends()) == (1, {"2016"})
    head = store.head()
    assert (edition(closed).known, edition(open_).known, store.head()) == (1, 1, head)
    other = edition("2,2014,2018,a,Employed by,b")
    assert (other.rejected, ends()) == (1, {"2016"})
    one(store, "add_dataset", DatasetStatement(id="theirs", title="Theirs"))
    with store.write() as writer:
        relation = writer.rows(select(RELATION.c.id).where(RELATION.c.ended.is_(None)))[0].id
        writer.claim(claim(relation, dataset="theirs"))
    assert (edition("1,2014,2020,a,Employed by,b").known, ends()) == (1, {"2016"})
    assert check(store.engine, lambda *_: None) == []


def test_states_are_the_same_whether_they_were_imported_first_or_not(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(f"{HEADER}\n2014-01-01,Russia,Consult,CHN,040\n")
    assert run(store, path).actors == 2
    importer = importers()["countries"]
    counts = Import(store, importer, Into.of(importer, "iso-3166")).run([])
    assert (counts.added, counts.known) == (247, 2)
    with reading(store.engine) as connection:
        names = set(connection.execute(select(ACTOR_NAME.c.value)).scalars())
    assert {"Россия", "Russian", "中国", "Chinese"} <= names
    assert items(*gdelt_row("ROM", "TMP"), format_="gdelt")[0].source.identifiers[0] == ("iso3", "ROU")


def gdelt_row(source: str, target: str) -> list[str]:
    """A file of GDELT with one row."""
    cells = [""] * 61
    cells[0], cells[1], cells[5], cells[15], cells[26], cells[59] = (
        "1",
        "20140101",
        source,
        target,
        "040",
        "20140102000000",
    )
    return ["\t".join(cells)]


def test_a_dataset_is_named_so_that_its_labels_are_identifiers() -> None:
    importer = importers()["events"]
    for name in ("", "2014", "My_Set", "a" * 51):
        with pytest.raises(Invalid, match="no id of a dataset"):
            Into.of(importer, name)


def test_countries_are_known_afterwards_and_not_twice(store: Store) -> None:
    importer = importers()["countries"]
    one(store, "add_actor", actor("motherland", identifiers=[{"scheme": "iso2", "value": "RU"}]))
    work = Import(store, importer, Into.of(importer, "iso-3166"))
    counts = work.run([])
    assert (counts.lines, counts.added, counts.known) == (249, 248, 1)
    assert work.run([]).known == 249
    with pytest.raises(Conflict):
        one(store, "add_actor", actor("x", identifiers=[{"scheme": "iso3", "value": "FRA"}]))
