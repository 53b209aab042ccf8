"""Taking back, in one revision, all that an import did.

1. The merges that it made are undone.
2. What was recorded before, and which it amended, retracted or reinstated, says again what it said just before the
   import first touched it: in a new version, or in none if it was retracted then.
3. Of what it was the first to record, claims are retracted, unless others wrote to them since. All else stays, as
   others may refer to it by now: actors, documents, datasets, and relations, which nobody sees without a claim.
4. Nothing is taken back if a revision that is not the import's wrote to a record of condition 2 since, or if the import
   undid a merge: what is right is to be decided anew. The record is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import or_, select

from graph.errors import Conflict
from graph.models import COUNTED
from graph.store import full_text
from graph.store.check.streams import PARTS
from graph.store.log import SAYS
from graph.store.records import RECORDS
from graph.store.transaction import ACTOR_IDENTIFIER, CHANGE, CLAIM, MERGE, RELATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Table

    from graph.store.writer import Writer

_AT_ONCE: Final = 500
_OF_THE_ROW: Final = frozenset({"n", "version", "written", "ended", "hash"})


class Batch(NamedTuple):
    """One revision of an import: the last number of each table before it, and at its end."""

    revision: int
    before: dict[str, int]
    after: dict[str, int]


def batches(writer: Writer, comment: str, first: int, last: int) -> list[Batch]:
    """List the revisions from one to another that a comment marks as an import's."""
    change = CHANGE.c
    columns = (change.revision, change.comment, *(change[name] for name in COUNTED))
    between = (change.revision >= first - 1, change.revision <= last)
    before = dict.fromkeys(COUNTED, 0)
    found = []
    for said in writer.rows(select(*columns).where(*between).order_by(change.revision)):
        after = {name: getattr(said, name) for name in COUNTED}
        if said.comment == comment and said.revision >= first:
            found.append(Batch(said.revision, before, after))
        before = after
    return found


def take_back(writer: Writer, done: Sequence[Batch]) -> None:
    """Take back what the batches of an import did. Raises Conflict: condition 4.

    O(claims recorded), and some queries for each record that was there before and touched.
    """
    revisions = [batch.revision for batch in done]
    for id_ in _merges(writer, revisions):
        writer.undo_merge(id_, None)
    for kind, table in RECORDS.items():
        if table is not MERGE:
            for first in _touched(writer, table, revisions):
                _restore(writer, kind, first, set(revisions))
    for batch in done:
        writer.end_between(CLAIM, batch.before["claims"] + 1, batch.after["claims"])


def _some(revisions: Sequence[int]) -> Iterator[Sequence[int]]:
    for begin in range(0, len(revisions), _AT_ONCE):
        yield revisions[begin : begin + _AT_ONCE]


def _merges(writer: Writer, revisions: Sequence[int]) -> list[str]:
    """List the merges that an import made and that stand."""
    made: list[str] = []
    for some in _some(revisions):
        for row in writer.rows(select(MERGE).where(or_(MERGE.c.written.in_(some), MERGE.c.ended.in_(some)))):
            if row.written not in revisions:
                raise Conflict(f'The import undid the merge "{row.id}": decide anew who is the same.', row.id)
            made += [row.id] if row.ended is None else []
    return made


def _touched(writer: Writer, table: Table, revisions: Sequence[int]) -> list[int]:
    """List the records of which an import ended a version, or wrote another than the first."""
    touched: set[int] = set()
    for some in _some(revisions):
        changed = or_((table.c.version > 1) & table.c.written.in_(some), table.c.ended.in_(some))
        touched |= {row.first for row in writer.rows(select(table.c.first).where(changed))}
    return sorted(touched)


def _restore(writer: Writer, kind: str, first: int, ours: set[int]) -> None:
    """Have a record say what it said before an import: conditions 2 to 4."""
    table = RECORDS[kind]
    rows = writer.rows(select(table).where(table.c.first == first).order_by(table.c.version))
    moments = {each for row in rows for each in (row.written, row.ended) if each is not None}
    since = min(moments & ours)
    by_others = {each for each in moments - ours if each > since}
    was_there = rows[0].written < since
    if was_there and by_others:
        id_ = _called(writer, kind, rows[0])
        told = f'The import changed the {kind} "{id_}", and revision {min(by_others)} changed it since: decide anew.'
        raise Conflict(told, id_)
    if by_others or not (was_there or kind == "claim"):
        return
    _end(writer, kind, rows[-1])
    said = [row for row in rows if row.written < since and (row.ended is None or row.ended >= since)]
    if said:
        _say_again(writer, table, said[0], rows[-1].version + 1)
    id_ = _called(writer, kind, rows[0])
    writer.forget(kind, id_)
    writer.done(kind, id_, None)


def _end(writer: Writer, kind: str, row: Any) -> None:  # noqa: ANN401 - a row
    """End the newest version of a record, if it stands."""
    if kind == "actor":
        found = writer.at_path(kind, row.id)
        writer.refuse_absorbed(found)
        writer.end_version(found)
    elif row.ended is None:
        writer.end(RECORDS[kind], [row.n])


def _say_again(writer: Writer, table: Table, row: Any, version: int) -> None:  # noqa: ANN401 - a row
    """Write a version that says all that an earlier one says. Raises Conflict if an identifier has gone to another."""
    said = {name: value for name, value in row._mapping.items() if name not in _OF_THE_ROW}  # noqa: SLF001 - public, in spite of its name
    parts = {
        part: [
            {name: getattr(each, name) for name in names}
            for each in writer.rows(select(part).where(part.c[PARTS[part]] == row.n).order_by(part.c.position))
        ]
        for part, names in SAYS.get(table, {}).items()
    }
    for each in parts.get(ACTOR_IDENTIFIER, ()):
        if holder := writer.identified(each["scheme"], each["value"]):
            told = f'"{row.id}" had the identifier "{each["scheme"]}:{each["value"]}", which "{holder}" has now.'
            raise Conflict(told, holder)
    hashed = [[list(each.values()) for each in listed] for listed in parts.values()]
    n = writer.add(table, {**said, "version": version}, hashed)
    for part, listed in parts.items():
        for position, each in enumerate(listed):
            writer.add(part, {PARTS[part]: n, "position": position, **each})
    full_text.index_version(writer.connection, table.name, n, said)


def _called(writer: Writer, kind: str, row: Any) -> str:  # noqa: ANN401 - a row
    """Tell what a record is called."""
    if kind != "claim":
        return str(row.id)
    of = writer.first(select(RELATION.c.id).where(RELATION.c.n == row.relation))
    return f"{of.id}.{row.tag}"
