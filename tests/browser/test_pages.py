"""Every page, opened in a browser: drawn, without an error, and without asking anybody else for anything."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import Visitor, serve

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"

PAGES = {
    "": ("What is moving now?", {"corpus"}),
    "emerging": ("What is new?", set()),
    "topics": ("How has each topic's share changed?", {"trends"}),
    "topic": ("What is happening in one topic?", {"topic_share", "topic_words"}),
    "map": ("What lies near what?", set()),
    "authors": ("Who writes, and in what teams?", {"teams", "names", "team_sizes"}),
    "author": (
        "What does one author write, and with whom?",
        {"topic_mix", "coauthors", "ranks", "team_sizes"},
    ),
    "organization": ("What does one organisation publish?", {"organization_share", "topic_mix", "ranks"}),
    "upvotes": (
        "What do readers vote for?",
        {"over_time", "distribution", "weekdays", "by_topic"},
    ),
    "papers": ("Which papers are behind it?", set()),
    "sql": ("What else do you want to know?", set()),
    "trust": ("How far to trust this?", set()),
    "runs": ("How is the data kept fresh?", set()),
}
# Each theme and each width once; the other two combinations on request, since they take most of a minute.
LOOKS = [("light", ("desktop", 1360, 900)), ("dark", ("phone", 390, 844))]
if os.environ.get("PAPERTIDE_ALL_LOOKS"):
    LOOKS += [("dark", ("desktop", 1360, 900)), ("light", ("phone", 390, 844))]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_answers_its_question_with_charts(visit: Callable[..., Visitor], path: str) -> None:
    question, expected = PAGES[path]
    visitor = visit()
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.open(path)
    page = visitor.page
    assert page.locator("h1").inner_text() == question
    drawn = set(
        page.evaluate(
            "() => [...document.querySelectorAll('.js-plotly-plot')]"
            ".map(plot => plot.closest('[class*=\"st-key-\"]').className.match(/st-key-(\\w+)/)[1])"
        )
    )
    assert drawn >= expected
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.locator('[data-testid="stAlertContentError"]').count() == 0
    expect(page.get_by_text("these papers are synthetic")).to_be_visible()
    hosts = {urlsplit(url).hostname for url in asked if url.startswith("http")}
    assert hosts == {"127.0.0.1"}


@pytest.mark.parametrize(("scheme", "size"), LOOKS)
def test_screenshots(visit: Callable[..., Visitor], scheme: str, size: tuple[str, int, int]) -> None:
    """Saves what a person should look at; nothing may be wider than the window."""
    name, width, height = size
    visitor = visit(viewport={"width": width, "height": height}, color_scheme=scheme)
    SCREENSHOTS.mkdir(exist_ok=True)
    for path in PAGES:
        visitor.open(path)
        page = visitor.page
        tall = page.evaluate("() => document.querySelector('[data-testid=\"stMain\"]').scrollHeight")
        page.set_viewport_size({"width": width, "height": int(tall) + 20})
        visitor.settle()
        target = SCREENSHOTS / f"{path or 'overview'}-{scheme}-{name}.png"
        page.screenshot(path=target)
        assert target.stat().st_size > 10_000
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_without_anything_published_the_page_says_how_to_get_data(
    browser: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with serve(tmp_path_factory.mktemp("empty")) as address:
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("h1")
        assert page.locator("h1").inner_text() == "Nothing is published here yet"
        expect(page.get_by_text("dashboard --demo")).to_be_visible()
        page.close()
