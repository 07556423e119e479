"""What a run shows: a live line in a terminal, plain lines elsewhere."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from etl.display import Display


@pytest.fixture
def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)


def text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_line_of_days_names_the_day_under_way(terminal: Console) -> None:
    with Display(terminal) as display:
        display.stage("Fetch", 479, "day")
        display.advance(213)
        display.note("2025-01-03")
    assert "day 214 of 479" in text(terminal)
    assert "2025-01-03" in text(terminal)


def test_the_last_day_done_is_no_day_too_many(terminal: Console) -> None:
    with Display(terminal) as display:
        display.stage("Fetch", 2, "day")
        display.advance(2)
    assert "day 2 of 2" in text(terminal)
    assert "day 3" not in text(terminal)


def test_papers_are_counted(terminal: Console) -> None:
    with Display(terminal) as display:
        display.stage("Load", 7_414)
        display.advance(2_000)
    assert "2000/7414" in text(terminal)


def test_where_nobody_watches_a_stage_is_two_lines() -> None:
    log = Console(file=io.StringIO(), force_terminal=False, width=80)
    with Display(log) as display:
        display.stage("Fetch", 2, "day")
        display.note("2025-01-03")
        display.advance(2)
        display.finish("2 days fetched")
    assert text(log).splitlines()[0] == "Fetch …"
    assert text(log).splitlines()[1].startswith("✓ Fetch     2 days fetched  ")
    assert len(text(log).splitlines()) == 2
