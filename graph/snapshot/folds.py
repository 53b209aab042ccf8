"""The folds of the scopes that were asked for last, each carried forward when it is asked for at a later revision."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from graph.snapshot.find import Wanted
    from graph.snapshot.fold import Fold
    from graph.snapshot.view import View

__all__ = ["Folds"]

_KEPT: Final = 8


class Folds:
    """At most eight folds, the least recently asked for forgotten first. May be asked from any thread."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Wanted, int], Fold] = {}
        self._lock = threading.Lock()

    def at(self, view: View, wanted: Wanted) -> Fold:
        """The fold of a scope at the view's revision. O(pairs) from an earlier one, O(relations) from none."""
        from graph.snapshot.fold import carried, folded  # noqa: PLC0415 - scipy takes time, and few commands fold

        with self._lock:
            found = self._kept.pop((wanted, view.k), None)
            if found is None:
                earlier = self._newest(wanted, view.k)
                found = folded(view, wanted) if earlier is None else carried(self._kept.pop(earlier), view, wanted)
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
