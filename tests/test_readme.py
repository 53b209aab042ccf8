"""The documents are true: every command in them is run on a real server, and what stands below it is what comes.

How a document is read, which is also what README.md tells its readers:

1. in a `console` block a line that begins with `$ ` is a command, which goes on until its quotes are closed and no
   line ends with a backslash; what follows, up to the next command, is what it prints. A block is one session of a
   shell.
2. `…` stands for what is left out or differs from run to run: on a line of its own for one line or more, within a line
   for one character or more.
3. an `sh` block is for people to type and is not run; what may stand there is listed here.
"""

import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from app.cli import terminal
from app.main import create_app
from app.settings import Settings

PROJECT = Path(__file__).parents[1]
README, ARCHITECTURE = PROJECT / "README.md", PROJECT / "ARCHITECTURE.md"
DOCUMENTS = (README, ARCHITECTURE, *sorted((PROJECT / "docs").glob("*.md")))
SCRIPTS = Path(sys.executable).parent
WRITTEN_FOR = "localhost:8000"
LEFT_OUT = "…"
ENDED = "-- that was one command --"

TYPED_BY_PEOPLE = {
    "make run",  # goes on until it is stopped; the same server is started below
    "make test",  # would run this very file
    "docker build --tag entente .",
    "docker run --publish 8000:8000 --volume entente:/data entente",
    # run by `make sdk`, on the committed document
    "openapi-python-client generate --url http://localhost:8000/openapi.json --config tests/sdk/python-client.yaml",
    "openapi-generator-cli generate -g python -i http://localhost:8000/openapi.json -o client",
    "openapi-typescript http://localhost:8000/openapi.json --output entente.d.ts",
}


class Command(NamedTuple):
    """What is typed, and the lines that come."""

    typed: str
    printed: list[str]


class Fence(NamedTuple):
    """A fenced block: where it is, what it is, and its lines."""

    place: str
    kind: str
    lines: list[str]


class Served(NamedTuple):
    """A running server: where it answers, and the folder that holds its database."""

    here: str
    folder: Path


def fences(document: Path) -> Iterator[Fence]:
    """The fenced blocks of a document."""
    opened: Fence | None = None
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("```"):
            if opened is not None:
                opened.lines.append(line)
        elif opened is None:
            opened = Fence(f"{document.relative_to(PROJECT)}:{number}", line[3:], [])
        else:
            yield opened
            opened = None
    assert opened is None, f"a block of {document.name} is not closed"


def commands(lines: list[str]) -> list[Command]:
    """Rule 1 of the module."""
    found: list[Command] = []
    for line in lines:
        if found and not found[-1].printed and (found[-1].typed.count("'") % 2 or found[-1].typed[-1:] == "\\"):
            found[-1] = Command(f"{found[-1].typed}\n{line}", [])
        elif line.startswith("$ "):
            found.append(Command(line[2:], []))
        else:
            assert found, f"printed by no command: {line}"
            found[-1].printed.append(line)
    return found


def comes(expected: list[str], printed: list[str]) -> bool:
    """Rule 2 of the module: the parts between `…` lines come in this order, the first one first, the last one last."""
    parts: list[list[str]] = [[]]
    for line in expected:
        if line.strip() == LEFT_OUT:
            parts.append([])
        else:
            parts[-1].append(line)
    first, *others = parts
    if not others:
        return matches(first, printed)
    begin = len(first)
    if not matches(first, printed[:begin]):
        return False
    *middle, last = others
    for part in middle:
        places = range(begin + 1, len(printed))
        at = next((at for at in places if matches(part, printed[at : at + len(part)])), None)
        if at is None:
            return False
        begin = at + len(part)
    end = len(printed) - len(last)
    return end > begin and matches(last, printed[end:])


def matches(part: list[str], printed: list[str]) -> bool:
    """Whether lines are these, `…` within them standing for whatever is there."""
    patterns = [re.escape(line).replace(LEFT_OUT, ".+") for line in part]
    return len(part) == len(printed) and all(map(re.fullmatch, patterns, printed))


BLOCKS = [fence for document in DOCUMENTS for fence in fences(document)]
RUN = [fence for fence in BLOCKS if fence.kind == "console"]


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """A server on a free port, with the sample graph in a folder."""
    command = [str(SCRIPTS / "entente"), "serve", "--port", "0", "--database", "sqlite:///entente.db"]
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            found = re.search(r"http://([0-9.:]+)", first)
            assert found, first + process.stdout.read()
            deadline = time.monotonic() + 30
            while httpx.get(f"{found[0]}/readyz").status_code != 200:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield Served(found[1], folder)
        finally:
            process.terminate()
            process.wait(15)


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server of all blocks that leave the ledger as it is."""
    with serving(tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture
def served(block: Fence, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    """The server of a block; one that writes has its own."""
    if any("keys create" in line and "--database" not in line for line in block.lines):
        with serving(tmp_path) as served:
            yield served
    else:
        yield request.getfixturevalue("read_only")


def environment() -> dict[str, str]:
    """What a reader's shell has: `entente` at hand, on the server's database, and nothing set that would change it."""
    set_for_others = ("ENTENTE_", "HTTP_PROXY", "ALL_PROXY")
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(set_for_others)}
    at_hand = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": at_hand, "ENTENTE_DATABASE_URL": "sqlite:///entente.db", "LC_ALL": "C.UTF-8", "NO_PROXY": "*"}
    return {**kept, **own}


@pytest.mark.parametrize("block", RUN, ids=[block.place for block in RUN])
def test_what_is_shown_is_what_comes(block: Fence, served: Served) -> None:
    session = commands(block.lines)
    if any("curl " in command.typed for command in session) and shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    script = "exec 2>&1\n" + "".join(f"{command.typed}\nprintf '\\n%s\\n' '{ENDED}'\n" for command in session)
    ran = subprocess.run(
        ["sh", "-c", script.replace(WRITTEN_FOR, served.here)],
        cwd=served.folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    outputs = ran.stdout.replace(served.here, WRITTEN_FOR).replace("\r\n", "\n").split(f"\n{ENDED}\n")
    assert len(outputs) == len(session) + 1, ran.stdout + ran.stderr
    for command, output in zip(session, outputs, strict=False):
        printed = output.rstrip("\n").splitlines()
        assert comes(command.printed, printed), f"$ {command.typed}\n" + "\n".join(printed)


def test_what_is_not_run_is_known() -> None:
    typed = [line.partition("#")[0].strip() for block in BLOCKS if block.kind == "sh" for line in block.lines]
    assert set(typed) == TYPED_BY_PEOPLE
    assert {block.kind for block in BLOCKS} <= {"console", "sh", "text"}
    unrun = [block.place for block in BLOCKS if block.kind != "console" for line in block.lines if line[:2] == "$ "]
    assert unrun == []


@pytest.mark.parametrize(
    ("expected", "printed", "comes_so"),
    [
        (["a", "b"], ["a", "b"], True),
        (["a"], ["a", "b"], False),
        (["a", "b"], ["a"], False),
        (["a", "…", "d"], ["a", "b", "c", "d"], True),
        (["a", "…", "b"], ["a", "b"], False),
        (["…", "b"], ["a", "b"], True),
        (["…", "b"], ["b"], False),
        (["a", "…"], ["a", "b"], True),
        (["a", "…"], ["b", "a", "c"], False),
        (["a", "…", "b", "…", "c"], ["a", "x", "b", "y", "c"], True),
        (["a", "…", "c", "…", "b", "…", "d"], ["a", "x", "b", "x", "c", "x", "d"], False),
        (["x: …;"], ["x: 12;"], True),
        (["x: …;"], ["x: ;"], False),
        ([], [], True),
        ([], ["a"], False),
    ],
)
def test_left_out_is_only_what_is_marked(expected: list[str], printed: list[str], *, comes_so: bool) -> None:
    assert comes(expected, printed) is comes_so


def table(document: Path, heading: str) -> dict[str, list[str]]:
    """The table below a heading: first cell -> the others, without their code marks."""
    section = document.read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    cells = [[cell.strip().strip("`") for cell in row] for row in rows]
    return {first: others for first, *others in cells}


def test_every_setting_is_listed_with_its_default() -> None:
    shown = {name: default for name, (default, _) in table(README, "Settings").items()}
    defaults = Settings(_env_file=None).as_variables()
    assert shown.keys() == defaults.keys()
    own = "ENTENTE_DATABASE_URL"  # a file in the reader's home
    assert {**shown, own: ""} == {**defaults, own: ""}


def test_every_command_is_listed() -> None:
    named = {command.name or command.callback.__name__ for command in terminal.registered_commands if command.callback}
    groups = {group.name for group in terminal.registered_groups}
    assert {name.split()[1] for name in table(README, "In the terminal")} == named | groups


def test_every_path_of_the_service_is_listed() -> None:
    shown = set(re.findall(r"`(/[^`?]*)[^`]*`", README.read_text(encoding="utf-8")))
    assert shown - {"/docs", "/openapi.json"} == set(create_app(Settings()).openapi()["paths"])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_file_that_is_named_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    rooms = "app|bench|docs|graph|migrations|tests"
    named = set(re.findall(rf"(?<![\w/.])(?:{rooms})/[\w./-]*\w", text))
    named |= set(re.findall(r"`([\w.-]+\.(?:md|py|toml|lock|txt)|Makefile|Dockerfile)`", text))
    linked = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    missing = [path for path in named if not ((PROJECT / path).exists() or (PROJECT / f"{path}.py").exists())]
    missing += [path for path in linked if not (document.parent / path).exists()]
    assert missing == []


def test_the_picture_is_the_one_that_the_imports_are_held_to() -> None:
    picture = next("\n".join(fence.lines) for fence in fences(ARCHITECTURE) if fence.kind == "text")
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["id"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}
    layers = [layer.split(" | ") for layer in contracts["downwards"]["layers"]]
    drawn = [re.findall(r"graph/(\w+)", line) for line in picture.splitlines()]
    assert [sorted(rooms) for rooms in drawn if rooms] == [sorted(rooms) for rooms in layers]
