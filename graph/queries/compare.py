"""What is different between two moments of either clock, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal, NamedTuple, Self

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from graph import time
from graph.errors import Invalid
from graph.models import DifferencePage
from graph.queries.scope import Answer, Moment, Paged
from graph.queries.scope.filters import RelationFilters
from graph.queries.scope.question import asked_day, moment_known
from graph.snapshot import item
from graph.snapshot.columns import NONE
from graph.snapshot.evidence import claims_visible
from graph.snapshot.find import keys, matching
from graph.snapshot.lineup import Sight, line_up

if TYPE_CHECKING:
    from graph.snapshot import Snapshot, View

__all__ = ["Compare"]

Change = Literal["added", "amended", "ended", "retracted"]
Cause = Literal["world", "learned", "corrected", "withdrawn"]

_STATED: Final = ("type", "source", "target", "start", "about", "about_as")
"""What is stated of a relation beside its end and its attributes."""


class Compare(RelationFilters, Paged):
    """What an answer shows at `to` that it did not at `from`, and the other way round: each with the cause.

    Both answers are those of `/relations` with the same filters. On the *known* clock `from` and `to` are what
    `known_at` takes, and the differences are what this service came to know between them; on the *valid* clock they
    are what `valid_at` takes, and the differences are what changed in the world between them, as known at `known_at`.

    1. `added`: shown at `to` alone. `amended`: shown at both, and not the same: whatever an item shows counts.
    2. `retracted`: shown at `from` alone, and not visible at `to`, whatever the filters: retracted itself, or what it
       hangs on. `ended`: shown at `from` alone, and visible at `to`, but no longer what is asked for.
    3. On the valid clock every cause is `world`. On the known clock it is the first that fits:
       a. `withdrawn`: it was retracted in the sense of 2;
       b. `learned`: it was not visible at `from`, whatever the filters;
       c. `world`: another version stands at `to`, and only `end` and `end_status` of what is stated are different;
       d. `corrected`: another version stands at `to`;
       e. `learned`: a claim is visible at `to` that was not at `from`;
       f. `withdrawn`: a claim was visible at `from` that is not at `to`;
       g. `corrected`: what it shows was amended: a claim, a name, who is the same as whom.

    Taking away what was ended or retracted, and putting in what was added or amended, makes the answer at `to` of the
    answer at `from`. A name in a filter that means nobody at one of the two moments finds nothing there.
    """

    name: ClassVar[str] = "compare"
    path: ClassVar[str] = "/compare"
    summary: ClassVar[str] = "What changed between two moments, and why"
    tag: ClassVar[str] = "graph"
    answer: ClassVar[type] = DifferencePage

    from_: Annotated[str, BeforeValidator(asked_day)] = Field(
        alias="from",
        max_length=40,
        description="The first moment: a revision, a full date or an instant; on the valid clock a date or `today`.",
        json_schema_extra={"examples": ["0", "2025-12-31"]},
    )
    to: Annotated[str | None, BeforeValidator(asked_day)] = Field(
        None,
        max_length=40,
        description="The second moment, likewise; if left out on the known clock, `known_at` or now.",
        json_schema_extra={"examples": ["1", "2026-02-09"]},
    )
    clock: Literal["known", "valid"] = Field("known", description="Which clock the two moments are of.")
    actor: str | None = Field(None, description="An actor at either end.", json_schema_extra={"examples": ["russia"]})

    @property
    def asked_span(self) -> tuple[int, int] | None:
        """The filter on valid time; on the valid clock all that lies between the moments. Errors: `Invalid`."""
        if self.clock == "known":
            return super().asked_span
        if self.valid_at or self.valid_from or self.valid_to:
            raise Invalid.parameter(
                "clock", "on the valid clock `from` and `to` say when; leave out other valid times."
            )
        if self.to is None:
            raise Invalid.parameter("to", "is required on the valid clock.")
        span = (_span(self.from_, "from")[0], _span(self.to, "to")[1])
        if span[0] > span[1]:
            raise Invalid.parameter("from", f"{self.from_} begins after to={self.to} ends; swap them.")
        return span

    @model_validator(mode="after")
    def _moments_are_of_the_clock(self) -> Self:
        if self.clock == "known":
            if self.known_at is not None and self.to is not None:
                raise Invalid.parameter("known_at", "is the same as `to` on the known clock; leave one of them out.")
            time.parse_known_at(self.from_, "from")
            if self.to is not None:
                time.parse_known_at(self.to, "to")
        return self

    def moment(self, snapshot: Snapshot) -> Moment:
        """On the known clock that of `to`, on the valid clock that of any list. Errors: `Invalid`, `BadCursor`."""
        if self.clock == "valid":
            return super().moment(snapshot)
        begin, end = moment_known(snapshot, self.from_, "from"), super(Paged, self).moment(snapshot)
        if self.to is not None:
            end = moment_known(snapshot, self.to, "to")
        if begin.revision > end.revision:
            detail = (
                f"{self.from_} (revision {begin.revision}) is later than the other moment, revision {end.revision}."
            )
            raise Invalid.parameter("from", detail)
        cursor = self.after(snapshot)
        return Moment(cursor.revision if cursor else end.revision, begin.pinned and end.pinned)

    def run(self, snapshot: Snapshot) -> Answer:
        """O(relations of both answers), or of the actor at both moments."""
        moment = self.moment(snapshot)
        view = earlier = snapshot.view(moment.revision)
        spans = (self.asked_span, self.asked_span)
        if self.clock == "known":
            earlier = snapshot.view(moment_known(snapshot, self.from_, "from").revision)
        elif self.to is not None:
            spans = (_span(self.from_, "from"), _span(self.to, "to"))
        compared = _Compared(earlier, view, *self._shown((earlier, spans[0]), (view, spans[1])))
        cursor = self.after(snapshot)
        page = compared.page(None if cursor is None else (cursor.number, cursor.id), self.limit)
        following = self.next_cursor(snapshot, moment.revision, *page.next) if page.next else None
        total = len(compared) if self.count else None
        return Answer(item.page(map(compared.told, page.places), following, total), moment.revision, following)

    def _shown(self, *moments: tuple[View, tuple[int, int] | None]) -> list[np.ndarray]:
        """The relations shown at each moment; none where a name means nobody, if it means somebody at another."""
        found: list[np.ndarray] = []
        unknown: list[Invalid] = []
        for view, asked in moments:
            try:
                actor = None if self.actor is None else view.actor(self.actor, "actor")
                sight = None if actor is None else Sight(actor, asked=asked)
                found.append(matching(view, line_up(view, sight), self.wanted(view)._replace(asked=asked)).rows)
            except Invalid as error:
                unknown.append(error)
                found.append(np.empty(0, np.int32))
        if len(unknown) == len(moments):
            raise unknown[-1]
        return found


def _span(text: str, parameter: str) -> tuple[int, int]:
    packed = time.pack(text, parameter)
    return time.first_day(packed), time.last_day(packed)


class _Page(NamedTuple):
    places: list[int]
    next: tuple[float, str] | None


class _Compared:
    """The differences of two answers: for each relation the version shown at each moment, `NONE` where it is not."""

    def __init__(self, earlier: View, later: View, before: np.ndarray, after: np.ndarray) -> None:
        self._earlier, self._later = earlier, later
        self._relations = relations = later.tables.relations
        records = np.union1d(relations.first[before], relations.first[after])
        self._before, self._after = np.full((2, len(records)), NONE, np.int32)
        self._before[np.searchsorted(records, relations.first[before])] = before
        self._after[np.searchsorted(records, relations.first[after])] = after
        different = self._different()
        self._before, self._after = self._before[different], self._after[different]
        shown = np.where(self._after == NONE, self._before, self._after)
        self._keys, self._ids = keys(later, shown, "-start"), relations.id[shown]

    def __len__(self) -> int:
        return len(self._before)

    def page(self, after: tuple[float, str] | None, limit: int) -> _Page:
        """The places of the differences of a page, in the order of `/relations`, and where the next one begins."""
        order = np.lexsort((self._ids, self._keys))
        if after is not None:
            key, own = self._keys[order], self._ids[order]
            order = order[(key > after[0]) | ((key == after[0]) & (own > np.bytes_(after[1].encode())))]
        places: list[int] = order[:limit].tolist()
        more = len(order) > limit
        return _Page(places, (float(self._keys[places[-1]]), self._ids[places[-1]].decode()) if more else None)

    def told(self, place: int) -> bytes:
        """One difference as JSON."""
        before, after = int(self._before[place]), int(self._after[place])
        record = int(self._relations.first[before if after == NONE else after])
        change, row = self._change(record, before, after)
        shown = item.relation(self._earlier, before) if row == NONE else item.relation(self._later, row)
        was = b"null" if before == NONE else item.relation(self._earlier, before)
        cause = self._cause(record, change)
        return b'{"change":"%b","cause":"%b","relation":%b,"before":%b}' % (change.encode(), cause.encode(), shown, was)

    def _different(self) -> np.ndarray:
        """Which of the relations do not look the same in both answers."""
        different: np.ndarray = self._before != self._after
        if self._earlier is self._later:
            return different
        rows = np.flatnonzero(~different)
        versions, evidence = self._after[rows], self._later.evidence
        records = self._relations.first[versions]
        altered = evidence.at(records, self._earlier.k) != evidence.at(records, self._later.k)
        for ends in (self._relations.source[versions], self._relations.target[versions]):
            actors, where = np.unique(ends, return_inverse=True)
            renamed = [self._earlier.ref(actor) != self._later.ref(actor) for actor in actors.tolist()]
            altered |= np.array(renamed, np.bool_)[where]
        different[rows] = altered
        return different

    def _change(self, record: int, before: int, after: int) -> tuple[Change, int]:
        """Rules 1 and 2, and the version to show at the later moment, `NONE` if it is not visible then."""
        if after != NONE:
            return "added" if before == NONE else "amended", after
        standing = _visible(self._later, record)
        return "retracted" if standing == NONE else "ended", standing

    def _cause(self, record: int, change: Change) -> Cause:
        """Rule 3."""
        if self._earlier is self._later:
            return "world"
        if change == "retracted":
            return "withdrawn"
        before, after = _visible(self._earlier, record), _visible(self._later, record)
        if before == NONE:
            return "learned"
        if before != after:
            return "world" if self._only_ended(before, after) else "corrected"
        was, now = _claims(self._earlier, record), _claims(self._later, record)
        return "learned" if now - was else "withdrawn" if was - now else "corrected"

    def _only_ended(self, before: int, after: int) -> bool:
        """Whether of what two versions state only `end` and `end_status` are different."""
        relations, attributes = self._relations, self._later.tables.attributes
        stated = [getattr(relations, name) for name in _STATED]
        if any(column[before] != column[after] for column in stated) or attributes[before] != attributes[after]:
            return False
        return bool(
            relations.end[before] != relations.end[after] or relations.ongoing[before] != relations.ongoing[after]
        )


def _visible(view: View, record: int) -> int:
    """The version of a relation that is visible at a view's revision, or `NONE`."""
    row = view.tables.relations.row_at(record, view.k)
    return row if row != NONE and view.visible(np.array([row]))[0] else NONE


def _claims(view: View, record: int) -> set[int]:
    """The claims, by record, that are visible on a relation."""
    rows = view.tables.by_relation.rows(record)
    return set(view.tables.claims.first[rows[claims_visible(view.tables, rows, view.k)]].tolist())
