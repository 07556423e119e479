"""Starting a run as a shell would, and stopping the one under way.

The process has a session of its own and its output goes to a file, so it outlives the page and the server. The ETL's
own lock keeps two runs apart; the lock here only keeps two visitors from passing the checks at once.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from dashboard.runs.access import Access
from dashboard.runs.history import (
    PUBLISHED,
    REQUESTS_FOLDER,
    UPLOADS_FOLDER,
    Run,
    active,
    history,
    log_path,
    now,
    process_of,
    requests_of,
)
from dashboard.runs.wish import Refused, Upload, Wish

# How much a run gives way to whoever looks at the dashboard meanwhile, as `nice` has it.
NICE = getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", 10)  # which there is on Windows alone
COOLDOWN = timedelta(seconds=30)
REQUESTS_KEPT = 50
_LOCK_NAME = "requests.lock"
_children: dict[int, subprocess.Popen[bytes]] = {}  # to be asked how they ended, else they stay as zombies


def start(data_dir: Path, wish: Wish, access: Access, upload: Upload | None = None) -> str:
    """Start a run; returns the request's id.

    Args:
        data_dir: where to.
        wish: what for.
        access: of who asks.
        upload: the file to load, where the visitor sent one.

    Raises:
        Refused: they may not, another run is under way, the last one was started a moment ago, or the wish makes no
            sense.
    """
    _refuse_who_may_not(access)
    data_dir = data_dir.resolve()
    wish.check()
    with _alone(data_dir):
        _refuse_if_busy(data_dir)
        _prune(data_dir, wish)
        if upload:
            wish = replace(wish, input=str(_keep(data_dir, upload)))
        request = f"{now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
        arguments = wish.arguments(data_dir)
        with log_path(data_dir, request).open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "etl", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _children[child.pid] = child
        with suppress(psutil.Error):
            psutil.Process(child.pid).nice(NICE)
        _write(data_dir, _facts(request, wish, access, child.pid))
    return request


def cancel(data_dir: Path, access: Access) -> Run:
    """Ask the run under way to end, which it does tidily; returns it as it was.

    Raises:
        Refused: they may not, there is none, or it belongs to another user of this machine.
    """
    _refuse_who_may_not(access)
    data_dir = data_dir.resolve()
    with _alone(data_dir):
        run = active(data_dir)
        request = next((one for one in requests_of(data_dir) if run and one["id"] == run.request_id), None)
        created = request.get("created") if request else None
        process = process_of(run.pid, run.started_at, created) if run else None
        if run is None or process is None:
            raise Refused("No run is under way any more.")
        try:
            _terminate(process)
        except (psutil.NoSuchProcess, ProcessLookupError):
            raise Refused("No run is under way any more.") from None
        except (PermissionError, psutil.AccessDenied):
            raise Refused(
                "This run was started by another user of the machine; stop it where it was started."
            ) from None
        if request:
            _write(
                data_dir, {**request, "asked_at": request["asked_at"].isoformat(), "stopped_by": access.user}
            )
    return run


def _terminate(process: psutil.Process) -> None:
    """SIGTERM to the process, and to those it started where the group is its own."""
    if hasattr(os, "killpg") and os.getpgid(process.pid) == process.pid != os.getpgid(0):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        return
    process.terminate()


def _refuse_who_may_not(access: Access) -> None:
    if not access.allowed:
        raise Refused(access.refusal)


def _refuse_if_busy(data_dir: Path) -> None:
    for child in list(_children.values()):
        if child.poll() is not None:
            del _children[child.pid]
    if run := active(data_dir):
        who = run.asked_by or "a shell or a schedule"
        raise Refused(
            f"A run is under way: {who} is loading from {run.source} since {run.started_at:%H:%M} UTC. "
            "Wait until it ends, or cancel it."
        )
    last = next(iter(requests_of(data_dir, 1)), None)
    if last and (left := COOLDOWN - (now() - last["asked_at"])) > timedelta(0):
        raise Refused(f"A run was started a moment ago; try again in {int(left.total_seconds()) + 1} s.")


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """One visitor at a time."""
    try:
        (data_dir / REQUESTS_FOLDER).mkdir(parents=True, exist_ok=True)
        with FileLock(data_dir / _LOCK_NAME, timeout=10):
            yield
    except Timeout:
        raise Refused("Somebody else is starting a run just now; look again in a moment.") from None
    except OSError as error:
        raise Refused(
            f"The data folder cannot be written to ({error.strerror or 'unknown reason'}); free some space, or ask "
            "whoever operates this dashboard."
        ) from error


def _keep(data_dir: Path, upload: Upload) -> Path:
    """Save a visitor's file under a name of our own."""
    folder = data_dir / UPLOADS_FOLDER / secrets.token_hex(16)
    path = folder / f"data{upload.ending}"
    folder.mkdir(parents=True)
    path.write_bytes(upload.content)
    return path


def _facts(request: str, wish: Wish, access: Access, pid: int) -> dict[str, Any]:
    created = None
    with suppress(psutil.Error):
        created = psutil.Process(pid).create_time()
    return {
        "id": request,
        "asked_at": now().isoformat(),
        "asked_by": access.user,
        "pid": pid,
        "created": created,
        "wish": wish.to_json(),
    }


def _write(data_dir: Path, content: dict[str, Any]) -> None:
    """Replace a request's file atomically."""
    path = data_dir / REQUESTS_FOLDER / f"{content['id']}.json"
    aside = path.with_name(path.name + ".new")
    aside.write_text(json.dumps(content, indent=2), encoding="utf-8")
    os.replace(aside, path)


def _prune(data_dir: Path, wish: Wish) -> None:
    """Drop old requests with their logs, and uploads that are published or that nobody can ask for again."""
    kept = list(requests_of(data_dir))[:REQUESTS_KEPT]
    names = {str(request["id"]) for request in kept}
    for path in (data_dir / REQUESTS_FOLDER).iterdir():
        if path.name.partition(".")[0] not in names:
            path.unlink(missing_ok=True)
    runs = history(data_dir)
    wanted = {Path(run.wish.input).parent for run in runs if run.wish and run.state != PUBLISHED}
    wanted.add(Path(wish.input).parent)
    if (data_dir / UPLOADS_FOLDER).is_dir():
        for folder in (data_dir / UPLOADS_FOLDER).iterdir():
            if folder not in wanted:
                shutil.rmtree(folder, ignore_errors=True)
