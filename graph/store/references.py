"""What a statement refers to: actors by id or `scheme:value`, documents, datasets, relations, and `@name`s of a file.

A reference is kept as it was written: an absorbed actor's id stays that id, and reading resolves the merge. What was
retracted can still be found, because a repeated statement is recognised first and refused afterwards.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from graph.errors import Gone, Invalid, NotFound
from graph.store.records import RECORDS, called, calling, reason_in
from graph.store.transaction import ACTOR, ACTOR_IDENTIFIER, CHANGE, Transaction, Why
from graph.text import nearest, slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from graph.store.transaction import Head
    from graph.vocabulary import Type, Vocabulary

_NEAR_LIMIT = 1000

_NEWEST = {
    kind: select(*(column for column in table.columns if column.name != "text"))
    .where(*called(kind))
    .order_by(table.c.version.desc())
    .limit(1)
    for kind, table in RECORDS.items()
}
_VERSIONS = {kind: select(table).where(*called(kind)).order_by(table.c.version) for kind, table in RECORDS.items()}


@dataclass(frozen=True, slots=True)
class Found:
    """The newest version of what was referred to."""

    kind: str
    id: str
    row: Any

    @property
    def first(self) -> int:
        """What rows refer to it by."""
        number: int = self.row.first
        return number

    @property
    def retracted(self) -> bool:
        """Whether it was retracted and not reinstated."""
        return self.row.ended is not None


class References(Transaction):
    """A write transaction that knows what is recorded."""

    def __init__(self, connection: Connection, head: Head, why: Why, vocabulary: Vocabulary, *, replay: bool) -> None:
        super().__init__(connection, head, why, replay=replay)
        self.vocabulary = vocabulary
        self.named: dict[str, str] = {}
        self._known: dict[tuple[str, str], Found | None] = {}

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Do something of which nothing is left if it raises, nor remembered."""
        named = dict(self.named)
        try:
            with super().attempt():
                yield
        except BaseException:
            self._known.clear()
            self.named = named
            raise

    def find(self, kind: str, reference: str) -> Found | None:
        """Find a record by what it is called, retracted or not."""
        id_ = self._id(kind, reference)
        if id_ is None:
            return None
        key = (kind, id_)
        if key not in self._known:
            row = self.newest(kind, id_)
            self._known[key] = None if row is None else Found(kind, id_, row)
        return self._known[key]

    def newest(self, kind: str, id: str) -> Any:  # noqa: A002, ANN401 - the product's word; a row
        """Read the newest version of a record; None if there never was one. A document comes without its text."""
        return self.first(_NEWEST[kind], calling(kind, id))

    def versions(self, found: Found) -> Sequence[Any]:
        """Read all versions of a record, oldest first."""
        return self.rows(_VERSIONS[found.kind], calling(found.kind, found.id))

    def original(self, found: Found) -> Any:  # noqa: ANN401 - a row
        """Give the first version of a record, without its text."""
        return found.row if found.row.version == 1 else self.versions(found)[0]

    def forget(self, kind: str, id: str) -> None:  # noqa: A002 - as above
        """Drop what is remembered of a record that was just written."""
        self._known.pop((kind, id), None)

    def forget_claims(self) -> None:
        """Drop what is remembered of relations and claims, for many were just written."""
        self._known = {key: found for key, found in self._known.items() if key[0] not in {"relation", "claim"}}

    def at_path(self, kind: str, reference: str) -> Found:
        """Find the record that a verb is about, retracted or not. Raises NotFound."""
        found = self.find(kind, reference)
        if found is None:
            raise NotFound(kind, reference, self._near(kind, reference))
        return found

    def stated(self, kind: str, reference: str, pointer: str) -> Found:
        """Find what a statement refers to, retracted or not. Raises Invalid at the pointer."""
        found = self.find(kind, reference)
        if found is None:
            near = self._near(kind, reference)
            hint = f' Was "{near}" meant?' if near is not None else ""
            raise Invalid.pointer(pointer, f'There is no {kind} "{reference}".{hint}')
        return found

    def standing(self, kind: str, reference: str, pointer: str) -> Found:
        """Find what a statement refers to. Raises Invalid at the pointer if it is unknown or retracted."""
        found = self.stated(kind, reference, pointer)
        refuse_retracted([(found, pointer)])
        return found

    def refuse_gone(self, found: Found) -> None:
        """Raise Gone if what a verb is about was retracted."""
        if found.retracted:
            ended: int = found.row.ended
            raise Gone(found.kind, found.id, self.reason_of(found.kind, found.id, ended), ended)

    def reason_of(self, kind: str, id: str, revision: int) -> str | None:  # noqa: A002 - as above
        """Tell for what reason a revision wrote or ended a record."""
        change = self.first(select(CHANGE.c.reason, CHANGE.c.details).where(CHANGE.c.revision == revision))
        return None if change is None else reason_in(change, kind, id)

    def type_of(self, name: str, pointer: str) -> Type:
        """Give the type of a statement. Raises Invalid at the pointer."""
        try:
            return self.vocabulary.get(name)
        except KeyError:
            near = self.vocabulary.nearest(name)
            hint = f' Was "{near}" meant?' if near is not None else ""
            raise Invalid.pointer(pointer, f'There is no type "{name}".{hint}') from None

    def _id(self, kind: str, reference: str) -> str | None:
        if reference.startswith("@"):
            called = self.named.get(reference[1:])
            return called.partition(".")[0] if called is not None and kind == "relation" else called
        if kind == "actor" and ":" in reference:
            return self.identified(*reference.split(":", 1), standing=not self.replay)
        return reference

    def identified(self, scheme: str, value: str, *, standing: bool = True) -> str | None:
        """Tell who has an identifier; if it need not be standing, else who had it last."""
        same = [ACTOR_IDENTIFIER.c.scheme == scheme, ACTOR_IDENTIFIER.c.value == value]
        stands = ACTOR_IDENTIFIER.c.ended.is_(None)
        joined = ACTOR_IDENTIFIER.join(ACTOR, ACTOR.c.n == ACTOR_IDENTIFIER.c.actor)
        holders = select(ACTOR.c.id).select_from(joined).where(*same, *([stands] if standing else []))
        row = self.first(holders.order_by(stands.desc(), ACTOR_IDENTIFIER.c.n.desc()).limit(1))
        return None if row is None else str(row.id)

    def _near(self, kind: str, reference: str) -> str | None:
        if kind not in {"actor", "document", "dataset"} or ":" in reference:
            return None
        column = RECORDS[kind].c.id
        wanted = slug(reference, default="-")
        alike = select(column).where(column.like(f"{wanted[:1]}%")).distinct().limit(_NEAR_LIMIT)
        return nearest(wanted, [row.id for row in self.rows(alike)])


def refuse_retracted(founds: Sequence[tuple[Found | None, str]]) -> None:
    """Raise Invalid if a statement refers to something retracted."""
    for found, pointer in founds:
        if found is not None and found.retracted:
            raise Invalid.pointer(pointer, f'The {found.kind} "{found.id}" was retracted.')
