"""Files that come in over HTTP: they stream to disk, and a process of its own imports each, watched as a job."""

from __future__ import annotations

from app.imports.doors import Desk
from app.imports.folder import Folder
from app.imports.mount import mount
from app.imports.runner import Runner

__all__ = ["Desk", "Folder", "Runner", "mount"]
