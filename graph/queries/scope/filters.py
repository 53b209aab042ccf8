"""The filters that every question about relations takes, and what they come to on a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from graph import time
from graph.queries.scope.question import Valid
from graph.snapshot.columns import NONE
from graph.snapshot.evidence import STATUSES
from graph.snapshot.find import ClaimWanted, Wanted
from graph.vocabulary import QUAD_CLASSES

if TYPE_CHECKING:
    from graph.snapshot import Snapshot, View

__all__ = [
    "ATTESTED", "SIGNS", "Attested", "Kind", "RelationFilters", "Rollup", "Since", "Stance", "actor_parameter",
    "since_revision",
]  # fmt: skip

QuadClass = Literal["verbal-cooperation", "material-cooperation", "verbal-conflict", "material-conflict", "structural"]
Sign = Literal["positive", "negative", "neutral"]
Status = Literal["disputed", "denied", "reported", "claimed", "doubted"]
Kind = Literal["state", "bloc", "organization", "person", "group", "place", "unknown"]
Stance = Literal["affirms", "denies", "doubts"]
Attested = Literal["true", "false", "any"]
Rollup = Literal["none", "representatives", "members"]

SIGNS = {"positive": 1, "negative": -1, "neutral": 0}
_OF_CLAIMS = frozenset(("claimant", "publisher", "dataset", "document", "licence", "has_quote"))
ATTESTED = {"true": True, "false": False, "any": None}


def _attribute(text: str) -> str:
    if not text.partition(":")[0] or ":" not in text:
        message = f'write it as key:value, for example attr=sector:energy; "{text}" has no key and value.'
        raise ValueError(message)
    return text


def _parted(text: str) -> tuple[str, str]:
    key, _, value = text.partition(":")
    return key, value


def _since(text: str) -> str:
    time.parse_known_at(text, "recorded_since")
    return text


Since = Annotated[str, AfterValidator(_since)]
actor_parameter = Field(json_schema_extra={"examples": ["russia", "iso3:USA"]})
"""An actor as a parameter: its id, or `scheme:value`."""


def since_revision(snapshot: Snapshot, text: str | None) -> int:
    """The first revision at or after what `recorded_since` says: a revision, a day's first instant, an instant."""
    if text is None:
        return 0
    asked = time.parse_known_at(text, "recorded_since")
    if isinstance(asked, time.Revision):
        return asked.number
    us = asked.us if "T" in text.upper() else time.instant(f"{text}T00:00:00Z")
    return snapshot.revision_at(us - 1) + 1


class RelationFilters(Valid):
    """What a list of relations can be narrowed by: the relation's own facts, its claims, and both clocks."""

    type: tuple[str, ...] = Field(
        (),
        description="A type id or `cameo:` code; its descendants match too.",
        json_schema_extra={"examples": ["sanction", "cameo:16"]},
    )
    type_exact: bool = Field(default=False, description="Match the named types alone, not their descendants.")
    class_: tuple[QuadClass, ...] = Field((), alias="class", description="A quad class.")
    sign: Sign | None = Field(None, description="The sign of the type's intensity.")
    status: tuple[Status, ...] = Field((), description="What the visible claims come to.")
    min_confidence: float | None = Field(None, ge=0, le=1, description="Unknown confidence never reaches it.")
    min_publishers: int | None = Field(
        None, ge=1, le=1_000_000, description="Distinct publishers or datasets that affirm it."
    )
    claimant: str | None = Field(None, description="An actor whose words a visible claim reports.")
    publisher: str | None = Field(None, description="The publisher of a visible claim's document.")
    dataset: str | None = Field(None, description="The dataset of a visible claim.")
    document: str | None = Field(None, description="The document of a visible claim.")
    licence: str | None = Field(None, description="The licence of that claim's dataset, else of its document; exact.")
    has_quote: bool | None = Field(None, description="Whether that claim quotes words.")
    attested: Attested = Field("any", description="Whether a visible affirming claim is vouched for.")
    attr: tuple[Annotated[str, AfterValidator(_attribute)], ...] = Field(
        (),
        description="`key:value` of the relation's attributes, exact.",
        json_schema_extra={"examples": ["sector:energy"]},
    )
    recorded_since: Since | None = Field(
        None, description="Versions recorded at or after a revision, a day or an RFC 3339 instant."
    )

    def wanted(self, view: View) -> Wanted:
        """The filters as a snapshot applies them. Errors: `Invalid`, naming the parameter."""
        asked_types = view.vocabulary.ranges(self.type, exact=self.type_exact) if self.type else None
        return Wanted(
            types=None if asked_types is None else tuple(asked_types),
            classes=tuple(map(QUAD_CLASSES.index, self.class_)),
            sign=None if self.sign is None else SIGNS[self.sign],
            statuses=tuple(map(STATUSES.index, self.status)),
            attested=ATTESTED[self.attested],
            min_confidence=self.min_confidence,
            min_publishers=self.min_publishers,
            claim=self._claim(view),
            attributes=tuple(map(_parted, self.attr)),
            asked=self.asked_span,
            certain=self.certain,
            since=since_revision(view.snapshot, self.recorded_since),
        )

    def _claim(self, view: View) -> ClaimWanted | None:
        if self.model_fields_set.isdisjoint(_OF_CLAIMS):
            return None
        wanted = ClaimWanted(
            claimant=None if self.claimant is None else view.actor(self.claimant, "claimant"),
            publisher=None if self.publisher is None else view.actor(self.publisher, "publisher"),
            dataset=None if self.dataset is None else view.dataset(self.dataset, "dataset"),
            document=None if self.document is None else view.document(self.document, "document"),
            licence=None if self.licence is None else view.tables.words.get(self.licence, NONE - 1),
            quoted=self.has_quote,
        )
        return None if wanted == ClaimWanted() else wanted
