"""What leaves with a reader: a list that is filled, shared by its address, undone, and saved as files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from etl.sources.file import FileSource
from tests.browser.accessibility import violations
from tests.browser.visitor import Visitor

Visit = Callable[..., Visitor]


@pytest.fixture
def without_lists(data_dir: Path) -> Iterator[None]:
    yield
    (data_dir / "lists.toml").unlink(missing_ok=True)


def press(visitor: Visitor, name: str) -> None:
    visitor.page.get_by_role("button", name=name).first.click()
    visitor.settle()


def saved(visitor: Visitor, name: str) -> bytes:
    button = visitor.page.get_by_role("button", name=name, exact=True)
    if not button.is_visible():
        press(visitor, "Save all as a file")
    with visitor.page.expect_download() as waiting:
        button.click()
    return waiting.value.path().read_bytes()


@pytest.mark.usefixtures("without_lists")
def test_a_list_is_made_by_keyboard_opened_by_its_address_and_taken_along(
    visit: Visit, tmp_path: Path
) -> None:
    visitor = visit()
    visitor.open("papers?author=&q=&sort=oldest")
    opener = visitor.page.get_by_role("button", name="Add these 50 papers to a list")
    opener.focus()
    visitor.page.keyboard.press("Enter")
    name = visitor.page.get_by_label("New list")
    name.wait_for()
    assert violations(visitor) == []
    name.fill("To read")
    name.press("Enter")
    visitor.settle()
    visitor.page.get_by_role("button", name="Make it").focus()
    visitor.page.keyboard.press("Enter")
    visitor.settle()
    expect(visitor.page.get_by_text("50 papers put on “To read”.")).to_be_visible()

    other = visit()  # another browser knows it by its address, and by the sidebar
    other.open("papers?list=to-read")
    expect(other.page.get_by_role("heading", name="50 papers")).to_be_visible()
    expect(other.page.get_by_role("link", name="To read (50)")).to_be_visible()
    assert violations(other) == []

    lines = [json.loads(line) for line in saved(other, "JSON lines").splitlines()]
    assert len(lines) == 50
    assert all(line["abstract"] and line["authors"] for line in lines)
    assert saved(other, "CSV").decode("utf-8-sig").startswith("paper_id,key,title,authors,")
    (tmp_path / "list.bib").write_bytes(saved(other, "BibTeX"))
    again = [raw.fields["title"] for raw in FileSource([str(tmp_path / "list.bib")]).records()]  # type: ignore[union-attr]
    assert again == [line["title"] for line in lines]

    other.page.keyboard.press("Escape")
    press(other, "Rename or remove")
    press(other, "Remove the list")
    expect(other.page.get_by_text("The list “To read” was removed.")).to_be_visible()
    assert "list=" not in other.page.url
    press(other, "Undo")
    other.page.wait_for_url("**/papers?list=to-read")
    expect(other.page.get_by_role("heading", name="50 papers")).to_be_visible()


def test_the_parts_of_the_page_of_upvotes_break_no_grave_rule(visit: Visit) -> None:
    visitor = visit()
    for part, charts in (
        ("growth", ("settling", "settling_times")),
        ("comments", ("comments", "comments_upvotes")),
    ):
        visitor.open(f"upvotes?part={part}")
        for chart in charts:
            expect(visitor.page.locator(f".st-key-{chart} .js-plotly-plot")).to_be_visible()
        assert violations(visitor) == []
