"""`entente export`: the visible graph as a file, with the filters that HTTP takes."""

from __future__ import annotations

import inspect
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, cast

import typer

from app.ask import option, text_of
from app.openapi import parameters
from app.params import Reader
from app.source import following
from graph import formats
from graph.time import day_of
from graph.transfer.exporting import Export, exporter

if TYPE_CHECKING:
    from collections.abc import Callable


def command(database_of: Callable[[str | None], str]) -> Callable[..., None]:
    """The command; `database_of` gives the database's URL, whether it was named or not."""
    reader = Reader(Export)
    names = {f"p_{described['name']}": described["name"] for described in parameters(Export)}
    names.pop("p_format")

    def export(format: str, file: Path | None = None, database: str | None = None, **given: Any) -> None:  # noqa: A002, ANN401 - the product's word for it; what the signature says
        values = [
            (names[name], text_of(value))
            for name, said in given.items()
            if said not in (None, [])
            for value in (said if isinstance(said, list) else [said])
        ]
        exporter(format)
        asked = cast("Export", reader.build({"format": format}, values, day_of(time.time_ns() // 1000)))
        with ExitStack() as stack:
            source = following(database_of(database))
            stack.callback(source.close)
            parts = asked.parts(source.current(), source.ledger)
            out = cast("BinaryIO", sys.stdout.buffer if file is None else stack.enter_context(file.open("wb")))
            for part in parts:
                out.write(part)
        typer.echo(asked.loss.decode(), err=True)

    listed = "\n\n".join(f"{name}: {each.summary}." for name, each in formats.exporters().items())
    export.__doc__ = (
        "Write the visible graph, or what of it matches, to a file or to standard output. What the format can't carry "
        f"is told on standard error.\n\n{listed}"
    )
    export.__signature__ = inspect.Signature(_signature(reader))  # type: ignore[attr-defined]  # what typer reads
    return export


def _signature(reader: Reader) -> list[inspect.Parameter]:
    """The format and the file, then the filters as options."""
    positional, keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    format_ = Annotated[str, typer.Argument(help="What to write.")]
    file = Annotated[Path | None, typer.Argument(help="Where to; else standard output.", dir_okay=False)]
    database = Annotated[str | None, typer.Option("--database", help="The ledger, as a URL.")]
    return [
        inspect.Parameter("format", positional, annotation=format_),
        inspect.Parameter("file", positional, annotation=file, default=None),
        *(
            option(described["name"], reader.slots[described["name"]], described.get("description", ""))
            for described in parameters(Export)
            if described["name"] != "format"
        ),
        inspect.Parameter("database", keyword, annotation=database, default=None),
    ]
