"""What relations have come to, and since when.

1. Most relations come to one and the same thing from the revision on that wrote them: their `outcome` is the row of the
   evidence, and nothing else is kept of them. 0 of those that have come to nothing yet.
2. Any other's is where, negative, its chain of (revision, evidence) pairs is entered: newest first, to pair 0, which is
   older than any revision and comes to nothing.
3. A chain is there before the outcome leads to it, and no pair of it ever changes. So whoever reads at a revision finds
   what held then, whatever is noted meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.snapshot.columns import Columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.snapshot.columns import Mapped, Memory
    from graph.snapshot.relations import Relations

__all__ = ["Turns"]


class Turns:
    """The evidence row of every relation at every revision."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self._pairs = Columns(written=np.int32, prev=np.int32, evidence=np.int32)
        self._pairs.extend({"written": [0], "prev": [0], "evidence": [0]}, 1)
        self.newest = 0
        """The newest revision at which any relation came to anything, or later."""

    @property
    def memory(self) -> Memory:
        """The pairs, and how many."""
        pairs = self._pairs
        return pairs.written, pairs.prev, pairs.evidence, len(pairs.evidence)

    def arrays(self) -> dict[str, np.ndarray]:
        """The pairs; outcomes are a column of the relations."""
        return self._pairs.arrays()

    def restore(self, arrays: Mapping[str, Mapped]) -> None:
        """Begin with pairs out of files."""
        self._pairs.restore(arrays)

    def at(self, records: np.ndarray, revision: int) -> np.ndarray:
        """The evidence row of each relation record at a revision; 0 where no claim is visible."""
        relations = self._relations
        found: np.ndarray = relations.outcome[records].astype(np.intp)
        changing = (found < 0).nonzero()[0]
        if len(changing):
            found[changing] = self._walked(-found[changing], revision)
        if self.newest > revision:  # else no outcome was newer when they were looked up
            found[relations.written[records] > revision] = 0
        return found

    def _walked(self, pairs: np.ndarray, revision: int) -> np.ndarray:
        """The evidence row that chains have at a revision, from the pairs that they are entered at."""
        written, prev, evidence = self._pairs.written, self._pairs.prev, self._pairs.evidence
        while (late := written[pairs] > revision).any():
            pairs = np.where(late, prev[pairs], pairs)
        found: np.ndarray = evidence[pairs]
        return found

    def unchanged(self, records: np.ndarray, revisions: np.ndarray) -> np.ndarray:
        """The evidence row that each relation has had ever since a revision, and no other before; 0 of any other."""
        found: np.ndarray = self._relations.outcome[records].astype(np.intp)
        changing = np.flatnonzero(found < 0)
        pairs = -found[changing]
        only = (self._pairs.prev[pairs] == 0) & (self._pairs.written[pairs] <= revisions[changing])
        found[changing] = np.where(only, self._pairs.evidence[pairs], 0)
        return found

    def note(self, records: np.ndarray, revisions: np.ndarray, evidence: np.ndarray) -> np.ndarray:
        """Note what relations come to from revisions on, which ascend; those of one relation lie together.

        The newest versions of those that had come to something before.
        """
        relations, pairs = self._relations, self._pairs
        self.newest = max(self.newest, int(revisions.max()))
        fresh = np.concatenate(([True], records[1:] != records[:-1]))
        each = records[fresh]
        known, counts = relations.outcome[each], np.diff(np.append(np.flatnonzero(fresh), len(records)))
        turned = relations.newest(each[known != 0])
        alone = (known == 0) & (counts == 1) & (revisions[fresh] == relations.written[each])
        relations.outcome[each[alone]] = evidence[fresh][alone]
        each, known, counts, chained = each[~alone], known[~alone], counts[~alone], ~np.repeat(alone, counts)
        settled = np.flatnonzero(known > 0)
        known[settled] = -np.arange(len(pairs), len(pairs) + len(settled))  # as it gets a chain, it begins with that
        begun = {"written": relations.written[each[settled]], "prev": np.zeros(len(settled), np.int32)}
        pairs.extend({**begun, "evidence": relations.outcome[each[settled]]}, len(settled))
        own = np.arange(len(pairs), len(pairs) + int(chained.sum()))
        last = np.cumsum(counts) - 1
        prev = own - 1
        prev[last + 1 - counts] = -known
        pairs.extend({"written": revisions[chained], "prev": prev, "evidence": evidence[chained]}, len(own))
        relations.outcome[each] = -own[last]
        return turned
