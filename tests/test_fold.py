"""The fold adds up what `/relations` lists under the same filters, and is the same whether carried forward or new."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from graph.errors import Invalid
from graph.queries.relations import Relations
from graph.queries.scope.graph import GraphQuestion
from graph.snapshot import fold as folds
from graph.snapshot.fold import COUNT, Fold, carried, folded, load
from graph.store import Live
from tests.asking import TODAY, Asker, ask, told
from tests.histories import History
from tests.oracle.world import VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graph.snapshot import Snapshot, View
    from graph.snapshot.find import Wanted
    from graph.store import Store

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the fold is what columns are made of

NO_LEDGER: Any = None
TENTH = 10
FILTERS = ("type", "class", "sign", "status", "attested", "dataset", "publisher", "valid_at", "valid_to")


@pytest.fixture
def live(store: Store) -> Iterator[Live]:
    live = Live(store)
    yield live
    live.close()


class Scope(GraphQuestion):
    """The filters alone."""


def pairs_of(fold: Fold) -> dict[tuple[str, str], tuple[int, int]]:
    """Each ordered pair by ids, with its count and tenths."""
    return entries(fold, fold.pairs)


def entries(fold: Fold, matrix: Any) -> dict[tuple[str, str], tuple[int, int]]:  # noqa: ANN401 - scipy has no types
    ids = [id_.decode() for id_ in fold.ids]
    found = matrix.tocoo()
    packed = found.data.tolist()
    ends = zip(found.row.tolist(), found.col.tolist(), packed, strict=True)
    return {(ids[a], ids[b]): (value & COUNT, value >> 32) for a, b, value in ends}


def listed(snapshot: Snapshot, asked: dict[str, Any]) -> list[dict[str, Any]]:
    answer = told(ask(snapshot, NO_LEDGER, Relations.name, {"attested": "true"} | asked | {"limit": 1000}))
    assert answer["next"] is None
    items: list[dict[str, Any]] = answer["items"]
    return items


def added_up(items: list[dict[str, Any]]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """The pairs of relations that were listed: ordered, symmetric types both ways; and either way, each once."""
    ordered: dict[Any, tuple[int, int]] = defaultdict(lambda: (0, 0))
    either: dict[Any, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for each in items:
        a, b = each["source"]["id"], each["target"]["id"]
        tenths = round((each["intensity"] or 0) * TENTH)
        both = [(a, b), (b, a)]
        for key in (both if VOCABULARY.get(each["type"]).symmetric else both[:1]) if a != b else ():
            ordered[key] = (ordered[key][0] + 1, ordered[key][1] + tenths)
        for key in both if a != b else ():
            either[key] = (either[key][0] + 1, either[key][1] + tenths)
    return dict(ordered), dict(either)


@pytest.mark.parametrize("seed", range(3))
def test_a_fold_is_what_lists_say_added_up(store: Store, live: Live, seed: int) -> None:
    random = Random(seed)
    history = History(store, random)
    history.begin(8)
    kept: dict[str, Fold] = {}
    revisions: list[int] = []
    for _ in range(12):
        history.step()
        snapshot = live.current()
        revisions.append(snapshot.revision)
        drawn = Asker(random, history.world()).relations(of_actor=False)
        for asked in ({}, {name: drawn[name] for name in FILTERS if name in drawn}):
            check(snapshot, asked | {"known_at": str(random.choice(revisions))})
        keep(live, kept)


def check(snapshot: Snapshot, asked: dict[str, Any]) -> None:
    asked = {name: TODAY if value == "today" else value for name, value in asked.items()}
    try:
        items = listed(snapshot, asked)
    except Invalid:  # a name that means nobody then
        with pytest.raises(Invalid):
            Scope.model_validate(asked).wanted(snapshot.view(int(asked["known_at"])))
        return
    view = snapshot.view(int(asked["known_at"]))
    fold = folded(view, Scope.model_validate(asked).wanted(view))
    ordered, either = added_up(items)
    assert pairs_of(fold) == ordered
    assert entries(fold, fold.either_way()) == either
    assert [id_.decode() for id_ in fold.ids] == sorted({end for pair in ordered for end in pair})
    assert fold.relations == len(items)
    days = sorted(each["start"] for each in items if each["start"])
    assert bool(days) == (fold.first <= fold.last)


def keep(live: Live, kept: dict[str, Fold]) -> None:
    """Carry folds forward by one revision or more: they are the same as new ones."""
    snapshot = live.current()
    view = snapshot.view(snapshot.revision)
    for attested in ("true", "any"):
        wanted = Scope(attested=attested).wanted(view)
        new = folded(view, wanted)
        before = kept.get(attested)
        if before is not None:
            assert_same(carried(before, view, wanted), new)
        kept[attested] = new


def assert_same(one: Fold, other: Fold) -> None:
    assert pairs_of(one) == pairs_of(other)
    assert entries(one, one.shared) == entries(other, other.shared)
    assert (one.ids == other.ids).all()
    assert (one.actors == other.actors).all()
    assert (one.revision, one.relations, one.first, one.last) == (
        other.revision,
        other.relations,
        other.first,
        other.last,
    )
    assert one.pairs.has_sorted_indices


def test_carrying_does_not_fold_anew_for_what_can_be_spliced(
    store: Store, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(5)
    history = History(store, random, types=("accuse", "provide-aid", "consult", "allied-with"))
    history.begin(60)
    anew: list[int] = []

    def noted(view: View, wanted: Wanted) -> Fold:
        anew.append(view.k)
        return folded(view, wanted)

    monkeypatch.setattr(folds, "folded", noted)
    kept: dict[str, Fold] = {}
    for _ in range(15):
        history.step()
        keep(live, kept)
    assert len(anew) < 15  # of thirty


def test_folds_are_kept_carried_and_forgotten(store: Store, live: Live, tmp_path: Path) -> None:
    history = History(store, Random(1))
    history.begin(20)
    snapshot = live.current()
    view = snapshot.view(snapshot.revision)
    wanted = Scope().wanted(view)
    assert snapshot.folds.newest(wanted) is None
    fold = snapshot.folds.at(view, wanted)
    assert snapshot.folds.at(view, wanted) is fold
    fold.save(tmp_path)
    assert_same(load(tmp_path), fold)
    history.step()
    later = live.current()
    assert later.folds.newest(wanted) == snapshot.revision
    assert later.folds.at(later.view(later.revision), wanted).revision == later.revision
    assert later.folds.newest(wanted) == later.revision
    assert later.as_of(snapshot.revision).view(snapshot.revision) is view
    for count in range(1, 9):
        later.folds.at(view, Scope(min_publishers=count).wanted(view))
    assert later.folds.newest(wanted) is None
