"""The ways to run by the clock, and which of them this machine has."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Protocol

from etl.errors import PapertideError
from etl.schedule import cron, systemd, windows
from etl.schedule.plan import Plan


class Way(Protocol):
    """A way to run by the clock, named by the name of the schedule (see `plan.name_for`)."""

    def definition(self, plan: Plan) -> str:
        """What would be written, as text."""

    def install(self, plan: Plan) -> str:
        """Write it in the place of an earlier one; returns a word on it for the user."""

    def remove(self, name: str) -> bool:
        """Take it away; returns whether there was one."""

    def shown(self, name: str) -> str | None:
        """What is written now; None where nothing is."""


WAYS: dict[str, Way] = {"systemd": systemd.WAY, "cron": cron.WAY, "windows": windows.WAY}


def way_of_this_machine() -> Way:
    """Windows' own; else systemd where it runs (not in most containers), else cron.

    Raises:
        PapertideError: the machine has none of them.
    """
    if os.name == "nt":
        return WAYS["windows"]
    if shutil.which("systemctl") and Path("/run/systemd/system").is_dir():
        return WAYS["systemd"]
    if shutil.which("crontab"):
        return WAYS["cron"]
    raise PapertideError(
        "This machine has neither systemd nor cron; use --print with --with cron, and put the line where it has its "
        "schedules."
    )
