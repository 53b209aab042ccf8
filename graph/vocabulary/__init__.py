"""What a relation can be: the tree of types, kept as data in `data/` and checked when it is loaded.

Adding a type is adding an entry to a file in `data/`; `entries` says which keys an entry has, `resolve` which rules it
must keep. Everything else asks the `Vocabulary` that `load` gives.
"""

from graph.vocabulary.relation_type import (
    ATTRIBUTE_TYPES,
    KINDS,
    QUAD_CLASSES,
    TEMPORALITIES,
    Attribute,
    Attributes,
    Codes,
    RelationType,
    Type,
)
from graph.vocabulary.resolve import VocabularyError
from graph.vocabulary.tree import NO_INTENSITY, Vocabulary, load, read

__all__ = [
    "ATTRIBUTE_TYPES",
    "KINDS",
    "NO_INTENSITY",
    "QUAD_CLASSES",
    "TEMPORALITIES",
    "Attribute",
    "Attributes",
    "Codes",
    "RelationType",
    "Type",
    "Vocabulary",
    "VocabularyError",
    "load",
    "read",
]
