"""What is to run, and when: the same for every way of running it."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from pathlib import Path

from etl.errors import InputError, PapertideError

ENVIRONMENT = (
    ".config/papertide.env"  # in the home folder: NAME=value lines, so that no secret stands in a schedule
)


class Every(StrEnum):
    """How often; hourly takes the minute of the time, weekly is on Mondays."""

    hourly = "hourly"
    daily = "daily"
    weekly = "weekly"


@dataclass(frozen=True, slots=True)
class Plan:
    """`etl run` with these options into this folder, at this time of the machine's clock."""

    every: Every
    at: time
    options: tuple[str, ...]
    data_dir: Path  # absolute
    folder: Path  # absolute: where relative paths among the options start

    def __post_init__(self) -> None:
        # A schedule is written in lines.
        if any(re.search(r"[\x00-\x1f\x7f]", part) for part in (*self.command, str(self.folder))):
            raise InputError(
                "A schedule cannot hold line breaks or control characters; rename the file or folder."
            )

    @property
    def name(self) -> str:
        """Of the schedule: one for each data folder."""
        return name_for(self.data_dir)

    @property
    def command(self) -> list[str]:
        """What is run."""
        return [sys.executable, "-m", "etl", "run", *self.options, "--data-dir", str(self.data_dir)]


def name_for(data_dir: Path) -> str:
    """The name of the schedule of a data folder."""
    return f"papertide-{hashlib.sha256(str(data_dir).encode()).hexdigest()[:8]}"


def time_of_day(text: str) -> time:
    """A time such as 06:00.

    Raises:
        InputError: it is none.
    """
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise InputError(f"--at {text} is no time of day; write it as 06:00.")
    return time.fromisoformat(text)


def call(*command: str, told: str | None = None, fails_quietly: bool = False) -> str:
    """Run a program of the machine and return what it said.

    Args:
        command: the program and its arguments.
        told: what it reads on standard input.
        fails_quietly: '' where it fails, for questions to which that is an answer.

    Raises:
        PapertideError: it is not there, or failed.
    """
    return _called(command, told.encode() if told is not None else None, fails_quietly)


def _called(command: Sequence[str], told: bytes | None, fails_quietly: bool) -> str:
    try:
        done = subprocess.run(command, input=told, capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PapertideError(
            f"{command[0]} cannot be used here ({error}); choose another way with --with."
        ) from error
    if done.returncode == 0:
        return done.stdout.decode(errors="replace")
    if fails_quietly:
        return ""
    said = " ".join(done.stderr.decode(errors="replace").split())[:300]
    raise PapertideError(
        f"{' '.join(command[:3])} failed ({said or f'exit code {done.returncode}'}); mend that, or choose another way "
        "with --with."
    )
