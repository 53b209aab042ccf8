"""`entente import`: files of foreign sources go into the graph, with a bar for who waits and a summary for who asks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated

import orjson
import typer

from app.source import opened
from graph import formats
from graph.errors import Invalid
from graph.text import nearest, slug
from graph.transfer.counts import Counts
from graph.transfer.importing import Import, Into, Listener
from graph.transfer.reading import FileLines

_SHOWN = 10
"""As many rejects of a file are listed; a file of them holds all."""


class OnError(StrEnum):
    """What to do with a line that can't go in."""

    reject = "reject"
    abort = "abort"


@dataclass
class _Rejects:
    """What can't go in: the first lines for a reader, all of them for a file."""

    file: IO[bytes] | None
    name: str = ""
    shown: list[str] = field(default_factory=list)

    def add(self, line: int, column: str | None, reason: str) -> None:
        if len(self.shown) < _SHOWN:
            self.shown.append(f"{self.name}:{line}: {'' if column is None else column + ': '}{reason}")
        if self.file is not None:
            said = {"file": self.name, "line": line, "column": column, "reason": reason}
            self.file.write(orjson.dumps(said) + b"\n")


def command(database_of: Callable[[str | None], str]) -> Callable[..., None]:
    """The command; `database_of` gives the database's URL, whether it was named or not."""
    listed = "\n\n".join(f"{name}: {importer.summary}." for name, importer in formats.importers().items())

    def import_(  # noqa: PLR0913, PLR0917 - the options of a command
        format: Annotated[str, typer.Argument(help="What the files are.")],  # noqa: A002 - the product's word for it
        files: Annotated[list[Path] | None, typer.Argument(help="Plain or gzip; none for countries.")] = None,
        dataset: Annotated[str | None, typer.Option(help="The dataset's id [that of the format, or the file]")] = None,
        on_error: Annotated[OnError, typer.Option(help="Reject bad lines, or import nothing.")] = OnError.reject,
        title: Annotated[str | None, typer.Option(help="The dataset's title, if it is new.")] = None,
        licence: Annotated[str | None, typer.Option(help="Its licence, if it is new.")] = None,
        edition: Annotated[str | None, typer.Option(help="Its own version, if it is new.")] = None,
        coder: Annotated[str | None, typer.Option(help="Who or what coded the rows, and in which version.")] = None,
        rejects: Annotated[Path | None, typer.Option(help="A file for all that can't go in, as JSON lines.")] = None,
        database: Annotated[str | None, typer.Option(help="The ledger, as a URL.")] = None,
    ) -> None:
        importer = _importer(format)
        paths = _files(importer, files or [])
        named = dataset or importer.dataset or (_stem(paths[0]) if paths else "")
        told = {"licence": licence, "version": edition, "coder": coder}
        into = Into.of(importer, named, title, **told)
        with ExitStack() as stack:
            store = stack.enter_context(opened(database_of(database)))
            kept = _Rejects(None if rejects is None else stack.enter_context(rejects.open("wb")))
            work = Import(store, importer, into)
            for path in [*paths] if importer.takes_file else [None]:
                _one(work, path, on_error, kept)

    import_.__doc__ = (
        f"Import files. Whatever is known already adds nothing; stopped half-way, say it again.\n\n{listed}"
    )
    return import_


def _one(work: Import, path: Path | None, on_error: OnError, kept: _Rejects) -> None:
    """Import one file, and tell what became of it."""
    kept.name, kept.shown = "" if path is None else str(path), []
    lines = FileLines(path) if path is not None else None
    with _bar(kept.name, lines) as moved:
        listener = Listener(moved, lambda reject: kept.add(*reject))
        counts = work.run(lines or [], on_error.value, listener)
    for sentence in kept.shown:
        typer.echo(sentence, err=True)
    if counts.rejected > len(kept.shown) and kept.shown:
        typer.echo(f"... and {counts.rejected - len(kept.shown):,} more; --rejects FILE writes them all.", err=True)
    typer.echo(_summary(kept.name or work.importer.name, counts))


def _summary(name: str, counts: Counts) -> str:
    became = ", ".join(f"{getattr(counts, each):,} {each}" for each in ("added", "known", "rejected"))
    new = [f"{n:,} {each}" for each in ("relations", "claims", "actors", "documents") if (n := getattr(counts, each))]
    left_out = "".join(f"\n  left out: {what} ({n:,} times)" for what, n in sorted(counts.left_out.items()))
    told = f"New: {', '.join(new)}." if new else "Nothing is new."
    return f"{name}: {counts.lines:,} lines, {became}. {told}{left_out}"


@contextmanager
def _bar(name: str, lines: FileLines | None) -> Iterator[Callable[[Counts], None]]:
    """A bar with rate and time left, where somebody is there to see it."""
    if lines is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - for terminals only: it takes longer to load than a small file
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn  # noqa: PLC0415 - for terminals only

    said = TextColumn("{task.fields[lines]:,} lines, {task.fields[rate]:,.0f}/s, {task.fields[rejected]:,} rejected")
    columns = (TextColumn("{task.description}"), BarColumn(), said, TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(Path(name).name, total=lines.size, lines=0, rate=0.0, rejected=0)

        def moved(counts: Counts) -> None:
            rate = counts.lines / (progress.tasks[0].elapsed or 1)
            progress.update(task, completed=lines.done, lines=counts.lines, rate=rate, rejected=counts.rejected)

        yield moved
        progress.update(task, completed=lines.size)


def _importer(name: str) -> formats.Importer:
    known = formats.importers()
    if name not in known:
        near = nearest(name, known)
        hint = f'Was "{near}" meant?' if near else f"There are: {', '.join(known)}."
        raise Invalid.parameter("format", f'There is no format "{name}". {hint}')
    return known[name]


def _files(importer: formats.Importer, files: list[Path]) -> list[Path]:
    if bool(files) != importer.takes_file:
        told = "Name the files to import." if importer.takes_file else f"{importer.name} takes no file."
        raise Invalid.parameter("files", told)
    for path in files:
        if not path.is_file():
            raise Invalid.parameter("files", f"There is no file {path}.")
    return files


def _stem(path: Path) -> str:
    return slug(path.name.partition(".")[0], default="")
