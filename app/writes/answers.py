"""What a write answers beside the records themselves."""

from pydantic import Field

from app.problems import Fault
from graph.models import Claim, Relation
from graph.models.shape import Shape


class ClaimRecorded(Shape):
    """A claim that was recorded, or was known, and the relation that it bears on."""

    claim: Claim
    relation: Relation


class Outlook(Shape):
    """What a write would have come to, had it not been a dry run. Nothing was written."""

    dry_run: bool = Field(description="Always true.")
    status: int = Field(description="The status that the write itself would answer: 200 or 201.")
    record: str = Field(description="The kind of record: actor, document, dataset, relation, claim or merge.")
    id: str = Field(description="Its id; one that is made up for a new record may be another next time.")
    relation: str | None = Field(description="The relation that a claim bears on.")


class LineProblem(Shape):
    """Why a line of a batch was refused."""

    type: str = Field(description="A stable URI reference of the kind of problem.")
    title: str
    detail: str
    errors: list[Fault] = Field(description="Each fault by its place in the line.")


class LineOutcome(Shape):
    """What one line of a batch came to."""

    line: int = Field(description="Its number, from 1; blank lines count.")
    status: int = Field(description="The status that the write would have answered on its own.")
    record: str | None = Field(description="The kind of record; null if the line was refused.")
    id: str | None = Field(description="Its id.")
    relation: str | None = Field(description="The relation that a claim bears on.")
    problem: LineProblem | None = Field(description="Why the line was refused; null if it was not.")


class BatchOutcome(Shape):
    """What a batch came to, line by line."""

    dry_run: bool = Field(description="Whether nothing was written on purpose.")
    revision: int = Field(description="The one revision that holds it; the newest one if nothing was added.")
    written: int = Field(description="How many lines added or changed something.")
    refused: int = Field(description="How many lines were refused; with atomic=true always 0.")
    results: list[LineOutcome] = Field(description="One result a line, in their order.")
