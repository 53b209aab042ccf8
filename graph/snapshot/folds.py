"""The folds of the scopes that were asked for last, each carried forward when it is asked for at a later revision.

Of what is asked for most, everything that is attested or everything at all, there may be a mesh besides. Nobody waits
for the first one: who asks is answered from the relations, and whoever follows the ledger has it woven (`catch_up`).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from graph.snapshot.find import Wanted
from graph.snapshot.mesh import Mesh, carried, woven

if TYPE_CHECKING:
    from graph.snapshot.fold import Fold
    from graph.snapshot.snapshot import Snapshot
    from graph.snapshot.view import View

__all__ = ["Folds"]

_KEPT: Final = 8
_WAITING: Final = 2_000
_ASIDE: Final = 50_000
"""How many touched relations a mesh is carried over while somebody waits, and before it is woven anew."""


class Folds:
    """At most eight folds, the least recently asked for forgotten first. May be asked from any thread."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Wanted, int], Fold] = {}
        self._lock = threading.Lock()
        self._meshes: dict[Wanted, Mesh] = {}
        self._missed: set[Wanted] = set()
        self._weaving = threading.Lock()

    def at(self, view: View, wanted: Wanted) -> Fold:
        """The fold of a scope at the view's revision. O(pairs) from an earlier one, O(relations) from none."""
        from graph.snapshot import fold  # noqa: PLC0415 - scipy takes time, and few commands fold

        with self._lock:
            found = self._kept.pop((wanted, view.k), None)
            if found is None:
                earlier = self._newest(wanted, view.k)
                found = (
                    fold.folded(view, wanted)
                    if earlier is None
                    else fold.carried(self._kept.pop(earlier), view, wanted)
                )
            self._kept[wanted, view.k] = found
            for key in list(self._kept)[:-_KEPT]:
                del self._kept[key]
            return found

    def newest(self, wanted: Wanted) -> int | None:
        """The revision of the newest fold of a scope that is held."""
        found = self._newest(wanted)
        return None if found is None else found[1]

    def _newest(self, wanted: Wanted, before: int | None = None) -> tuple[Wanted, int] | None:
        revisions = [k for scope, k in list(self._kept) if scope == wanted and (before is None or k < before)]
        return (wanted, max(revisions)) if revisions else None

    def mesh(self, view: View, wanted: Wanted) -> Mesh | None:
        """The mesh of a scope at the view's revision, if there is one there or before. O(pairs) from an earlier one."""
        found = self._meshes.get(wanted)
        if found is None and wanted == Wanted(attested=wanted.attested):
            self._missed.add(wanted)
        if found is not None and found.revision < view.k:
            found = self._carried(view, wanted)
        return found if found is not None and found.revision == view.k else None

    @property
    def missed(self) -> bool:
        """Whether a mesh was asked for that there is not."""
        return bool(self._missed)

    def catch_up(self, snapshot: Snapshot) -> None:
        """Make the meshes that were missed, out of earlier ones if they can be. O(relations log relations) each."""
        view = snapshot.view(snapshot.revision)
        for wanted in list(self._missed):
            with self._weaving:
                found = self._meshes.pop(wanted, None)
            if found is not None and found.revision < view.k:
                found = carried(found, view, wanted, _ASIDE)
            self._meshes[wanted] = found or woven(view, wanted)
            self._missed.discard(wanted)

    def _carried(self, view: View, wanted: Wanted) -> Mesh | None:
        """The mesh of a scope, brought up to a revision while somebody waits; None, and missed, if that takes long."""
        with self._weaving:
            found = self._meshes.get(wanted)
            if found is not None and found.revision < view.k:
                found = carried(found, view, wanted, _WAITING)
                if found is None:
                    self._missed.add(wanted)
                else:
                    self._meshes[wanted] = found
            return found
