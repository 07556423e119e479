"""What became of the days whose lists a run was to fetch. Light, since the command line reads it at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


COMPLETE, EMPTY, FAILED, NOT_ASKED = "complete", "empty", "failed", "not asked"


@dataclass(frozen=True, slots=True)
class AskedDay:
    """What became of a day in a run: complete, empty, failed or not asked; why, where it has no list."""

    day: date
    state: str
    entries: int = 0
    reason: str | None = None
