"""From what is new to a topic, to one like it, to its papers; and what a table's label leads to."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
from playwright.sync_api import expect

from etl.contract import read_pointer
from tests.browser.visitor import Visitor

Visit = Callable[..., Visitor]
QUESTION = "What is happening in one topic?"


def largest_with_a_neighbour(data_dir: Path) -> tuple[int, str, int, int, str]:
    """A topic and the one most like it: id, label, papers, and the id and label of the other."""
    pointer = read_pointer(data_dir)
    assert pointer is not None
    with duckdb.connect(str(pointer.snapshot), read_only=True) as connection:
        found: tuple[int, str, int, int, str] = connection.execute(
            "SELECT a.topic_id, a.label, a.papers, b.topic_id, b.label FROM topics AS a JOIN topics AS b "
            "ON b.topic_id = a.nearest[1] WHERE a.topic_id >= 0 ORDER BY a.papers DESC LIMIT 1"
        ).fetchall()[0]
    return found


def test_a_topic_leads_to_its_neighbours_and_its_papers_and_back(visit: Visit, data_dir: Path) -> None:
    topic, label, papers, other, neighbour = largest_with_a_neighbour(data_dir)
    visitor = visit()
    page = visitor.page
    visitor.open("emerging")
    expect(page.locator("h1")).to_have_text("What is new?")
    page.get_by_role("link", name="One topic").click()
    expect(page.locator("h1")).to_have_text(QUESTION)

    visitor.open(f"topic?topic={topic}")
    expect(page.locator("h2")).to_have_text(label)
    # A point of its share leads to the papers of that month.
    points = next(trace for trace in visitor.figure("topic_share") if trace["name"] == "points")
    counted = re.match(r"[\d,]+", points["customdata"][-1][5])  # type: ignore[index]
    assert counted is not None
    last = len(points["customdata"]) - 1  # type: ignore[arg-type]
    visitor.click_mark("topic_share", ".trace.scatter .points", last)
    behind = page.locator(".st-key-behind_topic_share p").first
    expect(behind).to_contain_text(f"{counted.group()} paper")

    main = page.get_by_test_id("stMain")
    main.get_by_role("link", name=neighbour, exact=True).click()
    expect(page.locator("h2")).to_have_text(neighbour)
    # A link from a page to itself changes the address too.
    expect(page).to_have_url(f"{visitor.address}/topic?topic={other}")
    page.go_back()
    expect(page.locator("h2")).to_have_text(label)
    visitor.settle()
    main.get_by_role("link", name=f"Read its {papers:,} papers").click()
    expect(page.locator("h1")).to_have_text("Which papers are behind it?")
    expect(page.locator("h3").first).to_have_text(f"{papers:,} papers")


def test_a_label_in_a_table_opens_the_page_of_its_topic(visit: Visit) -> None:
    visitor = visit()
    visitor.open("topics")
    grid = visitor.page.get_by_test_id("stDataFrame").first
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    assert box is not None
    place = box["x"] + 75, box["y"] + 54  # the first row's second column: the first holds the boxes to tick
    visitor.page.mouse.move(*place)
    # What is drawn is a canvas, so only the pointer tells that it found the link.
    visitor.page.wait_for_function(
        "grid => getComputedStyle(grid.querySelector('canvas')).cursor === 'pointer'",
        arg=grid.element_handle(),
    )
    with visitor.page.expect_popup() as opened:
        visitor.page.mouse.click(*place)
    opened.value.wait_for_selector("h2")
    expect(opened.value.locator("h1")).to_have_text(QUESTION)
    assert re.search(r"/topic\?topic=\d+", opened.value.url)
