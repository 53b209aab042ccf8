"""What the explorer is made of: served as it stands, nobody else's address in it, the library as it was published."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

from app.main import create_app
from app.settings import Settings

FOLDER = Path(__file__).parents[1] / "app" / "explorer"
ASSETS = FOLDER / "assets"
OURS = sorted(path for path in ASSETS.iterdir() if path.suffix in {".js", ".css", ".html"})


def test_the_library_is_the_one_that_was_published() -> None:
    [library] = (ASSETS / "vendor").glob("*.mjs")
    assert sha256(library.read_bytes()).hexdigest() in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_a_module_says_its_job_and_calls_nobody_else(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(("// ", "/* ", "<!doctype html>"))
    assert len(text.splitlines()) <= 350
    foreign = set(re.findall(r"https?://[^\s\"'`]+", text))
    assert foreign <= {"http://www.w3.org/2000/svg", "http://graphml.graphdrawing.org/xmlns"}  # names, not addresses
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|DOMParser", text)
    for name in re.findall(r"(?:from|import\() ?\"\./([^\"]+)\"", text):
        assert (ASSETS / name).is_file(), f"{path.name} imports {name}, which is not there"


def imported(name: str, *, lazily: bool) -> set[str]:
    """A module and all that it imports, with what that imports; `lazily` also what is imported when it is needed."""
    found, left = set[str](), [name]
    while left:
        found.add(path := left.pop())
        ways = r"(?:from |import\()" if lazily else "from "
        text = "" if path.startswith("vendor/") else (ASSETS / path).read_text(encoding="utf-8")
        left += set(re.findall(ways + r"\"\./([^\"]+)\"", text)) - found
    return found


def test_what_the_first_view_needs_is_asked_for_at_once() -> None:
    main, ahead, page = ((ASSETS / name).read_text(encoding="utf-8") for name in ("main.js", "ahead.js", "page.html"))
    shared = imported("main.js", lazily=False)
    assert set(re.findall(r"modulepreload\" href=\"explore/([^\"]+)", page)) == shared - {"main.js"}
    [controls] = re.findall(r"CONTROLS = \[(.*)\]", ahead)
    needed = re.findall(r"^  (\w+|\"\"): \[(.*)\],$", ahead.replace("...CONTROLS", controls), re.MULTILINE)
    views = re.findall(r"(\w+|\"\"): \(\) => import\(\"\./([^\"]+)", main)
    wanted = {view: imported(module, lazily=True) - shared for view, module in views}
    assert {view: set(re.findall(r"\"([^\"]+)\"", names)) for view, names in needed} == wanted


def test_everything_is_served() -> None:
    paths = {route.path for route in create_app(Settings()).router.routes if hasattr(route, "path")}
    for path in ASSETS.rglob("*"):
        if path.is_file() and path.name != "page.html":
            assert f"/explore/{path.relative_to(ASSETS).as_posix()}" in paths
    assert not {path for path in paths if path.startswith("/explore") and path.endswith((".py", ".md", ".html"))}
