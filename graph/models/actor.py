"""Whoever can act or be acted on: tables, statement, shape."""

from typing import Literal, Self, get_args

from pydantic import model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import Index, text
from sqlmodel import Field

from graph.db.columns import Words, whole
from graph.models.fields import Language, Line, Many, Prose, Scheme, Slug, Statement
from graph.models.shape import Page, Shape, VersionEntry
from graph.models.table import PartRow, RecordRow, one_of, part_args, record_args

ActorKind = Literal["state", "bloc", "organization", "person", "group", "place", "unknown"]
NameKind = Literal["alias", "former", "acronym"]
ACTOR_KINDS: tuple[str, ...] = get_args(ActorKind)
NAME_KINDS: tuple[str, ...] = get_args(NameKind)

_STANDING = text("ended IS NULL")


class ActorRow(RecordRow, table=True):
    """One version of an actor; its names and identifiers are rows of their own that point here."""

    __tablename__ = "actor"
    __table_args__ = record_args(
        "actor",
        Index("uq_actor_id_version", "id", "version", unique=True),
        one_of("kind", ACTOR_KINDS, "kind"),
    )

    id: str = Field(sa_type=Words)
    kind: str = Field(sa_type=Words)
    name: str = Field(sa_type=Words)
    description: str | None = Field(sa_type=Words)


class ActorNameRow(PartRow, table=True):
    """One further name of one version of an actor."""

    __tablename__ = "actor_name"
    __table_args__ = part_args(
        "actor_name",
        Index("uq_actor_name_actor_position", "actor", "position", unique=True),
        one_of("kind", NAME_KINDS, "kind"),
    )

    actor: int = whole(refers="actor.n")
    position: int = whole()
    value: str = Field(sa_type=Words)
    lang: str | None = Field(sa_type=Words)
    kind: str = Field(sa_type=Words)


class ActorIdentifierRow(PartRow, table=True):
    """One identifier of one version of an actor. What stands is unique over all actors."""

    __tablename__ = "actor_identifier"
    __table_args__ = part_args(
        "actor_identifier",
        Index("uq_actor_identifier_actor_position", "actor", "position", unique=True),
        Index(
            "uq_actor_identifier_scheme_value",
            "scheme",
            "value",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
    )

    actor: int = whole(refers="actor.n")
    position: int = whole()
    scheme: str = Field(sa_type=Words)
    value: str = Field(sa_type=Words)


class NameStatement(Statement):
    """A further name."""

    value: Line
    lang: Language | None = None
    kind: NameKind = "alias"


class IdentifierStatement(Statement):
    """An identifier that others gave. One actor at a time has it."""

    scheme: Scheme
    value: Line


class ActorStatement(Statement):
    """All that is stated of an actor."""

    id: Slug | None = None
    kind: ActorKind
    name: Line
    description: Prose | None = None
    names: list[NameStatement] = Many
    identifiers: list[IdentifierStatement] = Many

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        values = [(name.value, name.lang, name.kind) for name in self.names]
        if len(set(values)) < len(values) or any(name.value == self.name for name in self.names):
            raise PydanticCustomError(
                "repeated_name", "A name is given twice; `name` itself is not repeated in `names`."
            )
        given = [(identifier.scheme, identifier.value) for identifier in self.identifiers]
        if len(set(given)) < len(given):
            raise PydanticCustomError("repeated_identifier", "An identifier is given twice.")
        return self


class Name(Shape):
    """A further name of an actor."""

    value: str
    lang: str | None
    kind: str


class Identifier(Shape):
    """An identifier of an actor. `scheme:value` names the actor wherever its id does."""

    scheme: str
    value: str


class Actor(Shape):
    """Whoever can act or be acted on."""

    id: str
    kind: str
    name: str
    description: str | None
    names: list[Name]
    identifiers: list[Identifier]
    version: int
    recorded_at: str
    retracted_at: str | None


class ActorPage(Page):
    """A page of actors."""

    items: list[Actor]


class ActorVersion(VersionEntry):
    """One step in an actor's history, and what it then was."""

    record: Actor


class ActorVersionPage(Page):
    """A page of an actor's history, newest first."""

    items: list[ActorVersion]
