"""Relations: from a statement to a dated proposition, and to the one relation that has its key.

Dates, when a statement is read:

1. An event's span is where its one day lies, so it always has an end: its start if only that is given; with neither,
   the latest day that it can lie on: that of speaking, else that of publication.
2. `end_status` is `ended` iff there is an end; without one it is `ongoing` if the writer says so, else `unknown`.
3. No span ends before it starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BindParameter, and_, bindparam, or_, select

from graph.errors import Conflict, Fault, Invalid
from graph.store.actors import refuse_without_reason, taken
from graph.store.identity import Key, Stated, relation_ids
from graph.store.references import Found, References, refuse_retracted
from graph.store.transaction import RELATION
from graph.text import canonical
from graph.time import first_day, last_day, pack

if TYPE_CHECKING:
    from graph.models import RelationStatement
    from graph.vocabulary import Type


_SOURCE: BindParameter[int] = bindparam("source")
_TARGET: BindParameter[int] = bindparam("target")
_ONE_WAY = and_(RELATION.c.source == _SOURCE, RELATION.c.target == _TARGET)
_OTHER_WAY = and_(RELATION.c.source == _TARGET, RELATION.c.target == _SOURCE)
_AMENDED = select(RELATION).where(RELATION.c.version > 1, _ONE_WAY).order_by(RELATION.c.n)
_AMENDED_EITHER_WAY = select(RELATION).where(RELATION.c.version > 1, or_(_ONE_WAY, _OTHER_WAY)).order_by(RELATION.c.n)


class Proposition(NamedTuple):
    """A statement's relation, all that it refers to found."""

    type: Type
    source: Found
    target: Found
    about: Found | None
    about_as: str | None
    stated: Stated
    attributes: dict[str, object]

    @property
    def key(self) -> Key:
        """What the relation is the same by."""
        about = None if self.about is None or self.about_as is None else (self.about.id, self.about_as)
        return Key.of(self.type, (self.source.id, self.target.id), about, self.stated)

    @property
    def ends(self) -> tuple[int, int]:
        """Its ends by number."""
        return self.source.first, self.target.first


class RelationVerbs(References):
    """What may be done to relations. They are added by their first claim."""

    def amend_relation(self, id: str, statement: RelationStatement, *, reason: str | None = None) -> bool:  # noqa: A002 - the product's word for it
        """Write a new version of a relation, if it says anything new; with a reason, of a retracted one too.

        Only dates, `end_status` and attributes may differ, and not so that it becomes another relation.
        """
        found = self.at_path("relation", id)
        stated = self.proposition(statement, None, "")
        self._refuse_another(found, stated)
        if not found.retracted and stated_in(found.row) == stated.stated:
            return False
        if self.replay and any(stated_in(row) == stated.stated for row in self.versions(found)):
            return False
        refuse_without_reason(found, reason)
        self.refuse_misfit(stated, "")
        holder = self.holder(stated)
        if holder is not None and holder.first != found.first:
            raise Conflict(f'Then it would be the relation "{holder.id}".', holder.id)
        if not found.retracted:
            self.end(RELATION, [found.row.n])
        of = {"id": found.id, "first": found.first, "version": found.row.version + 1}
        kept = {name: getattr(found.row, name) for name in ("type", "source", "target", "about", "about_as")}
        self.add(RELATION, {**of, **kept, **stated.stated._asdict()})
        self.forget("relation", found.id)
        self.done("relation", found.id, reason)
        return True

    def proposition(self, statement: RelationStatement, latest: int | None, pointer: str) -> Proposition:
        """Read a statement; `latest` is the day that an undated event lies on at the latest, if there is one."""
        type_ = self.type_of(statement.type, f"{pointer}/type")
        source = self.stated("actor", statement.source, f"{pointer}/source")
        target = self.stated("actor", statement.target, f"{pointer}/target")
        about = statement.about
        other = None if about is None else self.stated("relation", about.relation, f"{pointer}/about/relation")
        attributes: dict[str, object] = {**statement.attributes}
        stated = _dated(type_, statement, latest, pointer)
        return Proposition(type_, source, target, other, about.as_ if about else None, stated, attributes)

    def holder(self, stated: Proposition) -> Found | None:
        """Find the relation that has, or ever had, a key. No other may state it."""
        for name in (stated.type.id, *stated.type.aliases):
            for id_ in relation_ids(stated.key._replace(type=name)):
                found = self.find("relation", id_)
                if found is None:
                    break
                if self._has_key(self.original(found), stated):
                    return found
        return self._amended_holder(stated)

    def free_relation_id(self, stated: Proposition) -> str:
        """Give the id of a relation that is new."""
        return next(id_ for id_ in relation_ids(stated.key) if self.find("relation", id_) is None)

    def refuse_other_state(self, found: Found, stated: Proposition) -> None:
        """Raise Conflict if a relation that has a key does not now say what a statement says."""
        if not self._has_key(found.row, stated):
            raise Conflict(f'An amendment replaced these dates or attributes in the relation "{found.id}".', found.id)
        if found.retracted:
            raise Conflict(taken(found), found.id)
        if stated_in(found.row) != stated.stated:
            told = f'The relation "{found.id}" is known with another end: amend it, or claim it by its id.'
            raise Conflict(told, found.id)

    def refuse_retracted_ends(self, stated: Proposition, pointer: str) -> None:
        """Raise Invalid if a relation refers to something retracted."""
        referred = [(stated.source, f"{pointer}/source"), (stated.target, f"{pointer}/target")]
        refuse_retracted([*referred, (stated.about, f"{pointer}/about/relation")])

    def refuse_misfit(self, stated: Proposition, pointer: str) -> None:
        """Raise Invalid if a relation refers to something retracted, or its type does not allow what it says."""
        self.refuse_retracted_ends(stated, pointer)
        faults = [
            Fault("pointer", f"{pointer}/attributes/{key}", told)
            for key, told in stated.type.attribute_faults("relation", stated.attributes)
        ]
        for end, kinds, found in (
            ("source", stated.type.source_kinds, stated.source),
            ("target", stated.type.target_kinds, stated.target),
        ):
            if kinds and found.row.kind not in kinds:
                told = f'The {end} of "{stated.type.id}" is no {found.row.kind}, but one of: {", ".join(kinds)}.'
                faults.append(Fault("pointer", f"{pointer}/{end}", told))
        if faults:
            raise Invalid(faults)

    def write_relation(self, id_: str, stated: Proposition) -> int:
        """Record a relation that is new."""
        source, target = stated.ends
        about = None if stated.about is None else stated.about.first
        said = {"type": stated.type.id, "source": source, "target": target, "about": about, "about_as": stated.about_as}
        n = self.add(RELATION, {"id": id_, **said, **stated.stated._asdict()})
        self.forget("relation", id_)
        return n

    def _amended_holder(self, stated: Proposition) -> Found | None:
        source, target = stated.ends
        statement = _AMENDED_EITHER_WAY if stated.type.symmetric else _AMENDED
        for row in self.rows(statement, {"source": source, "target": target}):
            if self._has_key(row, stated):
                return self.find("relation", row.id)
        return None

    def _has_key(self, row: Any, stated: Proposition) -> bool:  # noqa: ANN401 - a row
        event = stated.type.temporality == "event"
        ends = {stated.ends, stated.ends[::-1]} if stated.type.symmetric else {stated.ends}
        about = (None if stated.about is None else stated.about.first, stated.about_as)
        return (
            self._canonical_type(row.type) == stated.type.id
            and (row.source, row.target) in ends
            and (row.about, row.about_as) == about
            and (row.attributes, row.start) == (stated.stated.attributes, stated.stated.start)
            and (not event or row.end == stated.stated.end)
        )

    def _canonical_type(self, name: str) -> str:
        try:
            return self.vocabulary.get(name).id
        except KeyError:
            return name

    def _refuse_another(self, found: Found, stated: Proposition) -> None:
        row = found.row
        about = None if stated.about is None else stated.about.first
        ends = {stated.ends, stated.ends[::-1]} if stated.type.symmetric else {stated.ends}
        same = {
            "type": self._canonical_type(row.type) == stated.type.id,
            "source": row.source in {end[0] for end in ends},
            "target": (row.source, row.target) in ends or row.source not in {end[0] for end in ends},
            "about": (row.about, row.about_as) == (about, stated.about_as),
        }
        told = "This makes another relation: retract this one and claim that one."
        faults = [Fault("pointer", f"/{name}", told) for name, holds in same.items() if not holds]
        if faults:
            raise Invalid(faults)


def stated_in(row: Any) -> Stated:  # noqa: ANN401 - a row
    """What a version of a relation says that an amendment may change."""
    return Stated(row.start, row.end, row.end_status, row.attributes)


def _dated(type_: Type, statement: RelationStatement, latest: int | None, pointer: str) -> Stated:
    start = None if statement.start is None else pack(statement.start)
    end = None if statement.end is None else pack(statement.end)
    if type_.temporality == "event" and end is None:
        if statement.end_status not in {None, "ended"}:
            raise Invalid.pointer(
                f"{pointer}/end_status", f'"{type_.id}" is an event: it has a day, and does not go on.'
            )
        end = start if start is not None else latest
        if end is None:
            raise Invalid.pointer(
                f"{pointer}/start", "An event needs a date: its own, or a day of speaking or publication."
            )
    if start is not None and end is not None and last_day(end) < first_day(start):
        raise Invalid.pointer(f"{pointer}/end", "It ends before it starts.")
    status = "ended" if end is not None else statement.end_status or "unknown"
    if (status == "ended") != (end is not None) or statement.end_status not in {None, status}:
        raise Invalid.pointer(f"{pointer}/end_status", "It is `ended` if and only if an `end` is given.")
    return Stated(start, end, status, canonical(statement.attributes) if statement.attributes else None)
