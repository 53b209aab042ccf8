"""A filtered, ordered page of relations: the heart of the main query.

Filters are applied from the cheapest to the dearest, each to what the ones before it left:

1. what a run has beside its rows (`graph.snapshot.slices`): far end, direction, type, class, sign, days; and whether k
   has reached a row, or it was recorded late enough, for rows are numbered as they were recorded;
2. what stands in the relation's own columns: which record it is, what it is about, its far end's kind;
3. the rule of visibility (`graph.snapshot.view`); of what is settled, only whether its far end is retracted;
4. what follows from the claims: status and attested where they are settled, else from the evidence at k; confidence,
   publishers;
5. one and the same visible claim that meets every filter on claims;
6. attributes, which lie in the heap.

In the default order an actor's runs are sorted already, so a page reads on from its cursor, or from the last day asked
about, in steps until it is full: it costs the rows it passes over, at any depth. Of other orders only what may stand on
the page is sorted. What matches is known by its places in the runs, and gathered only where it is shown.
"""

from graph.snapshot.find.compiled import bits
from graph.snapshot.find.filters import ClaimWanted, Wanted, claims_meeting
from graph.snapshot.find.pages import ORDERS, Found, Order, Slice, find, keys, look, matching, newest, page

__all__ = [
    "ORDERS",
    "ClaimWanted",
    "Found",
    "Order",
    "Slice",
    "Wanted",
    "bits",
    "claims_meeting",
    "find",
    "keys",
    "look",
    "matching",
    "newest",
    "page",
]
