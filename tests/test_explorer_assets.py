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


def test_everything_is_served() -> None:
    paths = {route.path for route in create_app(Settings()).router.routes if hasattr(route, "path")}
    for path in ASSETS.rglob("*"):
        if path.is_file() and path.name != "page.html":
            assert f"/explore/{path.relative_to(ASSETS).as_posix()}" in paths
    assert not {path for path in paths if path.startswith("/explore") and path.endswith((".py", ".md", ".html"))}
