"""What a ledger's whole log is made of, one entry after another: enough to make the same ledger again.

    Begin                                    whose log this is, and how far it goes
    Ended*, Wrote*, then Noted               each revision: what it ended, what it wrote, and its change

Rows refer to each other by number, and numbers are dense in each table, so nothing needs to be renamed. A row's own
revision and hash are left out: the first is that of the change which follows, the second is worked out anew and must
lead to the hash of that change.
"""

from typing import Any, NamedTuple, TypeAlias


class Begin(NamedTuple):
    """The ledger's name, from which its chain of hashes begins, and the last revision of this log."""

    ledger: str
    upto: int


class Wrote(NamedTuple):
    """One row of a table, nulls left out. `parts` are what belongs to the version: see `PARTS` in `graph.store.log`."""

    table: str
    row: dict[str, Any]
    parts: tuple[list[Any], ...] = ()


class Ended(NamedTuple):
    """Rows of one table that a revision closed, ascending."""

    table: str
    numbers: list[int]


class Noted(NamedTuple):
    """A revision's change, nulls left out: all of it is written above."""

    change: dict[str, Any]


Entry: TypeAlias = Begin | Ended | Wrote | Noted
