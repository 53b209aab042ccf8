"""What every question has in common: its clocks, its page, and the shape of its answer.

A question is a frozen value. Its fields are the parameters that a client may send (an alias is the name on the wire
where Python has taken the word), its docstring is the API's documentation, and `run` is pure: a snapshot in, an
`Answer` out.

The moment an answer is computed at follows three rules, first that fits:

1. a `cursor` names the revision its first page was computed at;
2. `known_at` names a revision (digits), or the last revision at or before an instant;
3. otherwise it is the snapshot's newest revision.

It is *pinned* (never changes again) iff rule 2 decided and the revision or instant had been reached.
"""

from __future__ import annotations

from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from graph import time
from graph.errors import BadCursor, Invalid
from graph.queries.scope.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.queries.scope.ledger import Ledger
    from graph.snapshot import Snapshot

__all__ = [
    "Answer",
    "DayAsked",
    "Known",
    "Moment",
    "Paged",
    "Question",
    "Reading",
    "Valid",
    "asked_day",
    "moment_known",
]


class Moment(NamedTuple):
    """The revision that an answer is computed at, and whether that answer can ever change."""

    revision: int
    pinned: bool


class Answer(NamedTuple):
    """What a question answers: bytes, JSON unless `media` says otherwise, and what the faces need to know about them.

    `newest` is set for single records alone: the newest revision that wrote or ended anything shown.
    `location` is the canonical id of a record that was asked for by another name.
    """

    body: bytes
    revision: int
    next: str | None = None
    newest: int | None = None
    location: str | None = None
    media: str = "application/json"


class Question(BaseModel):
    """A frozen value that a snapshot answers."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, str_strip_whitespace=False)

    name: ClassVar[str]
    """The operationId, and the verb in the terminal (underscores become hyphens there)."""
    path: ClassVar[str]
    """The path under which it is asked; braces name fields."""
    summary: ClassVar[str]
    tag: ClassVar[str]
    answer: ClassVar[type[BaseModel]]
    """The model of the answer's JSON."""
    strong: ClassVar[bool] = False
    """A single record: its ETag is made of what it shows, and it is never compressed."""
    lines: ClassVar[bool] = False
    """A list whose page can be had as lines of JSON too, one item a line."""
    today: ClassVar[int] = 0
    """The day that `today` meant, as an ordinal, in a question that asked for it."""
    media: ClassVar[Mapping[str, str]] = {}
    """The media types that an answer can be had as, JSON first, if there are others: each with its `format`."""

    def model_post_init(self, context: Any, /) -> None:  # noqa: ANN401 - whatever the caller passed
        """Keep what `today` meant. A private attribute of pydantic's costs more than the rest of a question."""
        if context and context.get("relative"):
            self.__dict__["today"] = context["today"]

    @property
    def relative(self) -> bool:
        """Whether the answer depends on the day on which it was asked, and so is not immutable."""
        return self.today != 0

    @classmethod
    def at_once(cls, _path: Mapping[str, str], _query: bytes, _snapshot: Snapshot) -> tuple[Answer, Moment] | None:
        """The answer to a question as it is spelled, and its moment, if there is a way that needs no value of it."""
        return None

    def moment(self, snapshot: Snapshot) -> Moment:
        """The revision this question is answered at (module docstring)."""
        return Moment(snapshot.revision, pinned=False)

    def effort(self, _snapshot: Snapshot) -> int:
        """About how many relations `run` looks at, where that may be very many. O(1). Errors: those of `run`."""
        return 0

    def run(self, snapshot: Snapshot) -> Answer:
        """Answer from the snapshot alone. Errors: `graph.errors`."""
        raise NotImplementedError(
            self.name
        )  # pragma: no cover - every question overrides it; a contract test asserts it

    def fingerprint(self, *leave_out: str) -> bytes:
        """Eight bytes that are equal for equal questions, whatever the order of their parameters."""
        fields = type(self).model_fields
        given = [(name, getattr(self, name)) for name in sorted(self.model_fields_set.difference(leave_out))]
        told = [pair for pair in given if pair[1] != fields[pair[0]].default]
        return blake2b(f"{self.name} {told!r}".encode(), digest_size=8).digest()


class Reading(Question):
    """A question that reads texts or history in the ledger besides; it may wait for the disk."""

    def read(self, snapshot: Snapshot, ledger: Ledger) -> Answer:
        """Answer from the snapshot and the ledger, both at the snapshot's revision or an older one."""
        raise NotImplementedError(self.name)  # pragma: no cover - as `run`


def _known_at(text: str) -> str:
    time.parse_known_at(text, "known_at")
    return text


KnownAt = Annotated[str, AfterValidator(_known_at)]


def asked_day(value: object, info: ValidationInfo) -> object:
    """`today` becomes the day the request began, which only its context knows."""
    if value != "today" or info.context is None:
        return value
    info.context["relative"] = True
    return time.day_text(info.context["today"])


DayAsked = Annotated[
    time.PartialDate,
    BeforeValidator(asked_day),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?|today)$",
            "examples": ["2026-02-09", "2026-02", "today"],
        }
    ),
]
"""A partial date, or `today`."""


def moment_known(snapshot: Snapshot, text: str | None, parameter: str) -> Moment:
    """Rules 2 and 3 of the module, for what a parameter says. Errors: `Invalid` if it is not reached yet."""
    if text is None:
        return Moment(snapshot.revision, pinned=False)
    asked = time.parse_known_at(text, parameter)
    if isinstance(asked, time.Instant):
        return Moment(snapshot.revision_at(asked.us), pinned=asked.us <= snapshot.newest_at)
    if asked.number > snapshot.revision:
        detail = f"revision {asked.number} is not reached yet; the newest is {snapshot.revision}."
        raise Invalid.parameter(parameter, detail)
    return Moment(asked.number, pinned=True)


class Known(Question):
    """A question with the clock of knowledge."""

    known_at: KnownAt | None = Field(
        None,
        description="Answer as then known: a revision number, a full date (its last instant, UTC) or an RFC 3339 one.",
        json_schema_extra={"examples": ["1", "2026-12-31", "2026-12-31T12:00:00Z"]},
    )

    def moment(self, snapshot: Snapshot) -> Moment:
        """Rules 2 and 3 of the module."""
        return moment_known(snapshot, self.known_at, "known_at")


class Valid(Known):
    """A question with both clocks."""

    valid_at: DayAsked | None = Field(
        None, description="What may hold on this day, or in this month or year; `today` is the current UTC day."
    )
    valid_from: DayAsked | None = Field(None, description="What may hold on or after the first day of this date.")
    valid_to: DayAsked | None = Field(None, description="What may hold on or before the last day of this date.")
    certain: bool = Field(
        default=False,
        description="Keep only what surely holds then, whatever its unknown or inexact dates turn out to be.",
    )

    @model_validator(mode="after")
    def _valid_time_makes_sense(self) -> Self:
        if self.valid_at is not None and (self.valid_from is not None or self.valid_to is not None):
            raise Invalid.parameter("valid_at", "give either valid_at or valid_from and valid_to, not both.")
        asked = self.asked_span
        if asked is not None and asked[0] > asked[1]:
            raise Invalid.parameter(
                "valid_from", f"{self.valid_from} begins after valid_to={self.valid_to} ends; swap them"
            )
        if self.certain and asked is None:
            raise Invalid.parameter("certain", "says nothing without a time; add valid_at, valid_from or valid_to.")
        return self

    @cached_property
    def asked_span(self) -> tuple[int, int] | None:
        """First and last day asked about, or None without a filter on valid time."""
        begin, end = (self.valid_at, self.valid_at) if self.valid_at else (self.valid_from, self.valid_to)
        if begin is None and end is None:
            return None
        first = time.DAY_MIN if begin is None else time.first_day(time.pack(begin))
        last = time.DAY_MAX if end is None else time.last_day(time.pack(end))
        return first, last


class Paged(Known):
    """A question that answers a page of a list."""

    limit: int = Field(50, ge=1, le=1000, description="How many items a page holds.")
    cursor: str | None = Field(
        None, max_length=512, description="The `next` of the page before. It is bound to the same filters."
    )
    count: Literal["exact"] | None = Field(None, description="`exact` fills `total`.")

    unbound: ClassVar[tuple[str, ...]] = ("cursor", "limit", "count")
    """Parameters that may differ from one page to the next."""

    @model_validator(mode="before")
    @classmethod
    def _today_is_the_first_pages(cls, data: object, info: ValidationInfo) -> object:
        """A walk that began yesterday stays yesterday's."""
        token = data.get("cursor") if isinstance(data, dict) else None
        if isinstance(token, str) and info.context is not None:
            today = Cursor.decode(token).today
            if today:
                info.context["today"] = today
        return data

    def moment(self, snapshot: Snapshot) -> Moment:
        """Rule 1 of the module, then the others. Errors: `BadCursor`."""
        asked = super().moment(snapshot)
        after = self.after(snapshot)
        return asked if after is None else Moment(after.revision, asked.pinned)

    def after(self, snapshot: Snapshot) -> Cursor | None:
        """The cursor sent, if it belongs to this question on this ledger. Errors: `BadCursor`."""
        if self.cursor is None:
            return None
        cursor = Cursor.decode(self.cursor)
        if cursor.fingerprint != self._bound(snapshot):
            raise BadCursor("this cursor belongs to other filters; send the same ones, or start again without it")
        if cursor.revision > snapshot.revision:
            raise BadCursor("this cursor belongs to a revision that this ledger never had; start again without it")
        return cursor

    def next_cursor(self, snapshot: Snapshot, revision: int, key: float | str, record: str) -> str:
        """The token for the page that begins after `(key, record)`."""
        return Cursor(self._bound(snapshot), revision, self.today, key, record).encode()

    @cached_property
    def _filters(self) -> list[str]:
        """What decides what is in the list, as it is spelled, in whatever order it was asked."""
        fields, told = type(self).model_fields, []
        for name in self.model_fields_set.difference(self.unbound):
            value, field = getattr(self, name), fields[name]
            if value != field.default:
                values = value if isinstance(value, tuple) else (value,)
                spelled = (str(one).lower() if isinstance(one, bool) else one for one in values)
                told += [f"{field.alias or name}={one}" for one in spelled]
        return sorted(told)

    def _bound(self, snapshot: Snapshot) -> bytes:
        told = "\0".join((self.name, snapshot.ledger, *self._filters))
        return blake2b(told.encode("utf-8", "surrogatepass"), digest_size=8).digest()
