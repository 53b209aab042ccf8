"""An import that was asked for over HTTP is done: by one process at a time, and again if that one was killed.

Who does a job holds a lock on its file, which the system lets go of when the process ends, however it ends. So a job
that is `running` and whose file nobody holds was cut off, and whoever can see the file may begin it again.
"""

from __future__ import annotations

import fcntl
import logging
from contextlib import contextmanager
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final

from graph.errors import Busy, EntenteError
from graph.formats import importers
from graph.store import jobs
from graph.transfer.counts import Counts
from graph.transfer.importing import Aborted, Import, Into, Listener
from graph.transfer.reading import FileLines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from graph.formats.incoming import Reject
    from graph.store import Store, Writer
    from graph.store.jobs import Job

log = logging.getLogger("entente")

_STAYS: Final = "What came in before that stays; DELETE takes it back."
_KEPT: Final = tuple(each.name for each in fields(Counts) if each.name != "revision")


@contextmanager
def holding(file: Path) -> Iterator[bool]:
    """Hold a job's file, if it is there and nobody else does; tell whether that is so."""
    try:
        opened = file.open("rb")
    except FileNotFoundError:
        yield False
        return
    with opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def do(store: Store, n: int, file: Path) -> None:
    """Do a job whose file lies here, unless somebody else is at it; then throw the file away. Raises Busy."""
    with holding(file) as held:
        if not held:
            return
        job = jobs.begin(store, n)
        if job is not None:
            _finish(store, job, file)
        file.unlink()


def _finish(store: Store, job: Job, file: Path) -> None:
    """Do a job, and note what became of it."""
    try:
        _run(store, job, file)
    except Busy:
        raise
    except Aborted as aborted:
        jobs.refuse(store, job.n, aborted.detail, aborted.reject)
    except EntenteError as error:
        jobs.finish(store, job.n, f"{error} {_STAYS}" if job.asked.on_error == "reject" else str(error))
    except Exception:
        log.exception("import i%d failed", job.n)
        jobs.finish(store, job.n, f"A fault of the service, which its log tells more of. {_STAYS}")
    else:
        jobs.finish(store, job.n)


def _run(store: Store, job: Job, file: Path) -> None:
    importer = importers()[job.asked.format]
    into = Into.of(importer, job.asked.dataset, **job.asked.said)
    before = Counts(**job.counts)

    def within(writer: Writer, now: Counts, rejects: Sequence[Reject]) -> None:
        came = asdict(before.again(now))
        jobs.move(writer, job.n, {name: came[name] for name in _KEPT}, rejects)

    work = Import(store, importer, into, by=job.by, comment=jobs.comment_of(job.n))
    lines: Any = FileLines(file) if importer.takes_file else []
    work.run(lines, "abort" if job.asked.on_error == "abort" else "reject", Listener(within=within))
