"""A run as monitoring reads it: one JSON object on standard output, whatever the outcome, and an exit code."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from types import FrameType
from typing import Any

from etl import contract
from etl.console import ERROR, PUBLISHED_WITH_GAPS, STOPPED, TERMINATED, Terminated
from etl.errors import PapertideError, RunInProgress
from etl.report import FAILED, PROGRESS, Report

FRESH, BUSY, STOPPED_STATUS = "fresh", "busy", "stopped"


def of_run(report: Report) -> dict[str, Any]:
    """A run that published: the fields of its report, `finished_at` among them, and `exit_code`."""
    facts = asdict(report)
    code = PUBLISHED_WITH_GAPS if report.has_gaps else 0
    return {name: facts[name] for name in facts if name not in {"pid", *PROGRESS}} | {"exit_code": code}


def of_fresh(pointer: contract.Pointer) -> dict[str, Any]:
    """No run was needed."""
    return {"status": FRESH, "run_id": pointer.run_id, "published_at": pointer.published_at, "exit_code": 0}


def show(facts: dict[str, Any]) -> None:
    """Print it."""
    print(json.dumps(facts, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> str:
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


@contextmanager
def failures_shown(as_json: bool) -> Iterator[None]:
    """Where JSON is asked for, a run that failed prints it too: status, error and exit_code."""
    try:
        yield
    except BaseException as error:
        if as_json and isinstance(error, (Exception, KeyboardInterrupt)):
            show(_of_failure(error))
        raise


def _of_failure(error: BaseException) -> dict[str, Any]:
    if isinstance(error, KeyboardInterrupt):
        code = TERMINATED if isinstance(error, Terminated) else STOPPED
        return {"status": STOPPED_STATUS, "error": "stopped", "exit_code": code}
    code = error.exit_code if isinstance(error, PapertideError) else ERROR
    status = BUSY if isinstance(error, RunInProgress) else FAILED
    return {"status": status, "error": str(error) or type(error).__name__, "exit_code": code}


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Let SIGTERM, by which systemd and cron's like stop a process, end a run as tidily as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():  # only there may handlers be set
        yield
        return

    terminated = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal terminated
        terminated = True
        raise Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt as error:
        if terminated and not isinstance(error, Terminated):  # DuckDB swallowed it
            raise Terminated from error
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
