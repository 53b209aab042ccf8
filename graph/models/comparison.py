"""What became of a relation between two moments: shape."""

from pydantic import Field

from graph.models.relation import Relation
from graph.models.shape import Page, Shape


class Difference(Shape):
    """One relation that an answer shows at one of two moments alone, or otherwise at the other."""

    change: str = Field(description="added, ended, retracted or amended.")
    cause: str = Field(description="world, learned, corrected or withdrawn.")
    relation: Relation = Field(description="As it is at `to`; for what was retracted as it was at `from`.")
    before: Relation | None = Field(description="As it was at `from`; null for what was added.")


class DifferencePage(Page):
    """A page of differences."""

    items: list[Difference]
