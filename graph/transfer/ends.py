"""A dataset says again, and now with its end, what it said before: a state that has ended since.

The relation is amended iff

1. the claim was recorded already, so that this is the same row of the same dataset, in another edition;
2. the row gives an end, or says that the state goes on, and the relation says otherwise;
3. every standing claim on the relation is of this dataset: what others claim is not theirs to end;
4. the relation never said so before: an older edition that is imported once more changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from graph.errors import EntenteError
from graph.models import RelationStatement
from graph.store.bulk.claims import as_stated
from graph.store.transaction import CLAIM

if TYPE_CHECKING:
    from graph.store import Writer
    from graph.store.bulk import Known, Statement
    from graph.store.references import Found
    from graph.store.relations import Proposition


def amend_end(writer: Writer, statement: Statement, dataset: Known) -> bool:
    """Amend the end of a known relation, if it is for the dataset to do so. Tell whether it was amended."""
    if statement.type.temporality != "state" or not (statement.end or statement.ongoing):
        return False
    relation = as_stated(statement).relation
    assert isinstance(relation, RelationStatement)  # noqa: S101 - it says what it states
    stated = writer.proposition(relation, None, "/relation")
    found = writer.holder(stated)
    if found is None or found.retracted or _says(found, stated) or _is_shared(writer, found, dataset):
        return False
    try:
        with writer.attempt():
            return writer.amend_relation(found.id, relation)
    except EntenteError:
        return False


def _says(found: Found, stated: Proposition) -> bool:
    return (found.row.end, found.row.end_status) == (stated.stated.end, stated.stated.end_status)


def _is_shared(writer: Writer, found: Found, dataset: Known) -> bool:
    """Whether others than a dataset have standing claims on a relation."""
    others = or_(CLAIM.c.dataset.is_(None), CLAIM.c.dataset != dataset.first)
    theirs = select(CLAIM.c.n).where(CLAIM.c.relation == found.first, CLAIM.c.ended.is_(None), others)
    return writer.first(theirs.limit(1)) is not None
