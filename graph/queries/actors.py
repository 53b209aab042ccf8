"""Actors: the list, one of them, and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from graph.models import Actor, ActorPage, ActorVersionPage
from graph.queries.scope import Answer, Known, Paged, Reading, listing
from graph.queries.scope.filters import Kind, Since, since_revision
from graph.queries.scope.history import history_page
from graph.snapshot import item
from graph.snapshot.newest import Newest
from graph.snapshot.rollup import members
from graph.vocabulary import KINDS

if TYPE_CHECKING:
    from graph.queries.scope.ledger import Ledger
    from graph.snapshot import Snapshot, View

__all__ = ["Actors", "GetActor", "ListActorVersions"]


class Actors(Paged):
    """Actors, narrowed by name, kind, identifier or membership.

    `q` keeps those of whom one name has all its words, the last perhaps only begun, whatever the script, accents and
    case. It neither ranks nor forgives typing errors; `/search` does. Absorbed actors are listed as their survivors.
    """

    name: ClassVar[str] = "list_actors"
    path: ClassVar[str] = "/actors"
    summary: ClassVar[str] = "Actors"
    tag: ClassVar[str] = "actors"
    answer: ClassVar[type] = ActorPage

    q: str | None = Field(
        None, min_length=1, max_length=200, description="Words of a name.", json_schema_extra={"examples": ["lavrov"]}
    )
    kind: tuple[Kind, ...] = Field((), description="The kind of actor.")
    identifier: str | None = Field(
        None, max_length=300, description="An identifier as scheme:value.", json_schema_extra={"examples": ["iso3:RUS"]}
    )
    member_of: str | None = Field(
        None,
        description="A bloc, organization or group of which they are attested members.",
        json_schema_extra={"examples": ["brics"]},
    )
    id: tuple[str, ...] = Field((), description="Actors by id.")
    recorded_since: Since | None = Field(
        None, description="Versions recorded at or after a revision, a day or an instant."
    )
    sort: Literal["name", "-degree", "-recorded_at"] = Field(
        "name", description="By name, by how many visible relations they have, or by when they were recorded."
    )

    def run(self, snapshot: Snapshot) -> Answer:
        """O(actors); with `sort=-degree` O(relations) at a revision first asked about."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        return listing.answer(self, snapshot, moment, self._listed(view), lambda row: item.actor(view, row))

    def effort(self, snapshot: Snapshot) -> int:
        """All relations, if they are counted; all names that are not in order yet."""
        tables = snapshot.tables
        return len(tables.relations) if self.sort == "-degree" else tables.alphabet.behind

    def _listed(self, view: View) -> listing.Listed:
        actors, rows = view.tables.actors, self._rows(view)

        def named(row: int) -> str:
            return view.actor_id(int(actors.first[row]))

        match self.sort:
            case "name":
                return listing.Alphabetic(rows, view.tables.alphabet, named)
            case "-degree":
                return listing.Listed(rows, -view.degrees[actors.first[rows]].astype(np.float64), named)
            case "-recorded_at":
                return listing.Listed(rows, -actors.written[rows].astype(np.float64), named)

    def _rows(self, view: View) -> np.ndarray:
        """The versions that stand and match."""
        tables, actors = view.tables, view.tables.actors
        rows = view.standing_rows(actors)
        mask = ~np.isin(actors.first[rows], list(view.resolved)) & (
            actors.written[rows] >= since_revision(view.snapshot, self.recorded_since)
        )
        if self.kind:
            mask &= np.isin(actors.kind[rows], [KINDS.index(kind) for kind in self.kind])
        wanted: list[np.ndarray] = []
        if self.q is not None:
            wanted.append(view.resolve(tables.names.index.matching(self.q, view.k)))
        if self.id:
            wanted.append(np.array([view.actor(text, "id") for text in self.id], np.int64))
        if self.identifier is not None:
            wanted.append(np.array(view.identified(self.identifier), np.int64))
        if self.member_of is not None:
            wanted.append(members(view, view.actor(self.member_of, "member_of")))
        for actors_wanted in wanted:
            mask &= np.isin(actors.first[rows], actors_wanted)
        kept: np.ndarray = rows[mask]
        return kept


class GetActor(Known):
    """One actor: who it is, by what names and identifiers it is known.

    Offices, memberships and allegiances are dated relations, not fields: see `/actors/{id}/relations`. A survivor of a
    merge shows the names and identifiers of those it has absorbed; asked for by an absorbed actor's id, or by
    `scheme:value`, the answer is a redirect.
    """

    name: ClassVar[str] = "get_actor"
    path: ClassVar[str] = "/actors/{id}"
    summary: ClassVar[str] = "An actor"
    tag: ClassVar[str] = "actors"
    answer: ClassVar[type] = Actor
    strong: ClassVar[bool] = True

    id: str = Field(
        description="The actor's id, or scheme:value.", json_schema_extra={"examples": ["lavrov", "iso3:RUS"]}
    )

    def run(self, snapshot: Snapshot) -> Answer:
        """O(those it has absorbed)."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        actor = view.shown(self.id)
        location = view.actor_id(actor)
        newest = Newest(view)
        newest.actor(actor)
        body = item.actor(view, view.actor_row(actor))
        return Answer(body, moment.revision, newest=newest.revision, location=None if location == self.id else location)


class ListActorVersions(Paged, Reading):
    """An actor's history, newest first: what was recorded, by whom, when and why. Answers for retracted actors too."""

    name: ClassVar[str] = "list_actor_versions"
    path: ClassVar[str] = "/actors/{id}/versions"
    summary: ClassVar[str] = "History of an actor"
    tag: ClassVar[str] = "actors"
    answer: ClassVar[type] = ActorVersionPage

    id: str = Field(description="The actor's id, or scheme:value.", json_schema_extra={"examples": ["lavrov"]})

    def read(self, snapshot: Snapshot, ledger: Ledger) -> Answer:
        """O(versions of the actor)."""
        view = snapshot.view(self.moment(snapshot).revision)
        record = view.ever_named("actor", self.id)
        return history_page(
            self, snapshot, ledger.history("actor", view.actor_id(record), view.k),
            lambda at, row: item.actor(at, row, merged=False),
        )  # fmt: skip
