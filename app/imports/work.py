"""The process that does one import: `python -m app.imports.work NUMBER`, with the settings in its environment."""

from __future__ import annotations

import contextlib
import logging
import os
import sys

from app.imports.folder import Folder
from app.settings import load
from graph.db import connect
from graph.errors import Busy
from graph.store import Store
from graph.transfer.jobs import do

_POLITE = 5


def main(n: int) -> None:
    """Do a job. If others kept it from writing for too long, it is left to the next attempt."""
    logging.basicConfig(format="%(levelname)s: %(message)s")
    with contextlib.suppress(OSError):
        os.nice(_POLITE)  # whoever asks waits for us, and we for nobody
    settings = load()
    engine = connect(settings.database)
    try:
        do(Store(engine), n, Folder(settings).file(n))
    except Busy:
        raise SystemExit(1) from None
    finally:
        engine.dispose()


if __name__ == "__main__":
    main(int(sys.argv[1]))
