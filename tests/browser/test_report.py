"""The exported report in a real browser: from disk, without any network, every chart drawn."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Request


def test_the_report_opens_from_disk_and_draws_every_chart(
    browser: Browser, data_dir: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "etl", "export", str(tmp_path / "report"), "--data-dir", str(data_dir)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked: list[str] = []
    problems: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto((tmp_path / "report" / "index.html").as_uri())
    page.wait_for_function(
        "() => [...document.querySelectorAll('figure[data-chart]')].every(f => f.querySelector('.main-svg'))"
    )
    drawn = page.eval_on_selector_all("figure[data-chart]", "all => all.map(figure => figure.dataset.chart)")
    marks = page.eval_on_selector_all(
        "figure[data-chart]", "all => all.map(f => f.querySelectorAll('.point, .js-line, .js-fill').length)"
    )
    context.close()
    assert {"shares", "volume", "map", "teams"} <= set(drawn)
    assert all(marks)
    assert problems == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
