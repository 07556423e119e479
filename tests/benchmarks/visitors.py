"""Ten visitors at one server: `uv run python tests/benchmarks/visitors.py [--data-dir DIR] [--minutes 3]`.

Each opens a page and changes a filter every 5 s, to one that nobody asked for before, at times that do not hang on how
long the last change took: else visitors who meet once would go on together. A visitor is a client of
Streamlit's own protocol (a websocket of protobuf messages), so that the server is measured and not ten browsers. Prints
the time from a change to the end of the rerun, errors, and the server's memory minute by minute. Before that the time
from an address typed into Chromium, at a server just started, to charts drawn (`--no-browser` leaves it out).

The bars: no error; memory flat after the first minute (within 5 %); a 95th percentile under 1.5 s; a first page under
5 s.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from rich.console import Console
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.util import calc_hash
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

VISITORS = 10
EVERY = 5.0  # seconds between a visitor's changes
PAGES = ("", "emerging", "topics", "topic", "map", "authors", "upvotes", "papers", "topics", "")
BAR, FIRST_BAR, GROWTH = 1.5, 5.0, 1.05
WARM = 60.0  # seconds until memory counts


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--port", type=int, default=8653)
    parser.add_argument("--no-browser", action="store_true")
    asked = parser.parse_args()
    console = Console()
    if not asked.no_browser:
        with served(asked.data_dir, asked.port):
            console.print(
                f"First page in Chromium, server cold: {first_page(asked.port):.1f} s (bar {FIRST_BAR:g} s)."
            )
    with served(asked.data_dir, asked.port) as server:
        times, errors, memory = asyncio.run(visits(asked.port, server.pid, 60 * asked.minutes))
    warm = [size for since, size in memory if since >= WARM] or [size for _, size in memory]
    grown = warm[-1] / warm[0]
    high = statistics.quantiles(times, n=20)[-1]
    console.print(
        f"{VISITORS} visitors, {len(times)} changes, load {os.getloadavg()[0]:.1f}: median "
        f"{statistics.median(times):.2f} s, 95 % {high:.2f} s, longest {max(times):.2f} s; {len(errors)} errors.",
        "Memory in MB: " + ", ".join(f"{size:.0f} at {since:.0f} s" for since, size in memory) + ".",
        *dict.fromkeys(errors),
        sep="\n",
    )
    missed = [
        name
        for name, is_missed in (("errors", errors), ("time", high >= BAR), ("memory", grown > GROWTH))
        if is_missed
    ]
    console.print(f"Missed: {', '.join(missed)}." if missed else "No bar is missed.")


@contextmanager
def served(data_dir: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A dashboard that has just begun to answer."""
    command = [sys.executable, "-m", "dashboard", "--data-dir", str(data_dir), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with (
                suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1),
            ):
                break
            time.sleep(0.1)
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def first_page(port: int) -> float:
    """Seconds from an address to both charts of the overview drawn."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where it is asked for

    with sync_playwright() as playwright:
        chromium = (
            os.environ.get("PAPERTIDE_CHROMIUM")
            or shutil.which("chromium")
            or shutil.which("chromium-browser")
        )
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        begun = time.perf_counter()
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_function(
            "document.querySelectorAll('.js-plotly-plot .main-svg .xy').length >= 2", timeout=60_000
        )
        elapsed = time.perf_counter() - begun
        browser.close()
    return elapsed


async def visits(
    port: int, server: int, seconds: float
) -> tuple[list[float], list[str], list[tuple[float, float]]]:
    """Seconds of each change, errors in words, and (seconds since the start, MB of the server) twice a minute."""
    times: list[float] = []
    errors: list[str] = []
    memory: list[tuple[float, float]] = []
    begun = time.perf_counter()
    visitors = [visit(port, number, begun + seconds, times, errors) for number in range(VISITORS)]
    task = asyncio.gather(*visitors)
    while not task.done():
        memory.append((time.perf_counter() - begun, megabytes(server)))
        await asyncio.wait([task], timeout=30)
    await task
    memory.append((time.perf_counter() - begun, megabytes(server)))
    return times, errors, memory


async def visit(port: int, number: int, until: float, times: list[float], errors: list[str]) -> None:
    """One visitor: a page, and a change every few seconds, from a random moment on."""
    page = PAGES[number % len(PAGES)]
    await asyncio.sleep(Random(number).uniform(0, EVERY))
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    connection = await connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None)
    await rerun(connection, page, "", errors)
    change, due = 0, time.perf_counter()
    while time.perf_counter() < until:
        begun = time.perf_counter()
        change, due = change + 1, due + EVERY
        # No two visitors ask for the same.
        await rerun(connection, page, f"min={change}&until=2190-{number + 1:02d}", errors)
        times.append(time.perf_counter() - begun)
        await asyncio.sleep(max(0, due - time.perf_counter()))
    await connection.close()


async def rerun(connection: ClientConnection, page: str, query: str, errors: list[str]) -> None:
    """Ask for a page and wait until its script has ended; exceptions shown on it are errors."""
    asked = BackMsg()
    asked.rerun_script.query_string = query
    asked.rerun_script.page_script_hash = calc_hash(page)
    await connection.send(asked.SerializeToString())
    while True:
        try:
            message = await connection.recv()
        except ConnectionClosed as closed:
            errors.append(f"{page or 'overview'}: {closed}")
            return
        told = ForwardMsg.FromString(message if isinstance(message, bytes) else message.encode())
        if told.delta.new_element.HasField("exception"):
            errors.append(f"{page or 'overview'}: {told.delta.new_element.exception.message}")
        if told.WhichOneof("type") == "script_finished":
            return


def megabytes(process: int) -> float:
    """Memory of a process that is its own or shared (resident)."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


if __name__ == "__main__":
    main()
