"""What is known of runs: the reports that the ETL writes, joined to the requests that were made here.

A report (`runs/<run_id>.json`, see etl/report.py) is there from a few seconds after the start. A request
(`requests/<id>.json`, beside it the log) is there from the start itself, and stays where a run ended before it had a
report.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from dashboard import text
from dashboard.runs.wish import ARXIV, DEMO, FILE, HF, Wish

RUNS_FOLDER, REQUESTS_FOLDER, UPLOADS_FOLDER = "runs", "requests", "uploads"
STARTING, RUNNING, PUBLISHED, GAPS = "starting", "running", "published", "published with gaps"
FAILED, STOPPED, INTERRUPTED = "failed", "stopped", "interrupted"
STATES = (STARTING, RUNNING, PUBLISHED, GAPS, FAILED, STOPPED, INTERRUPTED)
RUNS_AT_MOST = 200  # looked at, the newest
LOG_AT_MOST = 8_000  # bytes shown, the last
_TIMES = ("started_at", "finished_at", "stage_started_at", "updated_at")
_LEEWAY = 2.0  # seconds by which a process may seem younger than its report
_STOPPED_WORDS = "stopped by the user"  # as the ETL says it


@dataclass(frozen=True, slots=True)
class Run:
    """A run. Times are naive UTC, `stages` are seconds; of the stage, `done` of `total` units are done."""

    state: str
    source: str
    started_at: datetime
    run_id: str = ""
    request_id: str = ""
    asked_by: str = ""
    stopped_by: str = ""
    wish: Wish | None = None  # to run it again
    options: dict[str, Any] = field(default_factory=dict)
    pid: int = 0
    finished_at: datetime | None = None
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
    refitted: bool | None = None
    note: str | None = None
    days: list[dict[str, Any]] = field(default_factory=list)
    error: str | None = None

    @property
    def watched_as(self) -> str:
        """What tells it from others, from its first moment to its last."""
        return self.request_id or self.run_id

    @property
    def is_active(self) -> bool:
        """Whether it goes on."""
        return self.state in (STARTING, RUNNING)

    @property
    def can_be_repeated(self) -> bool:
        """Whether what it was asked for is known, and its file still there."""
        return self.wish is not None and (self.source != FILE or Path(self.wish.input).is_file())

    @property
    def missing(self) -> list[dict[str, Any]]:
        """The days that could not be fetched: day and reason."""
        return [day for day in self.days if day.get("state") == "failed"]

    @property
    def rate(self) -> float | None:
        """Units a second in the stage under way; None where nothing is done yet."""
        if not self.done or not self.stage_started_at or not self.updated_at:
            return None
        seconds = (self.updated_at - self.stage_started_at).total_seconds()
        return self.done / seconds if seconds > 0 else None

    @property
    def remaining(self) -> timedelta | None:
        """How long the stage will still take at that rate, where its total is known."""
        if not self.rate or not self.total or self.total < self.done:
            return None
        return timedelta(seconds=(self.total - self.done) / self.rate)


def now() -> datetime:
    """The time as naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def history(data_dir: Path, at_most: int = RUNS_AT_MOST) -> list[Run]:
    """Runs and requests that became none, the newest first; a damaged file is passed over."""
    requests = list(requests_of(data_dir, at_most))
    found = []
    for report in _contents(data_dir / RUNS_FOLDER, at_most):
        request = _request_of(report, requests)
        if request:
            requests.remove(request)
        if run := _read(report, request):
            found.append(run)
    found += [run for request in requests if (run := _of_request(request, data_dir))]
    return sorted(found, key=lambda run: run.started_at, reverse=True)[:at_most]


def active(data_dir: Path) -> Run | None:
    """The run under way, if there is one."""
    return next((run for run in history(data_dir, 20) if run.is_active), None)


def requests_of(data_dir: Path, at_most: int = RUNS_AT_MOST) -> Iterator[dict[str, Any]]:
    """What was asked for here, the newest first: id, asked_at, asked_by, pid, created (of the process), wish."""
    for content in _contents(data_dir / REQUESTS_FOLDER, at_most):
        try:
            yield {
                **content,
                "asked_at": datetime.fromisoformat(content["asked_at"]),
                "pid": int(content["pid"]),
            }
        except (KeyError, TypeError, ValueError):
            continue


def log_of(data_dir: Path, run: Run) -> str:
    """The end of what a run that was started here has told; '' where it was started elsewhere."""
    if not run.request_id:
        return ""
    try:
        with log_path(data_dir, run.request_id).open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - LOG_AT_MOST))
            return stream.read().decode("utf-8", errors="replace").strip()
    except OSError:
        return ""


def log_path(data_dir: Path, request_id: str) -> Path:
    """Where a run's log is."""
    return data_dir / REQUESTS_FOLDER / f"{request_id}.log"


def process_of(pid: int, started_at: datetime, created: float | None = None) -> psutil.Process | None:
    """The process of a run, if it lives and is no later one by the same number.

    Args:
        pid: its number.
        started_at: when the run had begun.
        created: when the process was made (seconds since 1970), where that is known.
    """
    try:
        process = psutil.Process(pid)
        age_fits = (
            abs(process.create_time() - created) < _LEEWAY
            if created is not None
            else process.create_time() <= started_at.replace(tzinfo=UTC).timestamp() + _LEEWAY
        )
        return process if age_fits and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.Error, ValueError):
        return None


def outcome(run: Run) -> str:
    """What came of a run, in a sentence."""
    if run.state in (PUBLISHED, GAPS):
        added = f"{run.papers_added:,} new papers of {run.records:,} records"
        gaps = f"; {text.counted(len(run.missing), 'day')} could not be fetched" if run.missing else ""
        return f"Published: {added}, {run.rejected:,} refused{gaps}."
    if run.state == STOPPED:
        by = f" by {run.stopped_by}" if run.stopped_by else ""
        return f"Stopped{by}; what was published before is untouched."
    if run.state == INTERRUPTED:
        return f"The process ended during the stage '{run.stage or STARTING}'; start it again."
    if run.state == FAILED:
        return run.error or "It failed without a word; start it again in a shell, with --verbose."
    return "Under way."


def _contents(folder: Path, at_most: int) -> Iterator[dict[str, Any]]:
    """The newest JSON files of a folder, whose names begin with a time."""
    try:
        paths = sorted(folder.glob("*.json"), reverse=True)[:at_most]
    except OSError:
        return
    for path in paths:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(content, dict):
            yield content


def _request_of(report: dict[str, Any], requests: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The request that a report came of: the last one before it whose process wrote it."""
    try:
        started = datetime.fromisoformat(report["started_at"])
    except (KeyError, TypeError, ValueError):
        return None
    leeway = timedelta(seconds=_LEEWAY)
    return next(
        (
            request
            for request in requests
            if request["pid"] == report.get("pid") and request["asked_at"] <= started + leeway
        ),
        None,
    )


def _read(report: dict[str, Any], request: dict[str, Any] | None) -> Run | None:
    known = {each.name for each in fields(Run)}
    content = {name: value for name, value in report.items() if name in known}
    try:
        for name in _TIMES:
            content[name] = datetime.fromisoformat(content[name]) if content.get(name) else None
        run = Run(state=_state(report, content, request), **content, **_asked(request))
    except (KeyError, TypeError, ValueError):
        return None
    return run if run.wish else _with_wish(run)


def _asked(request: dict[str, Any] | None) -> dict[str, Any]:
    if not request:
        return {}
    try:
        wish = Wish.from_json(request["wish"])
    except (KeyError, TypeError, ValueError):
        wish = None
    return {
        "request_id": str(request["id"]),
        "asked_by": str(request.get("asked_by") or ""),
        "stopped_by": str(request.get("stopped_by") or ""),
        "wish": wish,
    }


def _state(report: dict[str, Any], content: dict[str, Any], request: dict[str, Any] | None) -> str:
    status = report["status"]
    if status == "published":
        return GAPS if any(day.get("state") == "failed" for day in report.get("days", ())) else PUBLISHED
    if status == "failed":
        return STOPPED if str(report.get("error", "")).startswith(_STOPPED_WORDS) else FAILED
    created = request.get("created") if request else None
    return RUNNING if process_of(report["pid"], content["started_at"], created) else _ended(request)


def _ended(request: dict[str, Any] | None) -> str:
    return STOPPED if request and request.get("stopped_by") else INTERRUPTED


def _of_request(request: dict[str, Any], data_dir: Path) -> Run | None:
    """A request without a report: it starts, or it ended before there was one."""
    asked = _asked(request)
    if asked["wish"] is None:
        return None
    state = STARTING
    if not process_of(request["pid"], request["asked_at"], request.get("created")):
        state = STOPPED if request.get("stopped_by") else FAILED
    run = Run(
        state=state,
        source=asked["wish"].source,
        started_at=request["asked_at"],
        pid=request["pid"],
        **asked,
    )
    if state != FAILED:
        return run
    last = log_of(data_dir, run).splitlines()[-1:]
    return replace(run, error=last[0] if last else None)


def _with_wish(run: Run) -> Run:
    """A run that was started elsewhere, with what it takes to run it again; not where that needs files of a shell's."""
    options = run.options
    lists = {"week", "month", "trending", "inputs"} & {name for name, value in options.items() if value}
    if run.source not in (DEMO, HF, ARXIV) or lists:
        return run
    try:
        return replace(run, wish=Wish.from_json({**options, "source": run.source}))
    except (TypeError, ValueError):
        return run
