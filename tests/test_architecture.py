"""The layout is what ARCHITECTURE.md draws: imports point down, a module says its purpose, no room has a vague name."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1]
ROOMS = ("app", "graph", "migrations")
MODULES = sorted(
    path.relative_to(PROJECT) for room in (*ROOMS, "bench", "tests") for path in (PROJECT / room).rglob("*.py")
)
GROWING = [module for module in MODULES if module.parts[:2] != ("migrations", "versions")]  # those are written once
VAGUE = {
    "base",
    "basic",
    "common",
    "helper",
    "helpers",
    "manager",
    "misc",
    "service",
    "services",
    "simple",
    "util",
    "utils",
}
GROWTH = 350
GROWTH_OF_TESTS = 450  # one file for what it tests: a promise is not split for its length

SENTENCES = {
    "app rests on graph, never the other way round",
    "imports in graph point downwards",
    "graph knows nothing of HTTP or terminals",
    "app speaks no SQL and no networkx",
    "questions, formats and vocabulary are pure",
    "questions do not know each other",
}


def test_every_import_follows_the_contracts() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    # In a process of its own: the linter sets up logging anew, which silences every logger there is.
    linted = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_the_contracts_are_the_sentences_of_the_house() -> None:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    assert {contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]} >= SENTENCES


def test_a_module_says_its_purpose_first() -> None:
    texts = {module: ast.get_docstring(ast.parse((PROJECT / module).read_text(encoding="utf-8"))) for module in MODULES}
    assert not [module for module, text in texts.items() if not text], "these begin without a docstring"
    firsts = {module: text.splitlines()[0] for module, text in texts.items() if text}
    no_sentence = {str(module): first for module, first in firsts.items() if not first.endswith((".", ":", "?"))}
    assert not no_sentence, "the first lines of these are no sentences"


def test_a_module_is_small_enough_to_see() -> None:
    lengths = {module: len((PROJECT / module).read_text(encoding="utf-8").splitlines()) for module in GROWING}
    most = {module: GROWTH_OF_TESTS if module.parts[0] == "tests" else GROWTH for module in GROWING}
    too_long = {str(module): lines for module, lines in lengths.items() if lines > most[module]}
    assert not too_long, "make these packages of the same name (about 300 lines a file)"


def test_a_module_is_named_for_what_is_in_it() -> None:
    vague = {str(module) for module in MODULES if VAGUE & {*module.parts[:-1], module.stem}}
    assert not vague, "nobody could guess what belongs in these"
