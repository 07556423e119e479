"""How a run gets on is kept in its report, often enough to watch and seldom enough to cost nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from etl import tracking
from etl.report import Report
from etl.tracking import Tracked
from tests.conftest import Silent


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    standing = Clock()
    monkeypatch.setattr(tracking, "monotonic", standing)
    return standing


def saved(data_dir: Path, report: Report) -> dict[str, Any]:
    return dict(json.loads((data_dir / "runs" / f"{report.run_id}.json").read_text()))


def test_the_report_says_how_far_the_stage_is_once_a_second(
    tmp_path: Path, silent: Silent, clock: Clock
) -> None:
    report = Report("demo", {})
    told = Tracked(silent, report, tmp_path)
    told.stage("Fetch", 30, "day")
    now = saved(tmp_path, report)
    assert (now["stage"], now["done"], now["total"], now["unit"]) == ("Fetch", 0, 30, "day")
    assert now["stage_started_at"] <= now["updated_at"]

    clock.seconds += 0.9
    told.advance(4)
    assert saved(tmp_path, report)["done"] == 0  # not yet
    clock.seconds += 0.2
    told.note("2025-01-05")
    now = saved(tmp_path, report)
    assert (now["done"], now["doing"]) == (4, "2025-01-05")

    told.finish("30 days")
    told.stage("Load")
    now = saved(tmp_path, report)
    assert (now["stage"], now["done"], now["total"], now["doing"]) == ("Load", 0, None, "")
    assert silent.outcomes == ["Fetch: 30 days", "Load"]


def test_progress_that_cannot_be_saved_ends_no_run(
    tmp_path: Path, silent: Silent, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = Report("demo", {})
    told = Tracked(silent, report, tmp_path)
    told.stage("Load", 10)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Report, "save", full)
    clock.seconds += 5
    told.advance(10)
    assert report.done == 10
    with pytest.raises(OSError, match="No space left"):  # where it does harm
        told.stage("Write")
