"""Claims by the thousand. What is new, or known word for word, goes the fast way; all else goes to the verb `claim`.

A statement is plain iff

1. its type has no alias, it is dated, does not end before it starts, and its type allows its ends and attributes;
2. nothing that it refers to is retracted;
3. no relation between its ends, and no claim on its relation, was ever amended;
4. the relation that has its id, if there is one, stands in its first version and says the same;
5. the claim that has its id, if there is one, stands in its first version and says the same.

So there is one meaning of a claim, that of the verb, and this is a shorter way to it: the rows are the same to the
last byte. They are numbered, hashed and spelled for a whole batch, and written by the driver's bulk statement.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import orjson

from graph.errors import EntenteError
from graph.models import ClaimStatement
from graph.store.bulk.recorded import Recorded
from graph.store.identity import many_relation_ids, many_tags
from graph.store.transaction import CLAIM, HASH_BYTES, RELATION
from graph.text import canonical
from graph.time import first_day, last_day, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Table

    from graph.store.bulk.known import Known
    from graph.store.writer import Writer
    from graph.vocabulary import Type

_STANCE: Final = "affirms"


class Statement(NamedTuple):
    """A claim that affirms, in a document or dataset, with everything found that it refers to. Dates are packed."""

    type: Type
    source: Known
    target: Known
    start: int | None = None
    end: int | None = None
    ongoing: bool = False
    relation_attributes: Mapping[str, Any] | None = None
    document: Known | None = None
    dataset: Known | None = None
    record: str | None = None
    attributes: Mapping[str, Any] | None = None
    confidence: float | None = None
    coded_by: str | None = None


class Outcome(NamedTuple):
    """What became of a statement; `error` says why it can't be recorded."""

    new_relation: bool = False
    new_claim: bool = False
    error: EntenteError | None = None


_NEW_RELATION, _NEW_CLAIM, _KNOWN = Outcome(new_relation=True, new_claim=True), Outcome(new_claim=True), Outcome()

Said: TypeAlias = tuple[str, int, int, int | None, int | None, str, str | None]
"""What a relation's row says: type, source, target, start, end, end_status, attributes."""
Voice: TypeAlias = tuple[int | None, int | None, str | None]
"""What claims on one relation differ by here: document, dataset, record."""


def claim_all(writer: Writer, statements: Sequence[Statement]) -> list[Outcome]:
    """Record claims in their order, and tell what became of each.

    O(statements), with a few queries and two bulk statements if all are plain. The writer must replay.
    """
    return _Batch(writer).record(statements)


class _Batch:
    """One batch in the making. Rows wait until the verb is asked, or all is said."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._fits: dict[tuple[object, ...], bool] = {}
        self._waiting: dict[Table, tuple[list[tuple[Any, ...]], list[bytes]]] = {
            RELATION: ([], []),
            CLAIM: ([], []),
        }

    def record(self, statements: Sequence[Statement]) -> list[Outcome]:
        said = [self._said(each) for each in statements]
        keys = [_key(each, to_say) for each, to_say in zip(statements, said, strict=True)]
        ids = many_relation_ids(keys, [_day(each) for each in said])
        tags = many_tags(_same(each) for each in statements)
        recorded = Recorded.of(self._writer, ids, tags)
        outcomes = []
        for statement, to_say, id_, tag in zip(statements, said, ids, tags, strict=True):
            outcome = None if to_say is None else self._plainly(recorded, statement, to_say, id_, tag)
            if outcome is None:
                outcome = self._by_verb(recorded, statement)
            outcomes.append(outcome)
        self._write()
        self._writer.forget_claims()
        return outcomes

    def _plainly(self, recorded: Recorded, statement: Statement, said: Said, id_: str, tag: str) -> Outcome | None:
        """Record a claim, or recognise it, if it is plain: conditions 3 to 5."""
        if said[1:3] in recorded.amended_ends:
            return None
        document, dataset = statement.document, statement.dataset
        voice = (document and document.first, dataset and dataset.first, statement.record)
        if id_ not in recorded.relations:
            n = self._add_relation(id_, said)
            recorded.relations[id_] = (n, said)
            recorded.claims[n, tag] = voice
            self._add_claim(n, tag, voice, statement)
            return _NEW_RELATION
        relation = recorded.relations[id_]
        if relation is None or relation[1] != said or relation[0] in recorded.amended_claims:
            return None
        n = relation[0]
        if (n, tag) in recorded.claims:
            return _KNOWN if recorded.claims[n, tag] == voice else None
        recorded.claims[n, tag] = voice
        self._add_claim(n, tag, voice, statement)
        return _NEW_CLAIM

    def _add_relation(self, id_: str, said: Said) -> int:
        rows, hashes = self._waiting[RELATION]
        n = self._writer.counted("relations") + len(rows) + 1
        written = self._writer.revision
        digest = _digest(["relation", [n, n, 1, written, id_, *said, None, None], []])
        rows.append((n, n, 1, written, None, digest, id_, *said, None, None))
        hashes.append(digest)
        return n

    def _add_claim(self, relation: int, tag: str, voice: Voice, statement: Statement) -> None:
        rows, hashes = self._waiting[CLAIM]
        n = self._writer.counted("claims") + len(rows) + 1
        written = self._writer.revision
        attributes = self._spell(statement.attributes)
        ending = (attributes, statement.confidence, statement.coded_by)
        middle = (relation, tag, _STANCE, None, None, None, *voice, None, None, None, None, None, *ending)
        digest = _digest(["claim", [n, n, 1, written, *middle], []], exactly=statement.confidence is not None)
        rows.append((n, n, 1, written, None, digest, *middle))
        hashes.append(digest)

    def _write(self) -> None:
        for table, (rows, hashes) in self._waiting.items():
            self._writer.add_many(table, rows, b"".join(hashes))
            if table is CLAIM:
                self._writer.verbs += len(rows)
            rows.clear()
            hashes.clear()

    def _by_verb(self, recorded: Recorded, statement: Statement) -> Outcome:
        """Have the verb do it, and have it do whatever else there is on that relation."""
        self._write()
        self._writer.forget_claims()
        try:
            with self._writer.attempt():
                done = self._writer.claim(as_stated(statement))
        except EntenteError as error:
            return Outcome(error=error)
        recorded.relations[done.relation_id] = None
        return Outcome(done.new_relation, done.new_claim)

    def _said(self, statement: Statement) -> Said | None:
        """Say a relation as its row will, if it is plain: conditions 1 and 2."""
        type_, source, target, start, end, ongoing, attributes, document, dataset, *_ = statement
        if source.retracted or target.retracted or not self._fit(statement):
            return None
        if (document and document.retracted) or (dataset and dataset.retracted):
            return None
        if end is None and type_.temporality == "event":
            if start is None or ongoing:
                return None
            end = start
        elif end is not None and (ongoing or (start is not None and last_day(end) < first_day(start))):
            return None
        status = "ended" if end is not None else "ongoing" if ongoing else "unknown"
        return (type_.id, source.first, target.first, start, end, status, self._spell(attributes))

    def _fit(self, statement: Statement) -> bool:
        """Whether a type allows such ends and attributes. Told once of each combination."""
        type_, source, target, attributes = statement.type, statement.source, statement.target, statement.attributes
        kinds = () if attributes is None else (*attributes, *map(type, attributes.values()))
        shape = (type_.id, source.kind, target.kind, kinds)
        if statement.relation_attributes:
            return self._fits_anew(statement)
        fits = self._fits.get(shape)
        if fits is None:
            fits = self._fits[shape] = self._fits_anew(statement)
        return fits

    def _fits_anew(self, statement: Statement) -> bool:
        type_ = statement.type
        return (
            not type_.aliases
            and statement.source.kind in type_.source_kinds
            and statement.target.kind in type_.target_kinds
            and not type_.attribute_faults("relation", dict(statement.relation_attributes or {}))
            and not type_.attribute_faults("claim", dict(statement.attributes or {}))
        )

    def _spell(self, attributes: Mapping[str, Any] | None) -> str | None:
        """Spell attributes as they are stored; what is stated again and again is spelled once."""
        return spelled(attributes) if attributes else None


def spelled(attributes: Mapping[str, Any]) -> str:
    """Give the canonical JSON of attributes, whole numbers without a point, as statements are read."""
    if float in map(type, attributes.values()):
        return canonical({k: int(v) if type(v) is float and v.is_integer() else v for k, v in attributes.items()})
    return orjson.dumps(attributes, option=orjson.OPT_SORT_KEYS).decode()


def _key(statement: Statement, said: Said | None) -> bytes:
    """Spell a relation's key (`graph.store.identity.Key`)."""
    if said is None:
        return b""
    type_, ends = statement.type, (statement.source.id, statement.target.id)
    source, target = sorted(ends) if type_.symmetric else ends
    end = said[4] if type_.temporality == "event" else None
    return orjson.dumps([type_.id, source, target, None, said[6], said[3], end])


def _day(said: Said | None) -> int:
    if said is None:
        return 0
    return first_day(said[3] or said[4] or 0)


def _same(statement: Statement) -> bytes:
    """Spell what makes a claim the same (`graph.store.identity.Sameness`)."""
    document, dataset = statement.document, statement.dataset
    return orjson.dumps([_STANCE, None, document and document.id, dataset and dataset.id, statement.record, None])


def _digest(said: list[object], *, exactly: bool = False) -> bytes:
    """Hash a row as `graph.store.transaction.row_hash` does; `exactly` where a float might be spelled otherwise."""
    return blake2b(canonical(said).encode() if exactly else orjson.dumps(said), digest_size=HASH_BYTES).digest()


def as_stated(statement: Statement) -> ClaimStatement:
    """Put a statement into the words of the verb."""
    relation = {
        "type": statement.type.id,
        "source": statement.source.id,
        "target": statement.target.id,
        "start": None if statement.start is None else unpack(statement.start),
        "end": None if statement.end is None else unpack(statement.end),
        "end_status": "ongoing" if statement.ongoing else None,
        "attributes": dict(statement.relation_attributes or {}),
    }
    return ClaimStatement.model_validate(
        {
            "relation": relation,
            "stance": _STANCE,
            "document": statement.document and statement.document.id,
            "dataset": statement.dataset and statement.dataset.id,
            "record": statement.record,
            "attributes": dict(statement.attributes or {}),
            "confidence": statement.confidence,
            "coded_by": statement.coded_by,
        }
    )
