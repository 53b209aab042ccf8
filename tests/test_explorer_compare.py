"""Two actors compared and the ways between two, in a real browser, by mouse and by keyboard."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browsing import Explorer, accessible, fits, needs_chromium

pytestmark = needs_chromium


def test_words_stand_beside_deeds(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await page.locator(".question").first.click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("United States and Russia")
        signals = page.locator(".signal")
        await expect(signals).to_have_count(2)
        await expect(signals.first).to_contain_text("said by Donald Trump")
        await expect(signals.first).to_contain_text("in the publisher’s own voice: Unnamed newspaper")
        await expect(signals.first).to_contain_text("severity 13.2")
        await expect(signals.nth(1).locator(".half.alleged")).to_contain_text("They are creating artificial obstacles")
        await expect(page.get_by_role("region", name="Totals").get_by_role("row")).to_have_count(5)
        await expect(page.locator(".timeline rect")).to_have_count(2)
        await expect(page.locator(".standing .ongoing.unbegun")).to_have_count(1)
        await accessible(page)
        await page.get_by_role("button", name="Only alleged").click()
        await expect(signals).to_have_count(1)
        await page.get_by_role("switch", name="With those who act for them").uncheck()
        await expect(signals).to_have_count(0)
        await page.go_back()
        await expect(signals).to_have_count(1)
        await signals.first.get_by_role("link", name="Sanction").click()
        await expect(page.get_by_role("dialog")).to_contain_text("in the publisher’s own voice")

    explorer.journey("", steps)


def test_compare_by_keyboard(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await page.get_by_role("combobox", name="Compare with …").focus()
        await page.keyboard.type("russ")
        await expect(page.get_by_role("option").first).to_contain_text("Russia")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("United States and Russia")
        await page.get_by_text("The same as a table").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("region", name="Timeline as a table")).to_contain_text("Russia → United States")
        await page.get_by_role("link", name="Swap sides").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Russia and United States")

    explorer.journey("#/actors/us", steps)


def test_a_comparison_can_be_taken_away(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        for name, begins in (("CSV", b"period,direction,class"), ("PNG", b"\x89PNG")):
            async with page.expect_download() as waiting:
                await page.get_by_role("button", name=name).click()
            path = await (await waiting.value).path()
            assert path.read_bytes().startswith(begins)
        await page.get_by_role("button", name="Copy as curl").click()
        await expect(page.locator("#live")).to_contain_text("/dyads/us/russia?rollup=representatives")

    explorer.journey("#/between/us/russia", steps, permissions=["clipboard-write"])


def test_nothing_between_two_says_what_was_searched(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await expect(page.locator(".nothing")).to_contain_text("Searched:")

    explorer.journey("#/between/india/ukraine", steps)


def test_follow_a_path(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await page.locator(".question").nth(2).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Donald Trump … Brazil")
        first = page.locator(".way").first
        await expect(first).to_contain_text("BRICS")
        await expect(first).to_contain_text("Member of")
        await accessible(page)
        ways = await page.locator(".way").count()
        await page.get_by_role("button", name="Only alleged").click()
        await expect(page.locator(".way").first).not_to_contain_text("claimed")
        await page.get_by_role("button", name="One after the other").click()
        await expect(page).to_have_url(re.compile("temporal=ordered"))
        assert ways
        await page.get_by_role("link", name="The other way round").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Brazil … Donald Trump")

    explorer.journey("", steps)


def test_follow_a_path_by_keyboard(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await page.get_by_role("combobox", name="Path to …").focus()
        await page.keyboard.type("braz")
        await expect(page.get_by_role("option").first).to_contain_text("Brazil")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Kirill Dmitriev … Brazil")
        await page.locator(".way a.deed").first.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog").get_by_role("heading", level=2)).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_be_hidden()

    explorer.journey("#/actors/dmitriev", steps)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1920])
@pytest.mark.parametrize("place", ["#/between/us/russia", "#/between/harm/rtl", "#/paths/dmitriev/brazil"])
def test_it_fits_and_can_be_read(explorer: Explorer, place: str, width: int, scheme: str) -> None:
    async def steps(page: Page) -> None:
        await page.wait_for_load_state("networkidle")
        await expect(page.locator(".half, .way, .entry").first).to_be_visible()
        await fits(page)
        await accessible(page)

    explorer.journey(place, steps, width=width, color_scheme=scheme)
