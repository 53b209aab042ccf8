"""Mixed signals: words against deeds, found among relations that run one way between two.

1. A *word* is a relation of a speech type. In `mixed` signals its intensity is positive, and a *deed* is one of
   material conflict with a negative one; in `bark` signals the word's is negative, and a deed is one of material
   cooperation with a positive one.
2. Both run the same way. A relation whose side is `EITHER` runs both ways.
3. Each deed is paired with its nearest word: the smaller |lag|, then the greater |intensity|, then the id. The lag is
   the days between the two spans: 0 if they share one, negative if the deed ended first. It is *certain* iff both
   starts are known to the day.
4. A pair is a signal iff |lag| is at most the window. Its severity is the sum of both |intensities|.
5. Signals are listed by severity, the greatest first, then the latest deed, unknown starts last, then the ids of deed
   and word, then the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import orjson

from graph import time
from graph.snapshot import item, periods
from graph.snapshot.columns import NONE
from graph.snapshot.lineup import IN, OUT
from graph.snapshot.nearest import Spans, nearest
from graph.vocabulary import QUAD_CLASSES

if TYPE_CHECKING:
    from graph.snapshot.lineup import Lineup
    from graph.snapshot.view import View

__all__ = ["Directed", "Kind", "Signals", "acting", "running", "signals"]

Kind = Literal["mixed", "bark"]
_DEED: Final = {"mixed": "material-conflict", "bark": "material-cooperation"}
_WORD_SIGN: Final = {"mixed": 1, "bark": -1}
_DAYS: Final = 2**23


@dataclass(frozen=True, slots=True)
class Directed:
    """Relations as they run: from whom named or met, to whom, and which way that is as seen from `a`."""

    rows: np.ndarray
    a: np.ndarray
    b: np.ndarray
    back: np.ndarray
    """Whether it runs from b to a."""

    def only(self, mask: np.ndarray | slice) -> Directed:
        """Those that a mask, an array of places or a slice keeps."""
        return Directed(self.rows[mask], self.a[mask], self.b[mask], self.back[mask])


@dataclass(frozen=True, slots=True)
class Signals:
    """Signals of one kind, in no order: the deeds as they run, the word of each, its lag; severity in tenths."""

    kind: Kind
    deeds: Directed
    words: np.ndarray
    lag: np.ndarray
    severity: np.ndarray

    def __len__(self) -> int:
        return len(self.words)

    def only(self, mask: np.ndarray | slice) -> Signals:
        """Those that a mask or an array of places keeps."""
        return Signals(self.kind, self.deeds.only(mask), self.words[mask], self.lag[mask], self.severity[mask])

    def weight(self, view: View) -> np.ndarray:
        """What they are listed by, the greatest first, before ids decide: severity and start as one number."""
        relations, rows = view.tables.relations, self.deeds.rows
        began = np.where(relations.start[rows] == time.UNDATED, 0, relations.first_days(rows))
        result: np.ndarray = self.severity * _DAYS + began
        return result

    def ids(self, view: View) -> np.ndarray:
        """What tells those of one weight apart, ascending: the ids of deed and word, and the way."""
        own = view.tables.relations.id
        way = np.where(self.deeds.back, b".1", b".0")
        return np.strings.add(np.strings.add(own[self.deeds.rows], np.strings.add(b".", own[self.words])), way)

    def after(self, view: View, weight: float, ids: str) -> Signals:
        """Those that come after one of this weight and these ids."""
        own = self.weight(view)
        later = own < weight
        equal = np.flatnonzero(own == weight)
        later[equal] = self.only(equal).ids(view) > ids.encode()
        return self.only(later)

    def first(self, view: View, limit: int) -> Signals:
        """The first of them in the order of rule 5. O(n), and O(m log m) for the m no lighter than the last."""
        found = self
        if limit < len(self):
            weight = self.weight(view)
            found = self.only(weight >= np.partition(weight, -limit)[-limit])
        order = np.lexsort((found.ids(view), -found.weight(view)))
        return found.only(order[:limit])

    def told(self, view: View) -> list[bytes]:
        """Signals as JSON, both relations with their claims."""
        start, rows = view.tables.relations.start, self.deeds.rows
        certain = periods.dated(start[self.words], "day") & periods.dated(start[rows], "day")
        columns = (
            ["b->a" if back else "a->b" for back in self.deeds.back.tolist()],
            *(map(view.ref, ends.tolist()) for ends in (self.deeds.a, self.deeds.b)),
            *(item.claimed_relations(view, own) for own in (self.words, rows)),
            self.lag.tolist(),
            certain.tolist(),
            (self.severity / 10).tolist(),
        )
        return [self._told(*one) for one in zip(*columns, strict=True)]

    def _told(self, direction: str, *told: Any) -> bytes:  # noqa: ANN401 - a value of each column
        a, b, word, deed = map(orjson.Fragment, told[:4])
        lag, certain, severity = told[4:]
        shown = {
            "kind": self.kind,
            "direction": direction,
            "a": a,
            "b": b,
            "word": word,
            "deed": deed,
            "lag": lag,
            "lag_certain": certain,
            "severity": severity,
        }
        return orjson.dumps(shown)


def running(lineup: Lineup, a: int, b: np.ndarray | int) -> Directed:
    """The relations of a line-up seen from `a`, once for each way they run; `b` is at the other end of each or all."""
    ends, sides = np.broadcast_to(b, lineup.rows.shape), lineup.sides
    forth, back = np.flatnonzero(sides != IN), np.flatnonzero(sides != OUT)
    at = np.concatenate((forth, back))
    return Directed(lineup.rows[at], np.full(len(at), a), ends[at], np.arange(len(at)) >= len(forth))


def acting(view: View, rows: np.ndarray) -> Directed:
    """Any relations, seen from whoever acts; those of an actor with itself are left out."""
    relations = view.tables.relations
    source, target = view.resolve(relations.source[rows]), view.resolve(relations.target[rows])
    return Directed(rows, source, target, np.zeros(len(rows), np.bool_)).only(source != target)


def signals(view: View, runs: Directed, kind: Kind, window: int) -> Signals:
    """The signals among relations as they run. O(n log n)."""
    vocabulary, types = view.vocabulary, view.tables.relations.type[runs.rows]
    sign, deed = _WORD_SIGN[kind], QUAD_CLASSES.index(_DEED[kind])
    is_word = vocabulary.speech[types] & (vocabulary.sign[types] == sign)
    is_deed = (vocabulary.quad_class[types] == deed) & (vocabulary.sign[types] == -sign)
    words, deeds = runs.only(is_word), runs.only(is_deed)
    keys = _keys(view, words, deeds)
    place, lag = nearest(_spans(view, deeds, keys[1]), _spans(view, words, keys[0]), _rank(view, words.rows))
    found = np.flatnonzero((place != NONE) & (np.abs(lag) <= window))
    deeds, rows, lag = deeds.only(found), words.rows[place[found]], lag[found]
    severity = _tenths(view, deeds.rows) + _tenths(view, rows)
    return Signals(kind, deeds, rows, lag, severity)


def _keys(view: View, words: Directed, deeds: Directed) -> tuple[np.ndarray, np.ndarray]:
    """A small number for each two and way, the same for words and deeds."""
    count = len(view.tables.actors)
    ways = [(runs.a.astype(np.int64) * count + runs.b) * 2 + runs.back for runs in (words, deeds)]
    _, keys = np.unique(np.concatenate(ways), return_inverse=True)
    return keys[: len(words.rows)], keys[len(words.rows) :]


def _spans(view: View, runs: Directed, keys: np.ndarray) -> Spans:
    relations = view.tables.relations
    return Spans(keys, relations.first_days(runs.rows), relations.last_days(runs.rows))


def _rank(view: View, rows: np.ndarray) -> np.ndarray:
    """The place of each word among all of them: the greatest |intensity| first, then by id."""
    rank = np.empty(len(rows), np.int64)
    rank[np.lexsort((view.tables.relations.id[rows], -_tenths(view, rows)))] = np.arange(len(rows))
    return rank


def _tenths(view: View, rows: np.ndarray) -> np.ndarray:
    """|Intensity| in tenths, of relations that have one."""
    result: np.ndarray = np.abs(view.vocabulary.tenths[view.tables.relations.type[rows]].astype(np.int64))
    return result
