"""Actors: add, amend, and the parts of a version. Each version states all names and identifiers anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from graph.errors import Conflict, Invalid
from graph.store.references import Found, References
from graph.store.transaction import ACTOR, ACTOR_IDENTIFIER, ACTOR_NAME, MERGE, MERGE_ABSORBED
from graph.text import SLUG_LENGTH, slug

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.models import ActorStatement


class Added(NamedTuple):
    """The id of what was stated, and whether it is new."""

    id: str
    new: bool


class ActorVerbs(References):
    """What may be done to actors, one by one."""

    def add_actor(self, statement: ActorStatement) -> Added:
        """Record an actor, under its own id or one made from its name. Raises Conflict naming who has the id."""
        free = None
        for id_ in [statement.id] if statement.id is not None else free_ids(slug(statement.name)):
            found = self.find("actor", id_)
            if found is None:
                free = id_
                break
            if self.replay and self._ever(found, statement):
                return Added(id_, new=False)
            if statement.id is not None:
                raise Conflict(taken(found), found.id)
        if free is None:
            raise Conflict(f'No id is left for the name "{statement.name}"; give one.')
        self._refuse_taken(statement, None)
        self.new_actor(free, statement)
        return Added(free, new=True)

    def new_actor(self, id: str, statement: ActorStatement) -> int:  # noqa: A002 - the product's word for it
        """Record an actor under an id that nobody has, with identifiers that nobody has. Gives its number."""
        n = self._write_actor(id, statement, {})
        self.done("actor", id, None)
        return n

    def amend_actor(self, id: str, statement: ActorStatement, *, reason: str | None = None) -> bool:  # noqa: A002 - the product's word for it
        """Write a new version of an actor, if it says anything new; with a reason, of a retracted one too."""
        found = self.at_path("actor", id)
        refuse_other_id(found, statement.id)
        self.refuse_absorbed(found)
        if not found.retracted and self._content(found.row) == _stated(statement):
            return False
        if self.replay and self._ever(found, statement):
            return False
        refuse_without_reason(found, reason)
        self._refuse_taken(statement, found)
        self.end_version(found)
        self._write_actor(found.id, statement, {"first": found.first, "version": found.row.version + 1})
        self.done("actor", found.id, reason)
        return True

    def end_version(self, found: Found) -> None:
        """Close the standing version of an actor with its names and identifiers, if one stands."""
        if found.retracted:
            return
        self.end(ACTOR, [found.row.n])
        for part in (ACTOR_NAME, ACTOR_IDENTIFIER):
            self.end(part, [row.n for row in self.rows(select(part.c.n).where(part.c.actor == found.row.n))])
        self.forget("actor", found.id)

    def refuse_absorbed(self, found: Found) -> None:
        """Raise Conflict naming the survivor if an actor has been merged into another."""
        survivor = self.survivor_of(found.first)
        if survivor is not None:
            raise Conflict(f'The actor "{found.id}" has been merged into "{survivor}"; undo that first.', survivor)

    def survivor_of(self, first: int) -> str | None:
        """Tell into whom an actor has been merged, one step up; None if it stands for itself."""
        pointers = MERGE_ABSORBED.join(MERGE, MERGE.c.n == MERGE_ABSORBED.c.merge).join(
            ACTOR, ACTOR.c.n == MERGE.c.survivor
        )
        standing = (MERGE_ABSORBED.c.actor == first, MERGE_ABSORBED.c.ended.is_(None))
        row = self.first(select(ACTOR.c.id).select_from(pointers).where(*standing))
        return None if row is None else str(row.id)

    def _write_actor(self, id_: str, statement: ActorStatement, of: dict[str, int]) -> int:
        said = {"id": id_, "kind": statement.kind, "name": statement.name, "description": statement.description}
        _, _, _, names, identifiers = _stated(statement)
        n = self.add(ACTOR, {**of, **said}, parts=[list(names), list(identifiers)])
        for position, (value, lang, kind) in enumerate(names):
            self.add(ACTOR_NAME, {"actor": n, "position": position, "value": value, "lang": lang, "kind": kind})
        for position, (scheme, value) in enumerate(identifiers):
            self.add(ACTOR_IDENTIFIER, {"actor": n, "position": position, "scheme": scheme, "value": value})
        self.forget("actor", id_)
        return n

    def _refuse_taken(self, statement: ActorStatement, own: Found | None) -> None:
        for identifier in statement.identifiers:
            holder = self.identified(identifier.scheme, identifier.value)
            if holder is not None and (own is None or holder != own.id):
                label = f"{identifier.scheme}:{identifier.value}"
                raise Conflict(f'The identifier "{label}" is taken by "{holder}".', holder)

    def _ever(self, found: Found, statement: ActorStatement) -> bool:
        return any(self._content(row) == _stated(statement) for row in self.versions(found))

    def _content(self, row: Any) -> tuple[object, ...]:  # noqa: ANN401 - a row
        names, identifiers = (
            self.rows(select(part).where(part.c.actor == row.n).order_by(part.c.position))
            for part in (ACTOR_NAME, ACTOR_IDENTIFIER)
        )
        return (
            row.kind,
            row.name,
            row.description,
            tuple((name.value, name.lang, name.kind) for name in names),
            tuple((identifier.scheme, identifier.value) for identifier in identifiers),
        )


def _stated(
    statement: ActorStatement,
) -> tuple[str, str, str | None, tuple[tuple[str, str | None, str], ...], tuple[tuple[str, str], ...]]:
    return (
        statement.kind,
        statement.name,
        statement.description,
        tuple((name.value, name.lang, name.kind) for name in statement.names),
        tuple((identifier.scheme, identifier.value) for identifier in statement.identifiers),
    )


def free_ids(base: str) -> Iterator[str]:
    """List the ids that a name may get: the slug itself, then `-2`, `-3` and so on."""
    yield base
    for number in range(2, 10_000):
        ending = f"-{number}"
        yield base[: SLUG_LENGTH - len(ending)].rstrip("-") + ending


def taken(found: Found) -> str:
    """Say that an id is taken."""
    how = "was retracted; amending it with a reason reinstates it" if found.retracted else "is recorded already"
    return f'The {found.kind} "{found.id}" {how}.'


def refuse_other_id(found: Found, stated: str | None) -> None:
    """Raise Invalid if an amendment states another id than that of the record it amends."""
    if stated not in {None, found.id}:
        raise Invalid.pointer("/id", "An id never changes.")


def refuse_without_reason(found: Found, reason: str | None) -> None:
    """Raise Conflict if a retracted record would be reinstated without a reason."""
    if found.retracted and not reason:
        raise Conflict(f'The {found.kind} "{found.id}" was retracted; a reason is required to reinstate it.', found.id)
