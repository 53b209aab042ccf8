"""What makes two propositions one relation and two claims the same, over all that was ever stated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graph.text import canonical
from tests.oracle.world import VOCABULARY

if TYPE_CHECKING:
    from tests.oracle.world import Record, World

Said = dict[str, Any]


def holder_of(now: World, proposition: Said) -> Record | None:
    """The relation that has, or ever had, the key of a proposition."""
    for event in now.events:
        if event.kind == "relation" and event.verb == "state" and key_of(event.said) == key_of(proposition):
            return now.records["relation"][event.id]
    return None


def is_claimed(now: World, said: Said) -> bool:
    """Whether a claim is, or ever was, recorded."""
    return any(
        event.kind == "claim" and event.verb == "state" and same(event.said) == same(said)
        for event in now.events
    )  # fmt: skip


def has_lapsed(now: World, relation: Record, said: Said) -> bool:
    """Whether what is stated again was retracted."""
    known = next(e.id for e in now.events if e.kind == "claim" and e.said and same(e.said) == same(said))
    return relation.retracted is not None or now.records["claim"][known].retracted is not None


def fits(now: World, said: Said) -> bool:
    """Whether the ends of a proposition stand and are of kinds that its type allows."""
    kind = VOCABULARY.get(said["type"])
    about = said["about"]["relation"] if said["about"] else None
    return (about is None or now.stands("relation", about)) and all(
        now.stands("actor", end) and (not allowed or now.records["actor"][end].said["kind"] in allowed)
        for end, allowed in ((said["source"], kind.source_kinds), (said["target"], kind.target_kinds))
    )


def key_of(said: Said) -> str:
    """What makes two propositions one relation."""
    kind = VOCABULARY.get(said["type"])
    ends = [said["source"], said["target"]]
    if kind.symmetric:
        ends.sort()
    end = said["end"] if kind.temporality == "event" else None
    return canonical([kind.id, ends, said["about"], said["attributes"], said["start"], end])


def same(said: Said) -> tuple[str | None, ...]:
    """What makes two claims the same."""
    exact = said["quote"]["exact"] if said["quote"] else None
    return (*(said[name] for name in ("relation", "stance", "claimant", "document", "dataset", "record")), exact)
