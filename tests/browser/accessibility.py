"""What axe-core finds against what WCAG asks of contrast, names of controls, roles and structure."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tests.browser.visitor import Visitor

GRAVE = {"serious", "critical"}


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
