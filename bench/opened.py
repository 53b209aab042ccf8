"""A ledger as a process has opened it, a second later: its files have been checked, and what is compiled is asked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from graph.store import Live

if TYPE_CHECKING:
    from graph.store import Store

_POLL_S: Final = 0.05


def opened(store: Store) -> Live:
    """Follow a ledger; back when its files have been compared with their checksums. O(bytes)."""
    live = Live(store)
    while not live.current().tables.sound:
        time.sleep(_POLL_S)
    return live
