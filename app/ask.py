"""Every question as a verb of the terminal, by one loop; its options are the parameters that HTTP takes."""

from __future__ import annotations

import inspect
import sys
import time
from inspect import cleandoc
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.openapi import parameters
from app.params import Reader, Slot
from app.source import following
from graph import queries
from graph.queries import Reading
from graph.time import day_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.queries import Answer, Question


def commands(database_of: Callable[[str | None], str]) -> typer.Typer:
    """The `ask` group; `database_of` makes a database's URL of the `--database` option."""
    group = typer.Typer(no_args_is_help=True, help="Ask the graph a question; the answer is JSON.")
    for question in queries.every():
        summary = f"{question.summary}.\n\n{cleandoc(question.__doc__ or '')}"
        group.command(question.name.replace("_", "-"), help=summary)(_command(question, database_of))
    return group


def answer(question: type[Question], values: dict[str, Any], database: str) -> Answer:
    """The answer to a question, given its parameters by their names on the wire."""
    reader = Reader(question)
    path = {name: values[name] for name, slot in reader.slots.items() if slot.in_path}
    given = [
        (name, text_of(value))
        for name, value in values.items()
        if name not in path
        for value in (value if isinstance(value, list) else [value])
    ]
    source = following(database)
    try:
        asked = reader.build(path, given, day_of(time.time_ns() // 1000))
        snapshot = source.current()
        found = asked.read(snapshot, source.ledger) if isinstance(asked, Reading) else asked.run(snapshot)
    finally:
        source.close()
    if found.location is not None:
        return answer(question, {**values, next(iter(path)): found.location}, database)
    return found


def _command(question: type[Question], database_of: Callable[[str | None], str]) -> Callable[..., None]:
    """A function whose signature is the question's parameters, which is what the terminal's library reads."""
    names: dict[str, str] = {}
    signature = []
    slots = Reader(question).slots
    for described in parameters(question):
        name = described["name"]
        slot = slots[name]
        names[f"p_{name}"] = name
        signature.append(option(name, slot, described.get("description", "")))
    signature.append(
        inspect.Parameter(
            "database",
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[str | None, typer.Option("--database", help="The ledger to ask, as a URL.")],
        )
    )

    def command(database: str | None = None, **given: Any) -> None:  # noqa: ANN401 - what the signature says
        values = {names[name]: value for name, value in given.items() if value not in (None, [])}
        show(answer(question, values, database_of(database)))

    command.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]  # what typer reads
    return command


def option(name: str, slot: Slot, description: str) -> inspect.Parameter:
    """One parameter in the terminal: an argument if it stands in the path, else an option."""
    if slot.in_path:
        taken: Any = Annotated[str, typer.Argument(metavar=name.upper(), help=description)]
        return inspect.Parameter(f"p_{name}", inspect.Parameter.KEYWORD_ONLY, annotation=taken)
    flag = "--" + name.replace("_", "-")
    kind: Any = (bool if slot.kind is bool else str) | None
    if slot.many:
        kind = list[str] | None
    named = typer.Option(f"{flag}/--no-{flag[2:]}" if slot.kind is bool and not slot.many else flag, help=description)
    return inspect.Parameter(
        f"p_{name}", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, named]
    )


def text_of(value: object) -> str:
    """A value as it stands in a query string."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def show(found: Answer) -> None:
    """An answer, indented and in colours for a reader, as it is for a program."""
    body = found.body.decode()
    if sys.stdout.isatty() and found.media.endswith("json"):
        from rich import print_json  # noqa: PLC0415 - half the start-up time, for terminals only

        print_json(body)
    else:
        sys.stdout.write(body + "\n")
