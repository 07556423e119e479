"""What only opens on a click, checked by axe-core; whole pages are checked in test_pages.py."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.accessibility import violations
from tests.browser.visitor import Visitor


def test_on_a_phone_the_open_sidebar_breaks_no_grave_rule(visit: Callable[..., Visitor]) -> None:
    visitor = visit(viewport={"width": 390, "height": 844})
    visitor.open("")
    visitor.page.get_by_test_id("stExpandSidebarButton").click()
    visitor.page.get_by_role("button", name="Save this view").click()
    visitor.page.get_by_label("Name of the view").wait_for()
    assert violations(visitor) == []


def test_what_a_chart_can_be_saved_as_breaks_no_grave_rule(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.open("")
    visitor.page.get_by_role("button", name="Table and files").first.click()
    visitor.page.get_by_role("button", name="SVG").wait_for()
    visitor.settle()
    assert violations(visitor) == []
