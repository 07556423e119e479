"""A run of `etl` in a forked process, struck by a fault: see faults.py. What it imports, forks need not."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import bertopic  # noqa: F401
import rich.progress  # noqa: F401
import sklearn.cluster  # noqa: F401

from etl import report, tracking
from etl.cli import app
from etl.display import Display  # noqa: F401
from etl.settings import HfSettings
from etl.sources import hf_api
from etl.sources.demo_corpus import vocabulary

vocabulary.load()  # and kept


@dataclass(frozen=True)
class Blow:
    """What strikes a run.

    `at` is the call of the stage at which it falls (kill), the size in bytes (file size, memory), or the reading of the
    clock (clock). `after` are seconds that pass before a kill, so that it falls within a call.
    """

    kind: str
    stage: str = ""
    at: int = 0
    after: float = 0
    days: tuple[float, ...] = ()
    endpoint: str = ""
    told: Path | None = None


def perform(arguments: list[str], said: str, blow: Blow | None) -> None:
    """`etl` with these arguments; what it writes on standard error goes into the file `said`."""
    with open(said, "wb") as stream:
        os.dup2(stream.fileno(), 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
    watch = Stages()
    if blow:
        _BLOWS[blow.kind](blow, watch)
    try:
        app(arguments)
    finally:
        sys.setprofile(None)
        if blow and blow.told:
            blow.told.write_text(json.dumps(watch.calls))
        sys.stderr.flush()


class Stages:
    """Knows the stage under way, and counts its calls where asked to."""

    def __init__(self) -> None:
        self.name = ""
        self.calls: dict[str, int] = {}
        self.begun: Any = lambda name: None
        told = tracking.Tracked.stage

        def stage(tracked: tracking.Tracked, name: str, total: int | None = None, unit: str = "") -> None:
            self.name = name
            self.begun(name)
            told(tracked, name, total, unit)

        tracking.Tracked.stage = stage  # type: ignore[method-assign]


def _count(blow: Blow, watch: Stages) -> None:
    calls = watch.calls

    def count(*_: object) -> None:
        calls[watch.name] = calls.get(watch.name, 0) + 1

    sys.setprofile(count)


def _kill(blow: Blow, watch: Stages) -> None:
    """Count the calls of one stage alone: counting costs time."""
    left = blow.at

    def count(*_: object) -> None:
        nonlocal left
        if watch.name != blow.stage:
            sys.setprofile(None)
            return
        left -= 1
        if left < 0:
            sys.setprofile(None)
            _end(blow.after)

    def begun(name: str) -> None:
        if name == blow.stage:
            sys.setprofile(count)

    watch.begun = begun
    begun("")


def _end(after: float) -> None:
    def end() -> None:
        time.sleep(after)
        os.kill(os.getpid(), signal.SIGKILL)

    if after:
        threading.Thread(target=end, daemon=True).start()
    else:
        end()


def _limit_files(blow: Blow, watch: Stages) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as Python has it, so that a write fails and says so
    resource.setrlimit(resource.RLIMIT_FSIZE, (blow.at, blow.at))


def _limit_memory(blow: Blow, watch: Stages) -> None:
    def begun(name: str) -> None:
        if name == blow.stage:
            used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (used + blow.at, used + blow.at))

    watch.begun = begun
    begun("")


def _turn_clock(blow: Blow, watch: Stages) -> None:
    """The one clock of the ETL is `report.now`, which asks this class."""
    readings = 0

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            nonlocal readings
            readings += 1
            late = blow.days[min(readings - blow.at, len(blow.days)) - 1] if readings > blow.at else 0.0
            return datetime.now(tz) + timedelta(days=late)

    report.datetime = Clock  # type: ignore[attr-defined]


def _redirect(blow: Blow, watch: Stages) -> None:
    """Ask a server on loopback, without the waits that are due to the real one."""
    quick = {"first_wait": 0.001, "longest_wait": 0.01, "crowded": 0.001}
    HfSettings.read = classmethod(lambda cls: cls(blow.endpoint))  # type: ignore[method-assign]
    patient = hf_api.DailyPapers.__init__

    def hasty(self: Any, settings: Any, limits: Any = None, **options: Any) -> None:
        patient(self, settings, hf_api.Limits(read=5, **quick), **options)

    hf_api.DailyPapers.__init__ = hasty  # type: ignore[method-assign]


_BLOWS = {
    "count": _count,
    "kill": _kill,
    "file size": _limit_files,
    "memory": _limit_memory,
    "clock": _turn_clock,
    "server": _redirect,
}
