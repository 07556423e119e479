"""A real browser on a real server that shows a demo corpus loaded by the real ETL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.visitor import Visitor, serve

PAPERS = 800  # enough for topics that move, few enough to load in seconds


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = (
        os.environ.get("PAPERTIDE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    if path:
        return path
    reason = "no Chromium on this machine; install it, or name it in PAPERTIDE_CHROMIUM"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory, chromium_path: str) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    command = [
        *(sys.executable, "-m", "etl", "run", "--source", "demo"),
        *("--papers", str(PAPERS), "--data-dir", str(folder)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def address(data_dir: Path) -> Iterator[str]:
    with serve(data_dir) as address:
        yield address


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    # Without the sandbox, since root (as in a container) may not have one; only our own pages are opened.
    browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Visitor]]:
    """Opens fresh browsers (no shared state), each with the options of a browser context."""
    contexts = []

    def fresh(**options: object) -> Visitor:
        context = browser.new_context(**{"viewport": {"width": 1360, "height": 1000}, **options})  # type: ignore[arg-type]
        context.set_default_timeout(20_000)
        contexts.append(context)
        return Visitor(context.new_page(), address)

    yield fresh
    for context in contexts:
        context.close()
