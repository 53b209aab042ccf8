"""The pictures of the explorer that the README shows, drawn anew from the sample graph: `make pictures`."""

from __future__ import annotations

import re
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import Page, expect

from tests.browsing import Explorer
from tests.served import served

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

FOLDER = Path(__file__).parents[1] / "docs"
QUOTED = "They are creating artificial obstacles"


async def start(page: Page) -> None:
    """The story that a first-time visitor sees."""
    await expect(page.locator(".story li").first).to_be_visible()


async def network(page: Page) -> None:
    """An actor among those it has to do with."""
    await expect(page.locator(".canvas")).to_have_attribute("data-drawn", re.compile(r"^\d+ "))


async def between(page: Page) -> None:
    """Words beside deeds."""
    await expect(page.locator(".signal").first).to_be_visible()


async def paths(page: Page) -> None:
    """Who leads to whom."""
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Brazil")
    await expect(page.locator(".way li").first).to_be_visible()


async def evidence(page: Page) -> None:
    """Who says so, in which words."""
    await network(page)
    await page.get_by_role("tab", name="Relations").click()
    await page.get_by_role("link", name="Reduce relations").click()
    await expect(page.get_by_role("dialog")).to_contain_text(QUOTED)


VIEWS = {
    "start": ("", start),
    "network": ("#/actors/russia", network),
    "between": ("#/between/us/russia?rollup=representatives&attested=any", between),
    "paths": ("#/paths/trump/brazil", paths),
    "evidence": ("#/actors/russia", evidence),
}


async def shoot(name: str, ready: Callable[[Page], Awaitable[None]], page: Page) -> None:
    """Keep what is shown once it is there."""
    await ready(page)
    await page.wait_for_load_state("networkidle")
    await page.screenshot(path=FOLDER / f"explorer-{name}.png")


def main() -> None:
    """Draw them all."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), "--sample") as (address, _):
        browser = Explorer(address)
        try:
            for name, (place, ready) in VIEWS.items():
                browser.journey(place, partial(shoot, name, ready), color_scheme="light")
        finally:
            browser.close()


if __name__ == "__main__":
    main()
