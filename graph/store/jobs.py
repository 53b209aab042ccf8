"""Imports that were asked for over HTTP: kept, moved on, told, and taken back.

1. A job is kept in the transaction that asks for it. Its number is dense, and its id `i<number>`.
2. How far it is stands in the transaction of each batch, so it is exact whenever the power goes. A job that is begun
   again reads its file from the start: what an earlier attempt added is known then, and counted as added by the job.
3. A job that was begun `MOST_TRIES` times without a batch in between is interrupted: something kills it each time.
4. Undoing takes back what its batches did, in one revision (`graph.store.undo`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import delete, func, insert, select, update

from graph.db import reading
from graph.errors import Conflict, NotFound
from graph.models import ImportJob, ImportReject
from graph.models.job import OPEN
from graph.store.ledger import lasting
from graph.store.transaction import CONTRIBUTOR, IMPORT_JOB, IMPORT_REJECT
from graph.store.undo import batches, take_back
from graph.text import canonical
from graph.time import iso, now_us

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from graph.store.ledger import Store
    from graph.store.writer import Writer

MOST_TRIES: Final = 5
MOST_REJECTS: Final = 100_000
"""As many rejects of a job are kept; `rejected` counts all of them."""
NEW: Final = ("relations", "claims", "actors", "documents")
_ID_LENGTH: Final = 16
_JOB, _REJECT = IMPORT_JOB.c, IMPORT_REJECT.c
_SHOWN = select(IMPORT_JOB, CONTRIBUTOR.c.id.label("by")).join(CONTRIBUTOR, CONTRIBUTOR.c.n == _JOB.contributor)


class Asked(NamedTuple):
    """What an import is asked to do; `said` is what is told of the dataset, should it be new."""

    format: str
    dataset: str
    on_error: str
    size: int
    said: Mapping[str, str | None]


class Job(NamedTuple):
    """A job as whoever does it needs it: what is asked, whose it is, and what it counted so far."""

    n: int
    state: str
    asked: Asked
    by: str
    counts: dict[str, Any]


class Told(NamedTuple):
    """A page of something, and how many there are in all."""

    items: Sequence[Any]
    total: int


def comment_of(n: int) -> str:
    """Give the comment that marks the changes of a job in the log."""
    return f"import i{n}"


def number_of(job: str) -> int:
    """Read the number of a job's id. Raises NotFound."""
    digits = job[1:]
    if job[:1] != "i" or not (digits.isascii() and digits.isdigit()) or len(job) > _ID_LENGTH or digits[0] == "0":
        raise NotFound("import", job)
    return int(digits)


def add(writer: Writer, asked: Asked) -> int:
    """Keep a new job, and give its number. Nobody else adds one meanwhile."""
    n: int = (writer.connection.execute(select(func.max(_JOB.n))).scalar() or 0) + 1
    now = now_us()
    said = {**asked._asdict(), "said": canonical(dict(asked.said)), "contributor": writer.by}
    row = {"n": n, **said, "state": "waiting", "counts": "{}", "tries": 0, "created_at": now, "touched_at": now}
    writer.connection.execute(insert(IMPORT_JOB).values(row))
    writer.kept_outside = True
    return n


def among(store: Store, numbers: Sequence[int]) -> dict[int, bool]:
    """Tell of those of some jobs that are there whether they still are to be done, oldest first."""
    with reading(store.engine) as connection:
        rows = connection.execute(select(_JOB.n, _JOB.state).where(_JOB.n.in_(numbers)).order_by(_JOB.n))
        return {n: state in OPEN for n, state in rows}


def begin(store: Store, n: int) -> Job | None:
    """Note that a job is begun, if it is not finished; None if it is, or was begun too often. One process at a time."""
    with lasting(store.engine) as connection:
        row: Any = connection.execute(_SHOWN.where(_JOB.n == n)).one()
        if row.state not in OPEN:
            return None
        now = now_us()
        if row.tries >= MOST_TRIES:
            why = f"It was begun {row.tries} times and never got on. What is in stays in; send the file again."
            said = {"state": "interrupted", "problem": why, "touched_at": now, "finished_at": now}
        else:
            said = {"state": "running", "tries": row.tries + 1, "touched_at": now}
        connection.execute(update(IMPORT_JOB).where(_JOB.n == n).values(said))
        connection.execute(delete(IMPORT_REJECT).where(_REJECT.job == n))
    asked = Asked(row.format, row.dataset, row.on_error, row.size, json.loads(row.said))
    return Job(n, row.state, asked, row.by, json.loads(row.counts)) if said["state"] == "running" else None


def move(writer: Writer, n: int, counts: Mapping[str, Any], rejects: Iterable[tuple[int, str | None, str]]) -> None:
    """Note in a batch's own transaction how far its job is, and what it could not take in."""
    connection = writer.connection
    kept = connection.execute(select(func.count()).select_from(IMPORT_REJECT).where(_REJECT.job == n)).scalar() or 0
    rows = [
        {"job": n, "n": i, "line": line, "column": column, "reason": reason}
        for i, (line, column, reason) in enumerate(rejects, start=kept + 1)
        if i <= MOST_REJECTS
    ]
    if rows:
        connection.execute(insert(IMPORT_REJECT), rows)
    said: dict[str, Any] = {"counts": canonical(dict(counts)), "touched_at": now_us(), "tries": 0}
    if writer.wrote:
        said |= {
            "first_revision": func.coalesce(_JOB.first_revision, writer.revision),
            "last_revision": writer.revision,
        }
    connection.execute(update(IMPORT_JOB).where(_JOB.n == n).values(said))
    writer.kept_outside = True


def finish(store: Store, n: int, problem: str | None = None, state: str | None = None) -> None:
    """Note that a job is done, or why it is given up."""
    now = now_us()
    said = {"state": state or ("failed" if problem else "done"), "problem": problem}
    with lasting(store.engine) as connection:
        open_ = (_JOB.n == n, _JOB.state.in_(OPEN))
        connection.execute(update(IMPORT_JOB).where(*open_).values(said | {"touched_at": now, "finished_at": now}))


def refuse(store: Store, n: int, problem: str, reject: tuple[int, str | None, str]) -> None:
    """Note that a job was given up for one line, as it was asked to."""
    line, column, reason = reject
    with lasting(store.engine) as connection:
        row = {"job": n, "n": 1, "line": line, "column": column, "reason": reason}
        connection.execute(delete(IMPORT_REJECT).where(_REJECT.job == n))
        connection.execute(insert(IMPORT_REJECT).values(row))
        counts = canonical({"lines": line, "rejected": 1})
        connection.execute(update(IMPORT_JOB).where(_JOB.n == n).values(counts=counts))
    finish(store, n, problem)


def get(store: Store, n: int) -> ImportJob:
    """Tell of a job. Raises NotFound."""
    with reading(store.engine) as connection:
        row = connection.execute(_SHOWN.where(_JOB.n == n)).first()
    if row is None:
        raise NotFound("import", f"i{n}")
    return _shown(row)


def listed(store: Store, states: Sequence[str], before: int | None, limit: int) -> Told:
    """List jobs, newest first, from the one before a number on; one more than the limit, if there is one."""
    chosen = [_JOB.state.in_(states)] if states else []
    after = [] if before is None else [_JOB.n < before]
    with reading(store.engine) as connection:
        rows = connection.execute(_SHOWN.where(*chosen, *after).order_by(_JOB.n.desc()).limit(limit + 1)).all()
        total = connection.execute(select(func.count()).select_from(IMPORT_JOB).where(*chosen)).scalar() or 0
    return Told([_shown(row) for row in rows], total)


def rejects(store: Store, n: int, after: int, limit: int) -> Told:
    """List what a job could not take in, after the reject of a number; one more than the limit, if there is one."""
    with reading(store.engine) as connection:
        whole = select(IMPORT_REJECT).where(_REJECT.job == n)
        rows = connection.execute(whole.where(_REJECT.n > after).order_by(_REJECT.n).limit(limit + 1)).all()
        total = connection.execute(select(func.count()).select_from(whole.subquery())).scalar() or 0
    return Told([ImportReject(line=row.line, column=row.column, reason=row.reason) for row in rows], total)


def undo(writer: Writer, n: int) -> bool:
    """Take back what a job brought in: condition 4. False if it was undone before. Raises NotFound and Conflict."""
    row: Any = writer.connection.execute(select(IMPORT_JOB).where(_JOB.n == n)).first()
    if row is None:
        raise NotFound("import", f"i{n}")
    if row.state == "undone":
        return False
    if row.state in OPEN:
        raise Conflict(f'The import "i{n}" is still {row.state}. Wait until it is finished.')
    if row.first_revision is not None:
        take_back(writer, batches(writer, comment_of(n), row.first_revision, row.last_revision))
    said = {"state": "undone", "undone_revision": writer.revision if writer.wrote else None, "touched_at": now_us()}
    writer.connection.execute(update(IMPORT_JOB).where(_JOB.n == n).values(said))
    writer.kept_outside = True
    writer.verbs += 1
    return True


def _shown(row: Any) -> ImportJob:  # noqa: ANN401 - a row
    counts = json.loads(row.counts)
    same = ("format", "dataset", "on_error", "state", "problem", "size", "by", "first_revision", "last_revision")
    return ImportJob(
        id=f"i{row.n}",
        **{name: getattr(row, name) for name in (*same, "undone_revision")},
        **{name: counts.get(name, 0) for name in ("lines", "added", "known", "rejected")},
        new={name: counts.get(name, 0) for name in NEW},
        left_out=counts.get("left_out", {}),
        created_at=iso(row.created_at),
        touched_at=iso(row.touched_at),
        finished_at=None if row.finished_at is None else iso(row.finished_at),
    )
