"""The specification in the plainest Python: replay the statements up to a revision, then loop over all there is.

Slow and obvious on purpose, and written from the meaning alone: it shares no code with what it is compared with, except
for the vocabulary's data.
"""

from __future__ import annotations

from tests.oracle.dates import AFTER, BEFORE, first_day, last_day
from tests.oracle.listed import Listed, actors, claims, datasets, documents, relations
from tests.oracle.shown import Hidden, one, steps
from tests.oracle.world import Event, Record, World

__all__ = [
    "AFTER",
    "BEFORE",
    "Event",
    "Hidden",
    "Listed",
    "Record",
    "World",
    "actors",
    "claims",
    "datasets",
    "documents",
    "first_day",
    "last_day",
    "one",
    "relations",
    "steps",
]
