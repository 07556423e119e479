"""Two people press Run at the same moment: one run begins, and both watch it, whatever server they are on."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visitor import Visitor, serve

pytestmark = pytest.mark.slow

PAPERS = 3_000  # enough for a run to be watched
PORT = int(os.environ.get("PAPERTIDE_TEST_PORT", "0"))  # of the first server; 0 for any that is free


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Empty: theirs is the first run."""
    return tmp_path / "data"


@pytest.fixture(params=[1, 2], ids=["one server", "two servers"])
def two(request: pytest.FixtureRequest, browser: Browser, data_dir: Path) -> Iterator[list[Page]]:
    """Two people in browsers of their own, about to start a demo run."""
    with ExitStack() as stack:
        addresses = [
            stack.enter_context(serve(data_dir, PORT + number if PORT else None))
            for number in range(request.param)
        ]
        pages = []
        for person in range(2):
            context = browser.new_context(viewport={"width": 1360, "height": 1000})
            stack.callback(context.close)
            context.set_default_timeout(60_000)
            visitor = Visitor(context.new_page(), addresses[person % len(addresses)])
            visitor.open("runs")
            papers = visitor.page.get_by_label("Papers", exact=True)
            papers.fill(str(PAPERS))
            papers.press("Enter")
            visitor.settle()
            pages.append(visitor.page)
        yield pages


def test_of_two_who_press_run_at_once_one_starts_and_both_watch(two: list[Page], data_dir: Path) -> None:
    for page in two:  # a few milliseconds apart, neither waiting for the answer to the other
        page.evaluate("document.querySelector('.st-key-start_run button').click()")

    under_way = [page.locator(".st-key-under_way") for page in two]
    for watched in under_way:
        expect(watched).to_contain_text("Loading from Demo", timeout=60_000)
        expect(watched).to_contain_text(re.compile(r"Since: \d\d:\u2060?\d\d UTC"))
        expect(watched).to_contain_text("Started by: someone at this machine")
        expect(watched.get_by_role("progressbar")).to_be_visible()
    refused = [
        page.get_by_text("A run is under way: someone at this machine is loading from demo") for page in two
    ]
    assert sorted(told.count() for told in refused) == [0, 1]

    for watched in under_way:  # it moves before their eyes, without a click
        before = watched.inner_text()
        expect(watched).not_to_have_text(re.compile(re.escape(before.splitlines()[1])), timeout=60_000)
    for page in two:
        expect(page.locator(".st-key-under_way")).to_have_count(0, timeout=180_000)
        expect(page.locator(".st-key-one_run")).to_contain_text("✓ published", timeout=60_000)

    (asked,) = (data_dir / "requests").glob("*.json")
    (report,) = (data_dir / "runs").glob("*.json")
    assert json.loads(report.read_text())["pid"] == json.loads(asked.read_text())["pid"]
    assert len(list((data_dir / "snapshots").glob("*.duckdb"))) == 1
