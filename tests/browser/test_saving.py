"""A chart as files: what is saved is the chart, with its title, and its numbers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import Visitor

Visit = Callable[..., Visitor]


@pytest.fixture
def saving(visit: Visit) -> Callable[[str], tuple[str, bytes]]:
    """Press a button below the chart of papers a month; gives the name and the content of the file."""
    visitor = visit()
    visitor.open("")

    def save(button: str) -> tuple[str, bytes]:
        if not visitor.page.get_by_role("button", name=button, exact=True).is_visible():
            visitor.page.locator(".st-key-save_corpus").get_by_role("button").click()
            visitor.settle()
        with visitor.page.expect_download() as waiting:
            visitor.page.get_by_role("button", name=button, exact=True).click()
        file = waiting.value
        return file.suggested_filename, file.path().read_bytes()

    return save


def test_a_chart_is_saved_as_an_image_with_its_title(saving: Callable[[str], tuple[str, bytes]]) -> None:
    name, picture = saving("SVG")
    assert name == "papertide-corpus.svg"
    assert b"Papers per month" in picture
    assert b"</svg>" in picture
    name, picture = saving("PNG")
    assert name == "papertide-corpus.png"
    assert picture.startswith(b"\x89PNG")


def test_a_chart_is_saved_as_numbers_and_as_a_page_of_its_own(
    saving: Callable[[str], tuple[str, bytes]], visit: Visit
) -> None:
    name, numbers = saving("CSV")
    assert name == "papertide-corpus.csv"
    header, *rows = numbers.decode("utf-8-sig").splitlines()
    assert header.startswith("month,papers")
    assert len(rows) >= 24
    name, page = saving("Interactive page")
    assert name == "papertide-corpus.html"
    alone = visit().page
    alone.context.set_offline(True)
    alone.set_content(page.decode())
    expect(alone.locator(".gtitle")).to_have_text("Papers per month")
    expect(alone.locator(".js-plotly-plot .bars")).not_to_have_count(0)


def test_a_table_offers_no_csv_but_ours(visit: Visit) -> None:
    """That of Streamlit's own tables would hand formulas in titles to a spreadsheet."""
    visitor = visit()
    visitor.open("papers")
    table = visitor.page.get_by_test_id("stDataFrame").first
    table.hover()
    toolbar = visitor.page.get_by_test_id("stElementToolbar").first
    expect(toolbar.get_by_label("Search")).to_be_visible()
    download = toolbar.get_by_label("Download as CSV")
    expect(download).to_have_count(1)  # it is there under this name, and hidden
    expect(download).to_be_hidden()
