"""Everything that has a goal, measured part by part, and at the end one table of all goals: met, or missed by how much.

    python -m bench.full --folder .bench                        with 0.1, 1 and 5 million relations: about half an hour
    python -m bench.full --folder .bench --again writes         these parts once more; what else is done is kept
    python -m bench.full --folder kept --sizes 20000 40000 60000 --brief    to try it

Each part is a program of its own, so that none leaves the next one its memory or its threads. What it prints and what
it measured is kept in the folder's `full`, so that a run that was interrupted goes on where it was; a part that fails
is told as failed and does not stop the others. The table is kept there too, as `goals.md`. With ledgers and peers'
folders that are not filled yet it takes twenty minutes more.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from bench import figures, filled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SIZES: Final = (100_000, 1_000_000, 5_000_000)
_PATIENCE_S: Final = 3600
"""As long as a part may take."""
_PLACE: Final = "full"


class Part(NamedTuple):
    """A program with what it is told, by the name under which its figures are kept."""

    name: str
    told: tuple[str, ...]

    @property
    def command(self) -> tuple[str, ...]:
        """How it is run."""
        return (sys.executable, "-m", *self.told)


def parts(folder: Path, sizes: Sequence[int], *, brief: bool) -> list[Part]:
    """All parts, in their order: from what all are measured with, over what takes long, to what writes."""
    small, middle, large = sizes
    urls = [filled.url_of(folder / str(count)) for count in sizes]
    kept = ("--folder", str(folder))
    rounds, short = ("--rounds", "1" if brief else "3"), ("--seconds", "0.2" if brief else "1")
    drawn, once, long = ("--drawn", "20") if brief else (), ("--rounds", "1"), ("--seconds", "1" if brief else "5")
    told = {
        **{f"filling-{count}": ("bench.filled", str(count), *kept) for count in sizes},
        **{f"answers-{count}": ("bench.answers", str(count), *kept, *rounds, *short, *drawn) for count in sizes},
        "relations": ("bench.relations", *urls, "--from-the-ledger", *(once if brief else ())),
        "between": ("bench.between", urls[-1], "--count", "20" if brief else "400"),
        "questions": ("bench.questions", *map(str, sizes)),
        "export": ("bench.export", str(large), *kept, *rounds, "--formats", "ndjson", "--no-pandas"),
        f"import-{middle}": ("bench.import", str(middle), *once),
        f"import-{large}": ("bench.import", str(large), *once),
        "import-postgresql": ("bench.import", str(middle), *once, "--postgresql"),
        "writes": ("bench.writes", urls[-1], "--copy", *long),
        "writes-postgresql": ("bench.writes", "--postgresql", str(small), *long),
    }
    return [Part(name, each) for name, each in told.items()]


def main() -> None:
    """Run what is not done yet, print the table."""
    asked = _asked()
    place: Path = asked.folder / _PLACE
    place.mkdir(parents=True, exist_ok=True)
    everything = parts(asked.folder, asked.sizes, brief=asked.brief)
    if unknown := set(asked.again or ()) - {part.name for part in everything}:
        sys.exit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(part.name for part in everything)}")
    failed = {part.name: why for part in everything if (why := run(part, place, again=_again(part, asked.again)))}
    told = report(everything, place, failed)
    (place / "goals.md").write_text(told, encoding="utf-8")
    print(f"\n{told}")
    sys.exit(1 if failed else 0)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--folder", type=Path, required=True, help="where ledgers, peers and figures are kept")
    parser.add_argument(
        "--sizes", type=int, nargs=3, default=_SIZES, metavar="COUNT", help="how many relations, rising"
    )
    parser.add_argument("--again", nargs="*", metavar="PART", help="measure these parts once more [all of them]")
    parser.add_argument("--brief", action="store_true", help="as short as may be, to try it")
    return parser.parse_args()


def _again(part: Part, wanted: Sequence[str] | None) -> bool:
    return wanted is not None and (not wanted or part.name in wanted)


def run(part: Part, place: Path, *, again: bool = False) -> str:
    """Run a part, unless it is done already; why it failed, or nothing."""
    done, output, began = place / f"{part.name}.json", place / f"{part.name}.txt", time.monotonic()
    if done.exists() and not again:
        print(f"{part.name}: done before", flush=True)
        return ""
    done.unlink(missing_ok=True)
    print(f"{part.name}: ", end="", flush=True)
    with output.open("w", encoding="utf-8") as out:
        code = _waited([*part.command, "--figures", str(done)], out.fileno())
    took = time.monotonic() - began
    if code == 0 and done.exists():
        print(f"{took:,.0f} s", flush=True)
        return ""
    done.unlink(missing_ok=True)
    last = "".join(output.read_text(encoding="utf-8").splitlines()[-1:])
    why = f"failed after {took:,.0f} s ({'it took too long' if code is None else f'status {code}'}): {last}"
    print(why, flush=True)
    return why


def _waited(command: Sequence[str], out: int) -> int | None:
    """The status that a program ends with; none if it had to be ended, with all that it started."""
    with subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True) as process:  # noqa: S603 - a part of ours
        try:
            return process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)


def report(everything: Iterable[Part], place: Path, failed: dict[str, str]) -> str:
    """The table of all goals, after when and where it was measured, and before what failed."""
    files = [file for part in everything if (file := place / f"{part.name}.json").exists()]
    return "\n".join((*_when(files), "", figures.table([one for file in files for one in figures.kept(file)]), "",
                      *(f"* `{name}` {why}" for name, why in failed.items()), ""))  # fmt: skip


def _when(files: Sequence[Path]) -> Iterator[str]:
    days = sorted({f"{datetime.fromtimestamp(file.stat().st_mtime, UTC):%Y-%m-%d}" for file in files})
    yield f"{', '.join(days)}, {os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}."


if __name__ == "__main__":
    main()
