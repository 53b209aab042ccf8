"""Real files come in whole: what was published is what can be counted, and asked for."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from sqlalchemy import text

from graph.db import connect, reading
from graph.formats.incoming import Reject
from graph.store import Store
from graph.store.check import check
from graph.transfer import load
from graph.vocabulary import load as vocabulary
from tests.icews import EVENTS, ICEWS14, import_file, needs_real_data
from tests.writing import pen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

pytestmark = needs_real_data


@pytest.fixture(scope="module")
def imported(icews14: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """ICEWS14, to read and to add to."""
    path = tmp_path_factory.mktemp("icews14") / "ledger.db"
    shutil.copy(icews14, path)
    engine = connect(f"sqlite:///{path}")
    yield Store(engine)
    engine.dispose()


def count(store: Store, statement: str, **values: object) -> Any:  # noqa: ANN401 - a number
    """The answer to a question in SQL."""
    with reading(store.engine) as connection:
        return connection.execute(text(statement), values).scalar()


def test_icews14_has_the_numbers_that_were_published(imported: Store) -> None:
    head = imported.head().counts
    assert (head["relations"], head["claims"], head["actors"]) == (90_730, 90_730, 7_128)
    assert count(imported, "SELECT count(DISTINCT type) FROM relation") == 230
    types = Counter(dict(connected(imported, "SELECT type, count(*) FROM relation GROUP BY type")))
    classes: Counter[str] = Counter()
    for type_, n in types.items():
        classes[vocabulary().get(type_).quad_class] += n
    assert classes == {
        "verbal-cooperation": 63_196,
        "material-cooperation": 2_182,
        "verbal-conflict": 11_199,
        "material-conflict": 14_153,
    }


def connected(store: Store, statement: str) -> list[Any]:
    """Rows."""
    with reading(store.engine) as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_icews14_answers_as_it_should(imported: Store) -> None:
    between = (
        "SELECT count(*) FROM relation JOIN actor_identifier AS s ON s.actor = source AND s.value = :source "
        "JOIN actor_identifier AS t ON t.actor = target AND t.value = :target"
    )
    assert count(imported, between, source="Sergey Viktorovich Lavrov", target="John Kerry") == 338
    assert count(imported, between, source="John Kerry", target="Sergey Viktorovich Lavrov") == 336


def test_icews14_is_asked_over_http(imported: Store) -> None:
    with pen(str(imported.engine.url), sample=False) as client:
        for direction, n in (("out", 2_619), ("in", 3_464)):
            answer = client.get(f"/actors/icews14:China/relations?count=exact&direction={direction}&limit=1").json()
            assert answer["total"] == n


def test_the_same_file_again_adds_nothing(imported: Store) -> None:
    before = imported.head()
    again = import_file(imported, "events", ICEWS14, "icews14")
    assert (again.lines, again.known, again.added, again.rejected) == (90_730, 90_730, 0, 0)
    assert imported.head() == before


@pytest.fixture
def started(store: Store) -> Store:
    """A ledger with the sample graph."""
    from app.source import _SAMPLE  # noqa: PLC0415 - the one test that looks inside

    sample: Traversable = _SAMPLE
    load(store, sample.read_bytes().splitlines())
    return store


def test_the_icews_sample_becomes_distinct_relations_with_all_their_claims(started: Store) -> None:
    before = started.head().counts
    counts = import_file(started, "icews", EVENTS / "icews-2018-sample.tab")
    assert (counts.lines, counts.added, counts.rejected) == (3_705, 3_705, 0)
    events = "relation WHERE type NOT IN ('based-in', 'represents') AND n > :n"
    assert count(started, f"SELECT count(*) FROM {events}", n=before["relations"]) == 2_734  # noqa: S608 - a query of ours
    assert count(started, "SELECT count(*) FROM claim WHERE record IS NOT NULL") == 3_705
    assert count(started, "SELECT count(*) FROM document WHERE id LIKE 'icews-story-%'") == 1_876
    one = connected(started, "SELECT attributes FROM claim WHERE record = '32889836'")[0][0]
    assert orjson.loads(one) == {
        "country": "Vietnam",
        "latitude": 21.0245,
        "longitude": 105.841,
        "place": "Hanoi, Thanh Pho Ha Noi",
        "sentence": 2,
        "source_sectors": ["Executive", "Foreign Ministry", "Government"],
        "story": "47400351",
        "target_sectors": ["Military", "Government"],
    }
    assert count(started, "SELECT count(*) FROM actor WHERE name = 'Russia' OR id LIKE 'russia%'") == 1
    acting = "SELECT count(*) FROM relation JOIN actor ON actor.n = source WHERE type = 'represents' AND name = :name"
    assert count(started, acting, name="Foreign Affairs (Bangladesh)") == 1
    assert count(started, acting, name="Citizen (Japan)") == 0
    assert import_file(started, "icews", EVENTS / "icews-2018-sample.tab").known == 3_705
    assert check(started.engine, lambda *_: None) == []


def test_gdelt_rows_without_a_second_actor_are_told(started: Store) -> None:
    rejected: list[Reject] = []
    counts = import_file(started, "gdelt", EVENTS / "20191024143000.export.CSV", rejected=rejected)
    assert (counts.lines, counts.added, counts.rejected) == (2_111, 1_406, 705)
    assert Counter(reject.column for reject in rejected) == {"Actor2Code": 531, "Actor1Code": 174}
    assert rejected[0].line == 1
    usa = "SELECT count(*) FROM relation JOIN actor ON actor.n = source WHERE actor.id = 'us' AND type = 'based-in'"
    assert count(started, usa) == 0
    assert count(started, "SELECT count(*) FROM actor WHERE name = 'United States'") == 1
    assert (
        count(started, "SELECT name FROM actor WHERE id LIKE 'government-united-states%'")
        == "Government (United States)"
    )
    assert check(started.engine, lambda *_: None) == []
