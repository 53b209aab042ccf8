"""The explorer in a real browser: find, look, read the evidence, by mouse and by keyboard, whatever names there are."""

import asyncio
import re

import httpx
import pytest
from playwright.async_api import Page, Route, expect

from tests.browsing import CJK, HARM, Explorer, accessible, drawn, fits, needs_chromium, reached, steady

pytestmark = needs_chromium


def test_a_browser_gets_the_page_and_a_program_the_description(explorer: Explorer) -> None:
    page = httpx.get(explorer.address, headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for accept in ("*/*", "application/json", "application/json, text/html"):
        answer = httpx.get(explorer.address, headers={"accept": accept})
        assert answer.json()["name"] == "Entente"
        assert "Accept," in answer.headers["vary"]
    assert "Accept," in page.headers["vary"]


def test_the_start_tells_the_story(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Who says what about whom")
        await expect(page.locator(".question")).to_have_count(3)
        await expect(page.locator(".story")).to_contain_text("Trump")
        await expect(page.locator(".story .alleged").first).to_contain_text("Reduce relations")
        await fits(page)
        await accessible(page)
        await page.locator(".question").nth(1).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sergei Lavrov")
        await page.go_back()
        await expect(page.locator(".question")).to_have_count(3)

    explorer.journey("", steps)


def test_find_by_mouse(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await page.locator(".hero input").fill("mosc")
        await page.get_by_role("option", name="Russia").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Russia")

    explorer.journey("", steps)


@pytest.mark.parametrize(
    ("typed", "found"), [("lavr", "Sergei Lavrov"), ("Лавров", "Sergei Lavrov"), ("lavrvo", "Sergei Lavrov")]
)
def test_find_by_keyboard_in_any_spelling(explorer: Explorer, typed: str, found: str) -> None:
    async def steps(page: Page) -> None:
        await expect(page.locator(".question")).to_have_count(3)
        await page.keyboard.press("/")
        await page.keyboard.type(typed)
        await expect(page.get_by_role("option").last).to_contain_text(typed)
        await expect(page.get_by_role("option").first).to_contain_text("Sergei Lavrov")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sergei Lavrov")
        await expect(page.get_by_role("heading", level=1)).to_be_focused()

    explorer.journey("", steps)


def test_who_is_pointed_at_stays_so_when_a_later_list_comes(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        pressed = asyncio.Event()

        async def late(route: Route) -> None:
            await pressed.wait()
            await route.continue_()

        await page.keyboard.press("/")
        await page.keyboard.type("lavr")
        await expect(page.get_by_role("option").last).to_contain_text("lavr")
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("option", selected=True)).to_contain_text("Sergei Lavrov")
        await page.route("**/search?q=lavrvo*", late)
        await page.keyboard.type("vo")
        await expect(page.get_by_role("option", selected=True)).to_have_count(0)
        await page.keyboard.press("ArrowDown")
        pressed.set()
        await expect(page.get_by_role("option").last).to_contain_text("lavrvo")
        await expect(page.get_by_role("option", selected=True)).to_contain_text("Sergei Lavrov")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sergei Lavrov")

    explorer.journey("", steps)


def test_find_quotes_and_read_where_they_come_from(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await page.locator(".hero input").fill("obstacles")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name=re.compile("Quotes"))).to_be_visible()
        await expect(page.locator("mark").first).to_have_text("obstacles")
        await accessible(page)
        await page.locator("blockquote a").first.click()
        await expect(page.get_by_role("dialog")).to_contain_text("Sergei Lavrov")

    explorer.journey("", steps)


def test_nothing_found_says_what_was_searched(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await expect(page.locator(".nothing")).to_contain_text("Searched:")
        await expect(page.locator(".nothing")).to_contain_text("claims from 2 documents")

    explorer.journey("#/find?q=zzzzqqqq", steps)


def test_look_by_mouse(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await drawn(page, 7)
        await accessible(page)
        words = page.get_by_role("button", name=re.compile("Standing ties"))
        await words.click()
        await expect(words).to_have_attribute("aria-pressed", "false")
        await drawn(page, 3)
        assert "class=" in page.url
        await words.click()
        await drawn(page, 7)
        await page.get_by_role("button", name="Unfold BRICS").click()
        await drawn(page, 10)
        await page.reload()
        await drawn(page, 10)  # the address holds what was unfolded
        await page.get_by_role("tab", name="Relations").click()
        await expect(page.get_by_role("tabpanel", name="Relations")).to_contain_text("sector: energy")

    explorer.journey("#/actors/russia", steps)


def test_look_by_keyboard(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await drawn(page, 7)
        await page.locator(".canvas").focus()
        await expect(page.locator("#live")).to_contain_text("Russia, state, in the centre")
        await page.keyboard.press("ArrowUp")
        await expect(page.locator("#live")).not_to_contain_text("in the centre")
        await page.locator(".canvas").press("Escape")
        await page.get_by_role("tab", name="Actors").focus()
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_role("tab", name="Relations")).to_be_focused()
        await expect(page.get_by_role("tabpanel", name="Relations")).to_be_visible()
        slider = page.get_by_role("slider")
        await slider.focus()
        await page.keyboard.press("End")
        await expect(page).to_have_url(re.compile("valid_at=20"))
        await expect(page.get_by_role("tabpanel", name="Relations")).not_to_contain_text("up to 9 February 2026")
        await page.get_by_role("tab", name="Relations").focus()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")

    explorer.journey("#/actors/russia", steps)


def test_what_is_only_alleged_can_be_switched_off(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await drawn(page, 8)
        await expect(page.locator("tr", has_text="Donald Trump")).to_contain_text("alleged only")
        await page.get_by_role("button", name="Only alleged").click()
        await drawn(page, 6)

    explorer.journey("#/actors/brics", steps)


def test_known_at_asks_about_the_past(explorer: Explorer) -> None:
    async def late(route: Route) -> None:
        await refused.wait()
        await route.continue_()

    async def steps(page: Page) -> None:
        await page.route("**/drawing.js", late)
        await page.goto(f"{explorer.address}/#/actors/russia?known_at=0")
        await expect(page.locator(".nothing").first).to_contain_text("Nothing at all was known then")
        refused.set()
        await page.wait_for_load_state("networkidle")
        await page.get_by_role("link", name="As known today").first.click()  # nothing was drawn over it meanwhile
        await drawn(page, 7)

    refused = asyncio.Event()
    explorer.journey("", steps)


def test_read_the_evidence_by_mouse(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await page.get_by_role("tab", name="Relations").click()
        await page.get_by_role("link", name="Reduce relations").click()
        panel = page.get_by_role("dialog")
        await expect(panel).to_contain_text("Only alleged")
        await expect(panel).to_contain_text("They are creating artificial obstacles")
        await expect(panel).to_contain_text("said by Sergei Lavrov on 9 February 2026, to TV BRICS")
        await expect(panel).to_contain_text("Accuse")
        await accessible(page)
        await panel.locator("input[type=date]").fill("2020-01-01")
        await panel.get_by_role("button", name="Show").click()
        await expect(panel).to_contain_text("Not yet known then")
        await panel.get_by_role("link", name="What we know today").click()
        await expect(panel).to_contain_text("They are creating artificial obstacles")
        await panel.get_by_role("button", name="Close").click()
        await expect(panel).to_be_hidden()
        await expect(page).not_to_have_url(re.compile("read="))

    explorer.journey("#/actors/russia", steps)


def test_read_the_evidence_by_keyboard(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await page.get_by_role("tab", name="Relations").click()
        await page.locator("a.deed").first.focus()
        relation = await page.evaluate("document.activeElement.dataset.relation")
        await page.keyboard.press("Enter")
        panel = page.get_by_role("dialog")
        await expect(panel.get_by_role("heading", level=2)).to_be_focused()
        await panel.locator("input[type=date]").fill("2020-01-01")
        await page.keyboard.press("Enter")
        await expect(panel).to_contain_text("Not yet known then")
        await reached(page, panel.get_by_role("link", name="What we know today"))
        await page.keyboard.press("Enter")
        await expect(panel).to_contain_text("Affirmed by")
        await expect(page.locator(f"main [data-relation='{relation}']")).to_have_count(1)  # drawn anew behind the panel
        await page.keyboard.press("Escape")
        await expect(panel).to_be_hidden()
        await expect(page.locator(f"main [data-relation='{relation}']")).to_be_focused()

    explorer.journey("#/actors/lavrov", steps)


def test_a_quote_is_marked_where_it_stands(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await page.get_by_role("tab", name="Relations").click()
        await page.get_by_role("tabpanel", name="Relations").locator("li", has_text="محمد").locator("a.deed").click()
        passage = page.locator(".passage")
        await expect(passage.locator("mark")).to_have_text("we deny 😀 everything")
        await expect(passage).to_contain_text("🇺🇳 Briefing 😀.")
        await page.get_by_role("dialog").get_by_role("link", name=HARM).first.click()

    explorer.journey("#/actors/harm", steps)


@pytest.mark.parametrize("place", ["#/actors/harm", "#/find?q=img", "#/documents/briefing"])
def test_names_are_text_wherever_they_stand(explorer: Explorer, place: str) -> None:
    async def steps(page: Page) -> None:
        await expect(page.locator("main")).to_contain_text(HARM)
        await page.wait_for_load_state("networkidle")
        assert await page.locator("img[src=x]").count() == 0
        if "harm" in place:
            await expect(page.locator("table")).to_contain_text(CJK)
            await expect(page.locator("table")).to_contain_text("Safe ⌧gnp.exe")
            right = page.locator("table bdi", has_text="محمد")
            assert await right.evaluate("(element) => getComputedStyle(element).direction") == "rtl"

    explorer.journey(place, steps)


def test_what_can_be_taken_away(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await drawn(page, 4)
        for name, begins in (("CSV", b"id,name,kind,hop"), ("PNG", b"\x89PNG"), ("GraphML", b"<?xml")):
            async with page.expect_download() as waiting:
                await page.get_by_role("button", name=name).click()
            path = await (await waiting.value).path()
            assert path.read_bytes().startswith(begins)
        await page.get_by_role("button", name="Copy as curl").click()
        await expect(page.locator("#live")).to_contain_text("Copied: curl -s 'http://")

    explorer.journey("#/actors/harm", steps, permissions=["clipboard-write"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1920])
@pytest.mark.parametrize("place", ["", "#/actors/russia", "#/actors/harm"])
def test_it_fits_and_can_be_read(explorer: Explorer, place: str, width: int, scheme: str) -> None:
    async def steps(page: Page) -> None:
        await page.wait_for_load_state("networkidle")
        await fits(page)
        await accessible(page)

    explorer.journey(place, steps, width=width, color_scheme=scheme)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("place", ["", "#/actors/russia", "#/between/us/russia", "#/paths/trump/brazil"])
def test_nothing_jumps_while_it_fills(explorer: Explorer, place: str, width: int) -> None:
    explorer.journey(place, steady, width=width)


def test_colours_can_be_chosen(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        ground = "getComputedStyle(document.body).backgroundColor"
        light = await page.evaluate(ground)
        await page.locator("#theme").click()
        await page.locator("#theme").click()
        assert await page.evaluate(ground) != light
        await page.reload()
        assert await page.evaluate(ground) != light

    explorer.journey("", steps, color_scheme="light")


def test_an_error_is_said(explorer: Explorer) -> None:
    async def steps(page: Page) -> None:
        await expect(page.get_by_role("alert").first).to_contain_text("nobody")
        await page.goto(f"{explorer.address}/#/nowhere")
        await expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")

    explorer.journey("#/actors/nobody", steps)
