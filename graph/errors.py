"""What can go wrong, as facts with values: whoever catches one decides what to tell, and to whom.

    EntenteError
    ├── NotFound        nothing was ever recorded under this id
    ├── Gone            it was, and has been retracted
    ├── Invalid         what was asked or stated breaks a rule; holds every fault found
    ├── BadCursor       a page was asked for with a cursor of another list
    ├── Conflict        it clashes with what is recorded
    ├── Stale           the record has changed since it was read
    ├── NotReady        nothing can be answered yet
    ├── Behind          the revision asked for has not arrived here yet
    ├── Busy            others hold the ledger; it may be tried again
    ├── OverBudget      the answer would cost more than a question may
    ├── Full            there is no room left to write
    └── LedgerDamaged   what was read back is not what was written

`str(error)` is one sentence for a reader who knows nothing of the program. Every error survives pickling, because
some are raised in another process than the one that answers.
"""

# ruff: noqa: N818 - they are named for what is the case, not for being errors

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, Self


class EntenteError(Exception):
    """The root of all errors that this program raises on purpose."""

    detail: str = "It did not work."

    def __str__(self) -> str:
        return self.detail


class NotFound(EntenteError):
    """Nothing of this kind was recorded under this id at the moment asked about. `near` is an id probably meant."""

    def __init__(self, kind: str, id: str, near: str | None = None) -> None:  # noqa: A002 - the product's word for it
        super().__init__(kind, id, near)
        self.kind = kind
        self.id = id
        self.near = near
        self.detail = f'There is no {kind} "{id}".' + (f' Was "{near}" meant?' if near is not None else "")


class Gone(EntenteError):
    """The record was retracted. `newest` is the revision that last touched it, which reinstating it must name."""

    def __init__(self, kind: str, id: str, reason: str | None, newest: int) -> None:  # noqa: A002 - as above
        super().__init__(kind, id, reason, newest)
        self.kind = kind
        self.id = id
        self.reason = reason
        self.newest = newest
        self.detail = f'The {kind} "{id}" was retracted' + (f": {reason}" if reason else ".")


class Fault(NamedTuple):
    """One broken rule, and where: a parameter by its name, or a JSON pointer into the document that was sent."""

    where: Literal["parameter", "pointer"]
    name: str
    detail: str


class Invalid(EntenteError):
    """What was asked or stated breaks a rule. `faults` holds all that were found, at least one."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)
        self.detail = " ".join(f"{fault.name}: {fault.detail}" if fault.name else fault.detail for fault in self.faults)

    @classmethod
    def parameter(cls, name: str, detail: str) -> Self:
        """Tell of one fault, in a parameter."""
        return cls([Fault("parameter", name, detail)])

    @classmethod
    def pointer(cls, pointer: str, detail: str) -> Self:
        """Tell of one fault, at a JSON pointer (`""` is the whole document, `/relation/type` a field)."""
        return cls([Fault("pointer", pointer, detail)])


class _Said(EntenteError):
    """An error whose sentence is written where it is raised."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class BadCursor(_Said):
    """The cursor is not one of ours, or belongs to another list."""


class Conflict(EntenteError):
    """It clashes with what is recorded. `holder` is the id of the record that stands in the way, if one does."""

    def __init__(self, detail: str, holder: str | None = None) -> None:
        super().__init__(detail, holder)
        self.detail = detail
        self.holder = holder


class Stale(EntenteError):
    """The record has changed since its writer read it; `newest` is the revision that last touched what it shows."""

    def __init__(self, kind: str, id: str, newest: int) -> None:  # noqa: A002 - as above
        super().__init__(kind, id, newest)
        self.kind = kind
        self.id = id
        self.newest = newest
        self.detail = f'The {kind} "{id}" has changed since it was read, by revision {newest}. Read it again.'


class NotReady(EntenteError):
    """Nothing can be answered yet; trying again makes sense after `retry_after` seconds."""

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail, retry_after)
        self.detail = detail
        self.retry_after = retry_after


class Behind(EntenteError):
    """This process knows the ledger up to `revision`, and was asked for an answer from `wanted` or later."""

    def __init__(self, revision: int, wanted: int) -> None:
        super().__init__(revision, wanted)
        self.revision = revision
        self.wanted = wanted
        self.detail = f"Revision {wanted} has not arrived here yet; the newest known is {revision}."


class Busy(EntenteError):
    """Others held the ledger for longer than a write may wait. Nothing was written."""

    detail = "Others are writing; nothing was written. It may be tried again."


class Lost(EntenteError):
    """The connection to the database broke off. What was being written may be there or not."""

    detail = (
        "The connection to the database broke off. A write may have been made or not: send it again with the same "
        "Idempotency-Key, or look."
    )


class OverBudget(_Said):
    """The answer would cost more time or steps than a question may, or nobody waits for it any more."""


class Full(EntenteError):
    """The disk has no room left. Nothing was written, and reading goes on."""

    detail = "There is no room left to write; nothing was written. Reading goes on."


class LedgerDamaged(_Said):
    """What was read back from the ledger is not what was written to it."""
