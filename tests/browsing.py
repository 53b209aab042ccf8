"""A real browser on a real server: journeys through the explorer, each in a context of its own.

Playwright's event loop runs in a thread of its own, so that no other test of the process finds a loop running. Whatever
a journey does, these hold, or it fails: no request leaves the server, the content security policy is never violated, no
script fails, no dialog opens.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import threading
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Dialog,
    Locator,
    Page,
    Playwright,
    Request,
    async_playwright,
    expect,
)

from app.source import prepare
from graph.db import connect
from graph.store import Store
from graph.transfer import load
from tests.served import served

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
    from pathlib import Path

    Journey = Callable[[Page], Awaitable[None]]

T = TypeVar("T")
CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="No chromium on this machine: `apt-get install chromium` brings the explorer's tests."
)
AXE = files("axe_playwright_python") / "axe.min.js"
HARM = "<img src=x onerror=alert(1)>"
RTL, CJK, HIDDEN = "محمد جواد ظريف", "王毅", "Safe \u202egnp.exe"
TEXT = f"🇺🇳 Briefing 😀. The spokesman of {HARM} said: “we deny 😀 everything”. Nothing else was said."
SAID = {"op": "claim", "document": "briefing", "stance": "affirms"}
HOSTILE = [
    {"op": "actor", "id": "harm", "kind": "state", "name": HARM, "description": HARM},
    {"op": "actor", "id": "rtl", "kind": "person", "name": RTL},
    {"op": "actor", "id": "cjk", "kind": "person", "name": CJK},
    {"op": "actor", "id": "hidden", "kind": "person", "name": HIDDEN},
    {
        "op": "document",
        "id": "briefing",
        "publisher": "harm",
        "published_on": "2026-02-10",
        "title": HARM,
        "text": TEXT,
    },
    *(
        {**SAID, "relation": {"type": kind, "source": "harm", "target": end, "start": "2026-02-10"}, **more}
        for kind, end, more in (
            ("accuse", "rtl", {"quote": {"exact": "we deny 😀 everything"}}),
            ("praise-or-endorse", "cjk", {"attributes": {"note": HARM}}),
            ("accuse", "hidden", {"claimant": "rtl"}),
        )
    ),
]
_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
SHIFTS = """new Promise((told) => {
  new PerformanceObserver((list) => told(list.getEntries().map((each) => each.value)))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => told([]), 500);
})"""
_GOOD_SHIFT = 0.1
_STOPS = 400
"""More than a page of the explorer has for the Tab key."""
_PATIENCE_MS = 45_000
expect.set_options(timeout=_PATIENCE_MS)


def ledger(folder: Path, lines: Iterable[str]) -> str:
    """The URL of a ledger with the sample graph and more lines."""
    url = f"sqlite:///{folder}/entente.db"
    prepare(url, sample=True)
    engine = connect(url)
    load(Store(engine), lines, reason="for the browser")
    engine.dispose()
    return url


class Explorer:
    """A browser for one session, and the server whose page it opens."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="browser")
        self._thread.start()
        self._playwright, self._browser = self._run(self._opened())

    def journey(self, place: str, steps: Journey, *, width: int = 1280, **context: object) -> None:
        """Open a place and take some steps there."""
        self._run(self._journey(place, steps, {"viewport": {"width": width, "height": 800}, **context}))

    def close(self) -> None:
        """End the browser and the thread."""
        self._run(self._closed())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, awaited: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(awaited, self._loop).result(360)

    async def _opened(self) -> tuple[Playwright, Browser]:
        playwright = await async_playwright().start()
        return playwright, await playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))

    async def _closed(self) -> None:
        await self._browser.close()
        await self._playwright.stop()

    async def _journey(self, place: str, steps: Journey, context: dict[str, Any]) -> None:
        opened = await self._browser.new_context(**{"reduced_motion": "reduce", **context})
        opened.set_default_timeout(_PATIENCE_MS)
        page = await opened.new_page()
        faults: list[str] = []
        page.on("request", partial(self._asked, faults))
        page.on("console", partial(_said, faults))
        page.on("pageerror", lambda error: faults.append(f"{error.name}: {error.message}"))
        page.on("dialog", partial(_interrupted, faults))
        try:
            await page.goto(f"{self.address}/{place}")
            await steps(page)
            await page.wait_for_load_state("networkidle")
        finally:
            await opened.close()
        assert not faults, faults

    def _asked(self, faults: list[str], request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", "blob:", "data:")):
            faults.append(f"a request left the server: {request.url}")


def _said(faults: list[str], message: ConsoleMessage) -> None:
    expected = "Failed to load resource" in message.text  # a 404 is an answer like any other
    if message.type in {"error", "warning"} and not expected:
        faults.append(message.text)


async def _interrupted(faults: list[str], dialog: Dialog) -> None:
    faults.append(f"a dialog opened: {dialog.message}")
    await dialog.dismiss()


async def accessible(page: Page) -> None:
    """No rule of axe is broken seriously on what is shown."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (rule["id"], rule["help"], [node["html"][:200] for node in rule["nodes"]])
        for rule in found["violations"]
        if rule["impact"] in {"serious", "critical"}
    ]
    assert not serious, serious


async def fits(page: Page) -> None:
    """Nothing is wider than the window."""
    width, window = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= window


async def steady(page: Page) -> None:
    """Nothing has jumped while the page filled: its layout shifts add up to what is called good (web.dev/cls)."""
    await page.wait_for_load_state("networkidle")
    shifts: list[float] = await page.evaluate(SHIFTS)
    assert sum(shifts) < _GOOD_SHIFT, shifts


async def drawn(page: Page, nodes: int) -> None:
    """The picture shows so many actors."""
    await expect(page.locator(".canvas")).to_have_attribute("data-drawn", re.compile(rf"^{nodes} "))


async def reached(page: Page, wanted: Locator) -> None:
    """Go to an element by the Tab key alone, as whoever has no mouse: forward, and round once if need be."""
    await expect(wanted).to_be_visible()
    for _ in range(_STOPS):
        if await wanted.evaluate("(element) => element === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not lead to {wanted}")


@pytest.fixture(scope="session")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explorer]:
    """A browser, and a server with the sample graph and some actors of awkward names."""
    folder = tmp_path_factory.mktemp("explorer")
    ledger(folder, [json.dumps(line) for line in HOSTILE])
    with served(folder) as (address, _):
        made = Explorer(address)
        yield made
        made.close()
