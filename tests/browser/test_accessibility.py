"""Every page, checked by axe-core against what WCAG asks of contrast, names of controls, roles and structure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.test_pages import PAGES
from tests.browser.visitor import Visitor

GRAVE = {"serious", "critical"}
# Streamlit asks below the path of a page before it asks at the root, where the answer is.
ASKED_AT_THE_WRONG_PLACE = ("/_stcore/health", "/_stcore/host-config")


def violations(visitor: Visitor) -> list[str]:
    """What axe-core finds serious or critical: the rule, where, and what it says of it."""
    found: dict[str, Any] = Axe().run(visitor.page, options={"resultTypes": ["violations"]}).response
    assert found["passes"], "nothing was checked"
    return [
        f"{violation['id']} ({violation['impact']}) at {node['target']}: {node['html'][:200]} {node['failureSummary']}"
        for violation in found["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_breaks_no_grave_rule_and_logs_no_error(
    visit: Callable[..., Visitor], path: str, scheme: str
) -> None:
    visitor = visit(color_scheme=scheme)
    errors: list[str] = []
    visitor.page.on("pageerror", lambda error: errors.append(str(error)))
    visitor.page.on(
        "console",
        lambda message: (
            message.type == "error"
            and not urlsplit(message.location["url"]).path.endswith(ASKED_AT_THE_WRONG_PLACE)
            and errors.append(message.text)
        ),
    )
    visitor.open(path)
    assert violations(visitor) == []
    assert errors == []


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
