"""The explorer on a year of real events: a hub's network, and two who talk a lot, in a real browser."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browsing import Explorer, accessible, drawn, fits, needs_chromium
from tests.icews import needs_real_data
from tests.served import served

MORE = re.compile(r"^(2[6-9]|[3-9]\d|1[0-4]\d|150) ")
"""More actors drawn than the 25 of the first picture, and at most 150."""

pytestmark = [needs_chromium, needs_real_data]


@pytest.fixture(scope="module")
def year(icews14: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explorer]:
    """A browser, and a server with ICEWS14."""
    folder = tmp_path_factory.mktemp("year")
    shutil.copy(icews14, folder / "entente.db")
    with served(folder, "--no-sample") as (address, _):
        made = Explorer(address)
        yield made
        made.close()


def test_a_hub_is_drawn_in_part_and_says_so(year: Explorer) -> None:
    async def steps(page: Page) -> None:
        await page.locator(".hero input").fill("china")
        await page.get_by_role("option", name="China", exact=False).first.click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("China")
        await drawn(page, 25)
        await expect(page.locator("td button", has_text="more").first).to_be_visible()
        await fits(page)
        await accessible(page)
        await page.get_by_role("button", name="Unfold Japan").click()
        await expect(page.locator(".canvas")).to_have_attribute("data-drawn", MORE)

    year.journey("", steps)


def test_two_hops_of_a_hub_stay_within_bounds(year: Explorer) -> None:
    async def steps(page: Page) -> None:
        await page.get_by_role("button", name="2 hops").click()
        await expect(page.locator(".canvas")).to_have_attribute("data-drawn", MORE)

    year.journey("#/actors/china", steps)


def test_obama_and_china_over_time(year: Explorer) -> None:
    async def steps(page: Page) -> None:
        await expect(page.get_by_role("heading", level=1)).to_have_text("Barack Obama and China")
        await expect(page.locator(".timeline rect").first).to_be_visible()
        assert await page.locator(".timeline rect").count() > 20
        await expect(page.get_by_role("region", name="Totals")).to_contain_text("Barack Obama → China")
        await fits(page)
        await accessible(page)
        await page.get_by_role("slider").focus()
        await page.keyboard.press("End")
        await expect(page).to_have_url(re.compile("valid_at=20"))

    year.journey("#/between/barack-obama/china", steps)
