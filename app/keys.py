"""`entente keys`: make a key, list keys, end one. A key is printed once, when it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from app.source import opened
from graph import time
from graph.errors import Invalid
from graph.store import keys

Database = Annotated[str | None, typer.Option(help="The database's URL.")]


def commands(database_of: Callable[[str | None], str]) -> typer.Typer:
    """The commands; `database_of` gives the database's URL, whether it was named or not."""
    terminal = typer.Typer(help="Who may write: make, list and end API keys.", no_args_is_help=True)

    @terminal.command()
    def create(
        name: Annotated[str, typer.Argument(help="Whose key it is.")],
        scope: Annotated[list[str], typer.Option(help="What it is good for: write, curate or admin; repeat it.")],
        expires: Annotated[str | None, typer.Option(help="Its last day, as 2027-01-31, or instant [none].")] = None,
        database: Database = None,
    ) -> None:
        """Make a key and print it, this once."""
        with opened(database_of(database)) as store:
            key = keys.create(store, name, scope, None if expires is None else _end(expires))
        typer.echo(key)
        typer.echo("Keep it now: it is shown this once.", err=True)

    @terminal.command(name="list")
    def list_keys(database: Database = None) -> None:
        """List all keys, without their secrets."""
        with opened(database_of(database)) as store:
            for key in keys.listed(store):
                used = "never used" if key.last_used_at is None else f"last used {time.iso(key.last_used_at)}"
                ends = "until revoked" if key.expires_at is None else f"until {time.iso(key.expires_at)}"
                life = "revoked" if key.revoked_at is not None else f"good {ends}"
                typer.echo(f"{key.id}  {key.contributor}  {' '.join(key.scopes)}  {life}  {used}")

    @terminal.command()
    def revoke(
        key: Annotated[str, typer.Argument(metavar="ID", help="The key's id.")], database: Database = None
    ) -> None:
        """End a key for good."""
        with opened(database_of(database)) as store:
            typer.echo(f"{key} is revoked." if keys.revoke(store, key) else f"{key} was revoked before.")

    return terminal


def _end(text: str) -> int:
    """The last instant of a day, or an instant, in microseconds. Errors: `Invalid`."""
    try:
        asked = time.parse_known_at(text)
    except Invalid:
        asked = None
    if not isinstance(asked, time.Instant):
        raise Invalid.parameter("expires", f'"{text}" is neither a day, as 2027-01-31, nor an instant with its offset.')
    return asked.us
