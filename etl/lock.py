"""One writer at a time: whoever changes a data folder holds its lock while it does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from etl import report
from etl.errors import PapertideError, RunInProgress, as_disk_full

LOCK_NAME = "etl.lock"


@contextmanager
def alone_in(data_dir: Path) -> Iterator[None]:
    """Hold the data folder; the operating system lets go of it when the process dies.

    Raises:
        RunInProgress: somebody else holds it.
        PapertideError: the folder cannot be written to.
    """
    lock = FileLock(data_dir / LOCK_NAME, timeout=0)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        running = [other for other in report.read_all(data_dir) if other.status == report.RUNNING]
        who = f"run {running[-1].run_id} (process {running[-1].pid})" if running else "another run"
        raise RunInProgress(
            f"{data_dir} is in use, {who} is loading papers there; wait until it ends, then run again."
        ) from None
    except OSError as error:
        raise as_disk_full(error, data_dir) or PapertideError(
            f"{data_dir} cannot be written to ({error.strerror or error}); give another --data-dir."
        ) from error
    try:
        yield
    finally:
        lock.release()
