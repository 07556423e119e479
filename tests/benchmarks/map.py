"""How fast the map is in headless Chromium: `uv run python -m tests.benchmarks.map --data-dir DIR`.

Prints the seconds from asking for the page until the map is drawn (a first visit, and one that finds the server warm),
the size of what was sent, and frames a second while it is dragged about for three seconds. The bars, for 100,000
papers: 3 s, and 20 frames a second. A run of the demo makes them: `etl run --source demo --papers 100000`.
"""

from __future__ import annotations

import argparse
import shutil
import time
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Browser, Page, WebSocket, sync_playwright
from rich.console import Console
from rich.table import Table

from tests.browser.visitor import serve

SECONDS = 3
_DRAWN = """() => {
    for (const host of document.querySelectorAll('*')) {
        const canvas = (host.shadowRoot || host).querySelector?.('canvas.points');
        if (canvas && canvas.width) {
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            return data.some((part) => part > 0);
        }
    }
    return false;
}"""
_COUNT_FRAMES = """() => {
    window.frames_at = [];
    const count = (at) => { window.frames_at.push(at); requestAnimationFrame(count); };
    requestAnimationFrame(count);
}"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    with serve(parser.parse_args().data_dir) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        table = Table("visit", "drawn after", "sent", "frames a second", "slowest frame", title="The map")
        for name in ("first", "second", "third"):
            table.add_row(name, *measured(browser, f"{address}/map"))
        Console().print(table, "Bars: 3 s, 20 frames a second.")


def measured(browser: Browser, address: str) -> tuple[str, str, str, str]:
    """A visit by a fresh browser."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    sent: list[int] = []

    def count(socket: WebSocket) -> None:
        socket.on("framereceived", lambda payload: sent.append(len(payload)))

    page.on("websocket", count)
    start = time.perf_counter()
    page.goto(address)
    page.wait_for_function(_DRAWN, polling=50)
    drawn = time.perf_counter() - start
    rate, slowest = dragged(page)
    page.close()
    return f"{drawn:.1f} s", f"{sum(sent) / 1e6:.1f} MB", f"{rate:.0f}", f"{slowest:.0f} ms"


def dragged(page: Page) -> tuple[float, float]:
    """Frames a second and the slowest one in milliseconds, while the map is dragged about."""
    box = page.locator("canvas.marks").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate(_COUNT_FRAMES)
    page.mouse.move(x, y)
    page.mouse.down()
    start, step = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        step += 1
        page.mouse.move(x + 3 * (step % 60), y + 2 * (step % 40))
    page.mouse.up()
    at: list[float] = page.evaluate("() => window.frames_at")
    between = [after - before for before, after in pairwise(at)]
    return 1000 * len(between) / (at[-1] - at[0]), max(between)


if __name__ == "__main__":
    main()
