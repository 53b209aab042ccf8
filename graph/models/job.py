"""Imports that were asked for over HTTP: how far each is, and what it could not take in.

They are no facts: tables of the service, outside of revisions, hashes and history. What an import writes to the ledger
is in the log like everything else.
"""

from pydantic import Field as Described
from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from graph.db.columns import Json, Words, whole
from graph.models.shape import Page, Shape
from graph.models.table import Table, one_of

STATES = ("waiting", "running", "done", "failed", "interrupted", "undone")
"""Waiting for its turn; under way; all of it in, but for rejects; given up; cut off for good; taken back."""
OPEN = ("waiting", "running")


class ImportJobRow(Table, table=True):
    """One import. `said` is what its dataset is called if it is new, `counts` how far it is; instants are microseconds.

    `first_revision` and `last_revision` are those of its first and last batch that wrote. `tries` counts how often it
    was begun since its last batch.
    """

    __tablename__ = "import_job"
    __table_args__ = (
        one_of("state", STATES, "state"),
        CheckConstraint("on_error IN ('reject', 'abort')", name="on_error"),
        Index("ix_import_job_state", "state"),
        {"sqlite_strict": True},
    )

    n: int = whole(key=True)
    contributor: int = whole(refers="contributor.n")
    format: str = Field(sa_type=Words)
    dataset: str = Field(sa_type=Words)
    said: str = Field(sa_type=Json)
    on_error: str = Field(sa_type=Words)
    state: str = Field(sa_type=Words)
    size: int = whole()
    counts: str = Field(sa_type=Json)
    problem: str | None = Field(sa_type=Words)
    tries: int = whole()
    first_revision: int | None = whole(nullable=True)
    last_revision: int | None = whole(nullable=True)
    undone_revision: int | None = whole(nullable=True)
    created_at: int = whole()
    touched_at: int = whole()
    finished_at: int | None = whole(nullable=True)


class ImportRejectRow(Table, table=True):
    """One line, or part of one, that an import could not take in."""

    __tablename__ = "import_reject"
    __table_args__ = ({"sqlite_strict": True},)

    job: int = whole(key=True, refers="import_job.n")
    n: int = whole(key=True)
    line: int = whole()
    column: str | None = Field(sa_type=Words)
    reason: str = Field(sa_type=Words)


class ImportJob(Shape):
    """An import: what was asked for, and how far it is."""

    id: str
    format: str
    dataset: str
    on_error: str
    state: str = Described(
        description="waiting, running, done, failed, interrupted or undone; more may come.",
        json_schema_extra={"x-extensible-enum": list(STATES)},
    )
    problem: str | None = Described(description="Why it failed or was interrupted, and what to do.")
    size: int = Described(description="How many bytes were sent.")
    lines: int = Described(description="How many lines have been dealt with: added, known, rejected or left out.")
    added: int = Described(description="Lines that added something.")
    known: int = Described(description="Lines of which all was recorded already.")
    rejected: int = Described(description="Lines that can't go in; /imports/{id}/rejects says why.")
    new: dict[str, int] = Described(description="What came new into the ledger: relations, claims, actors, documents.")
    left_out: dict[str, int] = Described(description="What was left out on purpose, by name, and how often.")
    by: str = Described(description="Whose key it was sent with.")
    first_revision: int | None = Described(description="The revision of the first batch that wrote anything.")
    last_revision: int | None = Described(description="The revision of the last batch that wrote anything.")
    undone_revision: int | None = Described(description="The revision that took it back.")
    created_at: str
    touched_at: str = Described(description="When it was last moved on.")
    finished_at: str | None


class ImportJobPage(Page):
    """A page of imports, newest first."""

    items: list[ImportJob]


class ImportReject(Shape):
    """A line that can't go in, and why."""

    line: int
    column: str | None = Described(description="The column, if it is one column's fault.")
    reason: str


class ImportRejectPage(Page):
    """A page of rejects, in the order in which they were met."""

    items: list[ImportReject]
