"""FollowTheMoney entities as lines of JSON: the form in which companies, sanctions and offices are exchanged.

A file's entities may come in any order, so it is read more than once:

1. first for who is in it: every entity that is an actor, with its names, identifiers and countries;
2. then for the relations, whose ends are named by their ids. One end that is neither in the file nor known from an
   earlier file of the dataset is told, and that relation rejected.
3. An office is held in a state or body that only its `Position` names. Positions are kept in memory by the hundred
   thousand; if there are more, the file is read once more for each further lot, told apart by a hash of their ids.

So memory is flat. A relation is dated by the earliest `startDate` and the latest `endDate`; a payment by its `date`.
Where more than one value could be a relation's attribute it is the first in alphabetical order. Nothing else that an
edge says is lost: it is in the claim's `extra`. Of actors, what has no place here is counted, by property.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graph.formats.ftm.actors import actor
from graph.formats.ftm.entities import entities
from graph.formats.ftm.relations import relations
from graph.formats.ftm.schemas import POST
from graph.formats.ftm.writing import write
from graph.formats.incoming import Importer, Reject, Tally
from graph.formats.outgoing import Exporter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.formats.incoming import Item, Lines

__all__ = ["EXPORTER", "IMPORTER"]

_AT_ONCE: Final = 100_000
"""As many positions are in memory at a time."""


def read(lines: Lines) -> Iterator[Item]:
    """Read a file, two times or more."""
    posts = 0
    for entity in entities(lines):
        if isinstance(entity, Reject | Tally):
            yield entity
            continue
        posts += entity.schema == POST
        yield from actor(entity)
    lots = 1 + posts // _AT_ONCE
    for lot in range(lots):
        yield from relations(lines, lot, lots)


IMPORTER = Importer("ftm", "FollowTheMoney entities as lines of JSON, in any order", read)
EXPORTER = Exporter(
    "ftm",
    "FollowTheMoney entities as lines of JSON",
    "application/json+ftm",
    "ftm.json",
    write,
    leaves_out=(
        *("about", "attested", "claimant", "coded_by", "confidence", "datasets", "end_status", "merges", "publishers"),
        *("quote", "record", "recorded_at", "retracted_at", "said_on", "stance", "stances", "status", "text"),
        *("version", "via"),
    ),
    alters=("type", "kind", "source", "names", "identifiers", "attributes", "documents"),
)
