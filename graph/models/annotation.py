"""A claim on a document as a W3C Web Annotation, which any client of that standard can anchor in the text."""

from typing import ClassVar

from pydantic import Field

from graph.models.shape import Shape


class AnnotationBody(Shape):
    """What an annotation says: words for a reader (`TextualBody`), or the relation they mean (`SpecificResource`)."""

    absent_unless_asked: ClassVar[frozenset[str]] = frozenset({"value", "format", "source"})

    type: str
    purpose: str
    value: str | None = Field(default=None, description="Of a TextualBody: who claims what.")
    format: str | None = None
    source: str | None = Field(default=None, description="Of a SpecificResource: the relation.")


class AnnotationSelector(Shape):
    """The passage meant: by its words and what stands beside them, or by its place, counted in code points."""

    absent_unless_asked: ClassVar[frozenset[str]] = frozenset({"exact", "prefix", "suffix", "start", "end"})

    type: str = Field(description="TextQuoteSelector or TextPositionSelector.")
    exact: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    start: int | None = None
    end: int | None = None


class AnnotationTarget(Shape):
    """The document, and where in its text; no selector means the document as a whole."""

    source: str
    selector: list[AnnotationSelector]


class Annotation(Shape):
    """A claim as a W3C Web Annotation."""

    context: str = Field(alias="@context")
    id: str = Field(description="The claim.")
    type: str
    motivation: str
    body: list[AnnotationBody]
    target: AnnotationTarget
