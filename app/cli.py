"""The terminal: serve the graph, bring its database up to date, ask it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib.metadata import version as installed
from pathlib import Path
from typing import Annotated, Any

import typer

from app import ask, exporting, importing, keys, serve
from app.errors import Refused
from app.main import create_app
from app.settings import BadSettings, Settings, default_database, load
from app.source import CantOpen, checked, copied, prepare
from graph import queries
from graph.errors import EntenteError, Invalid

_WRONG = 1
_MISUSED = 2

Database = Annotated[str | None, typer.Option(help="The ledger, as a URL; else ENTENTE_DATABASE_URL, else your own.")]

terminal = typer.Typer(
    name="entente",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A knowledge graph of political actors and the typed, dated, sourced relations between them.",
)


def settings_of(database: str | None = None, **given: Any) -> Settings:  # noqa: ANN401 - options by their names
    """The environment's settings, where no option says otherwise."""
    options = {"database_url": database, **given}
    variables = {f"ENTENTE_{name.upper()}": _text(value) for name, value in options.items() if value is not None}
    settings = load({**os.environ, **variables})
    if settings.database == default_database():
        Path(settings.database.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return settings


@terminal.command("serve")
def _serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on [127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on [8000]; 0 takes any free one.")] = None,
    database: Database = None,
    workers: Annotated[int | None, typer.Option(help="How many processes answer [1].")] = None,
    sample: Annotated[bool | None, typer.Option(help="Load the sample graph into an empty database (default).")] = None,
) -> None:
    """Serve the graph over HTTP, its database brought up to date first."""
    settings = settings_of(database, host=host, port=port, workers=workers, sample=sample)
    taken = serve.listen(settings)
    prepare(settings.database, sample=settings.sample)
    serve.run(settings, taken)


@terminal.command()
def migrate(database: Database = None) -> None:
    """Bring the database's tables up to date, making them where there are none."""
    settings = settings_of(database)
    prepare(settings.database, sample=False)
    typer.echo(f"{settings.database_shown} is up to date.")


@terminal.command()
def stats(database: Database = None) -> None:
    """Count what the graph holds."""
    counted = next(question for question in queries.every() if question.path == "/stats")
    ask.show(ask.answer(counted, {}, settings_of(database).database))


@terminal.command()
def check(database: Database = None) -> None:
    """Read the whole ledger back (hashes, revisions, references) and list what is damaged; 1 if anything is."""
    settings = settings_of(database)
    found = checked(settings.database, _told_of("Checking"))
    for sentence in found:
        typer.echo(sentence)
    if found:
        raise typer.Exit(_WRONG)
    typer.echo(f"{settings.database_shown} is sound.")


@terminal.command("backup")
def _backup(
    file: Annotated[Path, typer.Argument(help="The new file.", dir_okay=False)], database: Database = None
) -> None:
    """Copy an SQLite ledger to a new file, while others may write, and check the copy."""
    settings = settings_of(database)
    revision = copied(settings.database, file, _told_of("Checking the copy"))
    typer.echo(f"{file} is a sound copy of {settings.database_shown}, up to revision {revision}.")


@terminal.command()
def openapi() -> None:
    """Print the OpenAPI document of the service."""
    document = create_app(Settings()).openapi()
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


@terminal.command()
def version() -> None:
    """Print the version of the program."""
    typer.echo(installed("entente"))


terminal.command("import")(importing.command(lambda database: settings_of(database).database))
terminal.command("export")(exporting.command(lambda database: settings_of(database).database))
terminal.add_typer(ask.commands(lambda database: settings_of(database).database), name="ask")
terminal.add_typer(keys.commands(lambda database: settings_of(database).database), name="keys")


def _told_of(what: str) -> Callable[[int, int], None]:
    """A bar for people to look at; where nobody looks, nothing."""
    bar: Any = None

    def tell(seen: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = typer.progressbar(length=total, label=what, file=sys.stderr, hidden=not sys.stderr.isatty())
        bar.update(seen - bar.pos)
        if seen >= total:
            bar.render_finish()

    return tell


def main() -> None:
    """Run a command; what can be expected to go wrong is a sentence, and 1, or 2 where the command was wrong."""
    try:
        terminal()
    except BadSettings as wrong:
        _stop(str(wrong), _MISUSED)
    except Invalid as wrong:
        _stop("\n".join(f"{fault.name}: {fault.detail}" for fault in wrong.faults), _MISUSED)
    except (EntenteError, Refused, CantOpen, serve.CantServe) as wrong:
        _stop(str(wrong), _WRONG)


def _stop(why: str, status: int) -> None:
    typer.echo(why, err=True)
    raise SystemExit(status)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
