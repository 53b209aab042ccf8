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
    from collections.abc import Iterator, Mapping, Sequence

    from graph.store.bulk.known import Known
    from graph.store.writer import Writer
    from graph.vocabulary import Type

_STANCE: Final = "affirms"
_NO_QUOTE: Final = (None,) * 5


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
_Claim: TypeAlias = tuple[int, str, Voice, Statement]
"""A claim that waits to be written: its relation, its tag, and what it says."""
_Plain: TypeAlias = "tuple[Said | None, bytes, int]"
"""A statement, as far as conditions 1 and 2 go: what its relation's row will say, its key spelled, its first day."""

_NOT_PLAIN: Final[_Plain] = (None, b"", 0)


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
        self._relations: list[tuple[str, Said]] = []
        self._claims: list[_Claim] = []
        self._next = writer.counted("relations") + 1

    def record(self, statements: Sequence[Statement]) -> list[Outcome]:
        plain = [self._plain(each) for each in statements]
        ids = many_relation_ids([key for _, key, _ in plain], [day for _, _, day in plain])
        tags = many_tags(map(_same, statements))
        recorded = Recorded.of(self._writer, ids, tags)
        outcomes = []
        for statement, (said, _, _), id_, tag in zip(statements, plain, ids, tags, strict=True):
            outcome = None if said is None else self._plainly(recorded, statement, said, id_, tag)
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
            n = self._next
            self._next += 1
            self._relations.append((id_, said))
            self._claims.append((n, tag, voice, statement))
            recorded.relations[id_] = (n, said)
            recorded.claims[n, tag] = voice
            return _NEW_RELATION
        relation = recorded.relations[id_]
        if relation is None or relation[1] != said or relation[0] in recorded.amended_claims:
            return None
        n = relation[0]
        if (n, tag) in recorded.claims:
            return _KNOWN if recorded.claims[n, tag] == voice else None
        self._claims.append((n, tag, voice, statement))
        recorded.claims[n, tag] = voice
        return _NEW_CLAIM

    def _by_verb(self, recorded: Recorded, statement: Statement) -> Outcome:
        """Have the verb do it, and have it do whatever else there is on that relation."""
        self._write()
        self._writer.forget_claims()
        try:
            with self._writer.attempt():
                done = self._writer.claim(as_stated(statement))
        except EntenteError as error:
            return Outcome(error=error)
        self._next = self._writer.counted("relations") + 1
        recorded.relations[done.relation_id] = None
        return Outcome(done.new_relation, done.new_claim)

    def _write(self) -> None:
        """Number, hash and write what waits."""
        writer, relations, claims = self._writer, self._relations, self._claims
        if not claims:  # no relation is new without one
            return
        writer.add_many(RELATION, _relation_rows(relations, writer.counted("relations") + 1, writer.revision))
        writer.add_many(CLAIM, _claim_rows(claims, writer.counted("claims") + 1, writer.revision))
        writer.verbs += len(claims)
        relations.clear()
        claims.clear()

    def _plain(self, statement: Statement) -> _Plain:
        """Say a relation as its row will, and spell its key, if it is plain: conditions 1 and 2."""
        type_, source, target, start, end, ongoing, attributes, document, dataset = statement[:9]
        if source.retracted or target.retracted or not self._fit(statement):
            return _NOT_PLAIN
        if (document and document.retracted) or (dataset and dataset.retracted):
            return _NOT_PLAIN
        is_event = type_.temporality == "event"
        if end is None:
            if is_event and (start is None or ongoing):
                return _NOT_PLAIN
            end = start if is_event else None
        elif ongoing or (start is not None and last_day(end) < first_day(start)):
            return _NOT_PLAIN
        status = "ended" if end is not None else "ongoing" if ongoing else "unknown"
        spelt = spelled(attributes) if attributes else None
        ends = (source.id, target.id)
        from_, to = sorted(ends) if type_.symmetric else ends
        dated = start, end if is_event else None
        key = orjson.dumps([type_.id, from_, to, None, spelt, *dated])
        said = (type_.id, source.first, target.first, start, end, status, spelt)
        return said, key, first_day(start or dated[1] or 0)

    def _fit(self, statement: Statement) -> bool:
        """Whether a type allows such ends and attributes. Told once of each combination."""
        if statement.relation_attributes:
            return _fits(statement)
        attributes = statement.attributes
        kinds = () if attributes is None else (*attributes, *map(type, attributes.values()))
        shape = (statement.type.id, statement.source.kind, statement.target.kind, kinds)
        fits = self._fits.get(shape)
        if fits is None:
            fits = self._fits[shape] = _fits(statement)
        return fits


def _fits(statement: Statement) -> bool:
    type_ = statement.type
    return (
        not type_.aliases
        and statement.source.kind in type_.source_kinds
        and statement.target.kind in type_.target_kinds
        and not type_.attribute_faults("relation", dict(statement.relation_attributes or {}))
        and not type_.attribute_faults("claim", dict(statement.attributes or {}))
    )


def _relation_rows(relations: Sequence[tuple[str, Said]], first: int, written: int) -> Iterator[tuple[Any, ...]]:
    for n, (id_, said) in enumerate(relations, first):
        digest = _digest(["relation", [n, n, 1, written, id_, *said, None, None], []])
        yield (n, n, 1, written, None, digest, id_, *said, None, None)


def _claim_rows(claims: Sequence[_Claim], first: int, written: int) -> Iterator[tuple[Any, ...]]:
    for n, (relation, tag, voice, statement) in enumerate(claims, first):
        attributes, confidence = statement.attributes, statement.confidence
        ending = (spelled(attributes) if attributes else None, confidence, statement.coded_by)
        said = (relation, tag, _STANCE, None, None, None, *voice, *_NO_QUOTE, *ending)
        digest = _digest(["claim", [n, n, 1, written, *said], []], exactly=confidence is not None)
        yield (n, n, 1, written, None, digest, *said)


def spelled(attributes: Mapping[str, Any]) -> str:
    """Give the canonical JSON of attributes, whole numbers without a point, as statements are read."""
    if float in map(type, attributes.values()):
        return canonical({k: int(v) if type(v) is float and v.is_integer() else v for k, v in attributes.items()})
    return orjson.dumps(attributes, option=orjson.OPT_SORT_KEYS).decode()


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
