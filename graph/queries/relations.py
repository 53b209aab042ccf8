"""The main query, and its sister without an actor in the path: relations, filtered on everything, page by page."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self

import numpy as np
import orjson
from pydantic import Field, model_validator

from graph.errors import Invalid
from graph.models import RelationPage
from graph.queries.scope import Answer, Paged, compiled
from graph.queries.scope.ends import EndFilters, FarFilters
from graph.snapshot import item
from graph.snapshot.columns import NONE
from graph.snapshot.facets import Facet, facets
from graph.snapshot.find import Order, find, look, page
from graph.snapshot.lineup import in_sight, line_up, line_up_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.queries.scope import Moment
    from graph.snapshot import Snapshot, View
    from graph.snapshot.find import Wanted
    from graph.snapshot.lineup import Lineup, Runs, Sight

__all__ = ["ActorRelations", "Relations"]


_DEAR: Final = frozenset((
    "count", "facets", "sort", "rollup", "attr",
    "claimant", "publisher", "dataset", "document", "licence", "has_quote", "min_confidence", "min_publishers",
))  # fmt: skip
"""Parameters for which all that is in sight may be looked at, or each for longer than a comparison takes."""
_CHEAP: Final = frozenset(("limit", "cursor", "include", "known_at"))
"""Parameters that leave nothing out: a page of all relations is cut off their order."""


class _RelationPage(FarFilters, Paged):
    """What both lists of relations share."""

    sort: Order = Field("-start", description="Unknown values last, ties by id.")
    include: tuple[Literal["claims", "about"], ...] = Field(
        (), description="Embed the newest 20 claims of each relation, or the relation it is about."
    )
    facets: tuple[Facet, ...] = Field((), description="Count the whole filtered set by these, the 100 largest of each.")

    unbound: ClassVar[tuple[str, ...]] = (*Paged.unbound, "include", "facets")

    def _sees(self, view: View) -> Sight | None:
        raise NotImplementedError  # pragma: no cover - both lists below say where they look from

    def _in_sight(self, view: View, _wanted: Wanted) -> Runs:
        return line_up(view, self._sees(view))

    def _names_an_end(self) -> bool:
        """Whether an actor is named, so that only its relations are in sight."""
        raise NotImplementedError  # pragma: no cover - as above

    def _seen_from(self) -> bool:
        """Whether items show the direction as seen from a named actor."""
        return False

    def effort(self, snapshot: Snapshot) -> int:
        """All that is in sight, if all of it may have to be looked at, or any of it costs more than a comparison."""
        given = self.model_fields_set
        if given.isdisjoint(_DEAR) and (self._names_an_end() or given <= _CHEAP):
            return 0
        view = snapshot.view(self.moment(snapshot).revision)
        return in_sight(view, self._sees(view))

    def run(self, snapshot: Snapshot) -> Answer:
        """Line up, filter, cut a page, embed. O(relations of the near actor), less for an early page."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        cursor = self.after(snapshot)
        wanted = self.wanted(view)
        runs = self._in_sight(view, wanted)
        after = None if cursor is None else (cursor.number, cursor.id)
        total, extra = None, b""
        if self.count or self.facets:
            found = look(view, runs, wanted)
            total = len(found) if self.count else None
            extra = b',"facets":' + orjson.dumps(facets(found, self.facets)) if self.facets else b""
            part = page(found, self.sort, after, self.limit)
        else:
            part = find(view, runs, wanted, self.sort, after, self.limit)
        following = self.next_cursor(snapshot, moment.revision, *part.next) if part.next else None
        body = item.page(self._items(view, part.lineup), following, total, extra)
        return Answer(body, moment.revision, following)

    def _items(self, view: View, lineup: Lineup) -> list[bytes] | memoryview:
        sides = lineup.side if self._seen_from() else None
        extras = item.embedded(view, lineup.rows, self.include) if self.include else None
        return item.joined(view, lineup.rows, sides, extras)


class ActorRelations(_RelationPage):
    """Everything between one actor and others: who said or did what to whom, according to whom, and when it held.

    The main query. Each item is one version of a relation as its visible claims stand; `include=claims` embeds who says
    so, in which document and in which words. `valid_at` and its kin ask when something held, `known_at` when the
    service knew it. An absorbed actor, or one named `scheme:value`, is answered in place.
    """

    name: ClassVar[str] = "list_actor_relations"
    path: ClassVar[str] = "/actors/{id}/relations"
    summary: ClassVar[str] = "Relations of an actor"
    tag: ClassVar[str] = "relations"
    answer: ClassVar[type] = RelationPage

    id: str = Field(description="The actor: its id, or scheme:value.", json_schema_extra={"examples": ["russia"]})

    @classmethod
    def at_once(cls, path: Mapping[str, str], query: bytes, snapshot: Snapshot) -> tuple[Answer, Moment] | None:
        """The answer, if C covers what is asked."""
        return compiled.at_once(cls.name, path["id"], query, snapshot)

    def _names_an_end(self) -> bool:
        return True

    def _seen_from(self) -> bool:
        return True

    def _sees(self, view: View) -> Sight:
        return self.from_actor(view, view.shown(self.id))


class Relations(EndFilters, _RelationPage):
    """All relations, or those of the actors named by `actor`, by `source` and `target`, or by `between` twice."""

    name: ClassVar[str] = "list_relations"
    path: ClassVar[str] = "/relations"
    summary: ClassVar[str] = "Relations"
    tag: ClassVar[str] = "relations"
    answer: ClassVar[type] = RelationPage

    @model_validator(mode="after")
    def _with_is_seen_from_an_actor(self) -> Self:
        if "with" in self.facets and self.actor is None:
            raise Invalid.parameter("facets", "`with` counts the other ends as seen from an actor; add actor=.")
        return self

    def effort(self, snapshot: Snapshot) -> int:
        """As in both lists; little, if relations are named by id."""
        return 0 if self._named() else super().effort(snapshot)

    def _sees(self, view: View) -> Sight | None:
        return self.sight(view)

    def _names_an_end(self) -> bool:
        return any((self.actor, self.source, self.target, *self.between))

    def _named(self) -> bool:
        """Whether relations are named that can be looked up, and no actor is."""
        return bool(self.id or self.about) and not self._names_an_end()

    def _in_sight(self, view: View, wanted: Wanted) -> Runs:
        if not self._named():
            return super()._in_sight(view, wanted)
        tables = view.tables
        if wanted.about is not None:
            return line_up_rows(view, tables.by_about.rows(wanted.about))
        chains = (tables.relations.chain(record) for record in set(wanted.records or ()) - {NONE})
        return line_up_rows(view, np.fromiter(chain.from_iterable(chains), np.int32))
