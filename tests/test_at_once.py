"""What C reads of a question as it is spelled means what the reference understands, and what it can't read is left."""

from __future__ import annotations

import ctypes
from contextlib import nullcontext
from datetime import date
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given

from app.params import Reader
from graph import time
from graph.errors import Invalid
from graph.queries import relations
from graph.queries.relations import ActorRelations
from graph.queries.scope import compiled
from graph.snapshot.native import build
from tests import statements as say
from tests.asking import Asker
from tests.histories import History
from tests.oracle.dates import iso
from tests.test_histories import FEW, SOME, following, ledgers, randoms
from tests.test_native import by_reference, needs_library, steps
from tests.writing import pen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graph.queries import Answer
    from graph.snapshot import Snapshot
    from graph.store import Store
    from tests.test_histories import Ledgers

__all__ = ["ledgers"]

TODAY: Final = date(2026, 2, 9).toordinal()
COVERED: Final = (
    "type", "type_exact", "class", "sign", "status", "attested", "direction", "with", "with_kind", "valid_at",
    "valid_from", "valid_to",
)  # fmt: skip


def at_once(snapshot: Snapshot, actor: str, query: str) -> Answer | None:
    """What C answers, held against the reference: which must know the answer, and what may be kept of it."""
    path, raw = {"id": actor}, query.encode("latin-1")
    found = ActorRelations.at_once(path, raw, snapshot)
    if found is None:
        return None
    with by_reference():
        question = Reader(ActorRelations).read(path, raw, TODAY).question
        assert not question.relative
        assert found == (question.run(snapshot), question.moment(snapshot)), (actor, query)
    return found[0]


def spelled(random: Random, asked: dict[str, Any]) -> str:
    """Parameters in any order, some of them escaped more than they need."""
    pairs = [(name, one) for name, of in asked.items() for one in (of if isinstance(of, list) else [of])]
    random.shuffle(pairs)
    ways = (quote, quote_plus, lambda text: "".join(f"%{byte:02x}" for byte in str(text).encode()))
    told = [
        f"{name}={random.choice(ways)(str(one).lower() if isinstance(one, bool) else str(one))}" for name, one in pairs
    ]
    return random.choice(["&", "&&"]).join(told)


def walked(snapshot: Snapshot, actor: str, query: str) -> int:
    """All pages from one on; how many C answered."""
    count, more = 0, query
    while (answer := at_once(snapshot, actor, more)) is not None:
        count += 1
        if answer.next is None:
            break
        more = "&".join(filter(None, (query, f"cursor={answer.next}")))
    return count


def asks(history: History, k: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """What C covers, of every actor, in pages of a few; at a revision, a moment, or now."""
    random, asker = history.random, Asker(history.random, history.world(k))
    for actor in asker.actors:
        for _ in range(3):
            asked = {name: of for name, of in asker.relations(of_actor=True).items() if name in COVERED}
            if asked.get("valid_at") == "today":
                del asked["valid_at"]
            if random.random() < 0.7:
                asked["known_at"] = random.choice([str(k), iso(history.instants[k])])
            if random.random() < 0.3:
                asked["include"] = "claims"
            yield actor, {**asked, "limit": random.randint(1, 4)}


def hold(ledgers: Ledgers, random: Random, zone: int) -> int:
    """The law, for a history; how many pages C answered."""
    pages = 0
    for snapshot, _, history in steps(ledgers, random, zone):
        for actor, asked in asks(history, random.randint(1, history.revision)):
            pages += walked(snapshot, actor, spelled(random, asked))
    return pages


@needs_library
@SOME
@given(random=randoms)
def test_what_is_spelled_is_understood_as_the_reference_does(ledgers: Ledgers, random: Random) -> None:
    hold(ledgers, random, random.choice([1, 2, 256]))


@needs_library
def test_most_of_what_is_asked_is_answered_at_once(ledgers: Ledgers) -> None:
    """Else the law above would hold for want of answers."""
    assert hold(ledgers, Random(7), 2) > 100


ACTORS: Final = ("us", "us", "russia", "nobody", "", 'us","name', "wikidata:Q30", "u" * 3000)
PIECES: Final = (
    "type=sanction", "type=nonsense", "type=cameo:16", "type=", "type", "=", "", "type_exact=true", "type_exact=1",
    "class=verbal-conflict", "class=VERBAL-CONFLICT", "sign=negative", "sign=negative&sign=positive", "status=none",
    "status=reported", "attested=true", "attested=any", "direction=out", "direction=any", "direction=in%20",
    "with=russia", "with=nobody", "with=us%22,%22name", "with=wikidata:Q159", "with_kind=state", "with_kind=thing",
    "valid_at=2026", "valid_at=2026-02-30", "valid_at=2024-02-29", "valid_at=2023-02-29", "valid_at=0000-01-01",
    "valid_at=2026-13", "valid_at=2026-2", "valid_at=today", "valid_at=20260209", "valid_at=2026-02-09T00:00:00Z",
    "valid_from=2026-03&valid_to=2026-02", "valid_from=9999-12-31", "valid_to=0001", "valid_to=+2026",
    "valid_to=%32026",
    "limit=1", "limit=0", "limit=1001", "limit=0007", "limit=-1", "limit=1e2", "limit=%31", "limit=1&limit=1",
    "known_at=1", "known_at=0", "known_at=99999999999999999999", "known_at=1000000", "known_at=2026-02-09",
    "known_at=9999-12-31", "known_at=2026-02-09T08:00:00Z", "known_at=2026-02-09t08:00:00z",
    "known_at=2026-02-09T24:00:00Z", "known_at=2026-02-09T08:00:60Z", "known_at=2026-02-09T08:00:00+03:00",
    "known_at=2026-02-09T08:00:00.1234567Z", "known_at=2026-02-09T08:00:00.Z", "known_at=9999-12-31T23:59:59.999999Z",
    "known_at=2026-02", "cursor=AAAA", "cursor=", "cursor=%", "count=exact", "facets=type", "sort=-start",
    "sort=start",
    "rollup=none", "rollup=members", "include=claims", "include=about", "include=claims&include=claims",
    "certain=false",
    "certain=true", "min_publishers=1", "attr=a:b", "recorded_since=1", "%74ype=sanction", "type%3Dsanction",
    "type%3Dsanction=x", "type=sanction%", "type=sanction%2", "type=sanction%zz", "type=sanc%74ion", "type=%FF",
    "type=\xe9", "type=sanction%00", "nonsense=1", "id=us", "with=" + "x" * 3000, "&".join(["with=us"] * 40),
    "&".join(["type=sanction"] * 20), "a" * 600,
)  # fmt: skip


@needs_library
@FEW
@given(random=randoms)
def test_nothing_is_answered_that_the_reference_refuses(ledgers: Ledgers, random: Random) -> None:
    """Whatever is sent, in whatever order."""
    with ledgers() as store:
        say.begin(store)
        say.claimed(store, say.relation("sanction", "us", "russia"))
        with following(store) as live:
            snapshot = live.current()
        answered = [
            at_once(snapshot, random.choice(ACTORS), "&".join(random.choices(PIECES, k=random.randint(1, 3))))
            for _ in range(300)
        ]
        assert 0 < answered.count(None) < len(answered)


@needs_library
@pytest.mark.parametrize(
    "query",
    [
        "", "&&", "type=sanction&type=cameo:16&type_exact=true", "with=russia&with=brics", "valid_at=2024-02-29",
        "valid_from=0001&valid_to=9999", "known_at=9998-02-09T08%3A00%3A00.000001Z&include=claims", "limit=1000",
        "status=claimed&status=disputed&attested=false&class=verbal-conflict&sign=negative",
        "direction=any&with_kind=state",
    ],
)  # fmt: skip
def test_what_a_dashboard_asks_is_answered_at_once(store: Store, query: str) -> None:
    say.begin(store)
    say.claimed(store, say.relation("sanction", "us", "russia", start="2024-02"))
    with following(store) as live:
        assert at_once(live.current(), "us", query) is not None


@needs_library
@pytest.mark.parametrize(
    "query",
    [
        "valid_at=today", "valid_at=2026-02-30", "valid_at=2026&valid_to=2026",
        "valid_from=2026-02-10&valid_to=2026-02-09",
        "limit=0", "limit=1001", "limit=1&limit=2", "with=nobody", "with=us%22", "known_at=1000", "cursor=AAAA",
        "type=",
        "type", "type%3Dsanction", "nonsense=1", "count=exact", "min_publishers=1", "type=sanction%0",
        "sign=positive&sign=negative",
    ],
)  # fmt: skip
def test_what_is_wrong_or_unusual_is_left_to_the_reference(store: Store, query: str) -> None:
    say.begin(store)
    with following(store) as live:
        assert ActorRelations.at_once({"id": "us"}, query.encode(), live.current()) is None


@needs_library
def test_a_cursor_is_good_for_its_own_filters_alone(store: Store) -> None:
    say.begin(store)
    for day in ("2026-01-01", "2026-01-02"):
        say.claimed(store, say.relation("sanction", "us", "russia", start=day))
    with following(store) as live:
        snapshot = live.current()
        first = at_once(snapshot, "us", "limit=1&with=russia&class=material-conflict")
        assert first is not None
        assert first.next is not None
        rest = f"cursor={first.next}&class=material-conflict&direction=any&with=russia"
        assert at_once(snapshot, "us", rest) is not None
        for other in (f"cursor={first.next}", f"{rest}&valid_at=2026", f"{rest}&class=verbal-conflict", f"{rest}A"):
            assert ActorRelations.at_once({"id": "us"}, other.encode(), snapshot) is None
        assert ActorRelations.at_once({"id": "russia"}, rest.encode(), snapshot) is None


@needs_library
def test_what_has_just_come_is_there_and_long_answers_have_room(store: Store) -> None:
    """Relations that are not packed yet, claims that are told of elsewhere, an actor that was just made."""
    say.begin(store)
    with following(store) as live:
        live.current()
        relation = say.claimed(store, say.relation("sanction", "us", "russia")).relation_id
        found = at_once(live.current(), "us", "")
        assert found is not None
        assert relation.encode() in found.body
        assert at_once(live.current(), "us", "include=claims") is None
        with store.write() as w:
            w.add_actor(say.actor("newcomer"))
        newcomer = at_once(live.current(), "newcomer", "")
        assert newcomer is not None
        assert newcomer.body.startswith(b'{"items":[],')
        with store.write() as w:
            for day in range(1, 700):
                w.claim(say.claim(say.relation("accuse", "us", "russia", start=str(date.fromordinal(TODAY - day)))))
        long = at_once(live.current(), "us", "limit=1000")
        assert long is not None
        assert len(long.body) > compiled.ROOM


class Text(ctypes.Structure):
    """A text as C has it."""

    _fields_ = (("begin", ctypes.c_char_p), ("length", ctypes.c_int64))


@needs_library
def test_dates_are_the_calendars(tmp_path: Path) -> None:
    """Every year and month that has four digits, its last days, and those that are none."""
    assert build.build(tmp_path / "open.so", build.compilers()[0], "-Dstatic=") is None
    dated, first, last = ctypes.CDLL(str(tmp_path / "open.so")).dated, ctypes.c_int64(), ctypes.c_int64()
    dated.argtypes = [Text, ctypes.POINTER(ctypes.c_int64), ctypes.POINTER(ctypes.c_int64)]

    def read(text: str) -> tuple[int, int] | None:
        told = Text(text.encode(), len(text))
        return (first.value, last.value) if dated(told, ctypes.byref(first), ctypes.byref(last)) else None

    def reference(text: str) -> tuple[int, int] | None:
        try:
            packed = time.pack(text)
        except Invalid:
            return None
        return time.first_day(packed), time.last_day(packed)

    for year in (*range(30), *range(1890, 2110), *range(0, 9_999, 97), 9_999):
        texts = [f"{year:04}", *(f"{year:04}-{month:02}" for month in range(14))]
        texts += [f"{month}-{day:02}" for month in texts[1:] for day in (0, 1, 9, 28, 29, 30, 31, 32, 99)]
        assert [read(text) for text in texts] == [reference(text) for text in texts]
    for text in ("", "202", "20260", "2026-", "2026/01", "2026-1-01", "2026-01-1", "2026-01-01 ", "-026-01-01", "2o26"):
        assert read(text) is reference(text) is None


@needs_library
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {}), ("limit=1&class=verbal-conflict", {}), ("known_at=1", {}), ("known_at=9998-01-01&limit=2", {}),
        ("with=us&include=claims", {"accept": "text/html,application/json;q=0.9"}),
        ("", {"if-none-match": 'W/"1-old"'}), ("limit=3", {"if-none-match": "*"}),
        ("limit=3", {"entente-min-revision": "1"}), ("limit=3", {"accept-encoding": "gzip"}),
    ],
)  # fmt: skip
def test_over_http_nobody_can_tell_who_answered(
    database_url: str, query: str, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[object] = []

    def noted(*asked: Any) -> object:  # noqa: ANN401 - whatever is asked
        answers.append(found := compiled.at_once(*asked))
        return found

    monkeypatch.setattr(relations, "compiled", SimpleNamespace(at_once=noted))
    with pen(database_url, "write") as client:
        told = []
        for way in (by_reference(), nullcontext()):
            with way:
                answer = client.get(f"/actors/russia/relations?{query}", headers=headers)
            own = {name: value for name, value in answer.headers.items() if name not in {"date", "x-request-id"}}
            told.append((answer.status_code, own, answer.content))
    assert told[0] == told[1]
    assert [found is not None for found in answers] == [False, True]
