"""What must hold for each row of the ledger, whatever else there is."""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, select

from graph.store.check.streams import references
from graph.store.identity import Key, Sameness, Stated, relation_ids, tags
from graph.store.transaction import ACTOR, CLAIM, DATASET, DOCUMENT, MERGE, RELATION, TABLES
from graph.time import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import ColumnElement, Connection, Table

    from graph.vocabulary import Vocabulary

_DATES: Final = {RELATION: ("start", "end"), CLAIM: ("said_on",), DOCUMENT: ("published_on",)}
_LISTS: Final = {CLAIM: "via", DOCUMENT: "sources"}
_KEPT: Final = {
    ACTOR: ("id",),
    DOCUMENT: ("id",),
    DATASET: ("id",),
    MERGE: ("id",),
    RELATION: ("id", "type", "source", "target", "about", "about_as"),
    CLAIM: ("relation", "tag", "stance", "claimant", "document", "dataset", "record"),
}
"""What every version of a record has in common."""
_COUNTERS: Final = {table: counter for counter, table in TABLES.items()}
_SALTS: Final = 8


class Rules:
    """The rules of single rows, with what little of the ledger they ask for besides."""

    def __init__(self, connection: Connection, vocabulary: Vocabulary) -> None:
        self._connection = connection
        self._vocabulary = vocabulary
        self._is_actor: Callable[[int], bool] = lru_cache(maxsize=100_000)(self._look_up_actor)

    def faults(self, table: Table, row: Any, counts: dict[str, int]) -> Iterator[str]:  # noqa: ANN401 - a row
        """Tell what is wrong with a row, by the number of rows that there were after its revision."""
        yield from self._references(table, row, counts)
        yield from _dates(table, row)
        if table in _KEPT:
            yield from self._versions(table, row)
        if table is RELATION and row.version == 1:
            yield from self._relation_id(row)
        if table is CLAIM and row.version == 1:
            yield from self._tag(row)

    def _references(self, table: Table, row: Any, counts: dict[str, int]) -> Iterator[str]:  # noqa: ANN401 - a row of any table
        for name, record in references(table).items():
            number = getattr(row, name)
            if number is None:
                continue
            if getattr(row, f"{name}__version") != 1:
                yield f"its {name} refers to no record: there is no first version with number {number}"
            if number > (row.n - 1 if record is table else counts[_COUNTERS[record]]):
                yield f"its {name} was recorded later than it"
        listed = getattr(row, _LISTS[table]) if table in _LISTS else None
        for number in json.loads(listed) if listed is not None else []:
            if number > counts["actors"] or not self._is_actor(number):
                yield f"its {_LISTS[table]} name an actor that was not recorded by then: {number}"

    def _versions(self, table: Table, row: Any) -> Iterator[str]:  # noqa: ANN401 - a row
        """Tell what is wrong between a version and the one before it."""
        if row.version == 1:
            if row.first != row.n:
                yield "it is a first version of something else"
            return
        names = ("relation", "tag") if table is CLAIM else ("id",)
        same = [table.c[name] == getattr(row, name) for name in names]
        before = self._connection.execute(select(table).where(*same, table.c.version == row.version - 1)).first()
        if before is None:
            yield "the version before it is missing"
            return
        if before.first != row.first or before.n >= row.n:
            yield "it is a version of something else"
        if before.ended is None or before.ended > row.written:
            yield "the version before it was not ended by then"
        changed = [name for name in _KEPT[table] if getattr(before, name) != getattr(row, name)]
        if changed:
            yield f"it differs from the version before it in what never changes: {', '.join(changed)}"

    def _relation_id(self, row: Any) -> Iterator[str]:  # noqa: ANN401 - a row
        """Tell if a relation's id does not follow from the key of its first version."""
        try:
            type_ = self._vocabulary.get(row.type)
        except KeyError:
            yield f'its type "{row.type}" is not in the vocabulary'
            return
        ends = (row.source__id, row.target__id)
        if None in ends or (row.about is not None and row.about__id is None):
            return  # told already: it refers to nothing
        about = None if row.about is None else (row.about__id, row.about_as)
        stated = Stated(row.start, row.end, row.end_status, row.attributes)
        key = Key.of(type_, ends, about, stated)._replace(type=row.type)  # which may be an alias by now
        for letters in islice(relation_ids(key), _SALTS):
            if letters == row.id:
                return
            if not self._there(RELATION, RELATION.c.id == letters):
                break
        yield "its id does not follow from what it says"

    def _tag(self, row: Any) -> Iterator[str]:  # noqa: ANN401 - a row
        """Tell if a claim's tag does not follow from what makes claims the same."""
        said = (row.stance, row.claimant__id, row.document__id, row.dataset__id, row.record, row.quote_exact)
        for letters in islice(tags(Sameness(*said)), _SALTS):
            if letters == row.tag:
                return
            if not self._there(CLAIM, and_(CLAIM.c.relation == row.relation, CLAIM.c.tag == letters)):
                break
        yield "its id does not follow from what it says"

    def _look_up_actor(self, number: int) -> bool:
        return self._there(ACTOR, and_(ACTOR.c.n == number, ACTOR.c.version == 1))

    def _there(self, table: Table, where: ColumnElement[bool]) -> bool:
        return self._connection.execute(select(table.c.n).where(where).limit(1)).first() is not None


def called(table: Table, row: Any) -> str:  # noqa: ANN401 - a row
    """Name a row for a reader."""
    if table is CLAIM:
        return f"claim {row.relation__id}.{row.tag} version {row.version} (row {row.n})"
    if table in _KEPT:
        return f"{table.name} {row.id} version {row.version} (row {row.n})"
    return f"{table.name} {row.n}"


def _dates(table: Table, row: Any) -> Iterator[str]:  # noqa: ANN401 - a row
    for name in _DATES.get(table, ()):
        packed = getattr(row, name)
        if packed is not None and not _is_date(packed):
            yield f"its {name} is no date: {packed}"


@lru_cache(maxsize=65_536)
def _is_date(packed: int) -> bool:
    try:
        return pack(unpack(packed)) == packed
    except (ValueError, OverflowError):
        return False
