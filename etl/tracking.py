"""How a run gets on, told to whoever watches and kept in its report, so that any other process can show it too."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Protocol

from etl.report import Report, now

SECONDS_BETWEEN_SAVES = 1.0


class Progress(Protocol):
    """Who is told how a run gets on."""

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """A stage begins; `total` is in units (papers, unless said), where known."""

    def advance(self, units: int) -> None:
        """So many more are done."""

    def note(self, doing: str) -> None:
        """What is under way within the stage."""

    def finish(self, outcome: str) -> None:
        """The stage ended, with this outcome."""


class Tracked:
    """A Progress that tells another, and saves the report when a stage begins and then at most once a second."""

    def __init__(self, watcher: Progress, report: Report, data_dir: Path) -> None:
        self._watcher = watcher
        self._report = report
        self._data_dir = data_dir
        self._saved = 0.0

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """A stage begins; `total` is in units (papers, unless said), where known."""
        report = self._report
        report.stage, report.stage_started_at = name, now()
        report.done, report.total, report.unit, report.doing = 0, total, unit, ""
        self._save()
        self._watcher.stage(name, total, unit)

    def advance(self, units: int) -> None:
        """So many more are done."""
        self._report.done += units
        self._save_if_due()
        self._watcher.advance(units)

    def note(self, doing: str) -> None:
        """What is under way within the stage."""
        self._report.doing = doing
        self._save_if_due()
        self._watcher.note(doing)

    def finish(self, outcome: str) -> None:
        """The stage ended, with this outcome."""
        self._watcher.finish(outcome)

    def _save_if_due(self) -> None:
        if monotonic() - self._saved >= SECONDS_BETWEEN_SAVES:
            # Progress that cannot be shown is no reason to end a run; a full disk ends it where it does harm.
            with suppress(OSError):
                self._save()

    def _save(self) -> None:
        self._saved = monotonic()
        self._report.updated_at = now()
        self._report.save(self._data_dir)
