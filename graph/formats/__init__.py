"""Ways to write records down, one file each: pure, from lines to statements and from records to lines."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from graph.formats.incoming import Importer

__all__ = ["Importer", "importers"]


@cache
def importers() -> dict[str, Importer]:
    """All formats that can be read, by name: each is the `IMPORTER` of its file. Errors: those of a broken module."""
    found = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importer = getattr(importlib.import_module(module.name), "IMPORTER", None)
        if isinstance(importer, Importer):
            found[importer.name] = importer
    return dict(sorted(found.items()))
