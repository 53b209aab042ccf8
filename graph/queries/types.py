"""The vocabulary of types, with how many relations each has."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from graph.errors import NotFound
from graph.models.shape import Page
from graph.queries.scope import Answer, Known, Paged
from graph.snapshot import item
from graph.vocabulary import RelationType

if TYPE_CHECKING:
    from graph.snapshot import Snapshot, View

__all__ = ["GetType", "Types"]


class TypePage(Page):
    """A page of types, in the order of the tree."""

    items: list[RelationType]


def _shown(view: View, number: int) -> bytes:
    """A type; its count is what `type=<id>` finds, descendants included."""
    kind = view.vocabulary.types[number]
    count = int(view.per_type[kind.number : kind.stop].sum())
    return view.vocabulary.relation_type(kind.id, count).model_dump_json().encode()


class Types(Paged):
    """The vocabulary as a tree, parents before children: what a relation can be, with CAMEO, PLOVER and other codes."""

    name: ClassVar[str] = "list_types"
    path: ClassVar[str] = "/types"
    summary: ClassVar[str] = "The vocabulary of relation types"
    tag: ClassVar[str] = "types"
    answer: ClassVar[type] = TypePage

    def effort(self, snapshot: Snapshot) -> int:
        """All relations, which are counted by type."""
        return len(snapshot.tables.relations)

    def run(self, snapshot: Snapshot) -> Answer:
        """O(types), and O(relations) at a revision first asked about."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        cursor = self.after(snapshot)
        count = len(view.vocabulary.types)
        begin = 0 if cursor is None else int(min(max(cursor.number, -1), count)) + 1
        numbers = range(begin, min(begin + self.limit, count))
        following = None
        if numbers and numbers[-1] + 1 < count:
            last = numbers[-1]
            following = self.next_cursor(snapshot, moment.revision, float(last), view.vocabulary.types[last].id)
        body = item.page((_shown(view, number) for number in numbers), following, count if self.count else None)
        return Answer(body, moment.revision, following)


class GetType(Known):
    """One type: its place in the tree, its meaning, the attributes it knows, its codes elsewhere."""

    name: ClassVar[str] = "get_type"
    path: ClassVar[str] = "/types/{id}"
    summary: ClassVar[str] = "A relation type"
    tag: ClassVar[str] = "types"
    answer: ClassVar[type] = RelationType

    id: str = Field(
        max_length=200, description="The type's id, an earlier id of it, or a `cameo:` code.",
        json_schema_extra={"examples": ["sanction", "cameo:163"]},
    )  # fmt: skip

    def effort(self, snapshot: Snapshot) -> int:
        """All relations, which are counted by type."""
        return len(snapshot.tables.relations)

    def run(self, snapshot: Snapshot) -> Answer:
        """O(1), and O(relations) at a revision first asked about."""
        moment = self.moment(snapshot)
        vocabulary = snapshot.tables.vocabulary
        scheme, _, code = self.id.partition(":")
        kind = vocabulary.by_code(scheme, code) if code else None
        if kind is None:
            try:
                kind = vocabulary.get(self.id)
            except KeyError:
                raise NotFound("type", self.id, vocabulary.nearest(self.id)) from None
        return Answer(_shown(snapshot.view(moment.revision), kind.number), moment.revision)
