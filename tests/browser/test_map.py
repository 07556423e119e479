"""The map, search and SQL in a browser: look closer, draw a lasso, read its papers, find others like one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import Visitor

Visit = Callable[..., Visitor]


def drag(visitor: Visitor, *parts: tuple[float, float]) -> None:
    """Draw a line over the map through places given as parts of its width and height."""
    box = visitor.page.locator("canvas.marks").bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in parts]
    visitor.page.mouse.move(*places[0])
    visitor.page.mouse.down()
    for place in places[1:]:
        visitor.page.mouse.move(*place, steps=8)
    visitor.page.mouse.up()


def test_a_lasso_leads_to_its_papers_and_a_paper_to_others_like_it(visit: Visit) -> None:
    visitor = visit()
    visitor.open("map")
    page = visitor.page
    page.locator("canvas.marks").wait_for()
    page.get_by_role("button", name="Lasso").click()
    drag(visitor, (0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98))
    behind = page.locator(".st-key-behind_places")
    expect(behind).to_contain_text("within the area marked on the map")
    assert "within" in page.url
    behind.get_by_role("link").click()
    expect(page.locator("h1")).to_have_text("Which papers are behind it?")
    found = re.search(r"[\d,]+", page.locator("h3").first.inner_text())
    assert found is not None
    assert int(found.group().replace(",", "")) > 600  # of 800; all but those at the rim and without a topic

    search = page.get_by_label("Search titles and abstracts")
    search.fill("benchmark")
    search.press("Enter")
    expect(page.locator("h3").first).to_contain_text("for “benchmark”")
    assert "within" in page.url  # among the same papers


def test_the_map_is_zoomed_and_played_by_keyboard(visit: Visit) -> None:
    visitor = visit()
    visitor.open("map")
    page = visitor.page
    page.locator("canvas.marks").focus()
    for key in ("+", "+", "ArrowLeft", "Enter"):  # what is in view then is listed
        page.keyboard.press(key)
    expect(page.locator(".st-key-behind_places")).to_contain_text("within the area marked on the map")
    page.get_by_role("button", name="Play through time").press("Enter")
    expect(page.locator(".time output")).to_contain_text("until")
    page.get_by_role("button", name="Pause").press("Enter")
    page.get_by_label("Papers published until").press("End")
    expect(page.locator(".time output")).to_have_text("All months")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_stand_out_from_the_page(visit: Visit, scheme: str) -> None:
    visitor = visit(color_scheme=scheme)
    visitor.open("map")
    visitor.page.locator(".legend i").first.wait_for()
    colours: list[str] = visitor.page.locator(".legend i").evaluate_all(
        "spots => [getComputedStyle(document.querySelector('.stApp')), ...spots.map(spot => getComputedStyle(spot))]"
        ".map(style => style.backgroundColor)"
    )
    page, *spots = (light(colour) for colour in colours)
    assert (page < 0.5) == (scheme == "dark")
    assert min(max(page / spot, spot / page) for spot in spots) > 2.5


def light(colour: str) -> float:
    """How light a colour of CSS is, as contrasts are made of."""
    parts = [math.pow(int(part) / 255, 2.2) for part in re.findall(r"\d+", colour)[:3]]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True)) + 0.05


def test_a_query_is_typed_run_and_drawn(visit: Visit) -> None:
    visitor = visit()
    visitor.open("sql")
    page = visitor.page
    page.get_by_role("textbox", name="Query in SQL").fill(
        "SELECT month, sum(papers) AS papers FROM topic_months GROUP BY 1 ORDER BY 1"
    )
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text(re.compile(r"rows, 2 columns"))).to_be_visible()
    page.get_by_role("radio", name="Bars").or_(page.get_by_role("button", name="Bars")).first.click()
    page.locator(".st-key-answer .js-plotly-plot").wait_for()
    assert "plot=bar" in page.url
