"""Records as JSON, and single records: shown, hidden, or never there."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tests.oracle.dates import iso
from tests.oracle.world import type_of

if TYPE_CHECKING:
    from tests.oracle.world import Record, World

Json = dict[str, Any]


class Hidden(Exception):  # noqa: N818 - it is a fact
    """There is nothing to show: `retracted`, hidden with what it hangs on, or never recorded."""


def clocks(world: World, record: Record) -> Json:
    ended = None if record.retracted is None else iso(world.instants[record.retracted])
    return {
        "version": record.version,
        "recorded_at": iso(world.instants[record.revision]),
        "retracted_at": ended,
    }


def ref(world: World, actor: str | None) -> Json | None:
    """An actor as it is named: the survivor, even if that was retracted."""
    if actor is None:
        return None
    record = world.records["actor"][world.resolve(actor)]
    return {"id": record.id, "name": record.said["name"], "kind": record.said["kind"]}


def relation(world: World, record: Record, direction: str | None = None) -> Json:
    said, kind = record.said, type_of(record)
    stances = [claim.said["stance"] for claim in world.bearing(record.id)]
    return {
        "id": record.id,
        "type": kind.id,
        "label": kind.label,
        "class": kind.quad_class,
        "sign": ((kind.intensity or 0) > 0) - ((kind.intensity or 0) < 0),
        "intensity": kind.intensity,
        "source": ref(world, said["source"]),
        "target": ref(world, said["target"]),
        "direction": direction,
        **{key: said[key] for key in ("start", "end", "end_status", "attributes", "about")},
        "status": world.status(record.id),
        "attested": world.attested(record.id),
        "confidence": world.confidence(record.id),
        "stances": {stance: stances.count(stance) for stance in ("affirms", "denies", "doubts")},
        "publishers": world.publishers(record.id),
        **clocks(world, record),
    }


def claim(world: World, record: Record) -> Json:
    said = record.said
    document, dataset = world.records["document"].get(said["document"]), world.records["dataset"].get(said["dataset"])
    plain = ("relation", "stance", "said_on", "record", "quote", "attributes", "confidence", "coded_by")
    return {
        "id": record.id,
        **{key: said[key] for key in plain},
        "claimant": ref(world, said["claimant"]),
        "document": document and {
            "id": document.id,
            "publisher": ref(world, document.said["publisher"]),
            **{key: document.said[key] for key in ("title", "published_on", "url")},
        },
        "dataset": dataset and {"id": dataset.id, **{key: dataset.said[key] for key in ("title", "licence")}},
        "via": [ref(world, actor) for actor in said["via"]],
        **clocks(world, record),
    }  # fmt: skip


def newest(records: list[Record], limit: int) -> list[Record]:
    """The newest first, ties by id."""
    return sorted(records, key=lambda record: (-record.revision, record.id))[:limit]


def with_claims(world: World, record: Record, limit: int) -> Json:
    return {"claims": [claim(world, each) for each in newest(world.bearing(record.id), limit)]}


def about_relation(world: World, record: Record) -> Json:
    about = record.said["about"]
    other = world.records["relation"].get(about["relation"]) if about else None
    return {"about_relation": relation(world, other) if other and world.relation_visible(other) else None}


def whole_relation(world: World, record: Record) -> Json:
    """A relation by itself."""
    about_this = [
        each
        for each in world.visible_relations
        if each.said["about"] and each.said["about"]["relation"] == record.id
    ]  # fmt: skip
    return {
        **relation(world, record),
        **with_claims(world, record, 100),
        "about_this": [relation(world, each) for each in newest(about_this, 100)],
    }


def actor(world: World, record: Record) -> Json:
    """An actor, with the names and identifiers of those it has absorbed, sorted: no order of theirs is promised."""
    said = record.said
    names, identifiers = list(said["names"]), list(said["identifiers"])
    for absorbed in world.pointers:
        if world.resolve(absorbed) == record.id:
            other = world.records["actor"][absorbed].said
            shown = {said["name"], *(name["value"] for name in names)}
            theirs = [{"value": other["name"], "lang": None, "kind": "alias"}, *other["names"]]
            names += [name for name in theirs if name["value"] not in shown]
            identifiers += other["identifiers"]
    return {
        "id": record.id,
        **{key: said[key] for key in ("kind", "name", "description")},
        "names": sorted(names, key=str),
        "identifiers": sorted(identifiers, key=str),
        **clocks(world, record),
    }


def document(world: World, record: Record, *, text: bool = False) -> Json:
    said = record.said
    return {
        "id": record.id,
        **{key: said[key] for key in ("title", "published_on", "language", "url", "licence")},
        "publisher": ref(world, said["publisher"]),
        "text": said["text"] if text else None,
        "sha256": sha256(said["text"].encode()).hexdigest() if said["text"] else None,
        "sources": [ref(world, source) for source in said["sources"]],
        **clocks(world, record),
    }


def annotated(world: World, record: Record) -> Json:
    """The claims of a document by itself. Every quote of these histories stands once in its text, if there is one."""
    claims = [claim for claim in world.visible_claims if claim.said["document"] == record.id]
    text = record.said["text"] or ""
    exact = {claim.id: (claim.said["quote"] or {"exact": ""})["exact"] for claim in claims}
    places = {id_: text.index(words) if words and text else len(text) for id_, words in exact.items()}
    claims.sort(key=lambda claim: (places[claim.id], claim.id))
    return {"claims": len(claims), "annotations": [annotation(world, claim, text, exact[claim.id]) for claim in claims]}


def annotation(world: World, record: Record, text: str, exact: str) -> Json:
    said = record.said
    relation = world.records["relation"][said["relation"]]
    voice = said["claimant"] or world.records["document"][said["document"]].said["publisher"]
    who, source, target = (ref(world, each) or {} for each in (voice, relation.said["source"], relation.said["target"]))
    start, end = text.find(exact), text.find(exact) + len(exact)
    quote: Json = {"type": "TextQuoteSelector", "exact": exact}
    if text:
        quote |= {"prefix": text[max(0, start - 32) : start], "suffix": text[end : end + 32]}
    place = {"type": "TextPositionSelector", "start": start, "end": end}
    sentence = f"{who['name']} {said['stance']}: {source['name']} – {type_of(relation).label} → {target['name']}"
    return {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "id": f"/claims/{record.id}",
        "type": "Annotation",
        "motivation": "describing",
        "body": [
            {"type": "TextualBody", "purpose": "describing", "value": sentence, "format": "text/plain"},
            {"type": "SpecificResource", "purpose": "linking", "source": f"/relations/{relation.id}"},
        ],
        "target": {
            "source": f"/documents/{said['document']}",
            "selector": [quote, *([place] if text else [])] if exact else [],
        },
    }


def dataset(world: World, record: Record) -> Json:
    own = [claim for claim in world.visible_claims if claim.said["dataset"] == record.id]
    bearing = {claim.said["relation"] for claim in own}
    life = clocks(world, record)
    return {
        "id": record.id,
        **{key: record.said[key] for key in ("title", "version", "licence", "coder")},
        "publisher": ref(world, record.said["publisher"]),
        "record_version": life.pop("version"),
        **life,
        "relations": sum(each.id in bearing for each in world.visible_relations),
        "claims": len(own),
    }


def one(world: World, kind: str, id_: str) -> Json:
    """A single record. Raises Hidden where there is nothing to show."""
    record = world.records[kind].get(world.resolve(id_) if kind == "actor" else id_)
    if record is None or record.retracted is not None:
        raise Hidden
    if kind == "relation":
        if not world.relation_visible(record):
            raise Hidden
        return whole_relation(world, record)
    if kind == "claim":
        if not world.claim_visible(record):
            raise Hidden
        return claim(world, record)
    if kind == "document":
        return document(world, record, text=True) | annotated(world, record)
    return actor(world, record) if kind == "actor" else dataset(world, record)


def steps(world: World, kind: str, id_: str) -> list[Json]:
    """What happened to a record, newest first. What is retracted and reinstated in one revision was amended."""
    own = [event for event in world.events if (event.kind, event.id) == (kind, id_)]
    found: list[Json] = []
    version, lives = 0, False
    for at, event in enumerate(own):
        if event.verb == "state":
            version += 1
            op = "amend" if lives else "reinstate" if found else "add"
        elif at + 1 < len(own) and own[at + 1].revision == event.revision:
            continue
        else:
            op = "retract"
        lives = event.verb == "state"
        instant = iso(world.instants[event.revision])
        found.append({"version": version, "revision": event.revision, "at": instant, "op": op})
    return found[::-1]
