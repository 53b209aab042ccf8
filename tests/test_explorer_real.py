"""The explorer on a year of real events: a hub's network, and two who talk a lot, in a real browser."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browsing import Explorer, accessible, drawn, fits, needs_chromium, reached
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

        await expect(page.locator(".canvas")).to_have_attribute("data-complete", MORE)

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


async def pick(page: Page, typed: str, name: str) -> None:
    """Type into the box that has the focus, go down to an option and take it."""
    await page.keyboard.type(typed)
    option = page.get_by_role("option", name=name).first
    await expect(option).to_be_visible()
    for _ in range(await page.get_by_role("option").count()):
        await page.keyboard.press("ArrowDown")
        if await option.get_attribute("aria-selected") == "true":
            break
    await page.keyboard.press("Enter")


async def read(page: Page) -> None:
    """Open the relation that has the focus, and close it again: the focus is where it was."""
    opened_by = await page.evaluate("document.activeElement.dataset.relation")
    await page.keyboard.press("Enter")
    panel = page.get_by_role("dialog")
    await expect(panel.get_by_role("heading", level=2)).to_be_focused()
    await expect(panel).to_contain_text("from a dataset")
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    assert await page.evaluate("document.activeElement.dataset.relation") == opened_by


def test_find_a_hub_and_walk_its_network_by_keyboard(year: Explorer) -> None:
    async def steps(page: Page) -> None:
        await page.keyboard.press("/")
        await pick(page, "china", "China")
        await expect(page.get_by_role("heading", level=1)).to_be_focused()
        await drawn(page, 25)
        await reached(page, page.locator(".canvas"))
        await expect(page.locator("#live")).to_contain_text("China, state, in the centre")
        await page.keyboard.press("ArrowRight")
        await expect(page.locator("#live")).not_to_contain_text("in the centre")
        await page.keyboard.press("Enter")  # unfolds whom the arrow led to
        await expect(page.locator(".canvas")).to_have_attribute("data-drawn", MORE)
        await page.go_back()
        await drawn(page, 25)
        await reached(page, page.get_by_role("button", name="Unfold Japan"))
        await page.keyboard.press("Enter")
        await expect(page.locator(".canvas")).to_have_attribute("data-drawn", MORE)
        await expect(page.get_by_role("button", name="Unfold Japan", exact=True)).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        await expect(page.get_by_role("link", name="Japan", exact=True)).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Japan")

    year.journey("", steps)


def test_filter_a_hub_by_keyboard(year: Explorer) -> None:
    async def steps(page: Page) -> None:
        await drawn(page, 25)
        words = page.get_by_role("button", name=re.compile("Friendly words"))
        relations = page.get_by_role("tabpanel", name="Relations")
        await reached(page, words)
        await page.keyboard.press("Space")
        await expect(words).to_have_attribute("aria-pressed", "false")
        await expect(words).to_be_focused()
        await reached(page, page.get_by_role("button", name="Only alleged"))
        await page.keyboard.press("Space")
        await expect(page).to_have_url(re.compile("alleged=no"))
        await reached(page, page.get_by_role("tab", name="Actors"))
        await page.keyboard.press("ArrowRight")
        await expect(relations).to_contain_text("928 relations")  # 114 + 593 + 221, none of them alleged only
        await expect(relations).not_to_contain_text("Friendly words")
        await reached(page, page.get_by_role("switch", name="Known at"))
        await page.keyboard.press("Space")
        await expect(page.get_by_label("As known on")).to_be_focused()
        await page.keyboard.type("01012020")
        await expect(page.locator(".nothing").first).to_contain_text("Nothing at all was known then")
        await reached(page, page.get_by_role("switch", name="Known at"))
        await page.keyboard.press("Space")
        await expect(relations).to_contain_text("928 relations")

    year.journey("#/actors/china", steps)


def test_compare_two_and_read_the_evidence_by_keyboard(year: Explorer) -> None:
    async def steps(page: Page) -> None:
        await expect(page.get_by_role("heading", level=1)).to_have_text("Barack Obama")
        await reached(page, page.get_by_role("combobox", name="Compare with …"))
        await pick(page, "china", "China")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Barack Obama and China")
        await expect(page.get_by_role("heading", level=1)).to_be_focused()
        await reached(page, page.get_by_text("The same as a table"))
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("region", name="Timeline as a table")).to_contain_text("China → Barack Obama")
        await reached(page, page.locator("a.deed").first)
        await read(page)

    year.journey("#/actors/barack-obama", steps)


def test_follow_a_path_by_keyboard(year: Explorer) -> None:
    async def steps(page: Page) -> None:
        await expect(page.get_by_role("heading", level=1)).to_have_text("China")
        await reached(page, page.get_by_role("combobox", name="Path to …"))
        await pick(page, "zarif", "Mohammad Javad Zarif")
        await expect(page.get_by_role("heading", level=1)).to_have_text("China … Mohammad Javad Zarif")
        await reached(page, page.locator(".way a.deed").first)
        await read(page)
        await reached(page, page.get_by_role("link", name="The other way round"))
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Mohammad Javad Zarif … China")

    year.journey("#/actors/china", steps)
