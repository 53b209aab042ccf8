"""Ways to write records down, one file each: pure, from lines to statements, from records to lines, or both."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TypeVar

from graph.formats.incoming import Importer
from graph.formats.outgoing import Exporter

__all__ = ["Exporter", "Importer", "exporters", "importers"]

_F = TypeVar("_F", Importer, Exporter)


@cache
def importers() -> dict[str, Importer]:
    """All formats that can be read, by name: each is the `IMPORTER` of its file. Errors: those of a broken module."""
    return _found("IMPORTER", Importer)


@cache
def exporters() -> dict[str, Exporter]:
    """All formats that can be written, by name: each is the `EXPORTER` of its file. Errors: as above."""
    return _found("EXPORTER", Exporter)


def _found(name: str, kind: type[_F]) -> dict[str, _F]:
    found = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        each = getattr(importlib.import_module(module.name), name, None)
        if isinstance(each, kind):
            found[each.name] = each
    return dict(sorted(found.items()))
