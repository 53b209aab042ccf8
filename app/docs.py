"""The API's documentation as a page, from files of our own: nobody else's server is called, no script is inline."""

from pathlib import Path

from starlette.routing import Route

from app import files

_FOLDER = Path(__file__).parent / "docs_assets"


def routes() -> list[Route]:
    """`/docs` and the files it loads."""
    page = Route("/docs", files.serving(_FOLDER / "index.html"), methods=["GET"], name="docs")
    return [page, *files.routes("/docs", _FOLDER)]
