"""What some questions read beside the snapshot: history and full texts, which only the ledger keeps."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy as np

    from graph.models.entry import Entry

__all__ = ["Change", "Ledger", "Passages", "Step", "changes_of", "reason_of"]

_GAP = 64
"""Revisions that nobody asked about are read along rather than asked around, up to so many at a stretch."""


class Passages(Protocol):
    """What a full-text look-up found."""

    @property
    def numbers(self) -> np.ndarray:
        """Row numbers of the ledger, ascending."""
        ...

    @property
    def complete(self) -> bool:
        """Whether these are all; else they are the newest."""
        ...


class Step(Protocol):
    """One step of a record's history: what the ledger did to it."""

    @property
    def revision(self) -> int:
        """The revision of the step."""
        ...

    @property
    def at(self) -> int:
        """Its instant, microseconds."""
        ...

    @property
    def by(self) -> str | None:
        """The contributor."""
        ...

    @property
    def op(self) -> str:
        """add, amend, retract or reinstate."""
        ...

    @property
    def reason(self) -> str | None:
        """Why."""
        ...

    @property
    def n(self) -> int:
        """The version row that it concerns."""
        ...


class Change(Protocol):
    """One revision's entry in the log."""

    @property
    def revision(self) -> int:
        """The revision."""
        ...

    @property
    def at(self) -> int:
        """Its instant, microseconds."""
        ...

    @property
    def by(self) -> str | None:
        """The contributor."""
        ...

    @property
    def reason(self) -> str | None:
        """Why, for all that it did."""
        ...

    @property
    def comment(self) -> str | None:
        """What its writer remarked."""
        ...

    @property
    def details(self) -> Mapping[str, Any] | None:
        """`{"reasons": {"<kind>/<id>": reason}}` where records were written for reasons of their own."""
        ...


class Ledger(Protocol):
    """What some questions read beside the snapshot: history and full texts, which only the ledger keeps."""

    def history(self, kind: str, record_id: str, revision: int, /) -> Sequence[Step]:
        """The steps of a record up to a revision, newest first."""
        ...

    def changes(self, after: int, upto: int, /) -> Sequence[Change]:
        """The log from the first revision after one up to another."""
        ...

    def log(self, upto: int, /) -> Iterator[Entry]:
        """The whole log up to a revision, entry by entry: enough to make the same ledger again."""
        ...

    def document_text(self, n: int, /) -> str | None:
        """The full text of a version of a document."""
        ...

    def find_quotes(self, asked: str, limit: int, /) -> Passages:
        """Versions of claims whose quote has all the words, the last perhaps only begun."""
        ...

    def find_documents(self, asked: str, limit: int, /) -> Passages:
        """Versions of documents whose title and text have them."""
        ...


def changes_of(ledger: Ledger, revisions: Iterable[int]) -> dict[int, Change]:
    """The log's entries of some revisions, read a stretch at a time."""
    wanted = sorted(set(revisions))
    if not wanted:
        return {}
    breaks = [(before, after) for before, after in pairwise(wanted) if after - before > _GAP]
    begins, ends = [wanted[0], *(after for _, after in breaks)], [*(before for before, _ in breaks), wanted[-1]]
    return {
        change.revision: change
        for begin, end in zip(begins, ends, strict=True)
        for change in ledger.changes(begin - 1, end)
    }


def reason_of(change: Change, kind: str, record_id: str) -> str | None:
    """Why a change did what it did to one record: that record's own reason, else the change's."""
    own: Mapping[str, str] = (change.details or {}).get("reasons", {})
    return own.get(f"{kind}/{record_id}", change.reason)
