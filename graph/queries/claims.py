"""Claims: who affirms, denies or doubts what, in which words; the list, one of them, and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from graph import time
from graph.errors import Invalid
from graph.models import Claim, ClaimPage, ClaimVersionPage
from graph.queries.scope import Answer, Known, Paged, Reading
from graph.queries.scope.filters import Stance
from graph.queries.scope.history import history_page
from graph.queries.scope.listing import MOST_PASSAGES, all_found
from graph.snapshot import item
from graph.snapshot.batch import STANCES
from graph.snapshot.columns import NONE
from graph.snapshot.evidence import claims_visible
from graph.snapshot.find import ClaimWanted, claims_meeting
from graph.snapshot.newest import Newest

if TYPE_CHECKING:
    from graph.queries.scope.ledger import Ledger
    from graph.snapshot import Snapshot, View

__all__ = ["Claims", "GetClaim", "ListClaimVersions"]

_STEP = 512
"""So many claims are looked at first."""


class Claims(Paged, Reading):
    """Claims, newest first: whose words, where printed, and the words themselves.

    `q` looks in the quotes for all its words, the last perhaps only begun, whatever the script, accents and case.
    """

    name: ClassVar[str] = "list_claims"
    path: ClassVar[str] = "/claims"
    summary: ClassVar[str] = "Claims"
    tag: ClassVar[str] = "claims"
    answer: ClassVar[type] = ClaimPage

    claimant: str | None = Field(None, description="Whose words.", json_schema_extra={"examples": ["lavrov"]})
    stance: tuple[Stance, ...] = Field((), description="Affirms, denies or doubts.")
    relation: str | None = Field(None, description="The relation they bear on.")
    document: str | None = Field(None, description="The document they are in.")
    publisher: str | None = Field(None, description="The publisher of their document.")
    dataset: str | None = Field(None, description="The dataset they are in.")
    said_from: time.PartialDate | None = Field(None, description="Said on or after the first day of this date.")
    said_to: time.PartialDate | None = Field(None, description="Said on or before the last day of this date.")
    q: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Words of the quote.",
        json_schema_extra={"examples": ["obstacles"]},
    )

    @model_validator(mode="after")
    def _from_before_to(self) -> Self:
        if (
            self.said_from
            and self.said_to
            and time.first_day(time.pack(self.said_from)) > time.last_day(time.pack(self.said_to))
        ):
            raise Invalid.parameter(
                "said_from", f"{self.said_from} begins after said_to={self.said_to} ends; swap them"
            )
        return self

    def read(self, snapshot: Snapshot, ledger: Ledger) -> Answer:
        """O(claims passed over until the page is full), or O(claims) to count them."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        rows, wanted = self._among(view, ledger), self._wanted(view)
        page = self._page(snapshot, view, rows, wanted)
        following = None
        if len(page) > self.limit:
            page = page[: self.limit]
            last = int(page[-1])
            key = -float(view.tables.claims.written[last])
            following = self.next_cursor(snapshot, view.k, key, item.claim_id(view, last))
        total = len(self._kept(view, rows, wanted)) if self.count else None
        return Answer(item.page(item.claims(view, page), following, total), view.k, following)

    def _among(self, view: View, ledger: Ledger) -> np.ndarray:
        """Claim versions to look at, as they were recorded."""
        tables = view.tables
        if self.relation is None:
            rows = np.arange(tables.claims.reach(view.k), dtype=np.int32)
        else:
            record = tables.relation_ids.get(self.relation)
            if record == NONE:
                raise Invalid.parameter("relation", f'no relation "{self.relation}" is known.')
            rows = np.sort(tables.by_relation.rows(record))
        if self.q is not None:
            rows = rows[np.isin(rows, all_found(ledger.find_quotes(self.q, MOST_PASSAGES)))]
        return rows

    def _wanted(self, view: View) -> ClaimWanted:
        return ClaimWanted(
            claimant=None if self.claimant is None else view.actor(self.claimant, "claimant"),
            publisher=None if self.publisher is None else view.actor(self.publisher, "publisher"),
            dataset=None if self.dataset is None else view.dataset(self.dataset, "dataset"),
            document=None if self.document is None else view.document(self.document, "document"),
        )

    def _kept(self, view: View, rows: np.ndarray, wanted: ClaimWanted) -> np.ndarray:
        """Those that are visible and match."""
        claims = view.tables.claims
        mask = claims_meeting(view, rows, wanted)
        if self.stance:
            mask &= np.isin(claims.stance[rows], [STANCES.index(stance) for stance in self.stance])
        if self.said_from or self.said_to:
            said = claims.said[rows].astype(np.int64)
            first = time.DAY_MIN if self.said_from is None else time.first_day(time.pack(self.said_from))
            last = time.DAY_MAX if self.said_to is None else time.last_day(time.pack(self.said_to))
            mask &= (said != 0) & (time.first_days(said) <= last) & (time.last_days(said) >= first)
        kept: np.ndarray = rows[mask]
        return kept

    def _page(self, snapshot: Snapshot, view: View, rows: np.ndarray, wanted: ClaimWanted) -> np.ndarray:
        """The first claims after the cursor, one more than the page holds if there are so many.

        Newest first, ties by id: rows are numbered as they were recorded, so whole revisions are taken from the end, in
        steps that grow, until there are enough.
        """
        claims, cursor = view.tables.claims, self.after(snapshot)
        end, step, found = len(rows), _STEP, np.empty(0, np.int32)
        if cursor is not None:
            end = _place(rows, claims.reach(int(min(max(-cursor.number, 0), view.k))))
        while end and len(found) <= self.limit:
            oldest = int(claims.written[rows[max(0, end - step)]])
            begin = _place(rows, claims.reach(oldest - 1))
            part = self._kept(view, rows[begin:end], wanted)
            ids = _ids(view, part)
            if cursor is not None:
                left = (claims.written[part] < -cursor.number) | (ids > np.bytes_(cursor.id.encode()))
                part, ids = part[left], ids[left]
            found = np.concatenate((found, part[np.lexsort((ids, -claims.written[part]))]))
            end, step = begin, step * 8
        return found[: self.limit + 1]


def _place(rows: np.ndarray, row: int) -> int:
    return int(rows.searchsorted(rows.dtype.type(row)))  # of another type it would have all rows converted


def _ids(view: View, rows: np.ndarray) -> np.ndarray:
    claims, relations = view.tables.claims, view.tables.relations
    return np.char.add(np.char.add(relations.id[claims.relation[rows]], b"."), claims.tag[rows])


class GetClaim(Known):
    """One claim: whose words, on which relation, in which document or dataset, quoted how."""

    name: ClassVar[str] = "get_claim"
    path: ClassVar[str] = "/claims/{id}"
    summary: ClassVar[str] = "A claim"
    tag: ClassVar[str] = "claims"
    answer: ClassVar[type] = Claim
    strong: ClassVar[bool] = True

    id: str = Field(
        description="The claim's id: that of its relation, a dot, and its own.",
        json_schema_extra={"examples": ["0000h2xy63s48gea.1j7whj1y"]},
    )

    def run(self, snapshot: Snapshot) -> Answer:
        """O(versions of the claim)."""
        moment = self.moment(snapshot)
        view = snapshot.view(moment.revision)
        row = view.tables.claims.row_at(view.claim_named(self.id), view.k)
        if not claims_visible(view.tables, np.array([row]), view.k)[0]:
            raise view.unseen("claim", self.id)
        newest = Newest(view)
        newest.claim(row)
        return Answer(item.claim(view, row), moment.revision, newest=newest.revision)


class ListClaimVersions(Paged, Reading):
    """A claim's history, newest first: what was stated of it, by whom, when and why. Retracted claims have one too."""

    name: ClassVar[str] = "list_claim_versions"
    path: ClassVar[str] = "/claims/{id}/versions"
    summary: ClassVar[str] = "History of a claim"
    tag: ClassVar[str] = "claims"
    answer: ClassVar[type] = ClaimVersionPage

    id: str = Field(
        description="The claim's id: that of its relation, a dot, and its own.",
        json_schema_extra={"examples": ["0000h2xy63s48gea.1j7whj1y"]},
    )

    def read(self, snapshot: Snapshot, ledger: Ledger) -> Answer:
        """O(versions of the claim)."""
        view = snapshot.view(self.moment(snapshot).revision)
        view.ever_named("claim", self.id)
        return history_page(self, snapshot, ledger.history("claim", self.id, view.k), item.claim)
