"""The whole log as lines of JSON: what makes the same ledger again, revision by revision, with every clock and hash.

    {"op": "log", "ledger": name, "upto": revision}
    {"op": "ended", "table": ..., "rows": [n, ...]}
    {"op": "wrote", "table": ..., "row": {...}, "parts"?: [[...], ...]}
    {"op": "revision", "revision": ..., "at": ..., ..., "hash": ...}

The first line comes once; then, for each revision, what it ended, what it wrote, and its change. Nulls are left out,
bytes are hexadecimal. See `graph.models.entry` for what the entries mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from graph.errors import Invalid
from graph.models.entry import Begin, Ended, Noted, Wrote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from graph.formats.incoming import Lines
    from graph.models.entry import Entry

FORMAT: Final = "ndjson"
"""As what a log is asked for, and comes in again."""
_FIRST: Final = b'{"op":"log",'


def is_log(lines: Lines) -> bool:
    """Whether lines are a whole log."""
    return next(iter(lines), b"").startswith(_FIRST)


def written(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Write entries, a line each."""
    for entry in entries:
        yield orjson.dumps(_said(entry), default=bytes.hex) + b"\n"


def _said(entry: Entry) -> dict[str, Any]:
    match entry:
        case Begin(ledger, upto):
            return {"op": "log", "ledger": ledger, "upto": upto}
        case Ended(table, numbers):
            return {"op": "ended", "table": table, "rows": numbers}
        case Wrote(table, row, parts):
            return {"op": "wrote", "table": table, "row": row, **({"parts": parts} if parts else {})}
        case Noted(change):
            return {"op": "revision", **{("verb" if name == "op" else name): said for name, said in change.items()}}


def read(lines: Lines) -> Iterator[tuple[int, Entry]]:
    """Read lines, each with its number. Raises Invalid, naming the line that is none of a log."""
    for number, line in enumerate(lines, start=1):
        try:
            yield number, _entry(orjson.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise at(number, "This is not a line of a log.") from error


def at(number: int, why: str) -> Invalid:
    """Tell what is wrong with a line."""
    return Invalid.parameter("file", f"Line {number}: {why}")


def _entry(said: dict[str, Any]) -> Entry:
    match said.pop("op"):
        case "log":
            return Begin(str(said["ledger"]), int(said["upto"]))
        case "ended":
            return Ended(str(said["table"]), [int(n) for n in said["rows"]])
        case "wrote":
            return Wrote(str(said["table"]), dict(said["row"]), tuple(list(part) for part in said.get("parts", ())))
        case "revision":
            said["op"] = said.pop("verb")
            return Noted(said)
    raise ValueError
