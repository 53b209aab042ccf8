"""One step of the log, as it is shown: what was done to which record, by whom and why, before and after."""

from pydantic import Field

from graph.models.shape import Page, Shape


class Change(Shape):
    """One thing done to one record."""

    position: str = Field(
        description="Where it stands in the log: `after` takes it, and goes on behind it. The id of its event."
    )
    revision: int
    at: str
    by: str | None = Field(description="The contributor.")
    op: str = Field(description="add, amend, retract or reinstate; of merges merge or undo.")
    record: str = Field(description="actor, document, dataset, relation, claim or merge: what kind of record it is.")
    id: str
    version: int = Field(description="The version that was written, or that was retracted.")
    before: dict[str, object] | None = Field(
        description="The record as it stood right before, as its history shows it; null if it did not stand."
    )
    after: dict[str, object] | None = Field(
        description="The record as it stood right after; null if it was retracted. An undone merge says when."
    )
    reason: str | None
    comment: str | None


class ChangePage(Page):
    """A page of the log, in its order. `next` stays good: sent again later, it goes on with what came since."""

    items: list[Change]
    after: str = Field(
        description="How far the log has been told, what the filters left out included: send it as `after` to go on."
    )
