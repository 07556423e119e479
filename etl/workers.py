"""Reading, validating and staging a source's parts in processes of their own: all that a load does record by record."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from importlib.abc import MetaPathFinder
from multiprocessing.connection import wait
from pathlib import Path
from typing import Protocol, runtime_checkable

from etl.columns import Columns
from etl.errors import PapertideError
from etl.forgotten import Forgotten
from etl.records import Raw, Reject
from etl.staging import Staged, stage, stage_columns, validate

Part = Callable[[], Iterable[Raw | Reject]]  # what gives the records of a part; it is sent to another process


@runtime_checkable
class Columnar(Protocol):
    """A part that may also give its records as columns, all at once."""

    def __call__(self) -> Iterable[Raw | Reject]:
        """The records one by one."""

    def columns(self) -> Columns | None:
        """The same records as columns; None where they do not go into any."""


_WAITING = 2  # parts that wait for each process, so that none is idle; more would only fill memory


def processes() -> int:
    """As many as this process may use processors."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def stage_parts(
    parts: Iterable[Part], folder: Path, first: int, today: date, forgotten: Forgotten | None = None
) -> Iterator[Staged]:
    """Stage parts side by side; yields what each became, in their order.

    Args:
        parts: each may be pickled.
        folder: where staged files go.
        first: number of the first part; places are numbered by parts.
        today: as validation takes it.
        forgotten: what stays away.

    Raises:
        PapertideError: a process ended before its part was done.
    """
    count = processes()
    with ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _prepare) as pool:
        running: deque[Future[Staged]] = deque()
        try:
            for number, part in enumerate(parts, start=first):
                running.append(pool.submit(_stage, part, number, folder, today, forgotten))
                if len(running) >= count * _WAITING:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        except BrokenProcessPool as error:
            raise PapertideError(
                "A process that read records was ended from outside, so nothing was published; see that there is "
                "memory to spare, then run again."
            ) from error
        finally:
            for waiting in running:
                waiting.cancel()


def _prepare() -> None:
    """Records are freed as they go and form no cycles, so looking for some would cost a quarter of the time."""
    gc.disable()
    sys.meta_path.insert(0, _WithoutPandas())
    threading.Thread(target=_end_with_parent, daemon=True).start()


class _WithoutPandas(MetaPathFinder):
    """Nothing here needs pandas. Arrow would import it all the same, only to know its columns if it met any, and that
    takes longer than reading the first part.
    """

    def find_spec(self, fullname: str, *_: object) -> None:
        """No module is found here, and this one nowhere."""
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is kept out of the processes that read records", name=fullname)


def _end_with_parent() -> None:
    """Leave no process behind where the run is killed: nobody would tell it to go."""
    if parent := multiprocessing.parent_process():
        wait([parent.sentinel])
        os._exit(1)


def _stage(part: Part, number: int, folder: Path, today: date, forgotten: Forgotten | None) -> Staged:
    # Who is forgotten is told by whole records.
    columns = part.columns() if isinstance(part, Columnar) and not forgotten else None
    if columns is not None:
        return stage_columns(columns, today, folder, number)
    whole = Staged()
    for batch in stage(validate(part(), today, forgotten), folder, number):
        whole.add(batch)
    return whole
