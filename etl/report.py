"""What is known of a run while it goes on and after it: a small JSON file beside the snapshots.

The file outlives the process. A run that was killed leaves 'running' behind; the next run, which holds the lock and so
knows better, closes it as failed and adds it to the history.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from etl import publish
from etl.days import FAILED as FAILED_DAY
from etl.days import AskedDay

RUNS_FOLDER = "runs"
RUNNING, PUBLISHED, FAILED = "running", "published", "failed"
# Of interest while a run goes on, and to nobody afterwards.
PROGRESS = ("stage_started_at", "done", "total", "unit", "doing", "updated_at")
_TIMES = ("started_at", "finished_at", "stage_started_at", "updated_at")
_SHAPING_PACKAGES = ("papertide", "bertopic", "scikit-learn", "numpy", "duckdb")


def now() -> datetime:
    """The time as naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass
class Report:
    """A run so far. Times are naive UTC; `stages` are seconds.

    `days` says of each day of a source's lists what became of it: day, state (complete, empty, failed, not asked),
    entries where there are some, and the reason where there is no list. `done` of `total` units (papers, where `unit`
    is empty) of the stage under way are done as of `updated_at`; `doing` says what is being done, in words.
    """

    source: str
    options: dict[str, Any]
    run_id: str = field(
        default_factory=lambda: f"{now():%Y%m%dT%H%M%S.%f}"[:-3] + f"Z-{secrets.token_hex(3)}"
    )
    started_at: datetime = field(default_factory=now)
    finished_at: datetime | None = None
    status: str = RUNNING
    stage: str = ""
    stage_started_at: datetime | None = None
    done: int = 0
    total: int | None = None
    unit: str = ""
    doing: str = ""
    updated_at: datetime | None = None
    stages: dict[str, float] = field(default_factory=dict)
    records: int = 0
    rejected: int = 0
    papers_added: int = 0
    observations_added: int = 0
    papers: int | None = None
    topics: int | None = None
    outliers: int | None = None
    refitted: bool | None = None
    granularity: str | None = None
    embedder: str | None = None
    note: str | None = None
    days: list[dict[str, Any]] = field(default_factory=list)
    error: str | None = None
    pid: int = field(default_factory=os.getpid)

    def save(self, data_dir: Path) -> None:
        """Write it to its file, atomically."""
        folder = data_dir / RUNS_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        publish.write_json(folder / f"{self.run_id}.json", asdict(self))

    def publish(self, data_dir: Path) -> None:
        """Close it as published."""
        self.status, self.finished_at = PUBLISHED, self.finished_at or now()
        self.save(data_dir)

    def fail(self, data_dir: Path, error: str) -> None:
        """Close it as failed."""
        self.status, self.error, self.finished_at = FAILED, error, now()
        self.save(data_dir)

    def tell_days(self, asked: Iterable[AskedDay]) -> None:
        """Keep what became of each day."""
        self.days = [
            {name: value for name, value in asdict(day).items() if value} | {"day": str(day.day)}
            for day in asked
        ]

    @property
    def has_gaps(self) -> bool:
        """True where a day could not be fetched."""
        return any(day["state"] == FAILED_DAY for day in self.days)

    def row(self) -> dict[str, Any]:
        """The run as a row of the table `runs`."""
        row = asdict(self)
        for name in ("stage", "stages", "note", "days", "pid", *PROGRESS):
            del row[name]
        return {
            **row,
            "options": json.dumps(self.options),
            "versions": json.dumps({package: version(package) for package in _SHAPING_PACKAGES}),
        }


def read_all(data_dir: Path) -> Iterator[Report]:
    """Every run that left its file here, the oldest first; a damaged file is passed over."""
    for path in sorted((data_dir / RUNS_FOLDER).glob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            for name in _TIMES:
                content[name] = datetime.fromisoformat(content[name]) if content.get(name) else None
            yield Report(**content)
        except (OSError, ValueError, TypeError, KeyError):
            continue


def abandoned(data_dir: Path, published: str | None) -> list[Report]:
    """Runs that died before they published. Call it with the lock held.

    The run that the pointer names, `published`, did publish, even if it died before it could write so.
    """
    return [one for one in read_all(data_dir) if one.status == RUNNING and one.run_id != published]


def close_abandoned(data_dir: Path, published: str | None) -> list[Report]:
    """Close runs that say they are running, and return every failed one. Call it with the lock held."""
    dead = {report.run_id for report in abandoned(data_dir, published)}
    for report in read_all(data_dir):
        if report.status == RUNNING and report.run_id not in dead:
            report.publish(data_dir)
        elif report.status == RUNNING:
            where = f"during the stage '{report.stage}'" if report.stage else "before its first stage"
            report.fail(
                data_dir,
                f"the process ended {where}, be it killed or out of memory; what was published is untouched, "
                "and the next run starts over",
            )
    return [report for report in read_all(data_dir) if report.status == FAILED]
