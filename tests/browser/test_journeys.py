"""What people do: click a mark and read its papers, send a view, go back, use the keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import expect

from etl.contract import read_pointer
from tests.browser.visitor import Visitor

Visit = Callable[..., Visitor]


def number_in(text: str) -> int:
    found = re.search(r"([\d,]+) papers?", text)
    assert found is not None, text
    return int(found.group(1).replace(",", ""))


def behind(visitor: Visitor, chart: str) -> int:
    return number_in(visitor.page.locator(f".st-key-behind_{chart} p").first.inner_text())


@pytest.mark.parametrize(
    ("path", "chart", "number"),
    [
        ("", "corpus", 20),
        ("authors", "team_sizes", 3),
        pytest.param("upvotes", "distribution", 5, marks=pytest.mark.slow),
        ("upvotes?min=3", "distribution", 5),
    ],
)
def test_a_bar_leads_to_exactly_the_papers_it_counts(
    visit: Visit, path: str, chart: str, number: int
) -> None:
    visitor = visit()
    visitor.open(path)
    counted = visitor.figure(chart)[0]["y"][number]  # type: ignore[index]
    assert counted > 0
    visitor.click_mark(chart, ".trace.bars .point", number)
    assert behind(visitor, chart) == counted
    visitor.page.locator(f".st-key-behind_{chart}").get_by_role("link").click()
    expect(visitor.page.locator("h1")).to_have_text("Which papers are behind it?")
    assert number_in(visitor.page.locator("h3").first.inner_text()) == counted


@pytest.mark.parametrize(
    ("path", "chart", "trace"),
    [
        ("authors", "teams", 2),
        pytest.param("upvotes", "over_time", 1, marks=pytest.mark.slow),
        pytest.param("upvotes", "weekdays", 0, marks=pytest.mark.slow),
        pytest.param("upvotes", "by_topic", 0, marks=pytest.mark.slow),
        ("upvotes?part=growth", "settling", 1),
    ],
)
def test_a_point_leads_to_exactly_the_papers_it_counts(
    visit: Visit, path: str, chart: str, trace: int
) -> None:
    visitor = visit()
    visitor.open(path)
    story = visitor.figure(chart)[trace]["customdata"][1]  # type: ignore[index]
    visitor.click_mark(chart, ".trace.scatter .points", 1)
    assert behind(visitor, chart) == number_in(story[-1])


def test_a_point_of_a_topic_leads_to_its_papers_of_that_month(visit: Visit, data_dir: Path) -> None:
    pointer = read_pointer(data_dir)
    assert pointer is not None
    with duckdb.connect(str(pointer.snapshot), read_only=True) as connection:
        topic, month, papers = connection.execute(
            "SELECT topic_id, month, papers FROM topic_months WHERE topic_id >= 0 ORDER BY papers DESC, month LIMIT 1"
        ).fetchall()[0]
    visitor = visit()
    visitor.open(f"topics?topics={topic}")
    points = next(trace for trace in visitor.figure("trends") if trace["name"] == "points")
    place = [story[0] for story in points["customdata"]].index(  # type: ignore[attr-defined]
        f"topics={topic}&from={month:%Y-%m}&until={month:%Y-%m}"
    )
    visitor.click_mark("trends", ".trace.scatter .points", place)
    assert behind(visitor, "trends") == papers


def test_a_sent_url_shows_the_same_view(visit: Visit) -> None:
    sender = visit()
    sender.open("authors")
    words = sender.page.get_by_label("Words in title or abstract")
    words.fill("model")
    words.press("Enter")
    expect(sender.page.get_by_text("with the words “model”")).to_be_visible()
    sender.page.get_by_label("Minimum upvotes", exact=True).fill("2")
    sender.page.get_by_label("Minimum upvotes", exact=True).press("Enter")
    expect(sender.page.get_by_text("with 2 upvotes or more")).to_be_visible()
    sender.settle()
    sender.click_mark("team_sizes", ".trace.bars .point", 3)

    receiver = visit()
    receiver.page.goto(sender.page.url)
    receiver.settle()
    assert receiver.page.get_by_label("Words in title or abstract").input_value() == "model"
    assert receiver.page.get_by_label("Minimum upvotes", exact=True).input_value() == "2"
    assert behind(receiver, "team_sizes") == behind(sender, "team_sizes")
    assert receiver.figure("team_sizes")[0]["y"] == sender.figure("team_sizes")[0]["y"]


def test_back_and_forward_walk_through_the_views(visit: Visit) -> None:
    visitor = visit()
    visitor.open("topics")
    page = visitor.page
    words = page.get_by_label("Words in title or abstract")
    words.fill("benchmark")
    words.press("Enter")
    expect(page.get_by_text("with the words “benchmark”")).to_be_visible()
    page.get_by_role("link", name="Papers").click()
    expect(page.locator("h1")).to_have_text("Which papers are behind it?")
    expect(page.get_by_label("Words in title or abstract")).to_have_value("benchmark")

    page.go_back()
    expect(page.locator("h1")).to_have_text("How has each topic's share changed?")
    expect(page.get_by_label("Words in title or abstract")).to_have_value("benchmark")
    page.go_back()
    expect(page.get_by_label("Words in title or abstract")).to_have_value("")
    page.go_forward()
    expect(page.get_by_label("Words in title or abstract")).to_have_value("benchmark")


def test_the_keyboard_is_enough_to_search_and_to_clear(visit: Visit) -> None:
    visitor = visit()
    visitor.open("papers")
    page = visitor.page
    everything = number_in(page.locator("h3").first.inner_text())
    page.get_by_label("Words in title or abstract").focus()
    page.keyboard.type("agent")
    page.keyboard.press("Enter")
    expect(page.get_by_text("with the words “agent”")).to_be_visible()
    assert number_in(page.locator("h3").first.inner_text()) < everything
    page.get_by_role("button", name="Clear", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("h3").first).to_have_text(f"{everything:,} papers")


def test_filters_that_match_nothing_leave_a_way_back(visit: Visit) -> None:
    visitor = visit()
    visitor.open("papers?q=xyzzyplugh")
    page = visitor.page
    assert page.get_by_text("No paper matches all of this.").is_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.locator("h3").first).to_contain_text("papers")
