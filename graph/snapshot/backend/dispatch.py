"""What networkx asks for array code: by a function's name, and gets it, or networkx's own code for the same object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from networkx.utils import backends

from graph.snapshot.backend import groups, measures, ways

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BACKEND"]

_ARRAYS: dict[str, Callable[..., Any]] = {
    function.__name__: function for module in (measures, groups, ways) for function in module.IMPLEMENTED
}


class _Backend:
    """Looked up by name, as networkx does with a backend's module."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in _ARRAYS:
            return _ARRAYS[name]
        known = backends._registered_algorithms.get(name)  # noqa: SLF001 - the one table of what can be dispatched
        if known is None or "networkx" not in known.backends:
            raise AttributeError(name)
        code: Callable[..., Any] = known.orig_func
        return code


BACKEND = _Backend()
