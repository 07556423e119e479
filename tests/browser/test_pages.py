"""Every page, opened in a browser: drawn, without an error, without asking anybody else for anything, readable by all.

A page is opened once and looked at from all sides, since opening is what takes the time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations
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
LOOKS = [
    (scheme, size) for scheme in ("light", "dark") for size in (("desktop", 1360, 900), ("phone", 390, 844))
]
# Streamlit asks below the path of a page before it asks at the root, where the answer is.
ASKED_AT_THE_WRONG_PLACE = ("/_stcore/health", "/_stcore/host-config")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_answers_its_question_to_everybody(visit: Callable[..., Visitor], path: str) -> None:
    question, expected = PAGES[path]
    visitor = visit()
    page = visitor.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    errors = logged(page)
    visitor.open(path)
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
    assert violations(visitor) == []

    light = background(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"() => {BACKGROUND} !== '{light}'")
    visitor.settle()
    assert violations(visitor) == []

    page.set_viewport_size({"width": 390, "height": 844})
    visitor.settle()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert errors == []


BACKGROUND = "getComputedStyle(document.querySelector('[data-testid=\"stApp\"]')).backgroundColor"


def background(page: Page) -> str:
    return str(page.evaluate(f"() => {BACKGROUND}"))


def logged(page: Page) -> list[str]:
    """Errors of the page and on its console, as they come."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda message: (
            message.type == "error"
            and not urlsplit(message.location["url"]).path.endswith(ASKED_AT_THE_WRONG_PLACE)
            and errors.append(message.text)
        ),
    )
    return errors


@pytest.mark.skipif(
    "PAPERTIDE_SCREENSHOTS" not in os.environ, reason="saved for people, where PAPERTIDE_SCREENSHOTS is set"
)
@pytest.mark.parametrize(("scheme", "size"), LOOKS)
def test_screenshots(visit: Callable[..., Visitor], scheme: str, size: tuple[str, int, int]) -> None:
    """Saves what a person should look at."""
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
