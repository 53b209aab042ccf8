"""What people wait for: the first view of the explorer, cold, and each frame while a network is moved.

Asks a service that is running: `entente serve --database ...`, then `bench/explorer.py --at http://127.0.0.1:8000`.
Each view is opened in a context of its own, so nothing is in the browser's cache; the fastest, the median and the
slowest of the rounds are told, and the median as a share of the goal. Frames are counted by `requestAnimationFrame`
while the picture is dragged and zoomed, and beside it while nothing is done, since a machine without a graphics card
draws slowly anyhow.
"""

from __future__ import annotations

import argparse
import shutil
from itertools import pairwise
from statistics import median, quantiles
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

GOAL_MS = 1_000
ROUNDS = 7
MOVES = 60
DRAWN = ".canvas[data-drawn]"
COMPLETE = ".canvas[data-complete]"
"""The lines between two others as well, which are a crowd's background."""
FRAMES = """() => {
  window.frames_ = [];
  const tick = (now) => { window.frames_.push(now); requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}"""


def first_view(browser: Browser, address: str, shown: str) -> float:
    """Milliseconds from the address to what was asked for, in an empty browser."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(address, wait_until="commit")
    page.wait_for_selector(shown)
    taken: float = page.evaluate("performance.now()")
    context.close()
    return taken


def frames(page: Page, act: Callable[[Page], None]) -> list[float]:
    """Milliseconds from frame to frame while something is done."""
    page.evaluate(FRAMES)
    act(page)
    at: list[float] = page.evaluate("window.frames_")
    page.reload()
    page.wait_for_selector(DRAWN)
    return [later - sooner for sooner, later in pairwise(at)]


def drag(page: Page) -> None:
    """Draw the picture about, and zoom in and out, as a hand does it: a step a frame or so."""
    box = page.locator(".canvas").bounding_box()
    if box is None:
        raise SystemExit("nothing is drawn there")
    x, y = box["x"] + 12, box["y"] + 12
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(MOVES):
        page.mouse.move(x + step * 4, y + step * 2)
    page.mouse.up()
    for direction in (40, -40) * 3:
        for _ in range(MOVES // 12):
            page.mouse.wheel(0, direction)


def idle(page: Page) -> None:
    """Do nothing for as long."""
    page.wait_for_timeout(1_000)


def main() -> None:
    """Print what the first views and the frames take."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", default="http://127.0.0.1:8000")
    parser.add_argument("--actor", default="russia", help="whose network is drawn")
    given = parser.parse_args()
    network = f"{given.at}/#/actors/{given.actor}"
    start = (given.at, "section.story li, section.busiest li")
    views = {"start": start, "network": (network, DRAWN), "network with its background": (network, COMPLETE)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for _ in range(2):
            first_view(browser, *views["network"])  # the service is warm
        for name, (address, shown) in views.items():
            times = sorted(first_view(browser, address, shown) for _ in range(ROUNDS))
            told = " / ".join(f"{each:.0f}" for each in (times[0], median(times), times[-1]))
            print(f"first view, {name}: {told} ms, {median(times) / GOAL_MS:.2f} of the goal")
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{network}?hops=2")
        page.wait_for_selector(DRAWN)
        print(f"actors and edges drawn: {page.locator('.canvas').get_attribute('data-drawn')}")
        for name, act in (("idle", idle), ("moved", drag)):
            taken = frames(page, act)
            slow = quantiles(taken, n=20)[-1]
            print(f"frames, {name}: median {median(taken):.1f} ms, p95 {slow:.1f} ms, of {len(taken)}")
        browser.close()


if __name__ == "__main__":
    main()
