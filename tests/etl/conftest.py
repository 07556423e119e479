"""Fixtures for tests of the ETL: a run of Daily Papers, and the one run over all recorded days."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from etl import contract, pipeline
from etl.modelling import Wish
from etl.report import Report
from etl.settings import HfSettings, Settings
from etl.sources.hf_api import DailyPapers, Limits
from etl.sources.hf_days import HfSource, Span
from tests.hf_api_server import HfApi, recorded


class Silent:
    """A Progress that shows nothing."""

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None: ...
    def advance(self, units: int) -> None: ...
    def note(self, doing: str) -> None: ...
    def finish(self, outcome: str) -> None: ...


def run_hf(
    api: HfApi,
    data_dir: Path,
    since: date | None,
    until: date,
    *,
    now: datetime,
    progress: Any = None,
    limits: Limits | None = None,
    **options: Any,
) -> Report:
    """A run of source `hf` as of `now`, without topics, which say nothing of a source and take most of the time."""
    limits = limits or Limits(read=5, first_wait=0.001, longest_wait=0.01, crowded=0.001)
    with DailyPapers(HfSettings(api.endpoint), limits) as client:
        source = HfSource(client, Span(since, until), data_dir, clock=lambda: now, **options)
        settings, shown = Settings(data_dir), progress or Silent()
        return pipeline.run(settings, source, contract.REAL, {}, progress=shown, wish=Wish("none"))


@dataclass
class Runner:
    """Runs of source `hf` into one folder. The days asked for are those of the last run."""

    api: HfApi
    data_dir: Path
    progress: Any
    now: datetime = datetime(2025, 3, 12, 9, 30, 15)
    options: dict[str, Any] = field(default_factory=dict)

    def __call__(self, since: str | None, until: str, **options: Any) -> Report:
        self.api.asked.clear()
        first = date.fromisoformat(since) if since else None
        return run_hf(
            self.api,
            self.data_dir,
            first,
            date.fromisoformat(until),
            now=self.now,
            progress=self.progress,
            **options,
        )

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def hf_lists() -> dict[date, list[Any]]:
    """What the API lists, to be filled by the test."""
    return {}


@pytest.fixture
def hf(tmp_path: Path, silent: Any, hf_lists: dict[date, list[Any]]) -> Iterator[Runner]:
    with HfApi(lambda day: hf_lists.get(day, [])) as api:
        yield Runner(api, tmp_path / "data", silent)


@dataclass(frozen=True)
class RecordedRun:
    """The run over all recorded days: where it published, when it was, and how many requests it took."""

    data_dir: Path
    now: datetime
    requests: int
    lists: Callable[[date], list[Any]]
    since: date = date(2024, 5, 27)
    until: date = date(2026, 3, 31)

    def again(self, data_dir: Path) -> tuple[Report, int]:
        """The same run an hour later, into a copy: its report, and how many requests it took."""
        with HfApi(self.lists) as api:
            done = run_hf(api, data_dir, self.since, self.until, now=self.now + timedelta(hours=1))
            return done, len(api.asked)


@pytest.fixture(scope="session")
def recorded_run(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
    data_dir = tmp_path_factory.mktemp("recorded")
    lists = recorded(shared_data / "hf_api")
    now = datetime(2026, 5, 20, 12)
    with HfApi(lists, requests_allowed=10_000) as api:
        run_hf(api, data_dir, RecordedRun.since, RecordedRun.until, now=now)
        return RecordedRun(data_dir, now, len(api.asked), lists)


@pytest.fixture
def recorded_copy(recorded_run: RecordedRun, tmp_path: Path) -> Path:
    """A copy of what it published, to run on."""
    return Path(shutil.copytree(recorded_run.data_dir, tmp_path / "recorded"))
