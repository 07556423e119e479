"""A dashboard that really serves, and a visitor who really looks at it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Page


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(data_dir: Path, port: int | None = None) -> Iterator[str]:
    """The dashboard on a data folder: its address, while it runs; on a port that is free unless one is named."""
    port = port or free_port()
    command = [sys.executable, "-m", "dashboard", "--data-dir", str(data_dir), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while not answers(f"{address}/_stcore/health"):
            assert server.poll() is None, server.stdout and server.stdout.read()
            assert time.monotonic() < deadline, "the dashboard did not start within a minute"
            time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=1) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


@dataclass
class Visitor:
    """A page of a browser, and what a user of it does."""

    page: Page
    address: str

    def open(self, path: str) -> None:
        self.page.goto(f"{self.address}/{path}")
        self.settle()

    def settle(self) -> None:
        """Wait until the server has run its script and the charts are drawn."""
        self.page.wait_for_selector("h1")
        self.page.wait_for_function(
            """() => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'notRunning'
                && !document.querySelector('[data-testid="stSkeleton"]')
                && [...document.querySelectorAll('[data-testid="stPlotlyChart"]')].every(
                    chart => chart.querySelector('.main-svg'))"""
        )

    def click_mark(self, chart: str, trace: str, number: int) -> None:
        """Click the mark `number` of a chart's trace, where the browser has drawn it."""
        plot = self.page.locator(f".st-key-{chart} .js-plotly-plot")
        plot.scroll_into_view_if_needed()
        mark = plot.locator(f"{trace} path").nth(number)
        box = mark.bounding_box()
        assert box is not None
        place = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(*place)
        plot.locator(".hoverlayer .hovertext").first.wait_for()  # what is hovered is what a click takes
        self.page.mouse.click(*place)
        self.page.wait_for_selector(f".st-key-behind_{chart}")
        self.settle()

    def figure(self, chart: str) -> list[dict[str, object]]:
        """The traces of a chart as the browser has them: type, name, y (numbers), customdata."""
        traces: list[dict[str, object]] = self.page.evaluate(
            """chart => document.querySelector(`.st-key-${chart} .js-plotly-plot`)._fullData.map(trace => ({
                type: trace.type, name: trace.name, mode: trace.mode,
                x: Array.from(trace.x), y: Array.from(trace.y), customdata: trace.customdata
            }))""",
            chart,
        )
        return traces
