"""From a name that was looked for to its page, to a co-author's, and to an organisation's."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import duckdb
from playwright.sync_api import expect

from etl.contract import read_pointer
from tests.browser.visitor import Visitor

Visit = Callable[..., Visitor]
QUESTION = "What does one author write, and with whom?"


def most_active(data_dir: Path) -> tuple[str, int]:
    """The name with the most papers, and how many."""
    pointer = read_pointer(data_dir)
    assert pointer is not None
    with duckdb.connect(str(pointer.snapshot), read_only=True) as connection:
        found: tuple[str, int] = connection.execute(
            "SELECT min(name), count(DISTINCT paper_id) AS papers FROM authors WHERE NOT hidden "
            "GROUP BY name_key ORDER BY papers DESC, 1 LIMIT 1"
        ).fetchall()[0]
    return found


def test_a_name_leads_to_its_page_and_on_to_a_coauthor_and_back(visit: Visit, data_dir: Path) -> None:
    name, papers = most_active(data_dir)
    visitor = visit()
    page = visitor.page
    visitor.open("authors")
    box = page.get_by_label("Find an author or an organisation")
    box.fill(name.upper())
    box.press("Enter")
    page.locator(".st-key-found_author").get_by_role("link", name=f"{name} ({papers} papers)").click()
    expect(page.locator("h1")).to_have_text(QUESTION)
    expect(page.locator("h2")).to_have_text(name)
    visitor.settle()

    def click(number: int) -> str:
        """The name of a point, which is clicked."""
        points = next(trace for trace in visitor.figure("coauthors") if trace["name"] == "coauthors")
        asked, other, _ = points["customdata"][number]  # type: ignore[index]
        plot = page.locator(".st-key-coauthors .js-plotly-plot")
        plot.scroll_into_view_if_needed()
        box = plot.locator(".trace.scatter .points path").nth(number).bounding_box()
        assert box is not None
        place = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(*place)
        plot.locator(".hoverlayer .hovertext").first.wait_for()
        page.mouse.click(*place)
        expect(page.locator("h2")).to_have_text(other)
        assert parse_qs(urlsplit(page.url).query) == parse_qs(asked)
        visitor.settle()
        return str(other)

    first = click(0)
    click(1)  # of the other author's drawing
    page.go_back()
    expect(page.locator("h2")).to_have_text(first)
    page.go_back()
    expect(page.locator("h2")).to_have_text(name)
    visitor.settle()
    page.get_by_test_id("stMain").get_by_role("link", name=re.compile(r"^Read all \d+ papers$")).click()
    expect(page.locator("h3").first).to_have_text(f"{papers} papers")


def test_a_name_in_a_paper_leads_to_its_page(visit: Visit, data_dir: Path) -> None:
    name, _ = most_active(data_dir)
    visitor = visit()
    page = visitor.page
    visitor.open(f"papers?author={quote(name)}")
    grid = page.get_by_test_id("stDataFrame").first
    box = grid.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 18, box["y"] + 54)  # the first row's box to tick
    link = page.get_by_test_id("stMain").get_by_role("link", name=name, exact=True)
    link.wait_for()
    with page.expect_popup() as opened:
        link.click()
    expect(opened.value.locator("h2")).to_have_text(name)


def test_an_organization_leads_to_another_with_names_in_common(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open("organization")
    expect(page.locator("h1")).to_have_text("What does one organisation publish?")
    link = page.get_by_role("link", name=re.compile(r"names? on [\d,]+ papers? of theirs")).first
    first = page.locator("h2").inner_text()
    other = re.sub(r" \([\d,]+ names? on .*", "", link.inner_text())
    link.click()
    expect(page.locator("h2")).to_have_text(other)
    expect(page).to_have_url(f"{visitor.address}/organization?{urlencode({'org': other})}")
    visitor.settle()
    main = page.get_by_test_id("stMain")
    main.get_by_role("radio", name="Papers", exact=True).click()
    expect(page).to_have_url(re.compile("measure=papers"))
    expect(page.locator("h2")).to_have_text(other)
    page.go_back()
    page.go_back()
    expect(page).to_have_url(f"{visitor.address}/organization")
    expect(page.locator("h2")).to_have_text(first)
