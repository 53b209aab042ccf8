"""The explorer: one page for people, which asks the same paths as any other client."""

from pathlib import Path

from starlette.routing import Route

from app import files

_FOLDER = Path(__file__).parent / "assets"

page = files.serving(_FOLDER / "page.html", vary="Accept, Accept-Encoding")
"""Answers `/` to whoever prefers a page to JSON."""


def routes() -> list[Route]:
    """The files that the page loads."""
    return files.routes("/explore", _FOLDER)
