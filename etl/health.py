"""Is what is published fresh and sound? One answer for people, for monitoring, and for a run that may not be needed."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from etl import contract, report, status
from etl.errors import InputError, PapertideError

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_ROOM = 3  # snapshots that must still fit: the next, its temporary files, and the vectors


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and a sentence on it."""

    name: str
    ok: bool
    told: str


def duration(option: str, text: str) -> timedelta:
    """A span of time such as 90m, 36h, 2d or 1w.

    Raises:
        InputError: it is none; `option` is named in the sentence.
    """
    found = re.fullmatch(r"([0-9]{1,6})([mhdw])", text.strip())
    if not found or not int(found[1]):
        raise InputError(f"{option} {text} is no span of time; write it as 90m, 36h, 2d or 1w.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def fresh(data_dir: Path, span: timedelta, now: datetime) -> contract.Pointer | None:
    """What is published, if it is no older than this; None where it is older, damaged, or there is nothing.

    Raises:
        PapertideError: another version of Papertide wrote it.
    """
    try:
        pointer = contract.read_pointer(data_dir)
    except contract.PointerUnreadable:
        return None  # a run mends it
    except contract.SchemaMismatch as error:
        raise PapertideError(str(error)) from error
    return pointer if pointer and now - pointer.published_at <= span else None


def checks(data_dir: Path, max_age: timedelta | None, now: datetime) -> list[Check]:
    """Look at what is published (readable, fresh enough), at how the last run went, and at the room left."""
    try:
        pointer = status.pointer_of(data_dir)
        papers = _papers(pointer.snapshot)
    except (PapertideError, duckdb.Error) as error:
        return [Check("published", False, str(error).splitlines()[0]), _last_run(data_dir, now)]
    age = now - pointer.published_at
    told = f"{pointer.run_id}, published {status.age(age)}"
    return [
        Check("published", papers > 0, f"{told}, with {papers:,} papers"),
        Check(
            "fresh",
            max_age is None or age <= max_age,
            f"{told}; no age is too old" if max_age is None else f"{told}; at most {max_age} is asked for",
        ),
        _last_run(data_dir, now),
        _room(pointer.snapshot),
    ]


def _papers(snapshot: Path) -> int:
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        (papers,) = connection.execute("SELECT count(*) FROM papers").fetchone() or (0,)
    return int(papers)


def _last_run(data_dir: Path, now: datetime) -> Check:
    """A run under way is fine; one that failed is not, until a later one succeeds."""
    last = next(reversed(list(report.read_all(data_dir))), None)
    if last is None:
        return Check("last run", True, "there was none")
    told = f"{last.run_id} {last.status}"
    if last.status == report.FAILED:
        return Check("last run", False, f"{told}: {last.error}")
    if last.status == report.RUNNING:
        told += (
            f" for {status.age(now - last.started_at).removesuffix(' ago')}, stage {last.stage or 'start'}"
        )
    return Check("last run", True, told)


def _room(snapshot: Path) -> Check:
    free, needed = shutil.disk_usage(snapshot.parent).free, _ROOM * snapshot.stat().st_size
    return Check(
        "room", free >= needed, f"{free / 1e6:,.0f} MB free, {needed / 1e6:,.0f} MB needed for a run"
    )
